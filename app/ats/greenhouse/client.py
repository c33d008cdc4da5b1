"""Greenhouse API client for Harvest v3."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from app.applications.dossier import Application, ApplicationStatus, Facts, moment
from app.ats.connector import AtsClient, NotPermitted, Probe, Refused, Reply, Unreadable
from app.ats.greenhouse import mapping, schemas
from app.ats.strict_json import digest

P = TypeVar("P", bound=schemas.Part)

API = "https://harvest.greenhouse.io/v3"
AUTH = "https://auth.greenhouse.io/token"
# The largest number of ids in one request.
_MOST_IDS = 50
_MOST_PAGES = 50
# Renew a token shortly before it expires.
_EARLY = timedelta(seconds=60)
_TOKEN, _REASONS = "token", "reasons"
NEEDED = (
    *("applications", "candidates", "jobs", "interviews", "interviewers", "users"),
    *("rejection_reasons", "rejection_details", "job_hiring_managers"),
)
# These name authors or protected characteristics: credentials that can read them have too many permissions.
UNWANTED = ("scorecards", "scorecard_question_answers", "demographic_answers", "eeoc")


async def pull(http: AtsClient, credentials: Mapping[str, str], application_remote_id: str) -> Facts | None:
    """Fetch an application; None if Greenhouse does not have it. Raises Refused, Busy, Unreadable."""
    source = await _find(http, credentials, "applications", schemas.Application, application_remote_id)
    if source is None:
        return None
    candidate = await _find(http, credentials, "candidates", schemas.Candidate, source.candidate_id)
    job = await _find(http, credentials, "jobs", schemas.Job, _job_id(source))
    interviews = await _list(http, credentials, "interviews", schemas.Interview, {"application_ids": source.id})
    interview_ids = sorted(one.id for one in interviews)
    attendees = await _list_by_ids(http, credentials, "interviewers", schemas.Attendee, "interview_ids", interview_ids)
    manager_ids = await _list_hiring_managers(http, credentials, job.id) if job else []
    user_ids = sorted({one.user_id for one in attendees if one.user_id} | set(manager_ids))
    users = await _list_by_ids(http, credentials, "users", schemas.User, "ids", user_ids)
    # Employees apply too: nobody is asked for feedback about themselves.
    managers = [one for one in users if one.id in manager_ids and source.candidate_id not in one.linked_candidate_ids]
    application = await _map_application(http, credentials, source)
    # The time of the pull, not of the last change: a pull overrides every earlier message.
    pulled_at = moment(http.now())
    return Facts(
        application_remote_id=source.id,
        candidate=mapping.map_candidate(candidate, updated=pulled_at) if candidate else None,
        job=mapping.map_job(job, managers, updated=pulled_at) if job else None,
        application=application,
        interviews=mapping.map_interviews(
            interviews,
            attendees,
            {one.id: one for one in users},
            candidate_id=source.candidate_id,
            updated=pulled_at,
        ),
        panel_complete=True,
        panel_at=pulled_at,
    )


async def changed_since(http: AtsClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
    """Yield ids of rejected applications that changed since then."""
    span = f"gte|{_format_time(since)}|lte|{_format_time(http.now())}"
    params: dict[str, str | int] = {"status": "rejected", "updated_at": span, "per_page": 500}
    for one in await _list(http, credentials, "applications", schemas.Identified, params):
        yield one.id


async def probe(http: AtsClient, credentials: Mapping[str, str]) -> Probe:
    """Test the permissions of the credentials. Raises Refused if Greenhouse rejects them."""
    await _token(http, credentials, fresh=True)
    missing = [name for name in NEEDED if not await _is_permitted(http, credentials, name)]
    forbidden = [name for name in UNWANTED if await _is_permitted(http, credentials, name)]
    return Probe(tuple(missing), tuple(forbidden))


async def _map_application(
    http: AtsClient, credentials: Mapping[str, str], source: schemas.Application
) -> Application | None:
    status = mapping.read_status(source.status)
    if status is None:
        return None
    at = mapping.latest_of(source.updated_at, source.last_activity_at, source.rejected_at) or moment(http.now())
    reason_type = await _find_reason_type(http, credentials, source)
    return mapping.map_application(source, status, reason_type, updated=at)


async def _is_permitted(http: AtsClient, credentials: Mapping[str, str], name: str) -> bool:
    try:
        return (await _get(http, credentials, f"{API}/{name}", {"per_page": 1})).status == 200
    except NotPermitted:
        return False


async def _find_reason_type(http: AtsClient, credentials: Mapping[str, str], source: schemas.Application) -> str | None:
    """Return the type of the rejection reason, in the customer's words."""
    reason = source.rejection_reason
    if reason is not None and reason.type is not None:
        return reason.type.name
    reason_id = source.rejection_reason_id or (reason.id if reason else None)
    if reason_id is None and mapping.read_status(source.status) is ApplicationStatus.REJECTED:
        reason_id = await _reason_id(http, credentials, source.id)
    if reason_id is None:
        return None
    known: dict[str, str | None] = json.loads(http.memory.get(_REASONS, "{}"))
    if reason_id not in known:
        params: dict[str, str | int] = {"include_defaults": "true", "per_page": 500}
        reasons = await _list(http, credentials, "rejection_reasons", schemas.RejectionReason, params)
        known = {one.id: one.type.name if one.type else None for one in reasons if one.id}
        http.memory[_REASONS] = json.dumps(known)
    return known.get(reason_id)


