"""Greenhouse API client for Harvest v3."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from app.applications.dossier import ApplicationStatus, Facts, moment
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
    found = await _listed(http, credentials, "applications", schemas.Application, {"ids": application_remote_id})
    told = next((one for one in found if one.id == application_remote_id), None)
    if told is None:
        return None
    at = mapping.stamp(told.updated_at, told.last_activity_at, told.rejected_at) or moment(http.now())
    candidate = await _one(http, credentials, "candidates", schemas.Candidate, told.candidate_id)
    job = await _one(http, credentials, "jobs", schemas.Job, told.job_id or (told.jobs[0].id if told.jobs else None))
    interviews = await _listed(
        http, credentials, "interviews", schemas.Interview, {"application_ids": application_remote_id}
    )
    attendees = await _many(http, credentials, "interviewers", schemas.Attendee, "interview_ids", _ids(interviews))
    managing = await _managing(http, credentials, job.id) if job else []
    user_ids = sorted({one.user_id for one in attendees if one.user_id} | set(managing))
    found_users = await _many(http, credentials, "users", schemas.User, "ids", user_ids)
    users = {one.id: one for one in found_users}
    # Employees apply too: nobody is asked for feedback about themselves.
    managers = [one for one in found_users if one.id in managing and told.candidate_id not in one.linked_candidate_ids]
    status = mapping.status_of(told.status)
    looked = moment(http.now())
    return Facts(
        application_remote_id=told.id,
        # The time of the pull, not of the last change: a pull overrides every earlier message.
        candidate=mapping.candidate(candidate, updated=looked) if candidate else None,
        job=mapping.job(job, managers, updated=looked) if job else None,
        application=mapping.application(told, status, await _type_name(http, credentials, told), updated=at)
        if status
        else None,
        interviews=mapping.interviews(
            interviews,
            attendees,
            users,
            candidate_id=told.candidate_id,
            updated=looked,
        ),
        panel_complete=True,
        panel_at=looked,
    )


async def changed_since(http: AtsClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
    """Yield ids of rejected applications that changed since then."""
    span = f"gte|{_written(since)}|lte|{_written(http.now())}"
    params: dict[str, str | int] = {"status": "rejected", "updated_at": span, "per_page": 500}
    for one in await _listed(http, credentials, "applications", schemas.Identified, params):
        yield one.id


async def probe(http: AtsClient, credentials: Mapping[str, str]) -> Probe:
    """Test the permissions of the credentials. Raises Refused if Greenhouse rejects them."""
    await _token(http, credentials, fresh=True)
    missing = [name for name in NEEDED if not await _may(http, credentials, name)]
    forbidden = [name for name in UNWANTED if await _may(http, credentials, name)]
    return Probe(tuple(missing), tuple(forbidden))


async def _may(http: AtsClient, credentials: Mapping[str, str], name: str) -> bool:
    try:
        return (await _get(http, credentials, f"{API}/{name}", {"per_page": 1})).status == 200
    except NotPermitted:
        return False


async def _type_name(http: AtsClient, credentials: Mapping[str, str], told: schemas.Application) -> str | None:
    """Return the type of the rejection reason, in the customer's words."""
    reason = told.rejection_reason
    if reason is not None and reason.type is not None:
        return reason.type.name
    reason_id = told.rejection_reason_id or (reason.id if reason else None)
    if reason_id is None and mapping.status_of(told.status) is ApplicationStatus.REJECTED:
        reason_id = await _reason_id(http, credentials, told.id)
    if reason_id is None:
        return None
    known: dict[str, str | None] = json.loads(http.memory.get(_REASONS, "{}"))
    if reason_id not in known:
        params: dict[str, str | int] = {"include_defaults": "true", "per_page": 500}
        reasons = await _listed(http, credentials, "rejection_reasons", schemas.RejectionReason, params)
        known = {one.id: one.type.name if one.type else None for one in reasons if one.id}
        http.memory[_REASONS] = json.dumps(known)
    return known.get(reason_id)


async def _reason_id(http: AtsClient, credentials: Mapping[str, str], application_id: str) -> str | None:
    """Return the id of the rejection reason, which Harvest v3 keeps in a list of its own."""
    found = await _if_permitted(
        http, credentials, "rejection_details", schemas.RejectionDetail, {"application_ids": application_id}
    )
    ids = (one.rejection_reason_id for one in found if one.application_id == application_id)
    return next((one for one in ids if one is not None), None)


async def _managing(http: AtsClient, credentials: Mapping[str, str], job_id: str) -> list[str]:
    """Return the user ids of a job's hiring managers."""
    found = await _if_permitted(http, credentials, "job_hiring_managers", schemas.HiringManager, {"job_ids": job_id})
    return sorted({one.user_id for one in found if one.job_id == job_id})


async def _if_permitted(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], params: Mapping[str, str | int]
) -> list[P]:
    """Return a list, or nothing if the credentials lack its scope: older credentials may have been made without it."""
    try:
        return await _listed(http, credentials, path, part, params)
    except NotPermitted:
        return []


async def _one(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], remote_id: str | None
) -> P | None:
    if remote_id is None:
        return None
    found = await _listed(http, credentials, path, part, {"ids": remote_id})
    return next((one for one in found if getattr(one, "id", None) == remote_id), None)


async def _many(
    http: AtsClient, credentials: Mapping[str, str], path: str, part: type[P], name: str, ids: Sequence[str]
) -> list[P]:
    found: list[P] = []
    for start in range(0, len(ids), _MOST_IDS):
        some = ",".join(ids[start : start + _MOST_IDS])
        found += await _listed(http, credentials, path, part, {name: some})
    return found


async def _listed(
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


def _ids(interviews: Sequence[schemas.Interview]) -> list[str]:
    return sorted(one.id for one in interviews)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
