// RFC 9497 (ristretto255-SHA512, mode 1) from the library, except for Blind: our scalar is derived instead of random, so
// that the receipt alone suffices to compute everything again, on another device and days later.
import { ristretto255, ristretto255_hasher, ristretto255_oprf } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { utf8 } from "./encoding.js";

const DOMAIN = utf8("HashToGroup-OPRFV1-\x01-ristretto255-SHA512");
const { Fn } = ristretto255.Point;

/** Reduce 64 little-endian bytes modulo the order of the group to a scalar of 32 bytes. */
export const reduced = (wide) => Fn.toBytes(Fn.create(bytesToNumberLE(wide)));

/** Return `input` blinded by `scalar` (Blind, section 3.3.1). */
const blind = (input, scalar) =>
  ristretto255_hasher.hashToCurve(input, { DST: DOMAIN }).multiply(Fn.fromBytes(scalar)).toBytes();

export const voprf = { ...ristretto255_oprf.voprf, blind };
