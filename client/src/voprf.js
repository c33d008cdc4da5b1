// RFC 9497 (ristretto255-SHA512, mode 1) as the library has it, but for Blind: our scalar is derived, not thrown, so that
// whoever has only the receipt can compute everything again, on another device and days later.
import { ristretto255, ristretto255_hasher, ristretto255_oprf } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { utf8 } from "./encoding.js";

const DOMAIN = utf8("HashToGroup-OPRFV1-\x01-ristretto255-SHA512");
const { Fn } = ristretto255.Point;

/** Read 64 bytes, the least significant first, modulo the order of the group, as a scalar: 32 bytes. */
export const reduced = (wide) => Fn.toBytes(Fn.create(bytesToNumberLE(wide)));

/** Return the element that hides `input` behind `scalar` (Blind, section 3.3.1). */
const blind = (input, scalar) =>
  ristretto255_hasher.hashToCurve(input, { DST: DOMAIN }).multiply(Fn.fromBytes(scalar)).toBytes();

export const voprf = { ...ristretto255_oprf.voprf, blind };
