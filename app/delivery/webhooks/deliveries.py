"""Webhook deliveries as rows: lease them fairly among endpoints, record results, list, redeliver and purge them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.core import column_encryption, leases, pagination, randomness
from app.core.errors import Unknown
from app.delivery.webhooks import endpoints, rules
from app.delivery.webhooks.models import DeliveryRow, DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.rules import Fault, Pace
from app.periods import DELIVERY

log = structlog.get_logger(__name__)

# The place of a delivery in the list: its day, and its id.
Place = tuple[date, UUID]
# Tells a connection that its endpoint was switched off: connection id, code of the notice, day.
Notify = Callable[[Session, UUID, str, date], None]
FAILING_NOTICE = "webhook_endpoint_failing"
GONE_NOTICE = "webhook_endpoint_gone"


@dataclass(frozen=True)
class Claimed:
    """A delivery that is leased until `leased_until`, with all that is needed to send it."""

    id: UUID
    message_id: str
    endpoint_id: UUID
    event_type: str
    event_on: date
    data: dict[str, Any]
    attempts: int
    leased_until: int
    url: str
    secrets: list[str]


@dataclass(frozen=True)
class Outcome:
    """The result of a try. `wish`: the seconds that the receiver asked to wait."""

    status: int | None
    fault: Fault | None
    wish: int | None = None


def claim(session: Session, now: datetime, pace: Pace, most: int, vault_key: bytes) -> list[Claimed]:
    """Lease the next due deliveries: the first of each endpoint before any second, and a few of each at a time.

    So an endpoint with a long queue, or one that never answers, delays no other. Failing endpoints come last.
    """
    moment = int(now.timestamp())
    leased = (
        select(DeliveryRow.endpoint_id, func.count().label("count"))
        .where(DeliveryRow.state == DeliveryState.WAITING, DeliveryRow.leased_until > moment)
        .group_by(DeliveryRow.endpoint_id)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=DeliveryRow.endpoint_id, order_by=(func.coalesce(DeliveryRow.next_try, 0), DeliveryRow.id)
    )
    ranked = (
        _due(
            select(DeliveryRow.id, place.label("place"), (EndpointRow.failing_since.is_not(None)).label("failing")),
            moment,
        )
        .add_columns(func.coalesce(leased.c.count, 0).label("busy"))
        .outerjoin(leased, leased.c.endpoint_id == DeliveryRow.endpoint_id)
        .subquery()
    )
    turn = (
        select(ranked.c.id)
        .where(ranked.c.place + ranked.c.busy <= pace.per_endpoint)
        .order_by(ranked.c.failing, ranked.c.place, ranked.c.id)
        .limit(most)
    )
    # Checked again under a lock: another worker may have leased some meanwhile.
    locked = _due(select(DeliveryRow, EndpointRow).where(DeliveryRow.id.in_(session.scalars(turn).all())), moment)
    found = session.execute(locked.with_for_update(of=DeliveryRow, skip_locked=True)).all()
    return [one for row, endpoint in found if (one := _lease(row, endpoint, now, pace, vault_key)) is not None]


def record(session: Session, claimed: Claimed, outcome: Outcome, now: datetime, pace: Pace, notify: Notify) -> None:
    """Record the result of a try. After the lease has ended, the result of another worker counts."""
    endpoint = session.get(EndpointRow, claimed.endpoint_id, with_for_update=True, populate_existing=True)
    row = session.get(DeliveryRow, claimed.id, with_for_update=True, populate_existing=True)
    if row is None or endpoint is None or row.leased_until != claimed.leased_until:
        return
    row.leased_until, row.next_try = None, None
    row.last_status, row.last_error = outcome.status, outcome.fault
    if outcome.fault is None:
        row.state, endpoint.failing_since = DeliveryState.DELIVERED, None
        return
    moment = int(now.timestamp())
    endpoint.failing_since = endpoint.failing_since if endpoint.failing_since is not None else moment
    given_up = row.attempts >= pace.tries
    if outcome.fault == Fault.GONE:
        row.state = DeliveryState.FAILED
        endpoints.switch_off(session, endpoint, EndpointState.GONE)
        notify(session, endpoint.connection_id, GONE_NOTICE, now.date())
    elif given_up:
        row.state = DeliveryState.FAILED
        # Checked only when a delivery is given up: one failed try after a quiet month is no failure of a month.
        if endpoint.state == EndpointState.ACTIVE and rules.has_failed_too_long(endpoint.failing_since, moment, pace):
            endpoints.switch_off(session, endpoint, EndpointState.FAILING)
            notify(session, endpoint.connection_id, FAILING_NOTICE, now.date())
    else:
        row.next_try = moment + rules.pause_after(row.attempts, pace, randomness.fraction(), outcome.wish)


def give_back(session: Session, claimed: Claimed) -> None:
    """End a lease without counting a try: the worker is stopping."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == claimed.id, leases.is_held(DeliveryRow, claimed.leased_until))
        .values(leases.without_try(claimed.attempts))
    )


