"""Lever API client.

An anonymised opportunity counts as deleted; Lever sends no event for it.
"""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from app.applications.dossier import Application, Facts, Job, moment
from app.ats.connector import AtsClient, NotPermitted, Probe, Reply, Unreadable
from app.ats.lever import mapping
from app.ats.lever.schemas import (
    Applied,
    ArchiveReason,
    Identified,
    Opportunity,
    Panel,
    Part,
    Posting,
    Stage,
    User,
    Webhook,
)
from app.ats.lever.webhook import EVENTS

BASE = "https://api.lever.co/v1"
# How long a shared record, such as a user, is served from memory.
SHARED_FOR = timedelta(minutes=30)
_LIMIT = 100
_MOST_PAGES = 500
_GONE = frozenset({404, 410})
_UNUSED_ID = "00000000-0000-4000-8000-000000000000"
_NEEDED = (
    ("opportunities", f"opportunities/{_UNUSED_ID}"),
    ("applications", f"opportunities/{_UNUSED_ID}/applications"),
    ("panels", f"opportunities/{_UNUSED_ID}/panels"),
    ("postings", f"postings/{_UNUSED_ID}"),
    ("archive_reasons", f"archive_reasons/{_UNUSED_ID}"),
    ("stages", f"stages/{_UNUSED_ID}"),
    ("users", f"users/{_UNUSED_ID}"),
)
# These name their authors.
_UNWANTED = (
    ("feedback", f"opportunities/{_UNUSED_ID}/feedback"),
    ("notes", f"opportunities/{_UNUSED_ID}/notes"),
)
# EEO responses have no id to test with, so the test asks for those of a date far in the future.
_LATE = {"created_at_start": 9_999_999_999_999, "limit": 1}
P = TypeVar("P", bound=Part)


async def pull(http: AtsClient, credentials: Mapping[str, str], application_remote_id: str) -> Facts | None:
    """Fetch an opportunity; None if Lever does not have it or has anonymised it."""
    now = http.now()
    at = moment(now)
    path = f"opportunities/{_checked_id(application_remote_id)}"
    opportunity = await _fetch(http, credentials, path, Opportunity)
    if opportunity is None or opportunity.is_anonymized:
        return None
    applied = mapping.latest_application(
        [one async for one in _pages(http, credentials, f"{path}/applications", Applied)]
    )
    panels = [one async for one in _pages(http, credentials, f"{path}/panels", Panel)]
    job = await _fetch_job(http, credentials, applied.posting, at) if applied and applied.posting else None
    users = await _fetch_interviewers(http, credentials, panels)
    return Facts(
        application_remote_id=opportunity.id,
        candidate=mapping.map_candidate(opportunity, at),
        job=job,
        application=await _fetch_application(http, credentials, opportunity, applied=applied is not None, at=at),
        interviews=tuple(mapping.map_interviews(panels, users, at, now)),
        panel_complete=True,
        panel_at=at,
    )


