"""What begins something new, safe to repeat: raising a request, letting a team answer. API and pages share it."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core import idempotency
from app.requests import manager, preparing, raising
from app.requests.manager_box import request_key
from app.requests.schemas import FeedbackRequestCreate, PanelCreate
from app.rounds.answering import hash_code
from app.rounds.context import Context
from app.sealing.keystore import Purpose


async def raise_request(to: Context, body: FeedbackRequestCreate, *, key: str | None, raw: bytes) -> bytes:
    """Raise a request; return the `Raised` as JSON. The same `key` with the same `raw` gets the same for a day."""
    today = to.clock.now().date()
    ask = raising.check_request(body, today, sends_mail=to.sends_mail)
    if key is not None:
        known = await to.db.read(idempotency.replay, key, raw, today)
        if known is not None:
            return known
    prepared = await preparing.prepare(to, Purpose.REQUEST)
    round_ = await preparing.prepare(to, Purpose.ROUND) if ask is not None else None

    def act(session: Session) -> bytes:
        raised = raising.raise_request(session, body=body, ask=ask, request=prepared, round_=round_, today=today, to=to)
        return raised.model_dump_json().encode()

    if key is None:
        return await to.db.write(act)
    return await preparing.write(
        to,
        [prepared] if round_ is None else [prepared, round_],
        lambda session: idempotency.once(session, key, raw, today, lambda: act(session)),
    )


async def open_panel(to: Context, request_id: UUID, body: PanelCreate) -> bytes:
    """Open a sealed round for the team; return the `PanelOpened` as JSON. The same nonce gets the same links."""
    key = await request_key(to.keys, request_id)
    code_hash = hash_code(to.pepper, body.code)
    # Code and nonce together are what encrypts the kept answer: neither is stored.
    replay_key = f"panel:{code_hash.hex()}:{body.nonce}"
    meant = body.model_dump_json(exclude={"pad", "code"}).encode()
    await to.db.read(manager.check_panel, key=key, code_hash=code_hash, body=body, to=to)
    today = to.clock.now().date()
    known = await to.db.read(idempotency.replay, replay_key, meant, today)
    if known is not None:
        return known
    round_ = await preparing.prepare(to, Purpose.ROUND)

    def act(session: Session) -> tuple[bytes, bool]:
        def opened() -> bytes:
            panel = manager.open_panel(
                session, key=key, code_hash=code_hash, body=body, round_=round_, today=today, to=to
            )
            return panel.model_dump_json().encode()

        return idempotency.once(session, replay_key, meant, today, opened)

    return await preparing.write(to, [round_], act)
