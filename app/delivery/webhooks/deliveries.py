"""Deliveries as rows: leased fairly among endpoints, noted, listed, repeated when asked for, and forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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

log = structlog.get_logger(__name__)

# How many days the log goes back, and so redelivery.
KEPT_DAYS = 30
# The day of a delivery, and its id.
Place = tuple[date, UUID]
# Told that an endpoint was switched off without anybody having asked for it: whose, what as, and on which day.
Notify = Callable[[Session, UUID, str, date], None]
FAILING_NOTICE = "webhook_endpoint_failing"
GONE_NOTICE = "webhook_endpoint_gone"


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until `leased_until`, and all that is needed to try it."""

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
    """What came of a try."""

    status: int | None
    fault: Fault | None
    wish: int | None = None


def claim(session: Session, now: datetime, pace: Pace, most: int, vault_key: bytes) -> list[Claimed]:
    """Lease the next deliveries that are due: of each endpoint a few at a time, the first of each before any second.

    So an endpoint with a thousand that wait, or one that never answers, takes no turn from another; those that have
    been failing come after those that have not.
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
    # Looked at once more under a lock: another worker may have taken some meanwhile.
    locked = _due(select(DeliveryRow, EndpointRow).where(DeliveryRow.id.in_(session.scalars(turn).all())), moment)
    found = session.execute(locked.with_for_update(of=DeliveryRow, skip_locked=True)).all()
    return [one for row, endpoint in found if (one := _lease(row, endpoint, now, pace, vault_key)) is not None]


def note(session: Session, claimed: Claimed, outcome: Outcome, now: datetime, pace: Pace, notify: Notify) -> None:
    """Write down what came of a try. After the lease has ended, what another worker notes counts."""
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
        # Judged when a delivery is given up: a single try after a quiet month is no failure of a month.
        if endpoint.state == EndpointState.ACTIVE and rules.has_failed_too_long(endpoint.failing_since, moment, pace):
            endpoints.switch_off(session, endpoint, EndpointState.FAILING)
            notify(session, endpoint.connection_id, FAILING_NOTICE, now.date())
    else:
        row.next_try = moment + rules.pause_after(row.attempts, pace, randomness.fraction(), outcome.wish)


def give_back(session: Session, claimed: Claimed) -> None:
    """End a lease without a try: this worker is being stopped."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == claimed.id, leases.is_held(DeliveryRow, claimed.leased_until))
        .values(leases.without_try(claimed.attempts))
    )


def listed(
    session: Session, endpoint: EndpointRow, *, state: DeliveryState | None, after: Place | None, limit: int
) -> Sequence[DeliveryRow]:
    """Return deliveries to an endpoint, of the last days first."""
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
    """Return the place of a delivery in the list."""
    return f"{row.event_on.isoformat()}/{row.id}"


def place_of(key: str | None) -> Place | None:
    """Return the place that a cursor names. Raises Invalid."""
    if key is None:
        return None
    day, _, delivery_id = key.partition("/")
    try:
        return date.fromisoformat(day), UUID(delivery_id)
    except ValueError:
        raise pagination.invalid() from None


def redeliver(session: Session, endpoint: EndpointRow, delivery_id: UUID) -> DeliveryRow:
    """Deliver once more, under the same id of the message. Raises Unknown, Conflict."""
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
    """Deliver once more what failed of these days, both included; return how many there are. Raises Conflict."""
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
    """Delete every delivery that names an application, whether or not it has come to its end."""
    session.execute(
        delete(DeliveryRow).where(
            DeliveryRow.connection_id == connection_id,
            DeliveryRow.data["application_remote_id"].as_string() == application_remote_id,
        )
    )


def purge(session: Session, today: date) -> None:
    """Delete what has come to its end and is older than the log goes back."""
    session.execute(
        delete(DeliveryRow).where(
            DeliveryRow.state != DeliveryState.WAITING, DeliveryRow.event_on < today - timedelta(days=KEPT_DAYS)
        )
    )


def counts(session: Session) -> dict[str, int]:
    """Return how many deliveries are in which state. None of them moves because of a single answer."""
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
    """Take a delivery for a while; or give it up, if it was tried often enough, or nobody can sign it any more."""
    try:
        secrets = endpoints.secrets_of(endpoint, vault_key, now)
    except column_encryption.Locked as error:
        log.warning("delivery_not_signed", endpoint=str(endpoint.id), code=error.code)
        secrets = []
    # Only a crash leaves a row at its last try: it may be what the worker crashes on.
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
