"""What anybody may see of a blind round: its key, the evaluations of all in it, and the list of all keys by day."""

from fastapi import APIRouter

from app.accounts.audiences import Anonymous
from app.core.ids import PathId
from app.core.problems import responses
from app.rounds import blind, publishing
from app.rounds.blind_schemas import PublishedKeys, RoundKey, TokenEvaluations
from app.rounds.dependencies import In
from app.sealing.keystore import KeyName, Purpose, find_key

router = APIRouter(prefix="/v1", tags=["blind rounds"], responses=responses(429, 503))


@router.get(
    "/rounds/{round_id}/key",
    operation_id="show_round_key",
    summary="See the key of a blind round",
    responses=responses(404),
)
async def show_round_key(round_id: PathId, to: In, _: Anonymous) -> RoundKey:
    """Return the one key of a round: the same for everybody, as the link of each says in short."""
    return await to.db.look(publishing.key_of, round_id)


@router.get(
    "/rounds/{round_id}/evaluations",
    operation_id="list_evaluations",
    summary="Find your evaluation among all",
    responses=responses(404, 409, 410),
)
async def list_evaluations(round_id: PathId, to: In, _: Anonymous) -> TokenEvaluations:
    """Return ten evaluations, once answers are taken: those of all who claimed are among them."""
    return await to.db.look(
        blind.evaluations,
        key=await find_key(to.keys, KeyName(Purpose.ROUND, round_id)),
        today=to.clock.now().date(),
        seed=to.blind_seed,
    )


@router.get("/published-keys", operation_id="list_published_keys", summary="Compare the keys of blind rounds")
async def list_published_keys(to: In, _: Anonymous) -> PublishedKeys:
    """Return a digest of each blind round's id and key, by day, each day chained to the one before.

    Whoever keeps a copy sees later whether a key was exchanged or taken out. SHA-256 over a label, the id (16 bytes)
    and the key.
    """
    return await to.db.look(publishing.published, to.clock.now().date())
