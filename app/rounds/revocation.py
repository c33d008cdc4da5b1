"""Taking an invitation back: of somebody who, as the employer's system says now, did not meet the candidate after all.

Whether they had answered decides inside the box alone what becomes of their code. Outside it looks the same: the box is
rewritten, and what was still to be mailed to them is deleted.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.delivery.models import OutboxRow, OutboxState
from app.rounds.box import Channel, restore, revoke
from app.rounds.box_store import find_box, put_back
from app.rounds.mail import open_secret
from app.rounds.models import RoundRow
from app.rounds.rules import UNFINISHED, OpenedBy
from app.sealing.keystore import FoundKey


def find_rounds(session: Session, request_id: UUID) -> list[UUID]:
    """Return the open rounds of a request whose people the employer's system named."""
    statement = select(RoundRow.id).where(
        RoundRow.request_id == request_id,
        RoundRow.opened_by == OpenedBy.CONNECTION,
        RoundRow.state.in_(UNFINISHED),
    )
    return list(session.scalars(statement.order_by(RoundRow.id)))


def uninvite(session: Session, round_key: FoundKey, standing: Collection[str]) -> None:
    """Take the unused codes of all whose address is not `standing` away; give those who are again theirs back.

    Raises Unavailable.
    """
    opened = None if round_key.destroyed else find_box(session, round_key, lock=True)
    if opened is None or opened.row.state not in UNFINISHED:
        return
    asked = [code for code in opened.box.codes if code.channel is Channel.ATS and code.address]
    gone = {code.address for code in asked if code.address not in standing}
    for code in asked:
        if code.address in gone:
            revoke(code)
        else:
            restore(code)
    # In any case: if it were rewritten only when a code changes, a later dump would show who had used theirs.
    put_back(session, opened)
    if gone:
        _drop_mails(session, opened.key, opened.round_id, gone)


def _drop_mails(session: Session, key: bytes, round_id: UUID, addresses: Collection[str | None]) -> None:
    statement = select(OutboxRow.id, OutboxRow.payload).where(
        OutboxRow.group_id == round_id, OutboxRow.key_owner == round_id, OutboxRow.state == OutboxState.WAITING
    )
    theirs = [row.id for row in session.execute(statement) if open_secret(key, row.id, row.payload).to in addresses]
    session.execute(delete(OutboxRow).where(OutboxRow.id.in_(theirs)))
