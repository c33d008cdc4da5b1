// The receipt: 130 random bits that its author keeps. Token, blinding and mailbox tag derive from it.
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64url, crockford, readCrockford, utf8 } from "./encoding.js";

const SECRET_LENGTH = 26;
const CHECK_LENGTH = 2;

// Two check characters detect typing errors.
const whole = (secret) =>
  secret + crockford(sha256(utf8("debrief/v1/receipt" + secret)).subarray(0, 2), CHECK_LENGTH);

/** Return the secret of a new receipt: 26 characters, from 17 random bytes. */
export const newReceipt = () => crockford(crypto.getRandomValues(new Uint8Array(17)), SECRET_LENGTH);

/** Format a receipt for people: seven groups of four characters. */
export const printed = (secret) => whole(secret).match(/.{4}/g).join("-");

/** Read the secret from a typed receipt; null if it is invalid. */
export const readReceipt = (typed) => {
  const meant = readCrockford(typed, SECRET_LENGTH + CHECK_LENGTH);
  const secret = meant && meant.slice(0, SECRET_LENGTH);
  return secret && whole(secret) === meant ? secret : null;
};

const derive = (secret, info, length) => hkdf(sha256, utf8(secret), undefined, utf8(info), length);

/** Return the tag that the client sends instead of the receipt to find the answer in a round: 43 characters. */
export const tagOf = (secret, roundId) => base64url(derive(secret, `debrief/v1/tag|${roundId}`, 32));

/** Return the token's input for a round: 32 bytes. */
export const tokenOf = (secret, roundId) => derive(secret, `debrief/v1/token|${roundId}`, 32);

/** Return the 64 bytes that the blinding scalar of a round derives from. */
export const blindingOf = (secret, roundId) => derive(secret, `debrief/v1/blind|${roundId}`, 64);
