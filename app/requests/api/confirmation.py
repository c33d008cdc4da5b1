"""Route for confirming a mail address with the code that was mailed there."""

from fastapi import APIRouter, Depends

from app.accounts.auth import In, anyone
from app.core.http import JsonRoute
from app.core.problems import responses
from app.requests import mail
from app.requests.schemas import AddressConfirmationCreate, AddressConfirmed
from app.rounds.invitee import hash_code

router = APIRouter(tags=["requests"], route_class=JsonRoute, dependencies=[Depends(anyone)])


@router.post(
    "/v1/address-confirmations",
    operation_id="confirm_address",
    summary="Confirm a mail address",
    responses=responses(400, 404, 413, 415, 422, 429, 503),
)
async def confirm_address(body: AddressConfirmationCreate, ctx: In) -> AddressConfirmed:
    """Show, with the code that was mailed, that the address is yours: only then is anybody else written to.

    The answer is the same each time, and says nothing of the request.
    """
    code_hash = hash_code(ctx.pepper, body.code)
    await ctx.db.write(mail.confirm_address, code_hash=code_hash, today=ctx.clock.now().date())
    return AddressConfirmed(status="confirmed")
