// The receipt: 130 random bits that its author keeps, from which everything that only they can do is derived.
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64url, crockford, readCrockford, utf8 } from "./encoding.js";

const SECRET_LENGTH = 26;
const CHECK_LENGTH = 2;

// Two characters notice a slip of the pen.
const whole = (secret) =>
  secret + crockford(sha256(utf8("debrief/v1/receipt" + secret)).subarray(0, 2), CHECK_LENGTH);

/** Return the secret of a fresh receipt: 26 characters, from 17 random bytes. */
export const newReceipt = () => crockford(crypto.getRandomValues(new Uint8Array(17)), SECRET_LENGTH);

/** Return a receipt as it is shown and kept: seven groups of four. */
export const printed = (secret) => whole(secret).match(/.{4}/g).join("-");

/** Return the secret that was meant by `typed`, or null when it can't be a receipt. */
export const readReceipt = (typed) => {
  const meant = readCrockford(typed, SECRET_LENGTH + CHECK_LENGTH);
  const secret = meant && meant.slice(0, SECRET_LENGTH);
  return secret && whole(secret) === meant ? secret : null;
};

const derive = (secret, info, length) => hkdf(sha256, utf8(secret), undefined, utf8(info), length);

/** Return what is sent in place of the receipt to find the answer again: 43 characters. */
export const tagOf = (secret) => base64url(derive(secret, "debrief/v1/tag", 32));

/** Return the input of the token of a round: 32 bytes. */
export const tokenOf = (secret, roundId) => derive(secret, `debrief/v1/token|${roundId}`, 32);

/** Return the 64 bytes from which the scalar comes that hides the token of a round. */
export const blindingOf = (secret, roundId) => derive(secret, `debrief/v1/blind|${roundId}`, 64);
