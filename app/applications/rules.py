"""What follows from what is known of an application: whether a debrief is offered, when, and who is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from app.accounts.rules import ConnectionSettings
from app.applications.dossier import (
    Address,
    AddressType,
    ApplicationStatus,
    Candidate,
    Dossier,
    Interview,
    Interviewer,
    InterviewerRole,
    InterviewStatus,
    RejectKind,
    ResponseStatus,
)
from app.core import transitions
from app.core.text import line

# How long an offer can be accepted, and how long it then takes at the longest until a round is over: the employer is
# told "closed" on one day fixed when the offer is made, whatever became of it.
OFFER_DAYS = 14
CLOSED_DAYS = 28
MOST_ASKED = 10
# Mailboxes that several people read: one of them could answer for another.
_SHARED = frozenset(
    {"careers", "contact", "hello", "hiring", "hr", "info", "interview", "interviews", "jobs", "office", "panel"}
    | {"people", "recruiting", "recruitment", "talent", "team"}
)


class OfferState(StrEnum):
    """How an offer stands for the employer. `waiting` for its hour; `held` for a person."""

    NONE = "none"
    WAITING = "waiting"
    HELD = "held"
    OFFERED = "offered"


class Uptake(StrEnum):
    """What the candidate made of an offer. `paused`: the rejection was taken back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


# A new application has no offer. Each pair of states, and what moves an offer from the first to the second. Only
# erasure takes back an offer that the employer sees.
OFFER_TRANSITIONS: dict[tuple[OfferState | None, OfferState], str] = {
    (OfferState.NONE, OfferState.WAITING): "the ATS reports a rejection",
    (OfferState.NONE, OfferState.HELD): "the ATS reports a rejection that needs a person's decision",
    (OfferState.WAITING, OfferState.HELD): "a person has to decide",
    (OfferState.HELD, OfferState.WAITING): "a person releases it, or the ATS reports what was missing",
    (OfferState.WAITING, OfferState.NONE): "the ATS reports that no offer is due, or the application is erased",
    (OfferState.HELD, OfferState.NONE): "the ATS reports that no offer is due, or the application is erased",
    (OfferState.WAITING, OfferState.OFFERED): "its hour comes, or the candidate shares what they chose",
    (OfferState.HELD, OfferState.OFFERED): "the candidate shares what they chose",
    (OfferState.NONE, OfferState.OFFERED): "the candidate shares what they chose",
    (OfferState.OFFERED, OfferState.NONE): "the application is erased",
}
# A candidate without an offer has no uptake. Each pair of states, and what moves it from the first to the second.
UPTAKE_TRANSITIONS: dict[tuple[Uptake | None, Uptake], str] = {
    (None, Uptake.OPEN): "the candidate gets the offer",
    (Uptake.OPEN, Uptake.ACCEPTED): "the candidate accepts",
    (Uptake.OPEN, Uptake.DECLINED): "the candidate declines",
    (Uptake.OPEN, Uptake.EXPIRED): "the candidate lets its last day pass",
    (Uptake.OPEN, Uptake.PAUSED): "the company reopens the application",
    (Uptake.ACCEPTED, Uptake.PAUSED): "the company reopens the application",
    (Uptake.PAUSED, Uptake.OPEN): "the company rejects again",
    (Uptake.PAUSED, Uptake.ACCEPTED): "the company rejects again, after or before the candidate accepts",
    (Uptake.PAUSED, Uptake.DECLINED): "the candidate declines",
    (Uptake.PAUSED, Uptake.EXPIRED): "the company rejects again after its last day",
    (Uptake.OPEN, Uptake.WITHDRAWN): "the application ends without rejection, or is erased",
    (Uptake.ACCEPTED, Uptake.WITHDRAWN): "the application ends without rejection, or is erased",
    (Uptake.PAUSED, Uptake.WITHDRAWN): "the application ends without rejection, its last day passes, or it is erased",
    (Uptake.DECLINED, Uptake.WITHDRAWN): "the application is erased",
    (Uptake.EXPIRED, Uptake.WITHDRAWN): "the application is erased",
    (None, Uptake.WITHDRAWN): "the application is erased",
    (Uptake.EXPIRED, Uptake.OPEN): "the candidate gets another offer",
    (Uptake.WITHDRAWN, Uptake.OPEN): "the candidate gets another offer",
}


class HasOffer(Protocol):
    """A row with both states of an offer."""

    offer: Any
    uptake: Any


