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


def map_snapshot(
    source: schemas.AtsSnapshot,
    remote_id: str,
    *,
    at: datetime,
    timezone: str,
    status: ApplicationStatus | None = None,
) -> dossier.Facts:
    """Map a snapshot. `at` is the time of its facts, and `status` applies if the snapshot has none."""
    interviews = [map_interview(one, one.remote_id, at=at, timezone=timezone) for one in source.interviews or ()]
    stamps = [source.application.remote_updated_at] if source.application else []
    return dossier.Facts(
        application_remote_id=remote_id,
        candidate=map_candidate(source.candidate, at) if source.candidate else None,
        job=map_job(source.job, at) if source.job else None,
        application=_application(source.application or schemas.AtsApplication(), at, status),
        interviews=tuple(_latest(interviews)),
        panel_complete=source.interviews_complete is True and source.interviews is not None,
        panel_at=moment(next((stamp for stamp in stamps if stamp is not None), at)),
    )


def read_status(part: schemas.AtsApplication | None) -> ApplicationStatus | None:
    """Return the status of an application; None for an unknown word."""
    return codes.read(ApplicationStatus, part.status if part else None, None)


def map_candidate(source: schemas.AtsCandidate, at: datetime) -> dossier.Candidate:
    """Map a candidate."""
    return dossier.Candidate(
        remote_id=source.remote_id,
        name=_name(source.name, source.first_name, source.last_name),
        addresses=tuple(
            dossier.Address(
                value=one.value,
                type=codes.read(AddressType, one.email_address_type, AddressType.OTHER),
                is_primary=bool(one.is_primary),
            )
            for one in source.email_addresses or ()
            if one.value is not None
        ),
        can_email=source.can_email is not False,
        is_private=bool(source.is_private),
        locale=source.locale or None,
        updated=moment(source.remote_updated_at or at),
    )


def map_job(source: schemas.AtsJob, at: datetime) -> dossier.Job:
    """Map a job with its hiring managers."""
    return dossier.Job(
        remote_id=source.remote_id,
        name=source.name or None,
        confidential=bool(source.confidential),
        hiring_managers=tuple(_person(one) for one in source.hiring_managers or ()),
        updated=moment(source.remote_updated_at or at),
    )


def map_interview(
    source: schemas.AtsInterviewPart,
    remote_id: str,
    *,
    at: datetime,
    timezone: str,
    status: InterviewStatus | None = None,
) -> dossier.Interview:
    """Map an interview."""
    people = source.interviewers or []
    # A date without a time lasts all day, with or without the flag.
    whole = source.all_day is True or (source.start_at is not None and len(source.start_at) == _DAY_LENGTH)
    start, end = source.start_at, source.end_at or (source.start_at if whole else None)
    return dossier.Interview(
        remote_id=remote_id,
        stage_name=(source.job_interview_stage.name if source.job_interview_stage else None) or None,
        start_at=_when(start, timezone, all_day=whole, to_end=False) if start else None,
        end_at=_when(end, timezone, all_day=whole, to_end=True) if end else None,
        status=status or codes.interview_status(source.status),
        interviewers=tuple(_person(one) for one in people),
        updated=moment(source.remote_updated_at or at),
    )


def facts_of_interview(application_id: str, interview: dossier.Interview) -> dossier.Facts:
    """Return facts with only one interview."""
    return dossier.Facts(application_remote_id=application_id, interviews=(interview,))


def _application(
    source: schemas.AtsApplication, at: datetime, otherwise: ApplicationStatus | None
) -> dossier.Application | None:
    status = read_status(source) or otherwise
    if status is None:
        return None
    stage = source.current_stage or schemas.AtsStage()
    kind = source.reject_reason.kind if source.reject_reason else None
    return dossier.Application(
        status=status,
        rejected_at=source.rejected_at,
        candidate_notified_at=source.candidate_notified_at,
        is_prospect=bool(source.is_prospect),
        stage_id=stage.remote_id,
        stage_name=stage.name or None,
        # An unknown kind is an unclear rejection. A missing kind comes from a system that has none: the employer
        # rejected.
        reject_kind=codes.read(RejectKind, kind, RejectKind.UNKNOWN) if kind else RejectKind.EMPLOYER,
        updated=moment(source.remote_updated_at or at),
    )


def _person(source: schemas.AtsPerson) -> dossier.Interviewer:
    return dossier.Interviewer(
        remote_id=source.remote_id,
        name=_name(source.name, source.first_name, source.last_name),
        email=source.email,
        disabled=bool(source.disabled),
        response_status=codes.read(ResponseStatus, source.response_status, ResponseStatus.UNKNOWN),
        role=codes.read(InterviewerRole, source.role, InterviewerRole.INTERVIEWER),
    )


def _name(whole: str | None, first: str | None, last: str | None) -> str | None:
    return whole or " ".join(part for part in (first, last) if part) or None


def _latest(interviews: Sequence[dossier.Interview]) -> list[dossier.Interview]:
    """Return each interview once, in its latest version."""
    found: dict[str, dossier.Interview] = {}
    for one in sorted(interviews, key=lambda source: (source.updated, source.model_dump_json())):
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
