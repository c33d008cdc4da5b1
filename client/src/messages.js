// Messages that a token authenticates: purpose, round and the exact body.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "./encoding.js";

// Python sorts strings by code points, JavaScript by UTF-16 code units.
const order = (key) => [...key].map((one) => one.codePointAt(0).toString(16).padStart(6, "0")).join("");
const byCodePoint = (one, other) => (order(one) < order(other) ? -1 : 1);

/** Return the canonical JSON of an answer: sorted keys, no spaces. Numbers must be integers. */
export const exact = (value) => {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error("not an integer");
  if (Array.isArray(value)) return `[${value.map(exact).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort(byCodePoint);
  return `{${members.map((key) => `${JSON.stringify(key)}:${exact(value[key])}`).join(",")}}`;
};

/** Return HMAC-SHA-256 under the token's `output` over all parts of a request, each with its length in front. */
export const macOf = (output, purpose, roundId, token, receiptTag = "", body = "") => {
  const mac = hmac.create(sha256, output);
  for (const part of [utf8(`debrief/v1/${purpose}`), utf8(roundId), token, utf8(receiptTag), utf8(body)]) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, part.length);
    mac.update(length).update(part);
  }
  return mac.digest();
};
