"""Routes of the neutral contract: snapshots, events, erasures and merges."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.auth import Caller, In, needs
from app.accounts.models import ConnectionRow
from app.accounts.rules import Scope
from app.applications import acceptance, candidate_merge, erasure, inbound_log, offers, queries
from app.applications.intake import Recorded, record
from app.applications.models import ApplicationRow, Outcome
from app.applications.rules import OfferState
from app.ats.api.paging import PagesOfFifty
from app.ats.neutral import answer_schemas as answers
from app.ats.neutral import events, fields, mapping, schemas
from app.ats.neutral.dropped_fields import find_dropped
from app.context import Context
from app.core import randomness
from app.core.errors import Conflict, one
from app.core.http import JsonRoute
from app.core.problems import responses

router = APIRouter(prefix="/v1", tags=["ats"], route_class=JsonRoute)

Writer = Annotated[Caller, Depends(needs(Scope.REQUESTS_WRITE))]
Reader = Annotated[Caller, Depends(needs(Scope.REQUESTS_READ))]
Teller = Annotated[Caller, Depends(needs(Scope.EVENTS_WRITE))]
# The same rules as for an id in a body.
RemoteId = Annotated[fields.RemoteId, Path()]
_SNAPSHOT, _INTERVIEW = "application.snapshot", "interview.snapshot"
WRITES = responses(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503)


@router.put(
    "/ats/applications/{remote_id}",
    operation_id="put_application",
    summary="Send a snapshot of an application",
    response_model=answers.AtsSnapshotAccepted,
    responses={**WRITES, 201: {"model": answers.AtsSnapshotAccepted, "description": "The application is new."}},
)
async def put_application(
    remote_id: RemoteId, body: schemas.AtsSnapshot, request: Request, response: Response, caller: Writer, ctx: In
) -> answers.AtsSnapshotAccepted:
    """Store a snapshot of an application. Missing fields keep their value. The later `remote_updated_at` wins."""
    dropped = await _dropped(request, body)
    if body.application is None:
        raise one("/application", "required", "This field is needed.")
    if mapping.read_status(body.application) is None:
        raise one("/application/status", "unknown_code", "This is none of the known values.")
    if body.application.remote_id not in (None, remote_id):
        raise one("/application/remote_id", "other_id", "The id differs from the one in the URL.")
    connection = await ctx.db.read(connections.find, caller.connection_id)
    settings = connections.settings_of(connection)
    facts = mapping.map_snapshot(body, remote_id, at=ctx.clock.now(), timezone=settings.timezone)
    recorded = await record(ctx, connection.id, settings, facts)
    await _note_snapshot(ctx, connection, request, _SNAPSHOT, remote_id, remote_id, recorded.outcome)
    if recorded.created:
        response.status_code = 201
    accepted = _accepted(ctx, recorded, dropped)
    if recorded.application_id is not None and settings.hold_hours == 0:
        # Without a hold, the offer does not wait for the next tick. The response does not show its result.
        await offers.make_offer(ctx, recorded.application_id)
    return accepted


@router.put(
    "/ats/interviews/{remote_id}",
    operation_id="put_interview",
    summary="Send an interview",
    responses=WRITES,
)
async def put_interview(
    remote_id: RemoteId, body: schemas.AtsInterviewSnapshot, request: Request, caller: Writer, ctx: In
) -> answers.AtsSnapshotAccepted:
    """Store one interview. Its application may be sent later."""
    dropped = await _dropped(request, body)
    connection = await ctx.db.read(connections.find, caller.connection_id)
    settings = connections.settings_of(connection)
    interview = mapping.map_interview(body, remote_id, at=ctx.clock.now(), timezone=settings.timezone)
    facts = mapping.facts_of_interview(body.application_remote_id, interview)
    recorded = await record(ctx, connection.id, settings, facts)
    about = body.application_remote_id
    await _note_snapshot(ctx, connection, request, _INTERVIEW, remote_id, about, recorded.outcome)
    return _accepted(ctx, recorded, dropped)


@router.delete(
    "/ats/interviews/{remote_id}",
    status_code=204,
    operation_id="cancel_interview",
    summary="Cancel an interview",
    responses=responses(401, 403, 404, 410, 422, 429, 503),
)
async def cancel_interview(remote_id: RemoteId, caller: Writer, ctx: In) -> None:
    """Cancel an interview. An unknown interview counts as cancelled."""
    connection = await ctx.db.read(connections.find, caller.connection_id)
    recorded = await events.cancel_interview(ctx, connection, remote_id)
    if recorded.outcome is Outcome.ERASED:
        raise events.erased_error()


@router.post(
    "/ats/events",
    status_code=202,
    operation_id="post_event",
    summary="Send an event",
    responses=WRITES,
)
async def post_event(body: schemas.AtsEvent, request: Request, caller: Teller, ctx: In) -> answers.AtsEventAccepted:
    """Process an event. A repeated `id` has no further effect."""
    connection = await ctx.db.read(connections.find, caller.connection_id)
    return await accept_event(ctx, connection, body, request)


@router.post(
    "/ats/candidates/{remote_id}/erasure",
    status_code=202,
    operation_id="erase_candidate",
    summary="Erase a candidate",
    responses=WRITES,
)
async def erase_candidate(
    remote_id: RemoteId, body: schemas.CandidateErasureCreate, caller: Writer, ctx: In
) -> answers.CandidateErasure:
    """Erase all applications of a candidate and everything that followed from them. Later messages restore nothing."""
    # Anonymising does the same: without the person, an application has nothing worth keeping.
    del body
    erasure_id = await erasure.erase_merged_candidate(ctx, caller.connection_id, remote_id)
    return answers.CandidateErasure(erasure_id=str(erasure_id))


@router.post(
    "/ats/candidates/{remote_id}/merge",
    operation_id="merge_candidates",
    summary="Merge two candidates",
    responses=WRITES,
)
async def merge_candidates(
    remote_id: RemoteId, body: schemas.CandidateMergeCreate, caller: Writer, ctx: In
) -> answers.CandidateMerged:
    """Move the applications of one candidate to another. Repeating this changes nothing."""
    connection = await ctx.db.read(connections.find, caller.connection_id)
    moved = await events.merge(ctx, connection, remote_id, body.into_remote_id)
    return answers.CandidateMerged(into_remote_id=body.into_remote_id, applications=moved)


@router.get(
    "/ats/applications",
    operation_id="list_applications",
    summary="List applications",
    responses=responses(401, 403, 422, 429, 503),
)
async def list_applications(caller: Reader, ctx: In, paging: PagesOfFifty) -> answers.AtsApplications:
    """Return the known applications, with the reason why one has no offer, never the candidate's reaction to one."""
    filters = {"connection": caller.connection_id}
    rows = await ctx.db.read(queries.list_page, caller.connection_id, paging.after(filters), paging.limit + 1)
    page = paging.cut(rows, filters, lambda row: row.remote_id)
    return answers.AtsApplications(data=[_listed(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/ats/applications/{remote_id}/release",
    operation_id="release_application",
    summary="Release a held offer",
    responses=responses(401, 403, 404, 409, 422, 429, 503),
)
async def release_application(remote_id: RemoteId, caller: Writer, ctx: In) -> answers.AtsListedApplication:
    """Release a held offer now, for whatever reason it was held."""

    def act(session: Session, now: datetime) -> answers.AtsListedApplication:
        return _listed(candidate_merge.release(session, caller.connection_id, remote_id, now))

    return await ctx.db.write(act, ctx.clock.now())


async def accept_event(
    ctx: Context, connection: ConnectionRow, body: schemas.AtsEvent, request: Request
) -> answers.AtsEventAccepted:
    """Process an event of a connection that was authenticated by key or by signature."""
    dropped = await _dropped(request, body)
    recorded = await events.process_event(ctx, connection, body, await request.body())
    return answers.AtsEventAccepted(
        event_id=body.id,
        outcome=_OUTCOMES[recorded.outcome],
        application_id=_named(recorded.application_id),
        dropped_fields=dropped,
        request_id=f"req_{randomness.new_id().hex}",
    )


async def _dropped(request: Request, body: fields.Lenient) -> list[str]:
    return find_dropped(await request.body(), body)


async def _note_snapshot(
    ctx: Context, connection: ConnectionRow, request: Request, kind: str, remote_id: str, about: str, outcome: Outcome
) -> None:
    """Log a snapshot and its outcome, so that an administrator can see whether the connection works."""
    raw, today = await request.body(), ctx.clock.now().date()

    def note(session: Session) -> None:
        # Lock the connection first, as for events: inserting into the log takes a shared lock on it.
        if connection.wired.get(kind) != today.isoformat():
            connections.record_event(connections.find(session, connection.id, lock=True), kind, today)
        inbound_log.log_snapshot(
            session,
            ctx.pepper,
            connection.id,
            remote_id,
            raw,
            event_type=kind,
            application_remote_id=about,
            outcome=outcome,
            today=today,
        )

    await ctx.db.write(note)


def _accepted(ctx: Context, recorded: Recorded, dropped: list[str]) -> answers.AtsSnapshotAccepted:
    if recorded.outcome is Outcome.ERASED or recorded.application_id is None:
        raise events.erased_error()
    if recorded.outcome is Outcome.STALE:
        raise Conflict("stale_update", "Debrief has a newer version already. Nothing was stored.")
    return answers.AtsSnapshotAccepted(
        application_id=_named(recorded.application_id) or "",
        offer_url=acceptance.offer_url(ctx.base_url, recorded.application_id),
        outcome="accepted" if recorded.outcome is Outcome.ACCEPTED else "duplicate",
        dropped_fields=dropped,
    )


def _named(application_id: UUID | None) -> str | None:
    return None if application_id is None else f"app_{application_id.hex}"


_OUTCOMES = {
    Outcome.ACCEPTED: "accepted",
    Outcome.DUPLICATE: "duplicate",
    Outcome.STALE: "stale",
    Outcome.IGNORED: "ignored",
}
_OFFERS = {
    OfferState.NONE: "not_offered",
    OfferState.HELD: "held",
    OfferState.WAITING: "waiting",
    OfferState.OFFERED: "offered",
}


def _listed(row: ApplicationRow) -> answers.AtsListedApplication:
    # Only the candidate may reveal whether they accepted or declined.
    return answers.AtsListedApplication(
        remote_id=row.remote_id,
        status=row.status,
        offer=_OFFERS[OfferState(row.offer)],
        reason=row.reason if row.offer != OfferState.OFFERED else None,
    )
