"""Greenhouse webhooks. A rejection lists no interviews, so each event also asks for a pull."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from app.applications.dossier import ApplicationStatus, Facts
from app.ats import signatures
from app.ats.connector import HOOK_STATUSES, Event, EventKind, HookResponse, HookResult
from app.ats.greenhouse import mapping
from app.ats.greenhouse.schemas import Application, Candidate, Envelope, Job, Payload, PingPayload
from app.ats.strict_json import digest, read_object
from app.core.errors import Malformed

# The status that each action implies; None: the application's own status counts.
_ACTIONS: Mapping[str, ApplicationStatus | None] = {
    "reject_candidate": ApplicationStatus.REJECTED,
    "unreject_candidate": ApplicationStatus.ACTIVE,
    "hire_candidate": ApplicationStatus.HIRED,
    "unhire_candidate": ApplicationStatus.ACTIVE,
    "candidate_stage_change": None,
    "application_updated": None,
}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check `Signature: sha256 <hex>` over the body. Greenhouse signs no time."""
    del now
    return signatures.is_signed(body, headers.get("signature"), secrets, prefix="sha256 ")


def answer(result: HookResult) -> HookResponse:
    """Return the response for `result`: after any status but 200, Greenhouse retries seven times in fifteen hours."""
    return HookResponse(HOOK_STATUSES[result])


def parse(headers: Mapping[str, str], body: bytes) -> Event:
    """Parse a message. Raises Malformed."""
    # Greenhouse does not promise that a retry has the same id. Its body is the same, unless the record changed.
    key = f"{headers.get('greenhouse-event-id', '')}|{digest(body)}"
    try:
        message = Envelope.model_validate(read_object(body))
        action = message.action
        if action == "ping":
            return Event(EventKind.PING, PingPayload.model_validate(message.payload).event or action, key)
        read = _READERS.get(action)
        found = read(action, Payload.model_validate(message.payload), key) if read else None
    except ValidationError:
        # Without the cause, which quotes the message.
        raise Malformed("unreadable_event", "The event can't be parsed. Nothing was stored.") from None
    return found or Event(EventKind.IGNORED, action, key)


def _application_event(action: str, payload: Payload, key: str) -> Event | None:
    source = payload.application
    if source is None or source.prospect:
        # Prospects never applied.
        return None
    return Event(EventKind.FACTS, action, key, _facts(action, source), application_id=source.id, wants_pull=True)


def _facts(action: str, source: Application) -> Facts:
    updated = mapping.latest_of(source.rejected_at, source.last_activity_at, source.updated_at)
    status = _ACTIONS[action] or mapping.read_status(source.status)
    reason = source.rejection_reason
    type_name = reason.type.name if reason and reason.type else None
    # A message without a reason is older than a pull of the same moment, which may have found the reason.
    stands = updated - 1 if updated and status is ApplicationStatus.REJECTED and type_name is None else updated
    return Facts(
        application_remote_id=source.id,
        candidate=mapping.map_candidate(source.candidate, updated=updated if _is_complete(source.candidate) else 0)
        if source.candidate
        else None,
        job=mapping.map_job(source.jobs[0], updated=updated if _is_complete(source.jobs[0]) else 0)
        if source.jobs
        else None,
        application=mapping.map_application(source, status, type_name, updated=stands) if status else None,
    )


def _is_complete(source: Candidate | Job) -> bool:
    """Return whether the record is complete; a retried message may leave fields out.

    An incomplete record counts as oldest: it fills gaps, and overrides neither an address nor a confidentiality flag.
    """
    if isinstance(source, Job):
        return bool(source.name) and "confidential" in source.model_fields_set
    named = bool(source.first_name or source.last_name) and bool(source.email_addresses)
    return named and source.can_email is not None and "is_private" in source.model_fields_set


def _application_deleted_event(action: str, payload: Payload, key: str) -> Event | None:
    source = payload.application
    return None if source is None else Event(EventKind.APPLICATION_DELETED, action, key, application_id=source.id)


def _changed_event(action: str, payload: Payload, key: str) -> Event | None:
    """Ask for a pull of the applications of a candidate or a job: the message itself may be incomplete."""
    candidate_id = payload.candidate_id or (payload.candidate.id if payload.candidate else None)
    job_id = payload.job.id if payload.job else None
    if candidate_id is None and job_id is None:
        return None
    return Event(EventKind.CHANGED, action, key, candidate_id=candidate_id, job_id=job_id)


def _candidate_deleted_event(action: str, payload: Payload, key: str) -> Event | None:
    person = payload.person
    if person is None:
        return None
    # A candidate who loses no application may have been merged: without a merge webhook, a merge looks like this.
    return Event(
        EventKind.DELETED,
        action,
        key,
        candidate_id=person.id,
        possible_merge=not person.deleted_application_ids,
    )


def _merged_event(action: str, payload: Payload, key: str) -> Event | None:
    person = payload.person
    if person is None or person.new_candidate_id is None:
        return None
    return Event(EventKind.MERGED, action, key, candidate_id=person.id, into_candidate_id=person.new_candidate_id)


def _anonymized_event(action: str, payload: Payload, key: str) -> Event | None:
    candidate_id = payload.candidate_id
    return None if candidate_id is None else Event(EventKind.DELETED, action, key, candidate_id=candidate_id)


def _interview_deleted_event(action: str, payload: Payload, key: str) -> Event | None:
    source = payload.interview
    return None if source is None else Event(EventKind.INTERVIEW_CANCELLED, action, key, interview_id=source.id)


_READERS: Mapping[str, Callable[[str, Payload, str], Event | None]] = {
    **dict.fromkeys(_ACTIONS, _application_event),
    "delete_application": _application_deleted_event,
    "delete_candidate": _candidate_deleted_event,
    "merge_candidate": _merged_event,
    "candidate_anonymized": _anonymized_event,
    "interview_deleted": _interview_deleted_event,
    "update_candidate": _changed_event,
    "job_updated": _changed_event,
    "job_deleted": _changed_event,
}
