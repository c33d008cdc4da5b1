"""Ashby API client. Every call is a POST, and an error has `success: false` in one of three shapes.

Most errors have status 200; a missing permission has 403 and a code in its body.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from app.applications.dossier import Facts, moment
from app.ats.ashby import mapping
from app.ats.ashby.schemas import ApplicationPart, Definition, JobPart, Part, Schedule
from app.ats.connector import AtsClient, Busy, NotPermitted, Probe, Refused, Unreadable
from app.ats.strict_json import read_time

BASE = "https://api.ashbyhq.com"
EVENTS = (
    "candidateStageChange",
    "applicationUpdate",
    "candidateHire",
    "interviewScheduleUpdate",
    "candidateDelete",
    "candidateMerge",
)
# No record has this id: a call with it tests a permission and reads nothing.
_UNUSED_ID = "00000000-0000-4000-8000-000000000000"
_NEEDED: tuple[tuple[str, str, dict[str, str | int]], ...] = (
    ("candidatesRead", "application.info", {"applicationId": _UNUSED_ID}),
    ("interviewsRead", "interviewSchedule.list", {"applicationId": _UNUSED_ID, "limit": 1}),
    ("jobsRead", "job.info", {"id": _UNUSED_ID}),
    ("hiringProcessMetadataRead", "archiveReason.list", {}),
)
_UNWANTED = (("offersRead", "offer.info", {"offerId": _UNUSED_ID}),)
# Needed only to create webhooks. A key for hand-made webhooks should not have it.
WEBHOOK_PERMISSION = "apiKeysWrite"
_NO_KEY = frozenset({"invalid_api_key", "api_key_not_found", "unauthorized", "api_key_disabled"})
_NO_PERMISSION = frozenset(
    {"missing_endpoint_permission", "missing_permission", "forbidden", "insufficient_permissions"}
)
_RATE_LIMITED = frozenset({"rate_limit_exceeded", "rate_limited", "too_many_requests"})
_NOT_THERE = ("not_found", "_deleted", "does_not_exist")
_RETRY_SECONDS = 30
# `application.list` returns all applications since the beginning, a hundred per page.
_MOST_PAGES = 2000
P = TypeVar("P", bound=Part)


class Failed(Exception):
    """Ashby reported an error; `code` is Ashby's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def pull(http: AtsClient, credentials: Mapping[str, str], application_remote_id: str) -> Facts | None:
    """Fetch an application; None if Ashby does not have it."""
    try:
        found = await call(http, credentials, "application.info", {"applicationId": application_remote_id})
    except Failed as error:
        if any(part in error.code for part in _NOT_THERE):
            return None
        raise Unreadable(error.code) from None
    source = _read(ApplicationPart, found.get("results"))
    at = moment(http.now())
    try:
        schedules = await _schedules(http, credentials, application_remote_id)
        interviews = []
        for one in schedules:
            debriefs = await _debriefs(http, credentials, one)
            interviews.append(mapping.map_interview(one, mapping.microseconds_of(one.updated_at), debriefs=debriefs))
        job = source.job
        if job is not None:
            job = _read(JobPart, (await call(http, credentials, "job.info", {"id": job.id})).get("results"))
    except Failed as error:
        raise Unreadable(error.code) from None
    updated = mapping.microseconds_of(source.updated_at)
    return Facts(
        application_remote_id=source.id,
        candidate=mapping.map_candidate(source.candidate, updated) if source.candidate else None,
        job=mapping.map_job(job, source.team, max(updated, mapping.microseconds_of(job.updated_at))) if job else None,
        application=mapping.map_application(source),
        interviews=tuple(interviews),
        panel_complete=True,
        panel_at=at,
    )


