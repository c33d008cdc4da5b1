"""The letters of a round: to the people asked, and to the manager who forwards its links."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.context import Operator
from app.core.text import written as day
from app.delivery.mail.letter import Letter, Link, Typed
from app.requests import links
from app.requests.panel_message import claim_notice, panel_question
from app.requests.safe_text import harmless
from app.rounds.mail import MailKind, Secret
from app.rounds.models import RoundRow
from app.rounds.round_view import wording_of
from app.rounds.rules import OpenedBy
from app.rounds.schemas import Briefing
from app.rounds.statement import Wording, caveats, in_short
from app.vocabulary.codes import Mode, Stage


def _invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _names(row.briefing)
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
                f"{name}, {_met(row)} for the position as {role} at {company}, {ask}. It takes about a minute, and "
                "needs no account."
            ),
            *_promise(row, secret),
            "You can also decline, in three taps.",
        ),
    )


def _claim_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _names(row.briefing)
    return _to_invitee(
        row,
        secret,
        base_url,
        subject=f"{name} asks for a minute of yours",
        paragraphs=(
            (
                f"{name}, {_met(row)} for the position as {role} at {company}, asks what counted. If at least "
                "three take part, those who run this server can’t tell which answer is whose."
            ),
            (
                f"That takes two short visits. By {day(row.claim_until or row.closes_on)}: say that you take part, "
                "and keep the receipt that your browser makes. From 12:00 UTC of the next day through "
                f"{day(row.closes_on)}: answer, in about a minute, best from a network that is not tied to you, and at "
                "another hour."
            ),
            *_promise(row, secret),
            "You can also decline, in three taps.",
        ),
    )


def _answer_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _names(row.briefing)
    return Letter(
        to=secret.to,
        name=secret.name,
        subject=f"{name} asks for a minute of yours: answers are open",
        paragraphs=(
            f"some days ago {name}, {_met(row)} for the position as {role} at {company}, asked you for a minute.",
            (
                "Everyone who was asked gets this mail, since nobody can see who takes part. If you do: open the page "
                f"below with the receipt that you kept. Answers are taken through {day(row.closes_on)}."
            ),
            *_promise(row, secret),
        ),
        links=(Link("Answer with your receipt", links.answering_url(base_url, row.id, row.public_key)),),
        closing=(
            (
                "The address is the same for everyone. Use a network that is not tied to you, and another hour of the "
                "day than on your first visit, if you can."
            ),
        ),
    )


def _reminder(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    name, company, role = _names(row.briefing)
    return _to_invitee(
        row,
        secret,
        base_url,
        subject=f"{name} asks for a minute of yours: a reminder",
        paragraphs=(
            f"some days ago {name}, {_met(row)} for the position as {role} at {company}, asked you for a minute.",
            (
                "Everyone who was asked gets this mail, since nobody can see who has answered. If you have: thank "
                f"you! If not, your link works through {day(row.closes_on)}."
            ),
            *_promise(row, secret),
        ),
    )


def _to_invitee(row: RoundRow, secret: Secret, base_url: str, *, subject: str, paragraphs: tuple[str, ...]) -> Letter:
    return Letter(
        to=secret.to,
        name=secret.name,
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
    name, company, role = _names(row.briefing)
    urls = [links.round_url(base_url, row.id, code, public_key=row.public_key) for code in secret.codes]
    single = len(urls) == 1
    return Letter(
        to=secret.to,
        subject=f"To forward to your team: {name} asks what counted",
        paragraphs=(
            "you wanted your team to answer. Please forward what follows to those who met the candidate"
            + (": the link is the same for all." if single else ", one link to each: it works once."),
            panel_question(candidate=name, position=f"{role} at {company}", promise=" ".join(in_short(_wording(row)))),
            *([claim_notice(day(row.claim_until))] if row.claim_until else []),
        ),
        links=tuple(
            Link(
                ("Take part or decline" if row.claim_until else "Answer or decline") if single else f"Link {number}",
                url,
            )
            for number, url in enumerate(urls, 1)
        ),
        closing=(f"Answers are taken through {day(row.closes_on)}.",),
    )


def _first_invitation(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    return (_claim_invitation if row.claim_until else _invitation)(row, secret, base_url)


def _second_reminder(row: RoundRow, secret: Secret, base_url: str) -> Letter:
    return (_answer_invitation if row.claim_until else _reminder)(row, secret, base_url)


OF_ROUNDS: Mapping[MailKind, Callable[[RoundRow, Secret, str], Letter]] = {
    MailKind.INVITATION: _first_invitation,
    MailKind.FIRST_REMINDER: _reminder,
    MailKind.SECOND_REMINDER: _second_reminder,
    MailKind.ANSWER_INVITATION: _answer_invitation,
    MailKind.PANEL_LINKS: _panel_links,
}


def _met(row: RoundRow) -> str:
    """Say how the people asked know the candidate. If a system named them, some may never have met the candidate."""
    named_by_system = row.opened_by == OpenedBy.CONNECTION
    return "who applied" if named_by_system and not row.briefing.get("interviewed_on") else "whom you met"


def _names(briefing: Mapping[str, str]) -> tuple[str, str, str]:
    return harmless(briefing["candidate_name"]), harmless(briefing["company"]), harmless(briefing["role_title"])


def _promise(row: RoundRow, secret: Secret) -> tuple[str, ...]:
    """Return the promise of the form, with what stands in front of it."""
    wording = _wording(row)
    domain = wording.reach.domain
    if domain and not secret.to.endswith(f"@{domain}"):
        # Mail programs turn a domain into a link: only those who have an address there read it as one.
        wording = replace(wording, reach=wording.reach.model_copy(update={"domain": harmless(domain)}))
    limits = tuple(text for _, text in caveats(wording))
    if row.mode == Mode.ATTRIBUTED:
        return (*limits, wording.fill("Your answer goes to {first}, signed by you."))
    return (*limits, " ".join(in_short(wording)))


def _wording(row: RoundRow) -> Wording:
    return wording_of(row, Briefing.model_validate(row.briefing), Operator(None, None))
