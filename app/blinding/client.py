"""The client's side of a blind round: blind a token, unblind its evaluation, and prove the token."""

from dataclasses import dataclass
from uuid import UUID

from app.blinding import voprf
from app.blinding.commitment import commitment_of
from app.blinding.encoding import base64url, read_base64url
from app.blinding.messages import TokenUse, exact, mac_of
from app.blinding.receipt import Receipt


class Refused(Exception):
    """The server's response does not prove that it used the right key. The client must send it no answer."""


@dataclass(frozen=True)
class Token:
    """An unblinded token, valid for one answer."""

    round_id: UUID
    input: bytes
    output: bytes
    receipt_tag: str

    def shown_for(self, purpose: TokenUse, answer: object = None) -> dict[str, str]:
        """Return the fields `x` and `mac` of a body, and `receipt_tag` for an answer."""
        tag = self.receipt_tag if purpose is TokenUse.ANSWER else ""
        body = b"" if purpose is TokenUse.FORM else exact(answer)
        mac = mac_of(self.output, purpose, self.round_id, self.input, receipt_tag=tag, body=body)
        fields = {"x": base64url(self.input), "mac": base64url(mac)}
        return fields | ({"receipt_tag": tag} if tag else {})


def blinded(receipt: Receipt, round_id: UUID) -> str:
    """Return the blinded element for a claim. It does not reveal the token."""
    return base64url(voprf.blind(receipt.blinding(round_id), receipt.token(round_id)))


def unblind(receipt: Receipt, round_id: UUID, *, evaluated: str, proof: str, public_key: str, commitment: str) -> Token:
    """Unblind an evaluation. Raises Refused unless the server used the key that the link commits to.

    With a key for each person the operator could trace every token. The anonymity of blind rounds rests on this check.
    """
    try:
        key = read_base64url(public_key, 32)
        element = read_base64url(evaluated, 32)
        whole_proof = read_base64url(proof, voprf.PROOF_SIZE)
    except ValueError:
        raise Refused("what the server sent can't be read") from None
    if commitment_of(key) != commitment:
        raise Refused("the key of this server is not the one in the link")
    token, blinding = receipt.token(round_id), receipt.blinding(round_id)
    try:
        (output,) = voprf.finalize(key, [token], [blinding], [element], whole_proof)
    except voprf.ProofFailed:
        raise Refused("the server did not prove that it used the key in the link") from None
    return Token(round_id, token, output, receipt.tag(round_id))
