// The public interface of the bundle. Tests use it too, so that they test exactly what is shipped.
import { blinded, Refused, shownFor, unblind } from "./client.js";
import { commitmentOf, wordsOf } from "./commitment.js";
import { base64url, readBase64url } from "./encoding.js";
import { exact } from "./messages.js";
import { newReceipt, printed, readReceipt, tagOf } from "./receipt.js";
import { voprf } from "./voprf.js";

globalThis.debriefBlind = Object.freeze({
  ...{ newReceipt, printed, readReceipt, tagOf },
  ...{ blinded, unblind, shownFor, Refused },
  ...{ commitmentOf, wordsOf, exact, base64url, readBase64url },
  voprf,
});
