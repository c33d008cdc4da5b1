"""Checking Lever's signature, which stands in the body: over the token and the time, and over nothing else."""

from collections.abc import Sequence

from app.core.errors import Malformed
from app.integrations import signatures
from app.integrations.reading import read_object


def verify(body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether one of the secrets signed this. Lever has a token for each webhook: a secret may be several, with
    blanks between them.

    What can't be read, was not signed by anybody we know: its signature is in what can't be read.
    """
    try:
        found = read_object(body)
    except Malformed:
        return False
    token, triggered_at, signature = found.get("token"), found.get("triggeredAt"), found.get("signature")
    # By its exact type: true is a whole number, too, and a float has lost digits.
    if type(triggered_at) is not int or not isinstance(token, str) or not isinstance(signature, str):
        return False
    return signatures.lever(token, triggered_at, signature, [one for secret in secrets for one in secret.split()])
