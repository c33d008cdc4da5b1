"""Mapping from Lever records to facts. A Lever opportunity, one candidate for one job, is an application in Debrief.

All facts have the time of the pull (`at`). Lever's own time of change does not move when a user is deactivated or when
the employer reclassifies a reason.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.applications.dossier import (
    Address,
    Application,
    ApplicationStatus,
    Candidate,
    Interview,
    Interviewer,
    InterviewerRole,
    InterviewStatus,
    Job,
    RejectKind,
    ResponseStatus,
    moment,
)
from app.ats.codes import fold, read
from app.ats.lever.schemas import Applied, ArchiveReason, Attendee, Meeting, Opportunity, Panel, Posting, Stage, User
from app.core.addresses import read_address
from app.core.text import line


def read_reject_kind(reason: ArchiveReason | None, credentials: Mapping[str, str]) -> RejectKind:
    """Return who ended an opportunity, by the employer's lists of reasons in `credentials` (ids or names, with
    semicolons).

    Lever itself does not classify reasons. A reason in neither list is `unknown`, which holds the offer.
    """
    if reason is None:
        return RejectKind.UNKNOWN
    names = {reason.id.lower(), (reason.text or reason.id).strip().lower()}
    withdrew = names & _listed(credentials.get("withdrew_reasons"))
    rejected = names & _listed(credentials.get("rejected_reasons"))
    if bool(withdrew) is bool(rejected):
        return RejectKind.UNKNOWN
    return RejectKind.CANDIDATE if withdrew else RejectKind.EMPLOYER


def map_application(
    source: Opportunity, reason: ArchiveReason | None, stage: Stage | None, kind: RejectKind, *, applied: bool, at: int
) -> Application:
    """Map an opportunity. A candidate who never applied, or is a lead, is a prospect."""
    status, rejected_at = ApplicationStatus.ACTIVE, None
    if source.archived is None:
        kind = RejectKind.EMPLOYER
    elif reason is not None and (reason.type or "").lower() == "hired":
        status, kind = ApplicationStatus.HIRED, RejectKind.EMPLOYER
    elif kind is RejectKind.CANDIDATE:
        status = ApplicationStatus.WITHDRAWN
    else:
        status, rejected_at = ApplicationStatus.REJECTED, read_milliseconds(source.archived.at)
    return Application(
        status=status,
        rejected_at=rejected_at,
        is_prospect=not applied or (source.stage or "").startswith("lead-"),
        is_internal=fold(source.origin) == "internal",
        stage_id=source.stage,
        stage_name=stage.text if stage else None,
        reject_kind=kind,
        updated=at,
    )


def map_candidate(source: Opportunity, at: int) -> Candidate:
    """Map a candidate. The id is that of the Lever contact, if there is one. Lever has no address types."""
    values = list(dict.fromkeys(value for one in source.emails if (value := read_address(one))))
    return Candidate(
        remote_id=source.contact or source.id,
        name=_name(source.name),
        addresses=tuple(Address(value=value, is_primary=value == values[0]) for value in values),
        is_private=is_confidential(source.confidentiality),
        updated=at,
    )


def map_job(source: Posting | None, posting_id: str, managers: Sequence[User], at: int) -> Job:
    """Map a posting. A posting that the key may not see counts as confidential."""
    return Job(
        remote_id=posting_id,
        name=_name(source.text) if source else None,
        confidential=source is None or is_confidential(source.confidentiality),
        hiring_managers=tuple(
            Interviewer(
                remote_id=one.id,
                name=_name(one.name),
                email=one.email,
                disabled=one.deactivated_at is not None,
                role=InterviewerRole.HIRING_MANAGER,
            )
            for one in managers
        ),
        updated=at,
    )


def map_interviews(
    panels: Sequence[Panel], users: Mapping[str, User | None], at: int, now: datetime
) -> list[Interview]:
    """Map the interviews of all panels, each once."""
    found: dict[str, Interview] = {}
    for panel in panels:
        for one in panel.meetings:
            interview = _interview(one, cancelled=panel.canceled_at is not None, users=users, at=at, now=now)
            # Of two panels with the same interview, keep the one that takes place.
            if one.id not in found or found[one.id].status is InterviewStatus.CANCELLED:
                found[one.id] = interview
    return [found[remote_id] for remote_id in sorted(found)]


def latest_application(applications: Sequence[Applied]) -> Applied | None:
    """Return the latest Lever application of an opportunity, preferring those that are not archived."""
    ranked = sorted(applications, key=lambda one: (one.archived is None, one.created_at or 0, one.id))
    return ranked[-1] if ranked else None


def is_confidential(text: str | None) -> bool:
    """Return whether a record is confidential. An unknown word counts as confidential."""
    return text is not None and fold(text) != "nonconfidential"


def read_milliseconds(milliseconds: int | None) -> datetime | None:
    """Return a UTC datetime for milliseconds since 1970."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)


def _interview(
    source: Meeting, *, cancelled: bool, users: Mapping[str, User | None], at: int, now: datetime
) -> Interview:
    if cancelled or source.canceled_at is not None:
        # Nobody met, so the interview has no interviewers.
        return Interview(remote_id=source.id, status=InterviewStatus.CANCELLED, updated=at)
    start = read_milliseconds(source.date)
    end = start + timedelta(minutes=source.duration or 0) if start else None
    return Interview(
        remote_id=source.id,
        start_at=start,
        end_at=end,
        # Lever has no status for an interview that is over.
        status=InterviewStatus.COMPLETE if end and moment(end) <= moment(now) else InterviewStatus.SCHEDULED,
        interviewers=tuple(_person(one, users.get(one.id) if one.id else None) for one in source.interviewers),
        updated=at,
    )


def _person(source: Attendee, user: User | None) -> Interviewer:
    """Map an interviewer. A user id that Lever no longer knows belongs to somebody who left."""
    gone = source.id is not None and (user is None or user.deactivated_at is not None)
    return Interviewer(
        remote_id=source.id,
        name=_name(source.name) or (_name(user.name) if user else None),
        email=read_address(source.email) or (user.email if user else None),
        disabled=gone,
        response_status=read(ResponseStatus, source.response_status, ResponseStatus.UNKNOWN),
    )


def _name(value: str | None) -> str | None:
    return " ".join((value or "").split()) or None


def _listed(text: str | None) -> set[str]:
    return {line(one).lower() for one in (text or "").split(";") if one.strip()}
