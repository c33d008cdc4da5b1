"""What Debrief writes, in words: made when a mail is sent, from what is known then, and from what its row holds sealed.

Of the candidate's own text a mail carries name, company and role, made harmless: whoever can raise a request must not
be able to have Debrief deliver a message, or a link, of their own.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Unavailable
from app.delivery.mail.letter import Letter, Link, Typed
from app.delivery.outbox import Claimed
from app.requests import links
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.rounds.context import Context
from app.rounds.mailing import MailKind, Secret, open_secret
from app.rounds.models import RoundRow
from app.rounds.rules import RoundState, accepts
from app.sealing.keystore import KeyName, Purpose
from app.vocabulary.codes import Mode, Stage

LONGEST = 60
_ADDRESS = re.compile(r"\S*://\S*|\bwww\.\S*|\S*@\S*", re.IGNORECASE)
# Full stops of other scripts are read as dots in names of hosts (UTS 46).
_DOT = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=\w)")


def harmless(text: str) -> str:
    """Return a name, company or role as a mail may carry it: short, on one line, nothing that becomes a link."""
    shown = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    shown = _DOT.sub(" ", _ADDRESS.sub(" ", shown))
    shown = " ".join(shown.split())
    if not shown:
        return "…"
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1].rstrip()}…"


class LetterOpener:
    """Opens rows with the keys of what they belong to (the worker's `Opener`)."""

    def __init__(self, to: Context) -> None:
        self._to = to

    async def open(self, row: Claimed) -> Letter | None:
        """Return the letter; None if its key was destroyed, or what it speaks of is over. Raises Unavailable."""
        secret = None
        if row.key_purpose is not None and row.key_owner is not None:
            name = KeyName(Purpose(row.key_purpose), row.key_owner)
            key = await self._to.keys.find(name)
            if key is None:
                if await self._to.keys.is_destroyed(name):
                    return None
                raise Unavailable("key_missing", "The key of this mail is not there.")
            secret = open_secret(key, row.id, row.payload)
        return await self._to.db.read(_write, row, secret, self._to)


def _write(session: Session, row: Claimed, secret: Secret | None, to: Context) -> Letter | None:
    kind = MailKind(row.kind)
    if kind in _OF_ROUNDS:
        round_row = session.get(RoundRow, row.group_id)
        today = to.clock.now().date()
        if secret is None or round_row is None:
            return None
        if not accepts(RoundState(round_row.state), round_row.closes_on, today):
            return None
        return _OF_ROUNDS[kind](round_row, secret, to.base_url)
    request = session.get(RequestRow, row.group_id)
    if request is None or request.state != RequestState.OPEN:
        return None
    if kind is MailKind.ROUND_OVER:
        return _round_over(request, to.base_url)
    if secret is None:
        return None
    if kind is MailKind.CONFIRMATION:
        return _confirmation(secret, to.base_url)
    if kind is MailKind.MANAGER_INVITATION:
        return _manager_invitation(request, secret, to.base_url)
    return _too_few(session, request, secret, to.base_url)


def _confirmation(secret: Secret, base_url: str) -> Letter:
    # Nothing of what was written with the request: until somebody answers here, it may be anybody's.
    page = f"{base_url}/confirm"
    return Letter(
        to=secret.to,
        subject="Is this your address?",
        paragraphs=(
            "somebody, probably you, has asked for feedback about a job interview on Debrief, and gave this address.",
            (
                "If it was you, please confirm: only then does Debrief write to the people whom you named, and to "
                "you when there is something to read. If it was not, do nothing: nobody will be written to."
            ),
        ),
        links=(Link("Yes, this is my address", f"{page}#c={secret.codes[0]}"),),
        typed=Typed(page, secret.codes[0]),
    )


def _round_over(request: RequestRow, base_url: str) -> Letter | None:
    if request.candidate_email is None or not request.address_confirmed:
        return None
    company = harmless(request.company)
    return Letter(
        to=request.candidate_email,
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


def _invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _told(row.briefing)
    ask = (
        f"asks whether there is anything that you would still like {name} to clear up"
        if row.stage == Stage.AFTER_INTERVIEW
        else "asks what counted in your decision"
    )
    return _to_invitee(
        row,
        secret,
        base_url,
        subject=f"{name} asks for a minute of yours",
        paragraphs=(
            (
                f"{name}, whom you met for the position as {role} at {company}, {ask}. It takes about a minute, and "
                "needs no account."
            ),
            _how(row, name),
            "You can also decline, in two taps.",
        ),
    )


def _claim_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _told(row.briefing)
    return _to_invitee(
        row,
        secret,
        base_url,
        subject=f"{name} asks for a minute of yours",
        paragraphs=(
            (
                f"{name}, whom you met for the position as {role} at {company}, asks what counted, so that not even "
                "those who run this server can tell which answer is whose."
            ),
            (
                f"That takes two short visits. By {_day(row.claim_until or row.closes_on)}: say that you take part, "
                f"and keep the receipt that your browser makes. From the day after through {_day(row.closes_on)}: "
                "answer, in about a minute, best from a network that is not tied to you."
            ),
            _how(row, name),
            "You can also decline, in two taps.",
        ),
    )


def _answer_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _told(row.briefing)
    return Letter(
        to=secret.to,
        subject=f"{name} asks for a minute of yours: answers are open",
        paragraphs=(
            f"some days ago {name}, whom you met for the position as {role} at {company}, asked you for a minute.",
            (
                "Everyone who was asked gets this mail, since nobody can see who takes part. If you do: open the page "
                f"below with the receipt that you kept. Answers are taken through {_day(row.closes_on)}."
            ),
            _how(row, name),
        ),
        links=(Link("Answer with your receipt", links.answering_url(base_url, row.id, row.public_key)),),
        closing=("The address is the same for everyone. Use a network that is not tied to you, if you can.",),
    )


def _reminder(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _told(row.briefing)
    return _to_invitee(
        row,
        secret,
        base_url,
        subject=f"{name} asks for a minute of yours: a reminder",
        paragraphs=(
            f"some days ago {name}, whom you met for the position as {role} at {company}, asked you for a minute.",
            (
                "Everyone who was asked gets this mail, since nobody can see who has answered. If you have: thank "
                f"you! If not, your link works through {_day(row.closes_on)}."
            ),
            _how(row, name),
        ),
    )


def _to_invitee(row: RoundRow, secret: Secret, base_url: str, *, subject: str, paragraphs: tuple[str, ...]) -> Letter:
    return Letter(
        to=secret.to,
        subject=subject,
        paragraphs=paragraphs,
        links=(
            Link(
                "Take part or decline" if row.claim_until else "Answer or decline",
                links.round_url(base_url, row.id, secret.codes[0], public_key=row.public_key),
            ),
        ),
        typed=Typed(f"{base_url}/r/{row.id}", secret.codes[0]),
        closing=("Opening the link changes nothing. It is yours alone: please do not pass it on.",),
    )


def _panel_links(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _told(row.briefing)
    urls = [links.round_url(base_url, row.id, code, public_key=row.public_key) for code in secret.codes]
    single = len(urls) == 1
    return Letter(
        to=secret.to,
        subject=f"To forward to your team: {name} asks what counted",
        paragraphs=(
            "you wanted your team to answer. Please forward what follows to those who met the candidate"
            + (": the link is the same for all." if single else ", one link to each: it works once."),
            (
                f"{name}, whom we met for the position as {role} at {company}, asks what counted. It takes about a "
                f"minute, without an account and without names: {name} reads all answers together, and only if at "
                f"least {row.k} of us answer, unless you choose otherwise. You can also decline."
            ),
        ),
        links=tuple(
            Link("Answer or decline" if single else f"Link {number}", url) for number, url in enumerate(urls, 1)
        ),
        closing=(f"Answers are taken through {_day(row.closes_on)}.",),
    )


def _manager_invitation(request: RequestRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = harmless(request.candidate_name), harmless(request.company), harmless(request.role_title)
    return Letter(
        to=secret.to,
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


def _too_few(session: Session, request: RequestRow, secret: Secret, base_url: str) -> Letter | None:
    rounds = session.scalars(
        select(RoundRow).where(RoundRow.request_id == request.id).order_by(RoundRow.closes_on.desc(), RoundRow.id)
    ).all()
    team_answered = any(row.is_team_answer for row in rounds)
    short = [row for row in rounds if row.state == RoundState.WITHHELD or row.below_threshold]
    if team_answered or request.manager_declined or not short:
        return None
    name = harmless(request.candidate_name)
    return Letter(
        to=secret.to,
        subject=f"{name}: one minute, for the team",
        paragraphs=(
            (
                f"fewer than {short[0].k} of those who were asked about {name} have answered, so nothing is shown, "
                "as was promised to them."
            ),
            "You can still answer for the team: one minute, with the link that you have.",
        ),
        links=(Link("Answer for the team", links.manager_url(base_url, request.id, secret.codes[0])),),
        typed=Typed(f"{base_url}/q/{request.id}", secret.codes[0]),
    )


def _first_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    return (_claim_invitation if row.claim_until else _invitation)(row, secret, base_url)


def _second_reminder(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    return (_answer_invitation if row.claim_until else _reminder)(row, secret, base_url)


_OF_ROUNDS: Mapping[MailKind, Callable[[RoundRow, Secret, str], Letter]] = {
    MailKind.INVITATION: _first_invitation,
    MailKind.FIRST_REMINDER: _reminder,
    MailKind.SECOND_REMINDER: _second_reminder,
    MailKind.ANSWER_INVITATION: _answer_invitation,
    MailKind.PANEL_LINKS: _panel_links,
}


def _told(briefing: Mapping[str, str]) -> tuple[str, str, str]:
    return harmless(briefing["candidate_name"]), harmless(briefing["company"]), harmless(briefing["role_title"])


def _how(row: RoundRow, name: str) -> str:
    if row.mode == Mode.ATTRIBUTED:
        return f"Your answer goes to {name}, signed by you."
    return (
        f"{name} reads all answers together, without names, and only if at least {row.k} come, unless you choose "
        "otherwise."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
