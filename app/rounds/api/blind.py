"""Public routes of blind rounds: the key, the evaluations, and the list of published keys."""

from fastapi import APIRouter

from app.accounts.auth import Anonymous, In
from app.core.days import open_day
from app.core.ids import PathId
from app.core.problems import responses
from app.rounds import blind, key_log
from app.rounds.blind_schemas import PublishedKeys, RoundKey, TokenEvaluations
from app.sealing.keystore import KeyName, Purpose, find_key

router = APIRouter(prefix="/v1", tags=["blind rounds"], responses=responses(429, 503))


@router.get(
    "/rounds/{round_id}/key",
    operation_id="show_round_key",
    summary="See the key of a blind round",
    responses=responses(404),
)
async def show_round_key(round_id: PathId, ctx: In, _: Anonymous) -> RoundKey:
    """Return the key of a round. It is the same for everyone; each link contains a digest of it."""
    return await ctx.db.look(key_log.key_of, round_id)


@router.get(
    "/rounds/{round_id}/evaluations",
    operation_id="list_evaluations",
    summary="Find your evaluation among all",
    responses=responses(404, 409, 410),
)
async def list_evaluations(round_id: PathId, ctx: In, _: Anonymous) -> TokenEvaluations:
    """Return ten evaluations, once the round takes answers. Those of all claims are among them."""
    return await ctx.db.look(
        blind.evaluations,
        round_key=await find_key(ctx.keys, KeyName(Purpose.ROUND, round_id)),
        today=open_day(ctx.clock.now()),
        seed=ctx.blind_seed,
    )


@router.get("/published-keys", operation_id="list_published_keys", summary="Compare the keys of blind rounds")
async def list_published_keys(ctx: In, _: Anonymous) -> PublishedKeys:
    """Return a digest of each blind round's id and key, by day, each day chained to the one before.

    With a copy of the list anybody can see later whether a key was exchanged or removed. The digest is SHA-256 over a
    label, the id (16 bytes) and the key.
    """
    return await ctx.db.look(key_log.published, ctx.clock.now().date())
