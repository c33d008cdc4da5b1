"""Effects of the events of the neutral contract. Each effect can be repeated, and is logged only after it succeeded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings
from app.applications import candidate_merge, dossier, erasure, inbound_log, queries
from app.applications.dossier import ApplicationStatus, InterviewStatus
from app.applications.intake import Recorded, find_dossier, record
from app.applications.models import Outcome
from app.ats.neutral import event_types, mapping, schemas
from app.context import Context
from app.core.errors import Gone, Unknown, one

# How far the clock of the sender may be ahead of ours.
MOST_AHEAD = timedelta(minutes=5)

KNOWN = frozenset(event_types.ALL) - {event_types.PING}
IGNORED = Recorded(Outcome.IGNORED)
_WORST = (Outcome.ERASED, Outcome.ACCEPTED, Outcome.STALE, Outcome.DUPLICATE, Outcome.IGNORED)


@dataclass(frozen=True)
class IncomingEvent:
    """An event with its connection and settings."""

    ctx: Context
    connection: ConnectionRow
    settings: ConnectionSettings
    kind: str
    at: datetime
    data: schemas.AtsEventData

    @property
    def application_id(self) -> str | None:
        """The id of the application that the event names."""
        return self.data.application.remote_id if self.data.application else None


async def process_event(ctx: Context, connection: ConnectionRow, event: schemas.AtsEvent, raw: bytes) -> Recorded:
    """Apply an event once. Raises Conflict for an id that another event had, Gone, Invalid, TooLarge."""
    now = ctx.clock.now()
    if event.occurred_at > now + MOST_AHEAD:
        raise one("/occurred_at", "in_the_future", "This time is more than five minutes in the future.")
    kind = event_types.read(event.type) or ""
    if kind == event_types.PING:
        return Recorded(Outcome.ACCEPTED)
    before = await ctx.db.look(inbound_log.find_duplicate, ctx.pepper, connection.id, event.id, raw)
    if before is Outcome.ERASED:
        raise erased_error()
    if before is not None:
        return Recorded(before)
    incoming = IncomingEvent(ctx, connection, connections.settings_of(connection), kind, event.occurred_at, event.data)
    recorded = await _apply(incoming)

    def note(session: Session) -> None:
        # Lock the connection first: inserting into the log takes a shared lock on it, and two such inserts would
        # deadlock.
        if kind in KNOWN and connections.find(session, connection.id).wired.get(kind) != now.date().isoformat():
            connections.record_event(connections.find(session, connection.id, lock=True), kind, now.date())
        inbound_log.log_event(
            session,
            ctx.pepper,
            connection.id,
            event.id,
            raw,
            event_type=kind if kind in KNOWN else None,
            application_remote_id=None if kind == "application.deleted" else incoming.application_id,
            outcome=recorded.outcome,
            today=now.date(),
        )

    await ctx.db.write(note)
    if recorded.outcome is Outcome.ERASED:
        raise erased_error()
    return recorded


def erased_error() -> Gone:
    """Return the error for messages about an erased application or candidate. It does not say which."""
    return Gone("erased", "This was erased. Nothing was stored.")


async def _apply(incoming: IncomingEvent) -> Recorded:
    if incoming.kind in event_types.APPLICATION:
        return await _apply_application(incoming, event_types.APPLICATION[incoming.kind])
    if incoming.kind in event_types.INTERVIEW:
        return await _apply_interview(incoming, event_types.INTERVIEW[incoming.kind])
    if incoming.kind == "application.deleted":
        return await _delete_application(incoming)
    if incoming.kind in ("candidate.deleted", "candidate.anonymized"):
        return await _erase_candidate(incoming)
    if incoming.kind == "candidate.merged":
        return await _apply_merge(incoming)
    if incoming.kind in ("candidate.updated", "job.updated", "job.closed"):
        return await _apply_to_all(incoming)
    if incoming.kind == "user.disabled":
        return await _remove_interviewer(incoming)
    return IGNORED


async def _apply_application(incoming: IncomingEvent, otherwise: ApplicationStatus | None) -> Recorded:
    part = incoming.data.application
    if incoming.application_id is None:
        raise one("/data/application/remote_id", "required", "This field is needed.")
    # An unknown status says nothing. For a missing one, the event type decides.
    status = None if part is not None and part.status else otherwise
    facts = mapping.map_snapshot(
        incoming.data, incoming.application_id, at=incoming.at, timezone=incoming.settings.timezone, status=status
    )
    if facts.application is None and otherwise is not None:
        return IGNORED
    return await record(incoming.ctx, incoming.connection.id, incoming.settings, facts)


async def _apply_interview(incoming: IncomingEvent, status: InterviewStatus | None) -> Recorded:
    interviews = incoming.data.interviews or []
    if not interviews:
        raise one("/data/interviews", "required", "This field is needed.")
    remote_id = incoming.application_id or await incoming.ctx.db.read(
        queries.find_by_interview, incoming.connection.id, interviews[0].remote_id
    )
    if remote_id is None:
        return IGNORED
    facts = mapping.map_snapshot(incoming.data, remote_id, at=incoming.at, timezone=incoming.settings.timezone)
    if status is not None:
        changed = tuple(one.model_copy(update={"status": status}) for one in facts.interviews)
        facts = facts.model_copy(update={"interviews": changed})
    return await record(incoming.ctx, incoming.connection.id, incoming.settings, facts)


async def _delete_application(incoming: IncomingEvent) -> Recorded:
    if incoming.application_id is None:
        raise one("/data/application/remote_id", "required", "This field is needed.")
    await erasure.erase_application(incoming.ctx, incoming.connection.id, incoming.application_id)
    return Recorded(Outcome.ACCEPTED)


async def _erase_candidate(incoming: IncomingEvent) -> Recorded:
    candidate = _candidate_id(incoming)
    # After a merge, an ATS deletes the losing record: the winning one stays.
    if await incoming.ctx.db.read(candidate_merge.was_merged, incoming.connection.id, candidate):
        return IGNORED
    await erasure.erase_candidate(incoming.ctx, incoming.connection.id, candidate)
    return Recorded(Outcome.ACCEPTED)


async def _apply_merge(incoming: IncomingEvent) -> Recorded:
    candidate, into = _candidate_id(incoming), incoming.data.into_remote_id
    if into is None:
        raise one("/data/into_remote_id", "required", "This field is needed.")
    await _merge_candidates(incoming.ctx, incoming.connection, candidate, into)
    return Recorded(Outcome.ACCEPTED)


async def _merge_candidates(ctx: Context, connection: ConnectionRow, candidate: str, into: str) -> int:
    today = ctx.clock.now().date()
    return await ctx.db.write(candidate_merge.merge_candidates, ctx.pepper, connection.id, candidate, into, today=today)


async def _apply_to_all(incoming: IncomingEvent) -> Recorded:
    """Apply the event to the named application, or to all applications of the candidate or the job."""
    if incoming.application_id is not None:
        return await _apply_application(incoming, None)
    candidate, job = incoming.data.candidate, incoming.data.job
    ids: set[str] = set()
    if incoming.kind == "candidate.updated":
        ids.update(
            await incoming.ctx.db.read(queries.find_by_candidate, incoming.connection.id, _candidate_id(incoming))
        )
        job = None
    elif job is None:
        raise one("/data/job/remote_id", "required", "This field is needed.")
    else:
        ids.update(await incoming.ctx.db.read(queries.find_by_job, incoming.connection.id, job.remote_id))
        candidate = None
    found = IGNORED
    for remote_id in sorted(ids):
        facts = dossier.Facts(
            application_remote_id=remote_id,
            candidate=mapping.map_candidate(candidate, incoming.at) if candidate else None,
            job=mapping.map_job(job, incoming.at) if job else None,
        )
        recorded = await record(incoming.ctx, incoming.connection.id, incoming.settings, facts)
        found = min(found, Recorded(recorded.outcome), key=lambda one: _WORST.index(one.outcome))
    return found


async def _remove_interviewer(incoming: IncomingEvent) -> Recorded:
    """Remove a former employee from pending offers. Later snapshots mark such people themselves."""
    user = incoming.data.user
    if user is None or (user.remote_id is None and user.email is None):
        raise one("/data/user/remote_id", "required", "This field is needed.")

    def left(person: dossier.Interviewer) -> bool:
        same_id = person.remote_id is not None and person.remote_id == user.remote_id
        return same_id or (person.email is not None and person.email == user.email)

    found = IGNORED
    for remote_id in await incoming.ctx.db.read(queries.find_with_pending_offer, incoming.connection.id):
        known = await find_dossier(incoming.ctx, incoming.connection.id, remote_id)
        changed = [
            meeting.model_copy(
                update={
                    "interviewers": tuple(
                        person.model_copy(update={"disabled": True}) if left(person) else person
                        for person in meeting.interviewers
                    )
                }
            )
            for meeting in (known.interviews if known else ())
            if any(left(person) for person in meeting.interviewers)
        ]
        if changed:
            facts = dossier.Facts(application_remote_id=remote_id, interviews=tuple(changed))
            recorded = await record(incoming.ctx, incoming.connection.id, incoming.settings, facts)
            found = min(found, Recorded(recorded.outcome), key=lambda one: _WORST.index(one.outcome))
    return found


def _candidate_id(incoming: IncomingEvent) -> str:
    if incoming.data.candidate is None:
        raise one("/data/candidate/remote_id", "required", "This field is needed.")
    return incoming.data.candidate.remote_id


async def cancel_interview(ctx: Context, connection: ConnectionRow, interview_id: str) -> Recorded:
    """Cancel an interview by its id. An unknown interview counts as cancelled."""
    remote_id = await ctx.db.read(queries.find_by_interview, connection.id, interview_id)
    if remote_id is None:
        return IGNORED
    now = ctx.clock.now()
    cancelled = dossier.Interview(remote_id=interview_id, status=InterviewStatus.CANCELLED, updated=dossier.moment(now))
    facts = dossier.Facts(application_remote_id=remote_id, interviews=(cancelled,))
    return await record(ctx, connection.id, connections.settings_of(connection), facts)


async def merge(ctx: Context, connection: ConnectionRow, candidate: str, into: str) -> int:
    """Merge a known candidate into another. Raises Unknown, Conflict, Gone."""
    if not await ctx.db.read(candidate_merge.is_known, connection.id, candidate):
        raise Unknown("unknown_candidate", "This connection has no candidate with this id.")
    return await _merge_candidates(ctx, connection, candidate, into)
