"""What begins something new, safe to repeat: raising a request, letting a team answer. API and pages share it."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections
from app.context import Context
from app.core import idempotency
from app.core.errors import one
from app.delivery.models import Hold
from app.requests import candidate_view, create, mail, manager, new_keys
from app.requests.create import Origin
from app.requests.manager_schemas import PanelCreate
from app.requests.rules import Delivery
from app.requests.schemas import FeedbackRequest, FeedbackRequestCreate, RoundCreate
from app.rounds import team
from app.rounds.invitee import hash_code
from app.sealing.keystore import KeyName, Purpose, find_key


async def raise_request(
    ctx: Context, body: FeedbackRequestCreate, *, key: str | None, raw: bytes, origin: Origin | None = None
) -> bytes:
    """Raise a request; return a `FeedbackRequestRaised` as JSON. The same `key` with the same `raw` gets it for a day.

    What a connection raises (`origin`) is returned without its secrets.
    """
    today = ctx.clock.now().date()
    if key is not None:
        # Before anything is checked: what was right when it was accepted may be too late by now.
        known = await ctx.db.read(idempotency.replay, key, raw, today)
        if known is not None:
            return known
    ask = create.check_request(body, today, ctx=ctx)
    purposes = [Purpose.REQUEST] if ask is None else [Purpose.REQUEST, Purpose.ROUND]
    made = await new_keys.prepare_all(ctx, *purposes)
    prepared, round_ = made[0], made[1] if ask is not None else None

    def act(session: Session) -> bytes:
        raised = create.raise_request(
            session, body=body, ask=ask, request=prepared, round_=round_, today=today, ctx=ctx, origin=origin
        )
        _tie(session, key, prepared.id)
        if origin is None:
            return raised.model_dump_json().encode()
        address, token = body.candidate.email, raised.manage_token
        mail.mail_token(session, prepared.id, prepared.key, address, token, today, held_for=Hold.CONFIRMATION)
        return raised.model_dump_json(include=set(FeedbackRequest.model_fields)).encode()

    return await new_keys.write(ctx, made, lambda session: _once(session, key, raw, today, act))


async def raise_for_connection(
    ctx: Context, connection_id: UUID, body: FeedbackRequestCreate, *, key: str | None, raw: bytes
) -> bytes:
    """Raise a request as an employer's system wishes; return the `FeedbackRequest` as JSON: neither link nor token.

    Both go by mail to those they belong to, when the candidate has confirmed the address that the system gave. The
    company is the connection's own: nobody asks in the name of another.
    """
    if body.delivery is not Delivery.MAIL:
        raise one("/delivery", "mail_only", "A connection gets no links: let Debrief mail them.")
    connection = await ctx.db.read(connections.find, connection_id)
    settings = connections.settings_of(connection)
    own = body.model_copy(update={"company": settings.company, "company_domain": settings.company_domain})
    own_key = None if key is None else f"connection:{connection_id}:{key}"
    origin = Origin(connection_id, connection.is_test, is_proved=False)
    return await raise_request(ctx, own, key=own_key, raw=raw, origin=origin)


async def open_round(
    ctx: Context, request_id: UUID, manage_digest: bytes, body: RoundCreate, *, key: str | None, raw: bytes
) -> bytes:
    """Ask another group; return the `RoundOpened` as JSON. The same `key` with the same `raw` gets the same links."""
    today = ctx.clock.now().date()
    # Of this request alone: whoever has another may use the same key.
    own_key = None if key is None else f"round:{request_id}:{key}"

    def look(session: Session) -> bytes | None:
        candidate_view.find(session, request_id, manage_digest)
        return None if own_key is None else idempotency.replay(session, own_key, raw, today)

    known = await ctx.db.read(look)
    if known is not None:
        return known
    ask = create.check_round(body, today, ctx=ctx)
    round_ = await new_keys.prepare(ctx, Purpose.ROUND)

    def act(session: Session) -> bytes:
        opened = create.ask_again(session, request_id, manage_digest, ask=ask, round_=round_, today=today, ctx=ctx)
        _tie(session, own_key, request_id)
        return opened.model_dump_json().encode()

    return await new_keys.write(ctx, [round_], lambda session: _once(session, own_key, raw, today, act))


def _once(
    session: Session, key: str | None, raw: bytes, today: date, act: Callable[[Session], bytes]
) -> tuple[bytes, bool]:
    if key is None:
        return act(session), True
    return idempotency.once(session, key, raw, today, lambda: act(session))


def _tie(session: Session, key: str | None, request_id: UUID) -> None:
    if key is not None:
        idempotency.tie(session, key, request_id)


async def open_panel(ctx: Context, request_id: UUID, body: PanelCreate) -> bytes:
    """Open a sealed round for the team; return the `PanelOpened` as JSON. The same nonce gets the same links."""
    key = await find_key(ctx.keys, KeyName(Purpose.REQUEST, request_id))
    code_hash = hash_code(ctx.pepper, body.code)
    # Code and nonce together are what encrypts the kept answer: neither is stored.
    replay_key = f"panel:{code_hash.hex()}:{body.nonce}"
    meant = body.model_dump_json(exclude={"pad", "code"}).encode()
    today = ctx.clock.now().date()

    def look(session: Session) -> bytes | None:
        manager.check_panel(session, key=key, code_hash=code_hash, body=body, ctx=ctx)
        kept = idempotency.replay(session, replay_key, meant, today)
        if kept is None:
            # Before a key is made in vain.
            team.check_panel(session, request_id, body.stage)
        return kept

    known = await ctx.db.read(look)
    if known is not None:
        return known
    round_ = await new_keys.prepare(ctx, Purpose.ROUND)

    def act(session: Session) -> tuple[bytes, bool]:
        def opened() -> bytes:
            panel = manager.open_panel(
                session, key=key, code_hash=code_hash, body=body, round_=round_, today=today, ctx=ctx
            )
            idempotency.tie(session, replay_key, request_id)
            return panel.model_dump_json().encode()

        return idempotency.once(session, replay_key, meant, today, opened)

    return await new_keys.write(ctx, [round_], act)
