// Encodings of binary values in JSON, in links and on paper. Each value has exactly one spelling.
import { bytesToNumberBE } from "@noble/curves/utils.js";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const AS_MEANT = { O: "0", I: "1", L: "1", " ": "", "-": "" };

export const utf8 = (text) => new TextEncoder().encode(text);

/** Return `bytes` as base64url (RFC 4648, section 5) without padding. */
export const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** Decode `length` bytes. Throws for any text that `base64url` would not write. */
export const readBase64url = (text, length) => {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (bytes.length !== length || base64url(bytes) !== text) throw new Error("not the one spelling of so many bytes");
  return bytes;
};

/** Encode `bytes` in Crockford's base32, high bits first; return the first `length` characters. */
export const crockford = (bytes, length) => {
  const bits = bytesToNumberBE(bytes) >> BigInt(bytes.length * 8 - length * 5);
  return Array.from({ length }, (_, index) => CROCKFORD[(bits >> BigInt((length - 1 - index) * 5)) & 31n]).join("");
};

/** Normalize typed Crockford base32 of `length` characters, mapping look-alikes; null if it is invalid. */
export const readCrockford = (typed, length) => {
  const meant = typed.toUpperCase().replace(/[OIL -]/g, (one) => AS_MEANT[one]);
  return meant.length === length && [...meant].every((one) => CROCKFORD.includes(one)) ? meant : null;
};
