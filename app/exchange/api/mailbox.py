"""Routes of the mailbox. The receipt's tag is in the body, and every response has one length."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import In, receipt_holder
from app.core.days import open_day
from app.core.http import JsonRoute
from app.core.problems import responses
from app.exchange import mailbox
from app.exchange.schemas import ReceiptMailbox, ReceiptProof, WithdrawalAccepted, WithdrawalCreate
from app.rounds.invitee import hash_tag
from app.sealing.keystore import KeyName, Purpose, find_key

router = APIRouter(
    prefix="/v1/mailbox",
    tags=["mailbox"],
    route_class=JsonRoute,
    dependencies=[Depends(receipt_holder)],
    responses=responses(400, 413, 415, 422, 429, 503),
)
# The largest answer fits, with its wording and the replies. All responses are equally long, so that an observer of the
# network cannot tell a full mailbox from an empty one.
_LENGTH = 128 * 1024


@router.post("", response_model=ReceiptMailbox, operation_id="open_mailbox", summary="See what became of your answer")
async def open_mailbox(body: ReceiptProof, ctx: In) -> Response:
    """Return the answer as the candidate reads it. Unknown, empty and unreleased look alike; nothing is noted."""
    found = await ctx.db.look(mailbox.read, hash_tag(ctx.pepper, body.round_id, body.receipt_tag))
    return Response(found.model_dump_json().encode().ljust(_LENGTH), media_type="application/json")


@router.post(
    "/withdrawal",
    operation_id="withdraw_answer",
    summary="Take your answer out of a round that is open",
    responses=responses(404, 410),
)
async def withdraw_answer(body: WithdrawalCreate, ctx: In) -> WithdrawalAccepted:
    """Delete a sealed answer before anybody has read it. The link, or the token, stays used."""
    await ctx.db.write(
        mailbox.withdraw,
        key=await find_key(ctx.keys, KeyName(Purpose.ROUND, body.round_id)),
        tag=hash_tag(ctx.pepper, body.round_id, body.receipt_tag),
        today=open_day(ctx.clock.now()),
    )
    return WithdrawalAccepted(status="withdrawn")
