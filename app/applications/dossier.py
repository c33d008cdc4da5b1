"""The dossier of one application: facts as the ATS sent them, each with the time of its update in the ATS.

Every connector maps messages to `Facts` first: what has no field here is never stored. Update times are whole
microseconds since 1970, so that no precision is lost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from app.core.addresses import read_address

MICROSECONDS = 1_000_000


class ApplicationStatus(StrEnum):
    """The status of an application."""

    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HIRED = "hired"


class RejectKind(StrEnum):
    """Who ended an application. `employer` is assumed where an ATS has no kinds; `unknown`: it did not say."""

    EMPLOYER = "employer"
    CANDIDATE = "candidate"
    OTHER = "other"
    UNKNOWN = "unknown"


class AddressType(StrEnum):
    """The kind of mailbox behind an address."""

    PERSONAL = "personal"
    WORK = "work"
    OTHER = "other"


class InterviewStatus(StrEnum):
    """The status of an interview. `unknown`: none was sent; `unclear`: one that is not mapped."""

    SCHEDULED = "scheduled"
    AWAITING_FEEDBACK = "awaiting_feedback"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"


class ResponseStatus(StrEnum):
    """An interviewer's reply to the calendar invitation."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    NEEDS_ACTION = "needs_action"
    UNKNOWN = "unknown"


class InterviewerRole(StrEnum):
    """The role of an interviewer. A shadow watches in order to learn."""

    INTERVIEWER = "interviewer"
    HIRING_MANAGER = "hiring_manager"
    RECRUITER = "recruiter"
    SHADOW = "shadow"


class Fact(BaseModel):
    """A part of a dossier: immutable, compared by value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Fact):
    """One address of a candidate; in a `Candidate`, normalised and checked."""

    value: str
    type: AddressType = AddressType.OTHER
    is_primary: bool = False


class Candidate(Fact):
    """The candidate. `name` is the full name. Invalid addresses are left out."""

    remote_id: str
    name: str | None = None
    addresses: tuple[Address, ...] = ()
    can_email: bool = True
    is_private: bool = False
    locale: str | None = None
    updated: int = 0

    @field_validator("addresses")
    @classmethod
    def _normalise(cls, sent: Sequence[Address]) -> tuple[Address, ...]:
        """Keep valid addresses, each once. Applies also to dossiers that were stored before this rule."""
        found: dict[str, Address] = {}
        for one in sent:
            value = read_address(one.value)
            if value is not None:
                found.setdefault(value, one.model_copy(update={"value": value}))
        return tuple(found.values())


class Interviewer(Fact):
    """A person who met, or was to meet, the candidate. `email` is None if it is missing or invalid."""

    remote_id: str | None = None
    name: str | None = None
    email: Annotated[str | None, AfterValidator(read_address)] = None
    disabled: bool = False
    response_status: ResponseStatus = ResponseStatus.UNKNOWN
    role: InterviewerRole = InterviewerRole.INTERVIEWER


class Job(Fact):
    """The job applied for."""

    remote_id: str
    name: str | None = None
    confidential: bool = False
    hiring_managers: tuple[Interviewer, ...] = ()
    updated: int = 0


class Application(Fact):
    """The status of the application."""

    status: ApplicationStatus
    rejected_at: datetime | None = None
    candidate_notified_at: datetime | None = None
    is_prospect: bool = False
    is_internal: bool = False
    stage_id: str | None = None
    stage_name: str | None = None
    reject_kind: RejectKind = RejectKind.EMPLOYER
    updated: int = 0


class Interview(Fact):
    """One interview. `end_at` is in UTC; of an all-day one, the end of the day in the employer's time zone."""

    remote_id: str
    stage_name: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    status: InterviewStatus = InterviewStatus.UNKNOWN
    interviewers: tuple[Interviewer, ...] = ()
    updated: int = 0


class Facts(Fact):
    """The facts about an application in one message, or in one reading from the ATS.

    `panel_complete`: `interviews` is the complete list as of `panel_at`.
    """

    application_remote_id: str
    candidate: Candidate | None = None
    job: Job | None = None
    application: Application | None = None
    interviews: tuple[Interview, ...] = ()
    panel_complete: bool = False
    panel_at: int = 0


class Dossier(Fact):
    """All facts about an application so far. `panel_at`, `panel_ids`: the latest complete list of interviews.

    `dropped` are the interviews missing from this list. A later list may name them again with fewer details; without
    `dropped`, the result would depend on the order of the messages.
    """

    candidate: Candidate | None = None
    job: Job | None = None
    application: Application | None = None
    interviews: tuple[Interview, ...] = ()
    dropped: tuple[Interview, ...] = ()
    panel_at: int = -1
    panel_ids: tuple[str, ...] = ()


def moment(at: datetime) -> int:
    """Return an aware datetime in microseconds since 1970, exactly: a float would round."""
    whole = at.replace(microsecond=0)
    return int(whole.timestamp()) * MICROSECONDS + at.microsecond


T = TypeVar("T", Candidate, Job, Application, Interview)


def merge(known: Dossier, facts: Facts) -> Dossier:
    """Return the dossier with the facts merged in. It equals `known` if nothing was new."""
    panel_at, panel_ids = known.panel_at, known.panel_ids
    if facts.panel_complete:
        ids = tuple(sorted(one.remote_id for one in facts.interviews))
        panel_at, panel_ids = max((panel_at, panel_ids), (facts.panel_at, ids))
    interviews = {one.remote_id: one for one in (*known.interviews, *known.dropped)}
    for one in facts.interviews:
        interviews[one.remote_id] = _newer(interviews.get(one.remote_id), one)
    current, dropped = _split_by_list(interviews, panel_at, panel_ids)
    return Dossier(
        candidate=_newer(known.candidate, facts.candidate) if facts.candidate else known.candidate,
        job=_newer(known.job, facts.job) if facts.job else known.job,
        application=_newer(known.application, facts.application) if facts.application else known.application,
        interviews=current,
        dropped=dropped,
        panel_at=panel_at,
        panel_ids=panel_ids,
    )


def _newer(known: T | None, sent: T) -> T:
    """Return the later update. At equal times the content decides, so that the order of messages does not."""
    if known is None:
        return sent
    return max(known, sent, key=lambda one: (one.updated, one.model_dump_json()))


def _split_by_list(
    interviews: Mapping[str, Interview], panel_at: int, panel_ids: tuple[str, ...]
) -> tuple[tuple[Interview, ...], tuple[Interview, ...]]:
    """Return the interviews that the latest complete list names or that are newer than it, and the dropped ones."""
    current: list[Interview] = []
    dropped: list[Interview] = []
    for remote_id in sorted(interviews):
        one = interviews[remote_id]
        (current if remote_id in panel_ids or one.updated > panel_at else dropped).append(one)
    return tuple(current), tuple(dropped)