async def changed_since(http: AtsClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
    """Yield ids of applications that were archived since then. Events report all other changes."""
    async for one in _pages(http, credentials, "application.list", {}):
        source = _read(ApplicationPart, one)
        at = read_time(source.updated_at)
        if (source.status or "").lower() == "archived" and (at is None or at >= since):
            yield source.id


async def probe(http: AtsClient, credentials: Mapping[str, str]) -> Probe:
    """Test the permissions of the key without reading data."""
    missing = [name for name, method, body in _NEEDED if not await _is_permitted(http, credentials, method, body)]
    forbidden = [name for name, method, body in _UNWANTED if await _is_permitted(http, credentials, method, body)]
    return Probe(tuple(missing), tuple(forbidden))


async def create_webhooks(http: AtsClient, credentials: Mapping[str, str], url: str, secret: str) -> tuple[str, ...]:
    """Create a webhook for each event that Debrief reads. Return the events that failed.

    Raises NotPermitted before creating anything if the key may not create webhooks.
    """
    # Deleting a webhook that does not exist needs the same permission and changes nothing.
    if not await _is_permitted(http, credentials, "webhook.delete", {"webhookId": _UNUSED_ID}):
        raise NotPermitted(WEBHOOK_PERMISSION)
    failed = []
    for event in EVENTS:
        try:
            body = {"webhookType": event, "requestUrl": url, "secretToken": secret}
            await call(http, credentials, "webhook.create", body)
        except Failed as error:
            # The webhook exists already.
            if "duplicate" not in error.code and "already" not in error.code:
                failed.append(event)
    return tuple(failed)


async def call(http: AtsClient, credentials: Mapping[str, str], method: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Call a procedure. Raises Failed with Ashby's code, and Refused, Busy and Unreadable like all connectors."""
    try:
        reply = await http.post(f"{BASE}/{method}", json=body, auth=(credentials.get("api_key", ""), ""))
    except NotPermitted as error:
        code = _code(error.body) if isinstance(error.body, dict) else ""
        if code in _NO_KEY:
            raise Refused(code) from None
        raise
    if not isinstance(reply.json, dict):
        raise Unreadable(method)
    if reply.json.get("success") is True:
        return reply.json
    code = _code(reply.json)
    if code in _NO_KEY:
        raise Refused(code)
    if code in _NO_PERMISSION:
        raise NotPermitted(code)
    if code in _RATE_LIMITED:
        raise Busy(_RETRY_SECONDS)
    raise Failed(code)


def _code(answer: Mapping[str, Any]) -> str:
    """Return Ashby's error code, from any of the three shapes."""
    info, errors = answer.get("errorInfo"), answer.get("errors")
    found: Any = info.get("code") if isinstance(info, dict) else None
    if found is None and isinstance(errors, list) and errors:
        first = errors[0]
        found = first.get("message") if isinstance(first, dict) else first
    words = found.strip().lower().replace(" ", "_")[:64] if isinstance(found, str) else ""
    # A sentence may quote the request; a code can't.
    return words if words and words.replace("_", "").isalnum() else "unknown_error"


async def _schedules(http: AtsClient, credentials: Mapping[str, str], application_remote_id: str) -> list[Schedule]:
    found = _pages(http, credentials, "interviewSchedule.list", {"applicationId": application_remote_id})
    return [schedule for one in [page async for page in found] if (schedule := _read(Schedule, one))]


async def _debriefs(http: AtsClient, credentials: Mapping[str, str], schedule: Schedule) -> set[str]:
    """Return the ids of interview kinds that take place without the candidate. Fetch each kind once."""
    found = set()
    for kind in {one.interview_id for one in schedule.meetings if one.interview_id}:
        known = http.memory.get(f"debrief:{kind}")
        if known is None:
            answer = await call(http, credentials, "interview.info", {"id": kind})
            known = "yes" if _read(Definition, answer.get("results")).is_debrief else "no"
            http.memory[f"debrief:{kind}"] = known
        if known == "yes":
            found.add(kind)
    return found


async def _pages(
    http: AtsClient, credentials: Mapping[str, str], method: str, body: Mapping[str, Any]
) -> AsyncIterator[Any]:
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        try:
            answer = await call(http, credentials, method, body if cursor is None else {**body, "cursor": cursor})
        except Failed as error:
            raise Unreadable(error.code) from None
        results = answer.get("results")
        if not isinstance(results, list):
            raise Unreadable(method)
        for one in results:
            yield one
        following = answer.get("nextCursor")
        if not answer.get("moreDataAvailable"):
            return
        if not isinstance(following, str) or following == cursor:
            raise Unreadable(method)
        cursor = following
    raise Unreadable(method)


async def _is_permitted(http: AtsClient, credentials: Mapping[str, str], method: str, body: Mapping[str, Any]) -> bool:
    try:
        await call(http, credentials, method, body)
    except NotPermitted:
        return False
    except Failed:
        return True
    return True


def _read(model: type[P], value: Any) -> P:
    try:
        return model.model_validate(value)
    except ValidationError:
        raise Unreadable(model.__name__) from None
