"""Ashby webhooks. Ashby has no event for a rejection: several events report the new status."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from app.applications.dossier import ApplicationStatus, Facts, InterviewStatus
from app.ats import signatures
from app.ats.ashby import mapping
from app.ats.ashby.schemas import ApplicationPart, Data, Message, Part, Schedule
from app.ats.codes import interview_status
from app.ats.connector import HOOK_STATUSES, Event, EventKind, HookResponse, HookResult
from app.ats.strict_json import digest, read_object
from app.core.errors import Malformed

_OF_APPLICATION = frozenset({"candidateStageChange", "applicationUpdate", "candidateHire", "applicationSubmit"})
_OF_SCHEDULE = frozenset({"interviewScheduleUpdate", "interviewScheduleCreate"})
_KNOWN = frozenset({"ping", "candidateDelete", "candidateMerge"}) | _OF_APPLICATION | _OF_SCHEDULE
P = TypeVar("P", bound=Part)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check `Ashby-Signature: sha256=<hex>` over the body. Ashby signs no time."""
    del now
    return signatures.is_signed(body, headers.get("ashby-signature"), secrets, prefix="sha256=")


def answer(result: HookResult) -> HookResponse:
    """Return the response for `result`: Ashby never retries after 401, and retries after 400 and 503."""
    return HookResponse(HOOK_STATUSES[result], b"{}")


def parse(headers: Mapping[str, str], body: bytes) -> Event:
    """Parse a message. Raises Malformed."""
    del headers
    message = _read(Message, read_object(body))
    # All events of one action share an id, so the id alone would drop all but the first.
    key = f"{message.action_id}|{message.action}" if message.action_id else digest(body)
    if message.action not in _KNOWN:
        # Do not parse the data of unknown events: it can't be wrong.
        return Event(EventKind.IGNORED, message.action, key)
    data = _read(Data, message.data or {})
    event = _parse_known(message.action, key, data)
    return event or Event(EventKind.IGNORED, message.action, key)


def _parse_known(action: str, key: str, data: Data) -> Event | None:
    """Return the event of a known action; None if its data is missing."""
    if action == "ping":
        return Event(EventKind.PING, data.pinged or "ping", key)
    if action in _OF_APPLICATION and data.application is not None:
        return _application_event(action, key, data.application)
    if action in _OF_SCHEDULE and data.schedule is not None:
        return _schedule_event(action, key, data.schedule)
    if action == "candidateDelete" and data.candidate is not None:
        return Event(EventKind.DELETED, action, key, candidate_id=data.candidate.id)
    if action == "candidateMerge" and data.deleted is not None and data.merged is not None:
        loser, winner = data.deleted.id, data.merged.id
        return Event(EventKind.MERGED, action, key, candidate_id=loser, into_candidate_id=winner)
    return None


def _application_event(name: str, key: str, source: ApplicationPart) -> Event:
    known = mapping.map_application(source)
    if name == "candidateHire" and known is not None:
        # Ashby sends this event when somebody is hired, whatever the status is at that moment.
        known = known.model_copy(update={"status": ApplicationStatus.HIRED, "rejected_at": None})
    if known is None:
        return Event(EventKind.IGNORED, name, key)
    facts = Facts(
        application_remote_id=source.id,
        application=known,
        candidate=mapping.map_candidate(source.candidate, 0) if source.candidate else None,
        job=mapping.map_job(source.job, source.team, 0) if source.job else None,
    )
    return Event(EventKind.FACTS, name, key, facts=facts, application_id=source.id, wants_pull=True)


def _schedule_event(name: str, key: str, source: Schedule) -> Event:
    cancelled = interview_status(source.status) is InterviewStatus.CANCELLED
    interview = mapping.map_interview(source, mapping.microseconds_of(source.updated_at) if cancelled else 0)
    facts = Facts(application_remote_id=source.application_id, interviews=(interview,))
    return Event(EventKind.FACTS, name, key, facts=facts, application_id=source.application_id, wants_pull=True)


def _read(model: type[P], value: Any) -> P:
    try:
        return model.model_validate(value)
    except ValidationError:
        # Without the cause, which quotes the message.
        raise Malformed("unreadable_event", "The event can't be parsed. Nothing was stored.") from None
