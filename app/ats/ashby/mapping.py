"""Mapping from Ashby records to facts. One Ashby schedule, with all its meetings, is one interview in Debrief.

Candidate, job and panel of a webhook have `updated` 0, so that any pull replaces them: a webhook does not say whether
the job is confidential or whether a meeting was a debrief.
"""

from collections.abc import Collection, Sequence

from app.applications.dossier import (
    Address,
    AddressType,
    Application,
    ApplicationStatus,
    Candidate,
    Interview,
    Interviewer,
    InterviewerRole,
    InterviewStatus,
    Job,
    RejectKind,
    moment,
)
from app.ats.ashby.schemas import ApplicationPart, CandidatePart, JobPart, Meeting, Schedule, Teammate, User
from app.ats.codes import fold, interview_status, read
from app.ats.strict_json import read_time

_KINDS = {
    "rejectedbyorg": RejectKind.EMPLOYER,
    "rejectedbycandidate": RejectKind.CANDIDATE,
    "other": RejectKind.OTHER,
}


def microseconds_of(text: str | None) -> int:
    """Return the time of a change in microseconds since 1970; 0 if it is missing."""
    at = read_time(text)
    return moment(at) if at else 0


def map_application(source: ApplicationPart) -> Application | None:
    """Map an application; None for a lead, who never applied, and for an unknown status."""
    kind = RejectKind.EMPLOYER
    match fold(source.status):
        case "active":
            status = ApplicationStatus.ACTIVE
        case "hired":
            status = ApplicationStatus.HIRED
        case "archived":
            reason = source.archive_reason.reason_type if source.archive_reason else None
            kind = _KINDS.get(fold(reason), RejectKind.UNKNOWN)
            status = ApplicationStatus.WITHDRAWN if kind is RejectKind.CANDIDATE else ApplicationStatus.REJECTED
        case _:
            return None
    return Application(
        status=status,
        rejected_at=read_time(source.archived_at) if status is ApplicationStatus.REJECTED else None,
        stage_id=source.stage.id if source.stage else None,
        stage_name=source.stage.title if source.stage else None,
        reject_kind=kind,
        updated=microseconds_of(source.updated_at) or microseconds_of(source.archived_at),
    )


def map_candidate(source: CandidatePart, updated: int) -> Candidate:
    """Map a candidate; the name stays in one piece."""
    addresses = [
        Address(value=one.value, type=read(AddressType, one.type, AddressType.OTHER), is_primary=one is source.email)
        for one in ([source.email] if source.email else []) + source.others
    ]
    return Candidate(remote_id=source.id, name=source.name, addresses=tuple(addresses), updated=updated)


def map_job(source: JobPart, team: Sequence[Teammate], updated: int) -> Job:
    """Map a job with its hiring managers."""
    return Job(
        remote_id=source.id,
        name=source.title,
        confidential=bool(source.confidential),
        hiring_managers=tuple(
            Interviewer(
                remote_id=one.user_id,
                name=_name(one.first_name, one.last_name),
                email=one.email,
                role=InterviewerRole.HIRING_MANAGER,
            )
            for one in team
            if read(InterviewerRole, one.role, None) is InterviewerRole.HIRING_MANAGER
        ),
        updated=updated,
    )


def map_interview(source: Schedule, updated: int, *, debriefs: Collection[str] = ()) -> Interview:
    """Map a schedule without its debrief meetings (`debriefs`: ids of interview kinds).

    A cancelled schedule has no interviewers, so that a short and a complete message give the same facts.
    """
    met = [one for one in source.meetings if one.interview_id not in debriefs]
    status = interview_status(source.status)
    if status is InterviewStatus.CANCELLED or not met:
        unclear = status in (InterviewStatus.UNKNOWN, InterviewStatus.UNCLEAR)
        return Interview(remote_id=source.id, status=status if unclear else InterviewStatus.CANCELLED, updated=updated)
    return Interview(
        remote_id=source.id,
        start_at=min((at for one in met if (at := read_time(one.start))), default=None),
        end_at=max((at for one in met if (at := read_time(one.end))), default=None),
        status=status,
        interviewers=_people(met),
        updated=updated,
    )


def _people(met: Sequence[Meeting]) -> tuple[Interviewer, ...]:
    """Return each interviewer once. Somebody who shadowed one meeting and held another counts as interviewer."""
    found: dict[str, Interviewer] = {}
    for user in (user for one in met for user in one.interviewers):
        person = _person(user)
        key = person.email or person.remote_id or ""
        if key not in found or found[key].role is InterviewerRole.SHADOW:
            found[key] = person
    return tuple(found.values())


def _person(source: User) -> Interviewer:
    shadow = read(InterviewerRole, source.training_role, None) is InterviewerRole.SHADOW
    return Interviewer(
        remote_id=source.id,
        name=_name(source.first_name, source.last_name),
        email=source.email,
        disabled=source.is_enabled is False,
        role=InterviewerRole.SHADOW if shadow else InterviewerRole.INTERVIEWER,
    )


def _name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None
