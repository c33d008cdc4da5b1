"""What one message of Greenhouse's says, and that it is to be looked up: its interviews are empty on rejections."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from app.applications.dossier import ApplicationStatus, Facts
from app.core.errors import Malformed
from app.integrations.greenhouse import mapping
from app.integrations.greenhouse.schemas import Application, Message
from app.integrations.native import Event, EventKind
from app.integrations.reading import digest, read_object

# What each action says of an application; for a change of stage, what the application says itself.
_ACTIONS: Mapping[str, ApplicationStatus | None] = {
    "reject_candidate": ApplicationStatus.REJECTED,
    "unreject_candidate": ApplicationStatus.ACTIVE,
    "hire_candidate": ApplicationStatus.HIRED,
    "unhire_candidate": ApplicationStatus.ACTIVE,
    "candidate_stage_change": None,
}


def parse(headers: Mapping[str, str], body: bytes) -> Event:
    """Read a message. Raises Malformed."""
    try:
        message = Message.model_validate(read_object(body))
    except ValidationError:
        # Without its cause: that one quotes what was sent.
        raise Malformed("unreadable_event", "This event can't be read. Nothing was stored.") from None
    # Nobody promises that the id is the same when it is sent again: the body is, but for what changed meanwhile.
    key = f"{headers.get('greenhouse-event-id', '')}|{digest(body)}"
    if message.action == "ping":
        return Event(EventKind.PING, message.payload.event or "ping", key)
    read = _READERS.get(message.action)
    found = read(message, key) if read else None
    return found or Event(EventKind.IGNORED, message.action, key)


def _about_application(message: Message, key: str) -> Event | None:
    told = message.payload.application
    if told is None or told.prospect:
        # Prospects never applied.
        return None
    return Event(
        EventKind.FACTS, message.action, key, _facts(message.action, told), application_id=told.id, wants_pull=True
    )


def _facts(action: str, told: Application) -> Facts:
    updated = mapping.stamp(told.rejected_at, told.last_activity_at, told.updated_at)
    status = _ACTIONS[action] or mapping.status_of(told.status)
    reason = told.rejection_reason
    type_name = reason.type.name if reason and reason.type else None
    return Facts(
        application_remote_id=told.id,
        candidate=mapping.candidate(told.candidate, updated=updated) if told.candidate else None,
        job=mapping.job(told.jobs[0], updated=updated) if told.jobs else None,
        application=mapping.application(told, status, type_name, updated=updated) if status else None,
    )


def _application_deleted(message: Message, key: str) -> Event | None:
    told = message.payload.application
    return None if told is None else Event(EventKind.APPLICATION_DELETED, message.action, key, application_id=told.id)


def _deleted(message: Message, key: str) -> Event | None:
    person = message.payload.person
    if person is None:
        return None
    # One who loses nothing may have become another: where no webhook tells of merges, they look like this.
    return Event(
        EventKind.DELETED,
        message.action,
        key,
        candidate_id=person.id,
        possible_merge=not person.deleted_application_ids,
    )


def _merged(message: Message, key: str) -> Event | None:
    person = message.payload.person
    if person is None or person.new_candidate_id is None:
        return None
    return Event(
        EventKind.MERGED, message.action, key, candidate_id=person.id, into_candidate_id=person.new_candidate_id
    )


def _anonymized(message: Message, key: str) -> Event | None:
    candidate_id = message.payload.candidate_id
    return None if candidate_id is None else Event(EventKind.DELETED, message.action, key, candidate_id=candidate_id)


def _interview_deleted(message: Message, key: str) -> Event | None:
    told = message.payload.interview
    return None if told is None else Event(EventKind.INTERVIEW_CANCELLED, message.action, key, interview_id=told.id)


_READERS: Mapping[str, Callable[[Message, str], Event | None]] = {
    **dict.fromkeys(_ACTIONS, _about_application),
    "delete_application": _application_deleted,
    "delete_candidate": _deleted,
    "merge_candidate": _merged,
    "candidate_anonymized": _anonymized,
    "interview_deleted": _interview_deleted,
}
