// The client's side of a blind round: what hides a token, and what makes it good.
import { commitmentOf } from "./commitment.js";
import { base64url, readBase64url } from "./encoding.js";
import { exact, macOf } from "./messages.js";
import { blindingOf, tagOf, tokenOf } from "./receipt.js";
import { reduced, voprf } from "./voprf.js";

/** What the server sent does not prove what it has to: nothing may be sent to it. `code` says which check failed. */
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

/** Return the element to claim with: it tells nothing of the token. */
export const blinded = (secret, roundId) => base64url(hidden(secret, roundId).element);

/**
 * Return the token of an evaluation. Throws Refused unless it was made with the key that the link commits to.
 *
 * A key of its own for each person would make every token traceable: this check is what the mode stands on.
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
  return { roundId, input, output, receiptTag: tagOf(secret) };
};

/** Return the fields `x` and `mac` for a purpose: form, preview or answer. `answer` is a value or its exact spelling. */
export const shownFor = (token, purpose, answer) => {
  const body = purpose === "form" ? "" : exact(answer);
  const tag = purpose === "answer" ? token.receiptTag : "";
  const mac = base64url(macOf(token.output, purpose, token.roundId, token.input, tag, body));
  return { x: base64url(token.input), mac, ...(tag && { receipt_tag: tag }) };
};
