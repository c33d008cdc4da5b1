"""What one message of Greenhouse's says, and that it is to be looked up: its interviews are empty on rejections."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from app.applications.dossier import ApplicationStatus, Facts
from app.ats import signatures
from app.ats.connector import HOOK_STATUSES, Event, EventKind, HookResponse, HookResult
from app.ats.greenhouse import mapping
from app.ats.greenhouse.schemas import Application, Candidate, Envelope, Job, Payload, Wired
from app.ats.strict_json import digest, read_object
from app.core.errors import Malformed

# What each action says of an application; for a change of stage, what the application says itself.
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
    # Nobody promises that the id is the same when it is sent again: the body is, but for what changed meanwhile.
    key = f"{headers.get('greenhouse-event-id', '')}|{digest(body)}"
    try:
        message = Envelope.model_validate(read_object(body))
        action = message.action
        if action == "ping":
            return Event(EventKind.PING, Wired.model_validate(message.payload).event or action, key)
        read = _READERS.get(action)
        found = read(action, Payload.model_validate(message.payload), key) if read else None
    except ValidationError:
        # Without its cause: that one quotes what was sent.
        raise Malformed("unreadable_event", "This event can't be read. Nothing was stored.") from None
    return found or Event(EventKind.IGNORED, action, key)


def _about_application(action: str, payload: Payload, key: str) -> Event | None:
    told = payload.application
    if told is None or told.prospect:
        # Prospects never applied.
        return None
    return Event(EventKind.FACTS, action, key, _facts(action, told), application_id=told.id, wants_pull=True)


def _facts(action: str, told: Application) -> Facts:
    updated = mapping.stamp(told.rejected_at, told.last_activity_at, told.updated_at)
    status = _ACTIONS[action] or mapping.status_of(told.status)
    reason = told.rejection_reason
    type_name = reason.type.name if reason and reason.type else None
    # A message without its reason gives way to a look of the same moment, which may have found it.
    stands = updated - 1 if updated and status is ApplicationStatus.REJECTED and type_name is None else updated
    return Facts(
        application_remote_id=told.id,
        candidate=mapping.candidate(told.candidate, updated=updated if _is_whole(told.candidate) else 0)
        if told.candidate
        else None,
        job=mapping.job(told.jobs[0], updated=updated if _is_whole(told.jobs[0]) else 0) if told.jobs else None,
        application=mapping.application(told, status, type_name, updated=stands) if status else None,
    )


def _is_whole(told: Candidate | Job) -> bool:
    """Tell whether nothing was left out, as happens when a message is sent again.

    What lacks something is as old as can be: it fills a gap, and takes back neither an address nor a confidence.
    """
    if isinstance(told, Job):
        return bool(told.name) and "confidential" in told.model_fields_set
    named = bool(told.first_name or told.last_name) and bool(told.email_addresses)
    return named and told.can_email is not None and "is_private" in told.model_fields_set


def _application_deleted(action: str, payload: Payload, key: str) -> Event | None:
    told = payload.application
    return None if told is None else Event(EventKind.APPLICATION_DELETED, action, key, application_id=told.id)


def _changed(action: str, payload: Payload, key: str) -> Event | None:
    """Have the applications of a candidate or a job looked at: what a message says of them may be trimmed."""
    candidate_id = payload.candidate_id or (payload.candidate.id if payload.candidate else None)
    job_id = payload.job.id if payload.job else None
    if candidate_id is None and job_id is None:
        return None
    return Event(EventKind.CHANGED, action, key, candidate_id=candidate_id, job_id=job_id)


def _deleted(action: str, payload: Payload, key: str) -> Event | None:
    person = payload.person
    if person is None:
        return None
    # One who loses nothing may have become another: where no webhook tells of merges, they look like this.
    return Event(
        EventKind.DELETED,
        action,
        key,
        candidate_id=person.id,
        possible_merge=not person.deleted_application_ids,
    )


def _merged(action: str, payload: Payload, key: str) -> Event | None:
    person = payload.person
    if person is None or person.new_candidate_id is None:
        return None
    return Event(EventKind.MERGED, action, key, candidate_id=person.id, into_candidate_id=person.new_candidate_id)


def _anonymized(action: str, payload: Payload, key: str) -> Event | None:
    candidate_id = payload.candidate_id
    return None if candidate_id is None else Event(EventKind.DELETED, action, key, candidate_id=candidate_id)


def _interview_deleted(action: str, payload: Payload, key: str) -> Event | None:
    told = payload.interview
    return None if told is None else Event(EventKind.INTERVIEW_CANCELLED, action, key, interview_id=told.id)


_READERS: Mapping[str, Callable[[str, Payload, str], Event | None]] = {
    **dict.fromkeys(_ACTIONS, _about_application),
    "delete_application": _application_deleted,
    "delete_candidate": _deleted,
    "merge_candidate": _merged,
    "candidate_anonymized": _anonymized,
    "interview_deleted": _interview_deleted,
    "update_candidate": _changed,
    "job_updated": _changed,
    "job_deleted": _changed,
}
