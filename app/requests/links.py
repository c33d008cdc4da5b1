"""Links, and the notes that carry them. A candidate can send the notes as they are."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.blinding.commitment import commitment_of
from app.core.text import isolated, written
from app.requests.models import RequestRow
from app.requests.schemas import InviteLink, MailDraft
from app.rounds.models import RoundRow
from app.vocabulary.codes import Mode, Role, Stage


@dataclass(frozen=True)
class Asked:
    """The facts of a round of which its links and their notes are made."""

    round_id: UUID
    candidate: str
    role_title: str
    stage: Stage
    mode: Mode
    claim_until: date | None
    public_key: bytes | None


def asked_in(request: RequestRow, round_row: RoundRow) -> Asked:
    """Gather the facts of a round of which its links are made."""
    return Asked(
        round_row.id,
        request.candidate_name,
        request.role_title,
        Stage(round_row.stage),
        Mode(round_row.mode),
        round_row.claim_until,
        round_row.public_key,
    )


def invitee_link(asked: Asked, code: str, role: Role, name: str | None, base_url: str) -> InviteLink:
    """Return the link of a person asked, with its note."""
    url = round_url(base_url, asked.round_id, code, public_key=asked.public_key)
    return InviteLink(role=role.value, name=name, url=url, code=code, note=_interviewer_note(asked, to=name, url=url))


def manager_link(
    request_id: UUID, code: str, name: str | None, *, candidate: str, role_title: str, base_url: str
) -> InviteLink:
    """Return the manager's link, with its note."""
    url = manager_url(base_url, request_id, code)
    note = _manager_note(candidate=candidate, role_title=role_title, to=name, url=url)
    return InviteLink(role="manager", name=name, url=url, code=code, note=note)


def round_url(base_url: str, round_id: UUID, code: str, *, public_key: bytes | None = None) -> str:
    """Return a one-time link. The code is in the fragment, which browsers never send and servers never log.

    The link of a blind round also commits the server to one key: people who compare their links notice a second one.
    """
    key = f"&k={commitment_of(public_key)}" if public_key else ""
    return f"{base_url}/r/{round_id}#c={code}{key}"


def answering_url(base_url: str, round_id: UUID, public_key: bytes | None) -> str:
    """Return the page on which answers to a blind round are written: one address for all. It opens with a receipt."""
    return f"{base_url}/r/{round_id}#k={commitment_of(public_key or b'')}"


def manager_url(base_url: str, request_id: UUID, code: str) -> str:
    """Return the manager's link."""
    return f"{base_url}/q/{request_id}#c={code}"


def manage_url(base_url: str, request_id: UUID, token: str) -> str:
    """Return the candidate's own link, which leads to their request and its feedback."""
    return f"{base_url}/requests/{request_id}#m={token}"


def reminder_note(*, candidate: str, company: str, role_title: str, closes_on: date) -> MailDraft:
    """Return a reminder that a candidate can send to everyone in a round. It has no link, since Debrief keeps none."""
    candidate, company, role_title = isolated(candidate), isolated(company), isolated(role_title)
    text = (
        f"Hello,\n\na while ago I asked you for one honest sentence about my interview as {role_title} at {company}. "
        f"If you have answered already: thank you! I can't see that. If not, the link in my first note works until "
        f"{written(closes_on)}. It takes about a minute, and you can also decline.\n\n"
        f"Thank you, whatever you decide.\n{candidate}\n"
    )
    return MailDraft(subject=f"A minute for one question ({role_title})", text=text)


def _interviewer_note(asked: Asked, *, to: str | None, url: str) -> MailDraft:
    """Return the thank-you note to somebody who met the candidate."""
    question = (
        "Is there anything about me that you would still like to have cleared up?"
        if asked.stage is Stage.AFTER_INTERVIEW
        else "Was there anything that made me less competitive?"
    )
    how = (
        "It goes to me, signed by you."
        if asked.mode is Mode.ATTRIBUTED
        else "I will see all answers together, without names."
    )
    if asked.claim_until is not None:
        how += (
            f" Please open it by {written(asked.claim_until)} to say that you take part; you answer in the days after "
            "that, so that not even those who run the server can tell which answer is whose, if at least three take "
            "part."
        )
    return _note(
        asked.candidate,
        asked.role_title,
        to,
        f"{question} One honest sentence would help me. This link asks it in about a minute, without an account. {how}",
        url,
    )


def _manager_note(*, candidate: str, role_title: str, to: str | None, url: str) -> MailDraft:
    """Return the thank-you note to the hiring manager, who is asked about the person they chose, too."""
    return _note(
        candidate,
        role_title,
        to,
        "Was there anything that made me less competitive, and could you tell me a little about the person you chose? "
        "With this link you can answer for the team in about a minute, let the team answer without names, or decline. "
        "It needs no account.",
        url,
    )


def too_few_note(*, candidate: str, company: str, role_title: str, to: str | None) -> MailDraft:
    """Return a note that a candidate can send to the manager when too few of the team have answered.

    It does not say whether any answer is shown: some may be, if their authors chose so.
    """
    candidate, company, role_title = isolated(candidate), isolated(company), isolated(role_title)
    greeting = f"Dear {isolated(to)}," if to else "Hello,"
    text = (
        f"{greeting}\n\nthank you for passing my question on. The round has closed. If you "
        f"would still answer for the team: the link in my first note about the position "
        f"as {role_title} at {company} works as before, and it takes about a minute.\n\n"
        f"Thank you, whatever you decide.\n{candidate}\n"
    )
    return MailDraft(subject=f"One minute, for the team ({role_title})", text=text)


def reply_note(*, candidate: str, role_title: str, through: date | None) -> MailDraft:
    """Return a note that tells those asked of a reply. It has no link, since Debrief keeps none."""
    candidate, role_title = isolated(candidate), isolated(role_title)
    until = f" It works until {through.day} {through:%B %Y}." if through else ""
    text = (
        f"Hello,\n\nthank you for the feedback about my interview as {role_title}. I have replied to what was said. "
        f"The link in my first note opens my reply.{until}\n\nThank you for your time.\n{candidate}\n"
    )
    return MailDraft(subject=f"My reply ({role_title})", text=text)


def _note(candidate: str, role_title: str, to: str | None, ask: str, url: str) -> MailDraft:
    candidate, role_title = isolated(candidate), isolated(role_title)
    greeting = f"Dear {isolated(to)}," if to else "Hello,"
    text = (
        f"{greeting}\n\nthank you for your time, and for the conversations about the position as {role_title}. "
        f"I have one request. {ask}\n\n{url}\n\nThank you, whatever you decide.\n{candidate}\n"
    )
    return MailDraft(subject=f"Thank you, and one question ({role_title})", text=text)
