"""The letters of a request, composed when the worker sends them: from its row, and from the sealed outbox row."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from app.context import Context
from app.core.days import open_day
from app.core.errors import Unreadable
from app.delivery.mail.letter import Letter, Link, Typed
from app.delivery.outbox_claims import Claimed
from app.delivery.recipient_limit import Cause
from app.delivery.worker import NotNow
from app.requests import links, round_letters
from app.requests.models import RequestRow
from app.requests.rules import Ended, RequestState
from app.requests.safe_text import harmless
from app.rounds.mail import MailKind, Secret, open_secret
from app.rounds.models import RoundRow
from app.rounds.rules import RoundState, accepts
from app.sealing.keystore import KeyName, Purpose


class LetterOpener:
    """Opens outbox rows with the key of their request or round (the worker's `Opener`)."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def open(self, row: Claimed) -> Letter | None:
        """Return the letter; None if its key was destroyed, or its request or round is over. Raises NotNow."""
        secret = None
        if row.key_purpose is not None and row.key_owner is not None:
            name = KeyName(Purpose(row.key_purpose), row.key_owner)
            key = await self._ctx.keys.find(name)
            if key is None:
                if await self._ctx.keys.is_destroyed(name):
                    return None
                raise Unreadable("key_missing", "The key of this mail is not there.")
            secret = open_secret(key, row.id, row.payload)
        return await self._ctx.db.read(_write, row, secret, self._ctx)


def _write(session: Session, row: Claimed, secret: Secret | None, ctx: Context) -> Letter | None:
    letter = _letter_of(session, row, secret, ctx)
    if letter is None:
        return None
    request = _request_of(session, row)
    # A mail of a test connection is kept for its developer and never sent.
    kept_for = request.connection_id if request is not None and request.is_test else None
    return replace(letter, kept_for=kept_for, cause=_cause(MailKind(row.kind), request))


def _cause(kind: MailKind, request: RequestRow | None) -> Cause:
    if (request is not None and request.connection_id) or kind in (MailKind.MANAGE_LINK, MailKind.ROUND_OVER):
        return Cause.KNOWN
    return Cause.CLAIM if kind is MailKind.CONFIRMATION else Cause.REQUEST


def _request_of(session: Session, row: Claimed) -> RequestRow | None:
    if MailKind(row.kind) in round_letters.OF_ROUNDS:
        round_row = session.get_one(RoundRow, row.group_id)
        return session.get(RequestRow, round_row.request_id)
    return session.get(RequestRow, row.group_id)


def _letter_of(session: Session, row: Claimed, secret: Secret | None, ctx: Context) -> Letter | None:
    if MailKind(row.kind) in round_letters.OF_ROUNDS:
        return _letter_of_round(session, row, secret, ctx)
    return _letter_of_request(session, row, secret, ctx.base_url)


def _letter_of_round(session: Session, row: Claimed, secret: Secret | None, ctx: Context) -> Letter | None:
    kind, today = MailKind(row.kind), open_day(ctx.clock.now())
    round_row = session.get(RoundRow, row.group_id)
    if secret is None or round_row is None:
        return None
    if round_row.state == RoundState.PAUSED:
        raise NotNow
    if not accepts(RoundState(round_row.state), round_row.closes_on, today):
        return None
    claims_over = round_row.claim_until is not None and today > round_row.claim_until
    if claims_over and kind in (MailKind.INVITATION, MailKind.PANEL_LINKS):
        return None
    return round_letters.OF_ROUNDS[kind](round_row, secret, ctx.base_url)


def _letter_of_request(session: Session, row: Claimed, secret: Secret | None, base_url: str) -> Letter | None:
    kind = MailKind(row.kind)
    request = session.get(RequestRow, row.group_id)
    if request is None:
        return None
    if request.state == RequestState.PAUSED:
        raise NotNow
    if request.ended and kind is MailKind.MANAGE_LINK and secret is not None:
        return _link_to_ended_request(request, secret, base_url)
    if request.state != RequestState.OPEN:
        return None
    if kind is MailKind.ROUND_OVER:
        return _round_over(request, base_url)
    if secret is None:
        return None
    return _OF_REQUESTS[kind](request, secret, base_url)


_SOMEBODY_ASKED = (
    "somebody, probably you, has asked for feedback about a job interview on Debrief, and gave this address.",
    (
        "If it was you, please confirm: only then does Debrief write to the people whom you named, and to "
        "you when there is something to read. If it was not, do nothing: nobody will be written to."
    ),
)


def _confirmation(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    # None of the candidate's words: until the address is confirmed, anybody may have written them. A connection's
    # company was named by the operator.
    page = f"{base_url}/confirm"
    company_asked = (
        f"{harmless(request.company)} would like to ask, in your name, the people who met you what counted.",
        (
            "If you agree, please confirm that this is your address: only then does Debrief write to them, and send "
            "you the link to what they answer. If you do not, do nothing: nobody will be written to."
        ),
    )
    letter = Letter(
        to=secret.to,
        subject="Is this your address?",
        paragraphs=company_asked if request.connection_id else _SOMEBODY_ASKED,
        links=(Link("Yes, this is my address", f"{page}#c={secret.codes[0]}"),),
        typed=Typed(page, secret.codes[0]),
    )
    return _with_manage_link(letter, request, secret.codes[1], base_url) if len(secret.codes) > 1 else letter


def _with_manage_link(letter: Letter, request: RequestRow, token: str, base_url: str) -> Letter:
    kept = "The other link leads to your request and to what is answered. It is yours alone: keep this mail."
    return replace(
        letter,
        subject="Your feedback request: your link, and is this your address?",
        paragraphs=(*letter.paragraphs, kept),
        links=(*letter.links, Link("Open your request", links.manage_url(base_url, request.id, token))),
    )


def _manage_link(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    page = f"{base_url}/requests/{request.id}"
    return Letter(
        to=secret.to,
        name=request.candidate_name,
        subject=f"Your request about {harmless(request.company)}",
        paragraphs=(
            f"{_how_they_proved_it(request)} This link leads to your request and to what is answered.",
            "It is yours alone: keep this mail.",
        ),
        links=(Link("Open your request", f"{page}#m={secret.codes[0]}"),),
    )


def _how_they_proved_it(request: RequestRow) -> str:
    # A candidate who accepts an offer has proved the address by that.
    return "you confirmed your address." if request.confirmation_hash else "you accepted the debrief."


def _link_to_ended_request(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    reopened = request.ended == Ended.REOPENED
    why = "has reopened your application" if reopened else "no longer lists your application as rejected"
    return replace(
        _manage_link(request, secret, base_url),
        paragraphs=(
            f"you accepted the debrief. {harmless(request.company)} {why}: your request is over, and nobody is asked.",
            "This link leads to what is kept of it, where you can erase it. It is yours alone: keep this mail.",
        ),
    )


def _round_over(request: RequestRow, base_url: str) -> Letter | None:
    if request.candidate_email is None or not request.address_confirmed:
        return None
    company = harmless(request.company)
    return Letter(
        to=request.candidate_email,
        name=request.candidate_name,
        subject=f"Your request about {company}",
        paragraphs=(
            (
                f"a round of your request about {company} is over. What there is to read, you find with your manage "
                "token on the page of your request."
            ),
            "This mail says the same whatever came of it.",
        ),
        links=(Link("Open your request", f"{base_url}/requests/{request.id}"),),
    )


def _manager_invitation(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = harmless(request.candidate_name), harmless(request.company), harmless(request.role_title)
    return Letter(
        to=secret.to,
        name=request.manager_name or "",
        subject=f"{name} asks for a minute of yours",
        paragraphs=(
            f"{name}, who applied for the position as {role} at {company}, asks what counted in your decision.",
            (
                "With this link you can answer for the team in about a minute, let the team answer without names, or "
                "decline. It needs no account, and nothing is sent until you press Send."
            ),
        ),
        links=(Link("See what is asked", links.manager_url(base_url, request.id, secret.codes[0])),),
        typed=Typed(f"{base_url}/q/{request.id}", secret.codes[0]),
    )


def _team_question(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    name = harmless(request.candidate_name)
    return Letter(
        to=secret.to,
        name=request.manager_name or "",
        subject=f"{name}: one minute, for the team",
        paragraphs=(
            f"the round in which your team was asked about {name} has closed.",
            "If you have answered for the team: thank you! If not, you still can: it takes one minute.",
        ),
        links=(Link("Answer for the team", links.manager_url(base_url, request.id, secret.codes[0])),),
        typed=Typed(f"{base_url}/q/{request.id}", secret.codes[0]),
    )


_OF_REQUESTS: Mapping[MailKind, Callable[[RequestRow, Secret, str], Letter]] = {
    MailKind.CONFIRMATION: _confirmation,
    MailKind.MANAGE_LINK: _manage_link,
    MailKind.MANAGER_INVITATION: _manager_invitation,
    MailKind.TEAM_QUESTION: _team_question,
}
