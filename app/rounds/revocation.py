"""Revoke the invitations of people who, as the ATS reports now, did not meet the candidate.

Only inside the box it matters whether such a person has answered. From outside all revocations look the same: the box
is rewritten, and the person's waiting mails are deleted.
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
    """Return the unfinished rounds of a request whose people the ATS named."""
    statement = select(RoundRow.id).where(
        RoundRow.request_id == request_id,
        RoundRow.opened_by == OpenedBy.CONNECTION,
        RoundRow.state.in_(UNFINISHED),
    )
    return list(session.scalars(statement.order_by(RoundRow.id)))


def uninvite(session: Session, round_key: FoundKey, still_met: Collection[str]) -> None:
    """Revoke the unused codes of people whose address is not in `still_met`; restore the codes of the others.

    Raises Unavailable.
    """
    opened = None if round_key.destroyed else find_box(session, round_key, lock=True)
    if opened is None or opened.row.state not in UNFINISHED:
        return
    asked = [code for code in opened.box.codes if code.channel is Channel.ATS and code.address]
    gone = {code.address for code in asked if code.address not in still_met}
    for code in asked:
        if code.address in gone:
            revoke(code)
        else:
            restore(code)
    # Rewrite the box in any case. Otherwise a later dump would show whether the person had used their code.
    put_back(session, opened)
    if gone:
        _drop_mails(session, opened.key, opened.round_id, gone)


def _drop_mails(session: Session, key: bytes, round_id: UUID, addresses: Collection[str | None]) -> None:
    statement = select(OutboxRow.id, OutboxRow.payload).where(
        OutboxRow.group_id == round_id, OutboxRow.key_owner == round_id, OutboxRow.state == OutboxState.WAITING
    )
    theirs = [row.id for row in session.execute(statement) if open_secret(key, row.id, row.payload).to in addresses]
    session.execute(delete(OutboxRow).where(OutboxRow.id.in_(theirs)))
