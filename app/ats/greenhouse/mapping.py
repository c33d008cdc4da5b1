"""Mapping from Greenhouse records to facts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from app.applications.dossier import (
    Address,
    AddressType,
    Application,
    ApplicationStatus,
    Candidate,
    Interview,
    Interviewer,
    InterviewerRole,
    Job,
    RejectKind,
    ResponseStatus,
    moment,
)
from app.ats.codes import fold, interview_status, read
from app.ats.greenhouse import schemas
from app.core.addresses import read_address

_STATUSES = {
    "active": ApplicationStatus.ACTIVE,
    "inprocess": ApplicationStatus.ACTIVE,
    "rejected": ApplicationStatus.REJECTED,
    "hired": ApplicationStatus.HIRED,
}
_KINDS = {"we rejected them": RejectKind.EMPLOYER, "they rejected us": RejectKind.CANDIDATE}


def read_status(text: str | None) -> ApplicationStatus | None:
    """Return the status of an application; None for an unknown word."""
    return _STATUSES.get(fold(text))


def read_reject_kind(type_name: str | None) -> RejectKind:
    """Return who ended the application, by the name of the reason's type: ids differ between customers."""
    return _KINDS.get((type_name or "").strip().lower(), RejectKind.UNKNOWN)


def map_application(
    source: schemas.Application, status: ApplicationStatus, type_name: str | None, *, updated: int
) -> Application:
    """Map an application with the status `status`."""
    kind = RejectKind.EMPLOYER
    if status is ApplicationStatus.REJECTED:
        kind = read_reject_kind(type_name)
        if kind is RejectKind.CANDIDATE:
            status = ApplicationStatus.WITHDRAWN
    return Application(
        status=status,
        rejected_at=source.rejected_at if status is ApplicationStatus.REJECTED else None,
        is_prospect=source.prospect,
        stage_id=source.current_stage.id if source.current_stage else source.job_interview_stage_id,
        stage_name=source.current_stage.name if source.current_stage else source.stage_name,
        reject_kind=kind,
        updated=updated,
    )


def map_candidate(source: schemas.Candidate, *, updated: int) -> Candidate:
    """Map a candidate."""
    return Candidate(
        remote_id=source.id,
        name=_name(source.first_name, source.last_name),
        addresses=tuple(
            Address(value=one.value or "", type=read(AddressType, one.type, AddressType.OTHER))
            for one in source.email_addresses
        ),
        can_email=source.can_email is not False,
        is_private=source.is_private or source.private,
        updated=updated,
    )


def map_job(source: schemas.Job, managers: Sequence[schemas.User] = (), *, updated: int) -> Job:
    """Map a job with its hiring managers."""
    return Job(
        remote_id=source.id,
        name=_name(source.name),
        confidential=source.confidential,
        hiring_managers=tuple(_manager(one) for one in managers),
        updated=updated,
    )


def map_interviews(
    source: Sequence[schemas.Interview],
    attendees: Sequence[schemas.Attendee],
    users: Mapping[str, schemas.User],
    *,
    candidate_id: str | None,
    updated: int,
) -> tuple[Interview, ...]:
    """Map all interviews, leaving out the candidate as interviewer: employees apply too."""
    themselves = {one.id for one in users.values() if candidate_id in one.linked_candidate_ids}
    found = []
    for one in sorted(source, key=lambda one: one.id):
        people = tuple(
            _person(at, users) for at in attendees if at.interview_id == one.id and at.user_id not in themselves
        )
        found.append(
            Interview(
                remote_id=one.id,
                start_at=one.starts_at or _day(one.all_day_start_on, last=False),
                end_at=one.ends_at or _day(one.all_day_end_on or one.all_day_start_on, last=True),
                status=interview_status(one.status),
                interviewers=people,
                updated=updated,
            )
        )
    return tuple(found)


def latest_of(*moments: datetime | None) -> int:
    """Return the latest of `moments` in microseconds since 1970; 0 if all are missing."""
    return max((moment(one) for one in moments if one is not None), default=0)


def _person(source: schemas.Attendee, users: Mapping[str, schemas.User]) -> Interviewer:
    user = users.get(source.user_id) if source.user_id else None
    return Interviewer(
        remote_id=source.user_id,
        name=_name_of(user) if user else None,
        email=read_address(source.email) or (read_address(user.primary_email) or user.email if user else None),
        disabled=user is not None and (user.disabled or user.deactivated),
        response_status=read(ResponseStatus, source.response_status, ResponseStatus.UNKNOWN),
    )


def _manager(source: schemas.User) -> Interviewer:
    return Interviewer(
        remote_id=source.id,
        name=_name_of(source),
        email=read_address(source.primary_email) or source.email,
        disabled=source.disabled or source.deactivated,
        role=InterviewerRole.HIRING_MANAGER,
    )


def _name_of(source: schemas.User) -> str | None:
    return _name(source.name) or _name(source.first_name, source.last_name)


def _day(text: str | None, *, last: bool) -> datetime | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return datetime.combine(day + timedelta(days=1) if last else day, time(), UTC)


def _name(*parts: str | None) -> str | None:
    return " ".join(" ".join(part for part in parts if part).split()) or None
