"""An interview that was cancelled after its people were asked: who has no other met nobody, and is asked no more."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.rules import ConnectionSettings
from app.applications.dossier import Dossier
from app.applications.models import ApplicationRow
from app.applications.rules import still_met
from app.rounds import uninviting
from app.rounds.context import Context
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key


async def find_keys(to: Context, request_id: UUID | None) -> list[FoundKey]:
    """Return the keys of the open rounds that came of an offer. Fetched before the transaction, as all are."""
    if request_id is None:
        return []
    round_ids = await to.db.look(uninviting.find_rounds, request_id)
    return [await find_key(to.keys, KeyName(Purpose.ROUND, round_id)) for round_id in round_ids]


def uninvite(
    session: Session,
    row: ApplicationRow,
    dossier: Dossier,
    settings: ConnectionSettings,
    keys: Sequence[FoundKey],
) -> bool:
    """Take the invitations back that fell with an interview; tell whether the keys of all open rounds were there."""
    if row.request_id is None:
        return True
    known = {key.owner: key for key in keys}
    rounds = uninviting.find_rounds(session, row.request_id)
    if not known.keys() >= set(rounds):
        return False
    standing = still_met(dossier, settings)
    for round_id in rounds:
        uninviting.uninvite(session, known[round_id], standing)
    return True
