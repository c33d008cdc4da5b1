"""Open a later round of a request: another group, or the same people at another stage."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import Conflict, Invalid
from app.core.tokens import digest
from app.requests import link_copies
from app.requests.candidate_view import find_request
from app.requests.create_once import Attempt, Draft, NewKey, create_once
from app.requests.invitees import RoundDraft, addresses_of, ask_people, draft_round
from app.requests.rules import Delivery, RequestState, address_faults, duplicate_faults, not_open
from app.requests.schemas import RoundCreate
from app.rounds.lifecycle import has_round
from app.sealing.keystore import Purpose


async def open_round(
    ctx: Context, request_id: UUID, token: str, body: RoundCreate, *, idempotency_key: str | None, raw: bytes
) -> bytes:
    """Ask another group; return the `RoundOpened` as JSON. For a day the same key and `raw` get the same links.

    Raises Unknown, Invalid, and Conflict if the request is over or people were asked at this stage already.
    """
    today = ctx.clock.now().date()
    manage_digest = digest(token)
    # Of this request alone: the owner of another request may use the same key.
    own_key = None if idempotency_key is None else f"round:{request_id}:{idempotency_key}"

    def draft(_: Session, __: object) -> Draft[RoundDraft]:
        asked, faults = draft_round(body, today, ctx)
        faults += duplicate_faults(addresses_of(body.invitees))
        if faults:
            raise Invalid(faults)
        return Draft(asked, [Purpose.ROUND])

    def store(session: Session, asked: RoundDraft, keys: Sequence[NewKey]) -> tuple[UUID, bytes]:
        row = find_request(session, request_id, manage_digest, lock=True)
        if row.state != RequestState.OPEN:
            raise not_open(RequestState(row.state))
        if has_round(session, request_id, asked.stage):
            raise Conflict("stage_already_asked", "You have asked at this stage already.")
        addresses = addresses_of(asked.invitees)
        faults = address_faults(Delivery(row.delivery), addresses)
        # The candidate must not be among the people asked, who have to be others.
        faults += duplicate_faults([("", row.candidate_email), *addresses])
        if faults:
            raise Invalid(faults)
        opened = ask_people(session, row, asked, keys[0], today, ctx)
        link_copies.keep(session, keys[0].id, keys[0].key, token, opened.links)
        return request_id, opened.model_dump_json().encode()

    return await create_once(
        ctx,
        Attempt(own_key, raw, today),
        authorize=lambda session: find_request(session, request_id, manage_digest),
        draft=draft,
        store=store,
    )