def move(row: HasOffer, state: OfferState | Uptake) -> None:
    """Change how an offer stands for the employer, or what the candidate made of it. Raises ForbiddenMove."""
    if isinstance(state, OfferState):
        transitions.move(row, "offer", state, OFFER_TRANSITIONS)
    else:
        transitions.move(row, "uptake", state, UPTAKE_TRANSITIONS)


class Reason(StrEnum):
    """Why there is no offer, or why it waits for a person. A code for administrators, never shown to candidates."""

    NOT_REJECTED = "not_rejected"
    PROSPECT = "prospect"
    WITHDREW = "withdrew"
    STAGE_NOT_REACHED = "stage_not_reached"
    NOBODY_MET = "nobody_met"
    NO_MAIL_WISHED = "no_mail_wished"
    AWAITING_CONTACT = "awaiting_contact"
    UNCLEAR_REJECTION = "unclear_rejection"
    UNCLEAR_INTERVIEW = "unclear_interview"
    WORK_ADDRESS = "work_address"
    INTERNAL_APPLICANT = "internal_applicant"
    CONFIDENTIAL_JOB = "confidential_job"
    PRIVATE_CANDIDATE = "private_candidate"
    REINSTATED = "reinstated"
    POSSIBLE_MERGE = "possible_merge"
    LONG_AGO = "long_ago"


def uptake_after(uptake: Uptake, status: str | None, reason: str | None, *, has_request: bool) -> Uptake:
    """Return what becomes of an uptake by what the employer has told since. Counts at once; the rest follows soon."""
    if reason == Reason.POSSIBLE_MERGE or status == ApplicationStatus.ACTIVE:
        return Uptake.PAUSED if uptake in (Uptake.OPEN, Uptake.ACCEPTED) else uptake
    if status in (ApplicationStatus.HIRED, ApplicationStatus.WITHDRAWN):
        return Uptake.WITHDRAWN if uptake in (Uptake.OPEN, Uptake.ACCEPTED, Uptake.PAUSED) else uptake
    if status == ApplicationStatus.REJECTED and uptake is Uptake.PAUSED:
        return Uptake.ACCEPTED if has_request else Uptake.OPEN
    return uptake


@dataclass(frozen=True)
class Decision:
    """What is to be done with an application that was not offered anything yet. `due` only while `waiting`."""

    state: OfferState
    reason: Reason | None = None
    due: datetime | None = None


def decide(dossier: Dossier, settings: ConnectionSettings) -> Decision:
    """Decide on the offer. Depends on what is known alone, so that no order of telling leads elsewhere."""
    application = dossier.application
    if application is None or application.status is not ApplicationStatus.REJECTED:
        return Decision(OfferState.NONE, Reason.NOT_REJECTED)
    if application.is_prospect:
        return Decision(OfferState.NONE, Reason.PROSPECT)
    if application.reject_kind is RejectKind.CANDIDATE:
        return Decision(OfferState.NONE, Reason.WITHDREW)
    reached = {line(one) for one in (application.stage_id, application.stage_name) if one}
    if settings.stages and not reached & {line(one) for one in settings.stages}:
        return Decision(OfferState.NONE, Reason.STAGE_NOT_REACHED)
    candidate = dossier.candidate
    if candidate is not None and not candidate.can_email:
        return Decision(OfferState.NONE, Reason.NO_MAIL_WISHED)
    address = contact(candidate) if candidate else None
    if candidate is None or address is None:
        return Decision(OfferState.NONE, Reason.AWAITING_CONTACT)
    if not panel(dossier, settings):
        return Decision(OfferState.NONE, Reason.NOBODY_MET)
    held = _why_held(dossier, candidate, address, settings)
    if held is not None:
        return Decision(OfferState.HELD, held)
    return Decision(OfferState.WAITING, None, due(dossier, settings))


def due(dossier: Dossier, settings: ConnectionSettings) -> datetime:
    """Return when a rejected candidate may be written to: once told, or else when the hold is over."""
    application = dossier.application
    if application is None:
        raise ValueError("nothing is known of this application")
    if application.candidate_notified_at is not None:
        return application.candidate_notified_at
    rejected = application.rejected_at or datetime.fromtimestamp(application.updated / 1_000_000, UTC)
    return rejected + timedelta(hours=settings.hold_hours)


def contact(candidate: Candidate) -> Address | None:
    """Return where a candidate is written to: a personal address before any other, one at work last."""
    order = {AddressType.PERSONAL: 0, AddressType.OTHER: 1, AddressType.WORK: 2}
    ranked = sorted(enumerate(candidate.addresses), key=lambda at: (order[at[1].type], not at[1].is_primary, at[0]))
    return ranked[0][1] if ranked else None


