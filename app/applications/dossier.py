"""What is known of one application: facts as they were told, each with the moment at which it was true over there.

Everything that an applicant tracking system sends is first mapped to `Facts`, whoever sent it and in which form:
nothing that is not named here can be kept. Moments are whole microseconds since 1970, so that none is lost on the way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from app.core.addresses import read_address

MICROSECONDS = 1_000_000


class ApplicationStatus(StrEnum):
    """How an application stands. `unknown`: over, but not told by whom."""

    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HIRED = "hired"


class RejectKind(StrEnum):
    """Who ended it. `employer` is assumed where a system has no kinds."""

    EMPLOYER = "employer"
    CANDIDATE = "candidate"
    OTHER = "other"
    UNKNOWN = "unknown"


class AddressType(StrEnum):
    """Whose mailbox an address is."""

    PERSONAL = "personal"
    WORK = "work"
    OTHER = "other"


class InterviewStatus(StrEnum):
    """How an interview stands. `unknown`: nothing was said; `unclear`: a word that is not known here."""

    SCHEDULED = "scheduled"
    AWAITING_FEEDBACK = "awaiting_feedback"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"


class ResponseStatus(StrEnum):
    """Whether an interviewer said that they would come."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    NEEDS_ACTION = "needs_action"
    UNKNOWN = "unknown"


class InterviewerRole(StrEnum):
    """Why somebody was there. A shadow watches to learn."""

    INTERVIEWER = "interviewer"
    HIRING_MANAGER = "hiring_manager"
    RECRUITER = "recruiter"
    SHADOW = "shadow"


class Fact(BaseModel):
    """A part of a dossier: immutable, and equal when its values are."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Fact):
    """One address of a candidate, as it was told; in a `Candidate`, as it can be written to."""

    value: str
    type: AddressType = AddressType.OTHER
    is_primary: bool = False


class Candidate(Fact):
    """Who applied. `name` is whole, as it was told or put together. Addresses that can't be written to are left out."""

    remote_id: str
    name: str | None = None
    addresses: tuple[Address, ...] = ()
    can_email: bool = True
    is_private: bool = False
    locale: str | None = None
    updated: int = 0

    @field_validator("addresses")
    @classmethod
    def _usable(cls, told: Sequence[Address]) -> tuple[Address, ...]:
        """Keep what can be written to, each once. Also of a dossier that was stored before there was this rule."""
        found: dict[str, Address] = {}
        for one in told:
            value = read_address(one.value)
            if value is not None:
                found.setdefault(value, one.model_copy(update={"value": value}))
        return tuple(found.values())


class Interviewer(Fact):
    """Somebody who met, or was to meet, the candidate. `email`: None too where it can't be written to."""

    remote_id: str | None = None
    name: str | None = None
    email: Annotated[str | None, AfterValidator(read_address)] = None
    disabled: bool = False
    response_status: ResponseStatus = ResponseStatus.UNKNOWN
    role: InterviewerRole = InterviewerRole.INTERVIEWER


class Job(Fact):
    """What was applied for."""

    remote_id: str
    name: str | None = None
    confidential: bool = False
    hiring_managers: tuple[Interviewer, ...] = ()
    updated: int = 0


class Application(Fact):
    """How it stands."""

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
    """One meeting. `end_at` is its end in UTC; of an all-day one, the end of that day where the employer is."""

    remote_id: str
    stage_name: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    status: InterviewStatus = InterviewStatus.UNKNOWN
    interviewers: tuple[Interviewer, ...] = ()
    updated: int = 0


class Facts(Fact):
    """What one message, or one look at the other system, says of an application.

    `panel_complete` says that `interviews` are all there are; `panel_at` since when.
    """

    application_remote_id: str
    candidate: Candidate | None = None
    job: Job | None = None
    application: Application | None = None
    interviews: tuple[Interview, ...] = ()
    panel_complete: bool = False
    panel_at: int = 0


class Dossier(Fact):
    """All that was told of an application so far. `panel_at`, `panel_ids`: the latest complete list of interviews.

    `dropped` are interviews that this list does not name. A list still to come may, and then tell less of one than is
    known: without them it would matter which of the two came first.
    """

    candidate: Candidate | None = None
    job: Job | None = None
    application: Application | None = None
    interviews: tuple[Interview, ...] = ()
    dropped: tuple[Interview, ...] = ()
    panel_at: int = -1
    panel_ids: tuple[str, ...] = ()


def moment(at: datetime) -> int:
    """Return a time with its zone as microseconds since 1970, to the microsecond."""
    whole = at.replace(microsecond=0)
    return int(whole.timestamp()) * MICROSECONDS + at.microsecond


T = TypeVar("T", Candidate, Job, Application, Interview)


def merge(known: Dossier, told: Facts) -> Dossier:
    """Return the dossier with what was told. Whether anything in it was news: compare the two."""
    panel_at, panel_ids = known.panel_at, known.panel_ids
    if told.panel_complete:
        ids = tuple(sorted(one.remote_id for one in told.interviews))
        panel_at, panel_ids = max((panel_at, panel_ids), (told.panel_at, ids))
    interviews = {one.remote_id: one for one in (*known.interviews, *known.dropped)}
    for one in told.interviews:
        interviews[one.remote_id] = _later(interviews.get(one.remote_id), one)
    standing, dropped = _sorted_out(interviews, panel_at, panel_ids)
    return Dossier(
        candidate=_later(known.candidate, told.candidate) if told.candidate else known.candidate,
        job=_later(known.job, told.job) if told.job else known.job,
        application=_later(known.application, told.application) if told.application else known.application,
        interviews=standing,
        dropped=dropped,
        panel_at=panel_at,
        panel_ids=panel_ids,
    )


def _later(known: T | None, told: T) -> T:
    if known is None:
        return told
    return max(known, told, key=lambda one: (one.updated, one.model_dump_json()))


def _sorted_out(
    interviews: Mapping[str, Interview], panel_at: int, panel_ids: tuple[str, ...]
) -> tuple[tuple[Interview, ...], tuple[Interview, ...]]:
    """Return what stands, and what a complete list did not name: that is dropped, unless it is newer than the list."""
    standing: list[Interview] = []
    dropped: list[Interview] = []
    for remote_id in sorted(interviews):
        one = interviews[remote_id]
        (standing if remote_id in panel_ids or one.updated > panel_at else dropped).append(one)
    return tuple(standing), tuple(dropped)
