"""Inbound webhooks of native systems: authenticate, deduplicate, and apply. The body is never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings, ConnectionState, Provider
from app.applications import (
    candidate_merge,
    erasure,
    inbound_log,
    intake,
    notices,
    queries,
    sync_queue,
    upstream_deletion,
)
from app.applications.dossier import Facts, Interview, InterviewStatus, moment
from app.applications.models import Outcome
from app.ats.connector import Connector, Event, EventKind, HookResponse, HookResult
from app.ats.strict_json import digest
from app.context import Context
from app.core import randomness
from app.core.errors import Conflict, DomainError, Gone, Malformed, Unknown

_MOST_NAMES = 50
# A ping is short. Debrief parses no longer body of a sender who has not signed.
_LONGEST_PING = 8 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Target:
    """A connection that can receive messages."""

    state: ConnectionState
    settings: ConnectionSettings
    secrets: list[str]


async def receive(
    ctx: Context, connector: Connector, provider: Provider, connection_id: UUID, headers: Mapping[str, str], body: bytes
) -> HookResponse:
    """Process one message and return the response for its sender. Raises Unknown."""
    now = ctx.clock.now()
    target = await ctx.db.look(_find, ctx, provider, connection_id)
    # The time until a refusal must not show whether the connection exists.
    secrets = target.secrets if target else [randomness.token_bytes(32).hex()]
    signed = connector.verify(headers, body, secrets, now)
    if target is None:
        raise Unknown("unknown_connection", "There is no such connection.")
    if not signed:
        if target.state is ConnectionState.PENDING_SETUP and _is_ping(connector, headers, body):
            # The first ping may arrive before the secret is stored on either side. It changes nothing.
            return connector.answer(HookResult.ACCEPTED)
        log.warning("hook_refused", provider=provider, connection=str(connection_id))
        await ctx.db.write(notices.add_once_a_day, connection_id, "bad_signature", now)
        return connector.answer(HookResult.BAD_SIGNATURE)
    try:
        event = connector.parse(headers, body)
    except Malformed:
        await ctx.db.write(notices.add_once_a_day, connection_id, "unreadable_event", now)
        return connector.answer(HookResult.MALFORMED)
    try:
        await _process(ctx, connection_id, target.settings, event, body)
    except DomainError as error:
        log.warning("hook_postponed", provider=provider, connection=str(connection_id), code=error.code)
        return connector.answer(HookResult.RETRY)
    return connector.answer(HookResult.ACCEPTED)


async def _process(ctx: Context, connection_id: UUID, settings: ConnectionSettings, event: Event, body: bytes) -> None:
    today = ctx.clock.now().date()
    if event.kind is EventKind.PING:
        await ctx.db.write(_note_event, connection_id, event.name, today=today)
        return
    key = await _deduplication_key(ctx, connection_id, event, body)
    if key is None:
        return
    outcome = await _apply(ctx, connection_id, settings, event)

    def note(session: Session) -> None:
        _note_event(session, connection_id, event.name, today=today)
        inbound_log.log_event(
            session,
            ctx.pepper,
            connection_id,
            key,
            body,
            event_type=event.name,
            # The log must not name erased applications.
            application_remote_id=None if outcome is Outcome.ERASED else event.application_id,
            outcome=outcome,
            today=today,
        )

    # Logged after the effect: after a crash the vendor sends the message again, and applying it twice is harmless.
    await ctx.db.write(note)


async def _deduplication_key(ctx: Context, connection_id: UUID, event: Event, body: bytes) -> str | None:
    """Return the deduplication key of a message, or None if it is a repetition.

    The same id with another body is another message, unless the key is the event's `sole` signed part: most vendors
    reuse ids.
    """
    for key in (event.dedupe,) if event.sole else (event.dedupe, f"{event.dedupe}|{digest(body)}"):
        try:
            return None if await ctx.db.look(inbound_log.find_duplicate, ctx.pepper, connection_id, key, body) else key
        except Conflict:
            log.info("hook_id_reused", connection=str(connection_id))
    return None


async def _apply(ctx: Context, connection_id: UUID, settings: ConnectionSettings, event: Event) -> Outcome:
    match event.kind:
        case EventKind.FACTS:
            return await _record(ctx, connection_id, settings, event)
        case EventKind.INTERVIEW_CANCELLED:
            return await _cancel(ctx, connection_id, settings, event.interview_id or "")
        case EventKind.MERGED:
            return await _merge(ctx, connection_id, event.candidate_id or "", event.into_candidate_id or "")
        case EventKind.DELETED:
            return await _delete(ctx, connection_id, event.candidate_id or "", possible_merge=event.possible_merge)
        case EventKind.APPLICATION_DELETED:
            await erasure.erase_application(ctx, connection_id, event.application_id or "")
            return Outcome.ERASED
        case EventKind.CHANGED:
            return await _enqueue_pulls(ctx, connection_id, event)
        case EventKind.PING | EventKind.IGNORED:
            return Outcome.IGNORED


async def _record(ctx: Context, connection_id: UUID, settings: ConnectionSettings, event: Event) -> Outcome:
    outcome = Outcome.ACCEPTED
    if event.facts is not None:
        outcome = (await intake.record(ctx, connection_id, settings, event.facts)).outcome
    elif event.application_id:
        erased: bool = await ctx.db.look(erasure.is_erased, connection_id, event.application_id, pepper=ctx.pepper)
        outcome = Outcome.ERASED if erased else outcome
    if event.wants_pull and event.application_id and outcome is not Outcome.ERASED:
        await ctx.db.write(sync_queue.enqueue, connection_id, [event.application_id], ctx.clock.now())
    return outcome


async def _enqueue_pulls(ctx: Context, connection_id: UUID, event: Event) -> Outcome:
    """Enqueue all known applications of a candidate or a job for a pull."""

    def enqueue(session: Session) -> Outcome:
        ids: set[str] = set()
        if event.candidate_id is not None:
            ids.update(queries.find_by_candidate(session, connection_id, event.candidate_id))
        if event.job_id is not None:
            ids.update(queries.find_by_job(session, connection_id, event.job_id))
        sync_queue.enqueue(session, connection_id, ids, ctx.clock.now())
        return Outcome.ACCEPTED if ids else Outcome.IGNORED

    return await ctx.db.write(enqueue)


async def _cancel(ctx: Context, connection_id: UUID, settings: ConnectionSettings, interview_id: str) -> Outcome:
    """Cancel an interview. The message gives only its id."""
    remote_id = await ctx.db.look(queries.find_by_interview, connection_id, interview_id)
    if remote_id is None:
        return Outcome.IGNORED
    cancelled = Interview(remote_id=interview_id, status=InterviewStatus.CANCELLED, updated=moment(ctx.clock.now()))
    facts = Facts(application_remote_id=remote_id, interviews=(cancelled,))
    return (await intake.record(ctx, connection_id, settings, facts)).outcome


async def _merge(ctx: Context, connection_id: UUID, loser: str, winner: str) -> Outcome:
    try:
        today = ctx.clock.now().date()
        await ctx.db.write(candidate_merge.merge_candidates, ctx.pepper, connection_id, loser, winner, today=today)
    except (Conflict, Gone):
        return Outcome.IGNORED
    return Outcome.ACCEPTED


async def _delete(ctx: Context, connection_id: UUID, candidate: str, *, possible_merge: bool) -> Outcome:
    if await ctx.db.look(candidate_merge.was_merged, connection_id, candidate):
        # The ATS deletes the losing record of a merge; the person lives on in the winning record.
        return Outcome.IGNORED
    if possible_merge:
        await ctx.db.write(upstream_deletion.suspend_candidate, connection_id, candidate, ctx.clock.now())
        return Outcome.ACCEPTED
    await erasure.erase_candidate(ctx, connection_id, candidate)
    return Outcome.ERASED


def _find(session: Session, ctx: Context, provider: Provider, connection_id: UUID) -> _Target | None:
    row = session.get(ConnectionRow, connection_id)
    if row is None or row.provider != provider or row.state == ConnectionState.DISABLED:
        return None
    return _Target(
        ConnectionState(row.state),
        connections.settings_of(row),
        connections.hook_secrets(row, ctx.vault_key, ctx.clock.now()),
    )


def _note_event(session: Session, connection_id: UUID, name: str, *, today: date) -> None:
    row = connections.find(session, connection_id, lock=True)
    # Vendors have few event names. An endless supply of new names must not fill the row.
    if name in row.wired or len(row.wired) < _MOST_NAMES:
        connections.record_event(row, name, today)


def _is_ping(connector: Connector, headers: Mapping[str, str], body: bytes) -> bool:
    if len(body) > _LONGEST_PING:
        return False
    try:
        return connector.parse(headers, body).kind is EventKind.PING
    except Malformed:
        return False
