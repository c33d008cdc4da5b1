// Short forms of a round's key: a commitment for links, and four words for people to compare aloud.
import { sha256 } from "@noble/hashes/sha2.js";
import { base64url } from "./encoding.js";

const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

/** Return the commitment in a link, after `&k=`: 22 characters, 128 bits of SHA-256. */
export const commitmentOf = (publicKey) => base64url(sha256(publicKey).subarray(0, 16));

const word = (bits) =>
  CONSONANTS[bits >> 12] +
  VOWELS[(bits >> 10) & 3] +
  CONSONANTS[(bits >> 6) & 15] +
  VOWELS[(bits >> 4) & 3] +
  CONSONANTS[bits & 15];

/** Return four pronounceable words of five letters: 64 bits of SHA-256, 16 bits each. */
export const wordsOf = (publicKey) => {
  const digest = sha256(publicKey);
  return [0, 2, 4, 6].map((start) => word((digest[start] << 8) | digest[start + 1])).join("-");
};