async def changed_since(http: AtsClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
    """Yield ids of opportunities that changed or were deleted since then."""
    start = moment(since) // 1000
    changed = {"updated_at_start": start}
    try:
        # Without this parameter Lever leaves out confidential opportunities.
        async for one in _pages(http, credentials, "opportunities", Identified, {**changed, "confidentiality": "all"}):
            yield one.id
    except NotPermitted:
        # The key may not see confidential opportunities: list the others.
        async for one in _pages(http, credentials, "opportunities", Identified, changed):
            yield one.id
    async for one in _pages(http, credentials, "opportunities/deleted", Identified, {"deleted_at_start": start}):
        yield one.id


async def probe(http: AtsClient, credentials: Mapping[str, str]) -> Probe:
    """Test the permissions of the key. Raises Refused if Lever rejects it."""
    missing = [name for name, path in _NEEDED if not await _is_permitted(http, credentials, path)]
    forbidden = [name for name, path in _UNWANTED if await _is_permitted(http, credentials, path)]
    if await _is_permitted(http, credentials, "eeo/responses", _LATE, only={200}):
        forbidden.append("eeo_responses")
    return Probe(tuple(missing), tuple(forbidden))


async def _fetch_application(
    http: AtsClient, credentials: Mapping[str, str], opportunity: Opportunity, *, applied: bool, at: int
) -> Application:
    """Map an opportunity with the names of its archive reason and its stage."""
    reason_id = opportunity.archived.reason if opportunity.archived else None
    reason = await _fetch_shared(http, credentials, "archive_reasons", reason_id, ArchiveReason) if reason_id else None
    stage = await _fetch_shared(http, credentials, "stages", opportunity.stage, Stage) if opportunity.stage else None
    kind = mapping.read_reject_kind(reason, credentials)
    return mapping.map_application(opportunity, reason, stage, kind, applied=applied, at=at)


async def _fetch_job(http: AtsClient, credentials: Mapping[str, str], posting_id: str, at: int) -> Job:
    """Map a posting with its hiring manager."""
    posting = await _fetch(http, credentials, f"postings/{posting_id}", Posting)
    manager_id = posting.hiring_manager if posting else None
    manager = await _fetch_shared(http, credentials, "users", manager_id, User) if manager_id else None
    return mapping.map_job(posting, posting_id, [manager] if manager else [], at)


async def _fetch_interviewers(
    http: AtsClient, credentials: Mapping[str, str], panels: Sequence[Panel]
) -> dict[str, User | None]:
    """Return the users in interviews that were not cancelled, by id."""
    ids = {
        person.id
        for panel in panels
        for meeting in panel.meetings
        if panel.canceled_at is None and meeting.canceled_at is None
        for person in meeting.interviewers
    }
    return {one: await _fetch_shared(http, credentials, "users", one, User) for one in sorted(filter(None, ids))}


async def create_webhooks(
    http: AtsClient, credentials: Mapping[str, str], url: str
) -> AsyncIterator[tuple[str, str | None]]:
    """Create a webhook for each event that Debrief reads. Yield the event and its signing token, or None on failure.

    The caller has to store each token before it continues: Lever shows a token only once.
    """
    for event in EVENTS:
        reply = await http.post(f"{BASE}/webhooks", json={"event": event, "url": url}, auth=_auth(credentials))
        webhook = _read(Webhook, _data(reply, "webhooks")) if reply.status in {200, 201} else None
        yield event, webhook.configuration.signature_token if webhook and webhook.configuration else None


async def ask(
    http: AtsClient, credentials: Mapping[str, str], path: str, params: Mapping[str, str | int] | None = None
) -> Reply:
    """Send a GET request to Lever. Raises Refused, Busy, Unreadable."""
    return await http.get(f"{BASE}/{path}", params=params, auth=_auth(credentials))


def _auth(credentials: Mapping[str, str]) -> tuple[str, str]:
    return (credentials.get("api_key", ""), "")


async def _fetch(http: AtsClient, credentials: Mapping[str, str], path: str, model: type[P]) -> P | None:
    reply = await ask(http, credentials, path)
    return None if reply.status in _GONE else _read(model, _data(reply, path))


async def _fetch_shared(
    http: AtsClient, credentials: Mapping[str, str], kind: str, remote_id: str, model: type[P]
) -> P | None:
    """Fetch a record that many opportunities share, at most twice an hour: a hundred rejections may share a panel."""
    key, now = f"{kind}/{remote_id}", http.now()
    known = json.loads(http.memory.get(key, "null"))
    if known is None or moment(now) - known["at"] >= SHARED_FOR // timedelta(microseconds=1):
        found = await _fetch(http, credentials, f"{kind}/{quote(remote_id, safe='')}", model)
        known = {"at": moment(now), "source": found.model_dump(by_alias=True) if found else None}
        http.memory[key] = json.dumps(known)
    return model.model_validate(known["source"]) if known["source"] is not None else None


async def _pages(
    http: AtsClient,
    credentials: Mapping[str, str],
    path: str,
    model: type[P],
    params: Mapping[str, str | int] | None = None,
) -> AsyncIterator[P]:
    asked: dict[str, str | int] = {**(params or {}), "limit": _LIMIT}
    for _ in range(_MOST_PAGES):
        reply = await ask(http, credentials, path, asked)
        if reply.status in _GONE:
            return
        found = _data(reply, path)
        if not isinstance(found, list):
            raise Unreadable(model.__name__)
        for one in found:
            yield _read(model, one)
        following = reply.json.get("next")
        if not reply.json.get("hasNext"):
            return
        if not isinstance(following, str) or following == asked.get("offset"):
            raise Unreadable(model.__name__)
        asked["offset"] = following
    raise Unreadable(model.__name__)


def _data(reply: Reply, path: str) -> Any:
    if reply.status not in {200, 201} or not isinstance(reply.json, dict):
        # The first segment only: the second may be the id of a person.
        raise Unreadable(path.partition("/")[0])
    return reply.json.get("data")


def _read(model: type[P], value: Any) -> P:
    try:
        return model.model_validate(value)
    except ValidationError:
        raise Unreadable(model.__name__) from None


def _checked_id(remote_id: str) -> str:
    """Return an id that is safe in a URL path. Raises Unreadable for any other."""
    return _read(Identified, {"id": remote_id}).id


async def _is_permitted(
    http: AtsClient,
    credentials: Mapping[str, str],
    path: str,
    params: Mapping[str, str | int] | None = None,
    only: Collection[int] = (200, 404, 410),
) -> bool:
    """Return whether the key may read `path`: the status is one of `only`."""
    try:
        return (await ask(http, credentials, path, params)).status in only
    except NotPermitted:
        return False