def listed(
    session: Session, endpoint: EndpointRow, *, state: DeliveryState | None, after: Place | None, limit: int
) -> Sequence[DeliveryRow]:
    """Return deliveries to an endpoint, newest day first."""
    statement = select(DeliveryRow).where(DeliveryRow.endpoint_id == endpoint.id)
    if state is not None:
        statement = statement.where(DeliveryRow.state == state)
    if after is not None:
        last, delivery_id = after
        statement = statement.where(
            or_(DeliveryRow.event_on < last, and_(DeliveryRow.event_on == last, DeliveryRow.id > delivery_id))
        )
    return session.scalars(statement.order_by(DeliveryRow.event_on.desc(), DeliveryRow.id).limit(limit)).all()


def key_of(row: DeliveryRow) -> str:
    """Return the cursor key of a delivery."""
    return f"{row.event_on.isoformat()}/{row.id}"


def place_of(key: str | None) -> Place | None:
    """Return the place for a cursor key. Raises Invalid."""
    if key is None:
        return None
    day, _, delivery_id = key.partition("/")
    try:
        return date.fromisoformat(day), UUID(delivery_id)
    except ValueError:
        raise pagination.invalid() from None


def redeliver(session: Session, endpoint: EndpointRow, delivery_id: UUID) -> DeliveryRow:
    """Deliver again, with the same message id. Raises Unknown, Conflict."""
    endpoints.must_be_active(endpoint)
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.endpoint_id != endpoint.id:
        raise Unknown("unknown_delivery", "There is no such delivery.")
    if row.state == DeliveryState.WAITING:
        row.next_try = None
    else:
        row.state, row.attempts, row.next_try, row.leased_until = DeliveryState.WAITING, 0, None, None
    return row


def redeliver_failed(session: Session, endpoint: EndpointRow, since: date, until: date) -> int:
    """Deliver the failed deliveries of these days again, both included; return their number. Raises Conflict."""
    endpoints.must_be_active(endpoint)
    outcome = session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.endpoint_id == endpoint.id,
            DeliveryRow.state == DeliveryState.FAILED,
            DeliveryRow.event_on.between(since, until),
        )
        .values(state=DeliveryState.WAITING, attempts=0, next_try=None, leased_until=None)
    )
    return cast("CursorResult[Any]", outcome).rowcount


def erase(session: Session, connection_id: UUID, application_remote_id: str) -> None:
    """Delete every delivery about an application, finished or not."""
    session.execute(
        delete(DeliveryRow).where(
            DeliveryRow.connection_id == connection_id,
            DeliveryRow.data["application_remote_id"].as_string() == application_remote_id,
        )
    )


def purge(session: Session, today: date) -> None:
    """Delete finished deliveries that are older than the log."""
    session.execute(
        delete(DeliveryRow).where(
            DeliveryRow.state != DeliveryState.WAITING, DeliveryRow.event_on < DELIVERY.cutoff(today)
        )
    )


def counts(session: Session) -> dict[str, int]:
    """Return the number of deliveries in each state. A single answer changes none of them."""
    statement = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
    found = {str(state): int(count) for state, count in session.execute(statement)}
    return {state: found.get(state, 0) for state in DeliveryState}


def _due(statement: Any, moment: int) -> Any:
    return statement.join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id).where(
        DeliveryRow.state == DeliveryState.WAITING,
        EndpointRow.state == EndpointState.ACTIVE,
        leases.is_due(DeliveryRow.next_try, moment),
        leases.is_free(DeliveryRow, moment),
    )


def _lease(row: DeliveryRow, endpoint: EndpointRow, now: datetime, pace: Pace, vault_key: bytes) -> Claimed | None:
    """Lease a delivery; or give it up if it has no tries left, or no secret to sign with."""
    try:
        secrets = endpoints.secrets_of(endpoint, vault_key, now)
    except column_encryption.Locked as error:
        log.warning("delivery_not_signed", endpoint=str(endpoint.id), code=error.code)
        secrets = []
    # A row is left leased at its last try only by a crash, which this row may have caused: give it up.
    worn = row.attempts >= pace.tries
    if worn or not secrets:
        row.state, row.leased_until, row.next_try = DeliveryState.FAILED, None, None
        row.last_error = Fault.LEASE_ENDED if worn else Fault.OURS
        return None
    leased_until = leases.lease(row, int(now.timestamp()), pace.lease)
    return Claimed(
        id=row.id,
        message_id=row.message_id,
        endpoint_id=endpoint.id,
        event_type=row.event_type,
        event_on=row.event_on,
        data=dict(row.data),
        attempts=row.attempts,
        leased_until=leased_until,
        url=endpoint.url,
        secrets=secrets,
    )
