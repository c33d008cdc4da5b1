// The client side of a blind round: blind a token, verify the server's proof, unblind, authenticate what is sent.
import { commitmentOf } from "./commitment.js";
import { base64url, readBase64url } from "./encoding.js";
import { exact, macOf } from "./messages.js";
import { blindingOf, tagOf, tokenOf } from "./receipt.js";
import { reduced, voprf } from "./voprf.js";

/** A check of the server's response failed, so the client must send nothing. `code` names the check. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

const hidden = (secret, roundId) => {
  const input = tokenOf(secret, roundId);
  const scalar = reduced(blindingOf(secret, roundId));
  return { input, scalar, element: voprf.blind(input, scalar) };
};

/** Return the blinded element for a claim. It reveals nothing about the token. */
export const blinded = (secret, roundId) => base64url(hidden(secret, roundId).element);

/**
 * Return the token from an evaluation. Throws Refused unless the server used the key that the link commits to.
 *
 * With a separate key for each person every token would be traceable. The anonymity of the mode depends on this check.
 */
export const unblind = (secret, roundId, { evaluated, proof, publicKey, commitment }) => {
  let key, element, wholeProof;
  try {
    key = readBase64url(publicKey, 32);
    element = readBase64url(evaluated, 32);
    wholeProof = readBase64url(proof, 64);
  } catch {
    throw new Refused("unreadable", "what the server sent can't be read");
  }
  if (commitmentOf(key) !== commitment) throw new Refused("other_key", "the key of this server is not the one in the link");
  const { input, scalar, element: mine } = hidden(secret, roundId);
  let output;
  try {
    output = voprf.finalize(input, scalar, element, mine, key, wholeProof);
  } catch {
    throw new Refused("bad_proof", "the server did not prove that it used the key in the link");
  }
  return { roundId, input, output, receiptTag: tagOf(secret, roundId) };
};

/** Return `x` and `mac` for a purpose: form, preview or answer. An answer also gets its `receipt_tag`. */
export const shownFor = (token, purpose, answer) => {
  const body = purpose === "form" ? "" : exact(answer);
  const tag = purpose === "answer" ? token.receiptTag : "";
  const mac = base64url(macOf(token.output, purpose, token.roundId, token.input, tag, body));
  return { x: base64url(token.input), mac, ...(tag && { receipt_tag: tag }) };
};
