"""Rules for offers: whether an application leads to an offer of feedback, when it is due, and who is asked."""

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
from app.core.addresses import mailbox_of
from app.core.text import line

# Days to accept an offer, and days until it closes: accepted on its last day, its rounds still end before that. The
# employer sees "closed" on a day that is fixed when the offer is made, whatever the candidate did.
OFFER_DAYS = 14
CLOSED_DAYS = 28
MAX_PANEL = 10
# Local parts of shared mailboxes: one of their readers could answer for another.
_SHARED = frozenset(
    {"careers", "contact", "hello", "hiring", "hr", "info", "interview", "interviews", "jobs", "office", "panel"}
    | {"people", "recruiting", "recruitment", "talent", "team"}
)


class OfferState(StrEnum):
    """The employer's side of an offer. `waiting`: not due yet; `held`: needs manual release."""

    NONE = "none"
    WAITING = "waiting"
    HELD = "held"
    OFFERED = "offered"


class Uptake(StrEnum):
    """The candidate's side of an offer. `paused`: the rejection was reversed, or the application suspended."""

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
    """Change the employer's or the candidate's side of an offer. Raises ForbiddenMove."""
    if isinstance(state, OfferState):
        transitions.move(row, "offer", state, OFFER_TRANSITIONS)
    else:
        transitions.move(row, "uptake", state, UPTAKE_TRANSITIONS)


class Reason(StrEnum):
    """Why there is no offer, or why it needs manual release. For administrators, never shown to candidates."""

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
    """Return the uptake of an offer after later ATS updates, given the status and reason of its application.

    It is valid at once, before `follow_up` has stored it.
    """
    if reason == Reason.POSSIBLE_MERGE or status == ApplicationStatus.ACTIVE:
        return Uptake.PAUSED if uptake in (Uptake.OPEN, Uptake.ACCEPTED) else uptake
    if status in (ApplicationStatus.HIRED, ApplicationStatus.WITHDRAWN):
        return Uptake.WITHDRAWN if uptake in (Uptake.OPEN, Uptake.ACCEPTED, Uptake.PAUSED) else uptake
    if status == ApplicationStatus.REJECTED and uptake is Uptake.PAUSED:
        return Uptake.ACCEPTED if has_request else Uptake.OPEN
    return uptake


@dataclass(frozen=True)
class Decision:
    """The decision about an offer that is not made yet. `due` is set only for `waiting`."""

    state: OfferState
    reason: Reason | None = None
    due: datetime | None = None


def decide(dossier: Dossier, settings: ConnectionSettings) -> Decision:
    """Decide about the offer from the dossier alone, so that the order of messages makes no difference."""
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
    address = contact_address(candidate) if candidate else None
    if candidate is None or address is None:
        return Decision(OfferState.NONE, Reason.AWAITING_CONTACT)
    if not panel(dossier, settings):
        return Decision(OfferState.NONE, Reason.NOBODY_MET)
    held = _find_hold(dossier, candidate, address, settings)
    if held is not None:
        return Decision(OfferState.HELD, held)
    return Decision(OfferState.WAITING, None, offer_due_at(dossier, settings))


def offer_due_at(dossier: Dossier, settings: ConnectionSettings) -> datetime:
    """Return when an offer is due: when the ATS told the candidate of the rejection, else after the hold hours."""
    application = dossier.application
    if application is None:
        raise ValueError("nothing is known of this application")
    if application.candidate_notified_at is not None:
        return application.candidate_notified_at
    rejected = application.rejected_at or datetime.fromtimestamp(application.updated / 1_000_000, UTC)
    return rejected + timedelta(hours=settings.hold_hours)


def contact_address(candidate: Candidate) -> Address | None:
    """Return the address to write to: personal ones first, work addresses last."""
    order = {AddressType.PERSONAL: 0, AddressType.OTHER: 1, AddressType.WORK: 2}
    ranked = sorted(enumerate(candidate.addresses), key=lambda at: (order[at[1].type], not at[1].is_primary, at[0]))
    return ranked[0][1] if ranked else None


def panel(dossier: Dossier, settings: ConnectionSettings) -> list[Interviewer]:
    """Return the people to ask: those who met the candidate, once each, at most ten, the latest interviews first.

    Left out are people without an address of their own, who declined, only shadowed or are disabled, and the candidate.
    If no interview took place, the hiring managers are asked, provided that the employer allows it.
    """
    took_place = meetings(dossier)
    took_place.sort(key=lambda one: (one.end_at or datetime.min.replace(tzinfo=UTC), one.remote_id), reverse=True)
    met = [person for one in took_place for person in one.interviewers]
    if not took_place and settings.offer_without_interview and dossier.job is not None:
        met = [one.model_copy(update={"role": InterviewerRole.HIRING_MANAGER}) for one in dossier.job.hiring_managers]
    return _select_askable(met, own_addresses(dossier))[:MAX_PANEL]


def meetings(dossier: Dossier) -> list[Interview]:
    """Return the interviews that took place, as far as the ATS says.

    Left out are cancelled ones, and those planned for a time after the rejection.
    """
    application = dossier.application
    rejected = application is not None and application.status is ApplicationStatus.REJECTED
    decided_at = application.rejected_at if application is not None and rejected else None

    def took_place(one: Interview) -> bool:
        if one.status in (InterviewStatus.COMPLETE, InterviewStatus.AWAITING_FEEDBACK):
            return True
        begins = one.start_at or one.end_at
        in_time = begins is None or decided_at is None or begins <= decided_at
        return in_time and one.status is not InterviewStatus.CANCELLED

    return [one for one in dossier.interviews if took_place(one)]


def interviewer_addresses(dossier: Dossier, settings: ConnectionSettings) -> frozenset[str]:
    """Return the addresses of all who met the candidate, or hire for the job. Others are no longer invited."""
    met = [person for one in meetings(dossier) for person in one.interviewers]
    if settings.offer_without_interview and dossier.job is not None:
        met += dossier.job.hiring_managers
    return frozenset(person.email for person in met if person.email)


def own_addresses(dossier: Dossier) -> frozenset[str]:
    """Return all addresses of the candidate. An internal candidate must not be asked about themselves."""
    return frozenset(one.value for one in dossier.candidate.addresses) if dossier.candidate else frozenset()


def last_interview(dossier: Dossier) -> date | None:
    """Return the day of the last interview that took place."""
    ends = [one.end_at for one in meetings(dossier) if one.end_at]
    return max(ends).astimezone(UTC).date() if ends else None


def is_shared_mailbox(address: str) -> bool:
    """Tell whether an address looks like a shared mailbox."""
    return address.partition("@")[0].partition("+")[0] in _SHARED


def _took_part(person: Interviewer) -> bool:
    """Tell whether an interviewer took part in the decision, as far as the ATS says."""
    return (
        not person.disabled
        and person.role is not InterviewerRole.SHADOW
        and person.response_status is not ResponseStatus.DECLINED
    )


def _select_askable(people: Sequence[Interviewer], own: frozenset[str]) -> list[Interviewer]:
    found: dict[str, Interviewer] = {}
    candidate = {mailbox_of(address) for address in own}
    for person in people:
        email = person.email
        if email is None or is_shared_mailbox(email) or not _took_part(person):
            continue
        if (mailbox := mailbox_of(email)) not in candidate:
            found.setdefault(mailbox, person)
    return list(found.values())


def _find_hold(dossier: Dossier, candidate: Candidate, address: Address, settings: ConnectionSettings) -> Reason | None:
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
