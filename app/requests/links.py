"""Links, and the notes that carry them: written so that a candidate can send them as they are."""

from datetime import date
from uuid import UUID

from app.blinding.commitment import commitment_of
from app.core.text import isolated
from app.requests.manager_schemas import PanelLink
from app.requests.schemas import MailDraft
from app.vocabulary.codes import Mode, Stage


def round_url(base_url: str, round_id: UUID, code: str, *, public_key: bytes | None = None) -> str:
    """Return a one-time link. The code stands in the fragment, which browsers never send and servers never log.

    Of a blind round it also says which key the server has to use: those who compare their links find out if it has
    several.
    """
    key = f"&k={commitment_of(public_key)}" if public_key else ""
    return f"{base_url}/r/{round_id}#c={code}{key}"


def answering_url(base_url: str, round_id: UUID, public_key: bytes | None) -> str:
    """Return where answers to a blind round are written: one address for all, which opens with a receipt."""
    return f"{base_url}/r/{round_id}#k={commitment_of(public_key or b'')}"


def manager_url(base_url: str, request_id: UUID, code: str) -> str:
    """Return the manager's link."""
    return f"{base_url}/q/{request_id}#c={code}"


def manage_url(base_url: str, request_id: UUID, token: str) -> str:
    """Return the candidate's own link: the way back to their request, and to what comes of it."""
    return f"{base_url}/requests/{request_id}#m={token}"


def reminder_note(*, candidate: str, company: str, role_title: str, closes_on: date) -> MailDraft:
    """Return what a candidate can send to everyone of a round alike. Debrief keeps no link that could stand in it."""
    candidate, company, role_title = isolated(candidate), isolated(company), isolated(role_title)
    text = (
        f"Hello,\n\na while ago I asked you for one honest sentence about my interview as {role_title} at {company}. "
        f"If you have answered already: thank you! I can't see that. If not, the link in my first note works until "
        f"{closes_on:%d %B %Y}. It takes about a minute, and you can also decline.\n\n"
        f"Thank you, whatever you decide.\n{candidate}\n"
    )
    return MailDraft(subject=f"A minute for one question ({role_title})", text=text)


def interviewer_note(
    *,
    stage: Stage,
    candidate: str,
    role_title: str,
    to: str | None,
    url: str,
    mode: Mode,
    claim_until: date | None,
) -> MailDraft:
    """Return the thank-you note to somebody who met the candidate."""
    question = (
        "Is there anything about me that you would still like to have cleared up?"
        if stage is Stage.AFTER_INTERVIEW
        else "Was there anything that made me less competitive?"
    )
    how = (
        "It goes to me, signed by you."
        if mode is Mode.ATTRIBUTED
        else "I will see all answers together, without names."
    )
    if claim_until is not None:
        how += (
            f" Please open it by {claim_until:%d %B %Y} to say that you take part; you answer in the days after that,"
            " so that not even those who run the server can tell which answer is whose."
        )
    return _note(
        candidate,
        role_title,
        to,
        f"{question} One honest sentence would help me. This link asks it in about a minute, without an account. {how}",
        url,
    )


def manager_note(*, candidate: str, role_title: str, to: str | None, url: str) -> MailDraft:
    """Return the thank-you note to the hiring manager."""
    return _note(
        candidate,
        role_title,
        to,
        "Was there anything that made me less competitive, and what was it about the person who got the job? With this "
        "link you can answer for the team in about a minute, let the team answer without names, or decline. It needs "
        "no account.",
        url,
    )


def too_few_note(*, candidate: str, company: str, role_title: str, to: str | None) -> MailDraft:
    """Return what a candidate can send to the manager when too few of the team have answered.

    It says nothing of what is shown: some answers may be, as their authors wished.
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


def _note(candidate: str, role_title: str, to: str | None, ask: str, url: str) -> MailDraft:
    candidate, role_title = isolated(candidate), isolated(role_title)
    greeting = f"Dear {isolated(to)}," if to else "Hello,"
    text = (
        f"{greeting}\n\nthank you for your time, and for the conversations about the position as {role_title}. "
        f"I have one request. {ask}\n\n{url}\n\nThank you, whatever you decide.\n{candidate}\n"
    )
    return MailDraft(subject=f"Thank you, and one question ({role_title})", text=text)


def panel_message(*, candidate: str, role_title: str, k: int, links: list[PanelLink], claim_until: date | None) -> str:
    """Return the message that a manager forwards to the team."""
    candidate, role_title = isolated(candidate), isolated(role_title)
    when = ""
    if claim_until is not None:
        when = (
            f" Please open the link by {claim_until:%d %B %Y} to say that you take part; answers are written in the "
            "days after that, so that not even those who run the server can tell which is whose."
        )
    if len(links) == 1:
        where = f"This link is the same for all of us:\n\n{links[0].url}"
    else:
        listed = "\n".join(f"{index}. {link.url}" for index, link in enumerate(links, 1))
        where = f"Each of us takes one of these links (it works once):\n\n{listed}"
    return (
        f"Hello,\n\n{candidate}, whom we met for the position as {role_title}, asks what counted. It takes about a "
        f"minute, without an account and without names: {candidate} reads all answers together, and only if at least "
        f"{k} of us answer, unless you choose otherwise. You can also decline.{when}\n\n{where}\n\nThank you!\n"
    )