async def _reason_id(http: AtsClient, credentials: Mapping[str, str], application_id: str) -> str | None:
    """Return the id of the rejection reason, which Harvest v3 keeps in a list of its own."""
    found = await _list_if_permitted(
        http, credentials, "rejection_details", schemas.RejectionDetail, {"application_ids": application_id}
    )
    ids = (one.rejection_reason_id for one in found if one.application_id == application_id)
    return next((one for one in ids if one is not None), None)


async def _list_hiring_managers(http: AtsClient, credentials: Mapping[str, str], job_id: str) -> list[str]:
    """Return the user ids of a job's hiring managers."""
    found = await _list_if_permitted(
        http, credentials, "job_hiring_managers", schemas.HiringManager, {"job_ids": job_id}
    )
    return sorted({one.user_id for one in found if one.job_id == job_id})


async def _list_if_permitted(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], params: Mapping[str, str | int]
) -> list[P]:
    """Return a list, or nothing if the credentials lack its scope: older credentials may have been made without it."""
    try:
        return await _list(http, credentials, path, part, params)
    except NotPermitted:
        return []


async def _find(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], remote_id: str | None
) -> P | None:
    if remote_id is None:
        return None
    found = await _list(http, credentials, path, part, {"ids": remote_id})
    return next((one for one in found if getattr(one, "id", None) == remote_id), None)


async def _list_by_ids(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], name: str, ids: Sequence[str]
) -> list[P]:
    found: list[P] = []
    for start in range(0, len(ids), _MOST_IDS):
        some = ",".join(ids[start : start + _MOST_IDS])
        found += await _list(http, credentials, path, part, {name: some})
    return found


async def _list(
    http: AtsClient,
    credentials: Mapping[str, str],
    path: str,
    part: type[P],
    params: Mapping[str, str | int],
) -> list[P]:
    """Return all pages of a list. The link to the next page takes no parameters besides its cursor."""
    found: list[P] = []
    reply = await _get(http, credentials, f"{API}/{path}", params)
    for _ in range(_MOST_PAGES):
        if reply.status != 200 or not isinstance(reply.json, list):
            raise Unreadable(f"{path}_{reply.status}")
        found += [_read(part, one, path) for one in reply.json]
        if reply.next_url is None:
            return found
        reply = await _get(http, credentials, reply.next_url, None)
    raise Unreadable(f"{path}_endless")


async def _get(
    http: AtsClient, credentials: Mapping[str, str], url: str, params: Mapping[str, str | int] | None
) -> Reply:
    token = await _token(http, credentials)
    try:
        return await http.get(url, params=params, headers={"Authorization": f"Bearer {token}"})
    except NotPermitted:
        raise
    except Refused:
        pass
    # The token may have expired early: retry once with a new one.
    token = await _token(http, credentials, fresh=True)
    return await http.get(url, params=params, headers={"Authorization": f"Bearer {token}"})


async def _token(http: AtsClient, credentials: Mapping[str, str], *, fresh: bool = False) -> str:
    kept = json.loads(http.memory.get(_TOKEN, "null"))
    # After a change of credentials the cached token is void: it has the permissions of the old ones.
    whose = digest(json.dumps(sorted(credentials.items())).encode())
    if kept and not fresh and kept["whose"] == whose and datetime.fromisoformat(kept["ends"]) - _EARLY > http.now():
        return str(kept["token"])
    try:
        client = (credentials["client_id"], credentials["client_secret"])
    except KeyError:
        raise Refused("no_credentials") from None
    form = {"grant_type": "client_credentials"}
    if "sub" in credentials:
        # The user on whose behalf we call: we may read what this user may.
        form["sub"] = credentials["sub"]
    reply = await http.post(AUTH, form=form, auth=client)
    if reply.status != 200:
        raise Refused(f"token_{reply.status}")
    token = _read(schemas.Token, reply.json, "token")
    ends = token.ends(http.now()).isoformat()
    http.memory[_TOKEN] = json.dumps({"token": token.access_token, "ends": ends, "whose": whose})
    return token.access_token


def _read(part: type[P], value: Any, where: str) -> P:
    try:
        return part.model_validate(value)
    except ValidationError:
        # Without the cause, which quotes the response.
        raise Unreadable(where) from None


def _job_id(source: schemas.Application) -> str | None:
    return source.job_id or (source.jobs[0].id if source.jobs else None)


def _format_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
