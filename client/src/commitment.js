// Short forms of a round's key: one for links, which is compared here, and one that people compare aloud.
import { sha256 } from "@noble/hashes/sha2.js";
import { base64url } from "./encoding.js";

const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

/** Return the 22 characters that stand in a link after `&k=`: 128 bits of SHA-256. */
export const commitmentOf = (publicKey) => base64url(sha256(publicKey).subarray(0, 16));

const word = (bits) =>
  CONSONANTS[bits >> 12] +
  VOWELS[(bits >> 10) & 3] +
  CONSONANTS[(bits >> 6) & 15] +
  VOWELS[(bits >> 4) & 3] +
  CONSONANTS[bits & 15];

/** Return four words that can be said: 64 bits of SHA-256, 16 to a word of five letters. */
export const wordsOf = (publicKey) => {
  const digest = sha256(publicKey);
  return [0, 2, 4, 6].map((start) => word((digest[start] << 8) | digest[start + 1])).join("-");
};
