"""Blind rounds: the claim in the first days, and the token for the answer in the days after."""

from app.blinding import client as blinding
from app.blinding.commitment import commitment_of, words_of
from app.blinding.encoding import read_base64url
from app.blinding.receipt import Receipt, new_receipt, read_receipt
from app.terminal import prompts
from app.terminal.holders import CodeHolder
from app.terminal.http_client import Declined, HttpClient
from app.terminal.link import Link
from app.terminal.schemas import Claimed, Evaluations, Form


class Stopped(Exception):
    """The flow must stop; the message says why."""


def evaluations(client: HttpClient, link: Link) -> Evaluations | None:
    """Return the evaluations of all claims, or None while claims are open. The request identifies nobody."""
    try:
        return client.get(f"/v1/rounds/{link.round_id}/evaluations", Evaluations)
    except Declined as error:
        if error.code == "claims_open":
            return None
        raise


def read_typed(typed: str) -> Receipt:
    """Parse a typed receipt. Raises Stopped."""
    receipt = read_receipt(typed)
    if receipt is None:
        raise Stopped("This is no receipt, or a character of it is wrong: seven groups of four.")
    return receipt


def claim(holder: CodeHolder, form: Form, given: Receipt | None, *, understood: bool) -> None:
    """Claim a place in the round, which spends the link, and check the server's proof. Raises Stopped, Refused."""
    client, link = holder.client, holder.link
    if form.blind is None or link.commitment is None:
        raise Stopped("Only a blind round is claimed, by a link that names its key (&k=…). Nothing was spent.")
    _check_key(form.blind.public_key, link.commitment)
    days = [prompts.day(day) for day in (form.blind.claim_until, form.closes_on)]
    prompts.say(
        f"Until {days[0]} you say that you take part. From {prompts.moment(form.blind.answers_open_at)} "
        f"to {days[1]} you answer, by a receipt that only you have. In between, {form.name} and this "
        "service learn nothing of you."
    )
    receipt = given or new_receipt()
    if given is None:
        # Shown before the claim: after it, only the receipt leads to the place.
        prompts.title(
            "Your receipt. It is shown once, here, and kept nowhere: write it down, or put it into a safe place."
        )
        prompts.whole(str(receipt))
    holder.preview(None)
    if not understood and not prompts.agrees("You have kept your receipt, and take part? This spends your link."):
        raise Stopped("Nothing was spent. The link works as before.")
    blinded = blinding.blinded(receipt, link.round_id)
    claimed = client.post(
        f"/v1/rounds/{link.round_id}/claims", Claimed, code=link.code, blinded=blinded, understood=True
    )
    blinding.unblind(
        receipt,
        link.round_id,
        evaluated=claimed.evaluated,
        proof=claimed.proof,
        public_key=claimed.public_key,
        commitment=link.commitment,
    )
    prompts.title("You take part. The service has proved that it used the same key for you as for everybody.")
    prompts.say(
        f"Come back from {prompts.moment(claimed.answers_open_at)} to {prompts.day(claimed.closes_on)} with your "
        "receipt, best from another network and at another hour (--later waits for a random one), by the link that is "
        "the same for all:"
    )
    prompts.whole(link.for_all)
    prompts.say(f"Colleagues see the same words for the key: {words_of(read_base64url(claimed.public_key, 32))}")


def token_of(receipt: Receipt, link: Link, all_of_them: Evaluations) -> blinding.Token:
    """Return the token of a receipt, found among the evaluations of all claims. Raises Stopped, Refused."""
    if link.commitment is None:
        raise Stopped("A blind round is answered by a link that names its key (&k=…).")
    mine = blinding.blinded(receipt, link.round_id)
    for found in all_of_them.evaluations:
        if found.blinded == mine:
            return blinding.unblind(
                receipt,
                link.round_id,
                evaluated=found.evaluated,
                proof=found.proof,
                public_key=all_of_them.public_key,
                commitment=link.commitment,
            )
    raise Stopped("Nobody takes part in this round with this receipt.")


def _check_key(public_key: str, commitment: str) -> None:
    try:
        key = read_base64url(public_key, 32)
    except ValueError:
        raise blinding.Refused("what the server sent can't be read") from None
    if commitment_of(key) != commitment:
        raise blinding.Refused("the key of this server is not the one in the link")