def panel(dossier: Dossier, settings: ConnectionSettings) -> list[Interviewer]:
    """Return who is asked: everybody who met the candidate, once each, at most ten, the latest meetings first.

    Not: who has no address of their own, declined, only watched, has left, or is the candidate. Whoever met nobody may
    ask the hiring manager, if the employer allows it.
    """
    held = meetings(dossier)
    held.sort(key=lambda one: (one.end_at or datetime.min.replace(tzinfo=UTC), one.remote_id), reverse=True)
    met = [person for one in held for person in one.interviewers]
    if not held and settings.offer_without_interview and dossier.job is not None:
        met = [one.model_copy(update={"role": InterviewerRole.HIRING_MANAGER}) for one in dossier.job.hiring_managers]
    return _askable(met, own_addresses(dossier))[:MOST_ASKED]


def meetings(dossier: Dossier) -> list[Interview]:
    """Return the interviews that took place, as far as is told: none that was cancelled, or planned for a time by which
    the candidate was rejected already.
    """
    application = dossier.application
    rejected = application is not None and application.status is ApplicationStatus.REJECTED
    decided = application.rejected_at if application is not None and rejected else None

    def took_place(one: Interview) -> bool:
        if one.status in (InterviewStatus.COMPLETE, InterviewStatus.AWAITING_FEEDBACK):
            return True
        begins = one.start_at or one.end_at
        in_time = begins is None or decided is None or begins <= decided
        return in_time and one.status is not InterviewStatus.CANCELLED

    return [one for one in dossier.interviews if took_place(one)]


def still_met(dossier: Dossier, settings: ConnectionSettings) -> frozenset[str]:
    """Return the addresses of all who met the candidate: whoever of those asked is not among them any more has nothing
    to say.
    """
    met = [person for one in meetings(dossier) for person in one.interviewers]
    if settings.offer_without_interview and dossier.job is not None:
        met += dossier.job.hiring_managers
    return frozenset(person.email for person in met if person.email)


def skipped(dossier: Dossier) -> int:
    """Return how many who met the candidate can't be asked, for the administrator to know."""
    met = [person for one in meetings(dossier) for person in one.interviewers if may_be_asked(person)]
    people = {person.email or person.remote_id for person in met}
    return len(people) - len(_askable(met, own_addresses(dossier)))


def may_be_asked(person: Interviewer) -> bool:
    """Tell whether somebody took part in the decision, as far as is told."""
    return (
        not person.disabled
        and person.role is not InterviewerRole.SHADOW
        and person.response_status is not ResponseStatus.DECLINED
    )


def own_addresses(dossier: Dossier) -> frozenset[str]:
    """Return all addresses of the candidate: who has one of them is not asked about themselves."""
    return frozenset(one.value for one in dossier.candidate.addresses) if dossier.candidate else frozenset()


def last_interview(dossier: Dossier) -> date | None:
    """Return the day of the last interview that took place."""
    ends = [one.end_at for one in meetings(dossier) if one.end_at]
    return max(ends).astimezone(UTC).date() if ends else None


def is_shared_mailbox(address: str) -> bool:
    """Tell whether an address looks like one that several people read."""
    return address.partition("@")[0].partition("+")[0] in _SHARED


def _askable(people: Sequence[Interviewer], own: frozenset[str]) -> list[Interviewer]:
    found: dict[str, Interviewer] = {}
    for person in people:
        email = person.email
        if email is None or email in own or is_shared_mailbox(email) or not may_be_asked(person):
            continue
        found.setdefault(email, person)
    return list(found.values())


def _why_held(dossier: Dossier, candidate: Candidate, address: Address, settings: ConnectionSettings) -> Reason | None:
    application = dossier.application
    if application is not None and application.reject_kind is not RejectKind.EMPLOYER:
        return Reason.UNCLEAR_REJECTION
    if candidate.is_private:
        return Reason.PRIVATE_CANDIDATE
    if dossier.job is not None and dossier.job.confidential:
        return Reason.CONFIDENTIAL_JOB
    met = {person.email for one in dossier.interviews for person in one.interviewers if person.email}
    if (application is not None and application.is_internal) or met & own_addresses(dossier):
        return Reason.INTERNAL_APPLICANT
    if any(one.status is InterviewStatus.UNCLEAR and one.interviewers for one in meetings(dossier)):
        return Reason.UNCLEAR_INTERVIEW
    at_employer = settings.company_domain is not None and _is_within(address.value, settings.company_domain)
    if address.type is AddressType.WORK or at_employer:
        return Reason.WORK_ADDRESS
    return None


def _is_within(address: str, domain: str) -> bool:
    host = address.rpartition("@")[2]
    return host == domain or host.endswith(f".{domain}")
