"""Mapping from the neutral contract to facts. Unknown codes get the most cautious meaning."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.applications import dossier
from app.applications.dossier import (
    AddressType,
    ApplicationStatus,
    InterviewerRole,
    InterviewStatus,
    RejectKind,
    ResponseStatus,
    moment,
)
from app.ats import codes
from app.ats.neutral import schemas

_DAY_LENGTH = len("2026-11-30")
_END_OF_DAY = time(23, 59, 59)


def facts_of(
    told: schemas.AtsSnapshot,
    remote_id: str,
    *,
    at: datetime,
    timezone: str,
    status: ApplicationStatus | None = None,
) -> dossier.Facts:
    """Map a snapshot. `at` is the time of its facts, and `status` applies if the snapshot has none."""
    interviews = [interview_of(one, one.remote_id, at=at, timezone=timezone) for one in told.interviews or ()]
    stamps = [told.application.remote_updated_at] if told.application else []
    return dossier.Facts(
        application_remote_id=remote_id,
        candidate=candidate_of(told.candidate, at) if told.candidate else None,
        job=job_of(told.job, at) if told.job else None,
        application=_application(told.application or schemas.AtsApplication(), at, status),
        interviews=tuple(_latest(interviews)),
        panel_complete=told.interviews_complete is True and told.interviews is not None,
        panel_at=moment(next((stamp for stamp in stamps if stamp is not None), at)),
    )


def status_of(part: schemas.AtsApplication | None) -> ApplicationStatus | None:
    """Return the status of an application; None for an unknown word."""
    return codes.read(ApplicationStatus, part.status if part else None, None)


def candidate_of(told: schemas.AtsCandidate, at: datetime) -> dossier.Candidate:
    """Map a candidate."""
    return dossier.Candidate(
        remote_id=told.remote_id,
        name=_name(told.name, told.first_name, told.last_name),
        addresses=tuple(
            dossier.Address(
                value=one.value,
                type=codes.read(AddressType, one.email_address_type, AddressType.OTHER),
                is_primary=bool(one.is_primary),
            )
            for one in told.email_addresses or ()
            if one.value is not None
        ),
        can_email=told.can_email is not False,
        is_private=bool(told.is_private),
        locale=told.locale or None,
        updated=moment(told.remote_updated_at or at),
    )


def job_of(told: schemas.AtsJob, at: datetime) -> dossier.Job:
    """Map a job with its hiring managers."""
    return dossier.Job(
        remote_id=told.remote_id,
        name=told.name or None,
        confidential=bool(told.confidential),
        hiring_managers=tuple(_person(one) for one in told.hiring_managers or ()),
        updated=moment(told.remote_updated_at or at),
    )


def interview_of(
    told: schemas.AtsInterviewPart,
    remote_id: str,
    *,
    at: datetime,
    timezone: str,
    status: InterviewStatus | None = None,
) -> dossier.Interview:
    """Map an interview."""
    people = told.interviewers or []
    # A date without a time lasts all day, with or without the flag.
    whole = told.all_day is True or (told.start_at is not None and len(told.start_at) == _DAY_LENGTH)
    start, end = told.start_at, told.end_at or (told.start_at if whole else None)
    return dossier.Interview(
        remote_id=remote_id,
        stage_name=(told.job_interview_stage.name if told.job_interview_stage else None) or None,
        start_at=_when(start, timezone, all_day=whole, to_end=False) if start else None,
        end_at=_when(end, timezone, all_day=whole, to_end=True) if end else None,
        status=status or codes.interview_status(told.status),
        interviewers=tuple(_person(one) for one in people),
        updated=moment(told.remote_updated_at or at),
    )


def of_interview(application_id: str, interview: dossier.Interview) -> dossier.Facts:
    """Return facts with only one interview."""
    return dossier.Facts(application_remote_id=application_id, interviews=(interview,))


def _application(
    told: schemas.AtsApplication, at: datetime, otherwise: ApplicationStatus | None
) -> dossier.Application | None:
    status = status_of(told) or otherwise
    if status is None:
        return None
    stage = told.current_stage or schemas.AtsStage()
    kind = told.reject_reason.kind if told.reject_reason else None
    return dossier.Application(
        status=status,
        rejected_at=told.rejected_at,
        candidate_notified_at=told.candidate_notified_at,
        is_prospect=bool(told.is_prospect),
        stage_id=stage.remote_id,
        stage_name=stage.name or None,
        # An unknown kind is an unclear rejection. A missing kind comes from a system that has none: the employer
        # rejected.
        reject_kind=codes.read(RejectKind, kind, RejectKind.UNKNOWN) if kind else RejectKind.EMPLOYER,
        updated=moment(told.remote_updated_at or at),
    )


def _person(told: schemas.AtsPerson) -> dossier.Interviewer:
    return dossier.Interviewer(
        remote_id=told.remote_id,
        name=_name(told.name, told.first_name, told.last_name),
        email=told.email,
        disabled=bool(told.disabled),
        response_status=codes.read(ResponseStatus, told.response_status, ResponseStatus.UNKNOWN),
        role=codes.read(InterviewerRole, told.role, InterviewerRole.INTERVIEWER),
    )


def _name(whole: str | None, first: str | None, last: str | None) -> str | None:
    return whole or " ".join(part for part in (first, last) if part) or None


def _latest(interviews: Sequence[dossier.Interview]) -> list[dossier.Interview]:
    """Return each interview once, in its latest version."""
    found: dict[str, dossier.Interview] = {}
    for one in sorted(interviews, key=lambda told: (told.updated, told.model_dump_json())):
        found[one.remote_id] = one
    return [found[remote_id] for remote_id in sorted(found)]


def _when(text: str, timezone: str, *, all_day: bool, to_end: bool) -> datetime:
    """Return a UTC datetime. A day begins and ends in the employer's time zone."""
    if len(text) > _DAY_LENGTH and not all_day:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    day = date.fromisoformat(text[:_DAY_LENGTH])
    return datetime.combine(day, _END_OF_DAY if to_end else time(0), _zone(timezone)).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
