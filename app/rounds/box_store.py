"""Read, decrypt and rewrite the box of a round within a transaction: the hot path of answering.

A read takes one statement. A write takes three: it reads without a lock, then locks and updates. All are built once.
Each returns the row of the round with the box.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Row, Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.errors import DomainError, Gone, Unknown, Unreadable
from app.rounds.box import Box, Code, Holder
from app.rounds.models import RoundRow
from app.rounds.packing import PackedBox, pack
from app.rounds.rules import UNFINISHED, CandidateHeldLinks, KBasis, RoundState, Threshold, accepts
from app.rounds.schemas import Briefing
from app.sealing.envelope import Damaged, Kind, seal, unseal_padded
from app.sealing.keystore import FoundKey
from app.sealing.models import BoxRow, LinkCopyRow
from app.vocabulary.codes import Mode, Stage

T = TypeVar("T")

# On tables, not mapped classes: the ORM would take longer than the database.
_rounds = cast(Table, RoundRow.__table__)
_boxes = cast(Table, BoxRow.__table__)
_READ = (
    select(
        _rounds.c.stage,
        _rounds.c.mode,
        _rounds.c.state,
        _rounds.c.k,
        _rounds.c.k_basis,
        _rounds.c.held,
        _rounds.c.opened_by,
        _rounds.c.people,
        _rounds.c.closes_on,
        _rounds.c.briefing,
        _rounds.c.claim_until,
        _rounds.c.public_key,
        _boxes.c.ct,
    )
    .join(_boxes, _boxes.c.round_id == _rounds.c.id)
    .where(_rounds.c.id == bindparam("round_id"))
)
# Locks both rows: a transaction that waited for the box then sees the current state of the round.
_LOCK = _READ.with_for_update()
_STATE = select(_rounds.c.state).where(_rounds.c.id == bindparam("round_id"))
_REWRITE = update(_boxes).where(_boxes.c.round_id == bindparam("owner")).values(ct=bindparam("sealed"))
_REMOVE = delete(_boxes).where(_boxes.c.round_id == bindparam("owner"))
_REMOVE_LINKS = delete(LinkCopyRow).where(LinkCopyRow.owner == bindparam("owner"))


@dataclass(slots=True)
class OpenBox:
    """A round with its box, decrypted. `packed` reads parts of it, `box` is all of it, to be changed and put back."""

    round_id: UUID
    key: bytes
    size: int
    row: Row[*tuple[Any, ...]]
    packed: PackedBox
    # The round takes no more answers; the box is open only to recognise a repetition.
    is_over: bool = False
    _box: Box | None = None

    @property
    def box(self) -> Box:
        if self._box is None:
            self._box = self.packed.unpack()
        return self._box

    @property
    def stage(self) -> Stage:
        return Stage(self.row.stage)

    @property
    def mode(self) -> Mode:
        return Mode(self.row.mode)

    @property
    def threshold(self) -> Threshold:
        return Threshold(self.mode, self.row.k, KBasis(self.row.k_basis), CandidateHeldLinks(self.row.held))

    @property
    def briefing(self) -> Briefing:
        return Briefing.model_validate(self.row.briefing)

    def holder_of(self, code_hash: bytes) -> Holder:
        """Return the person with this code. Raises Unknown, exactly as for an unknown round."""
        holder = self.packed.holder(code_hash)
        if holder is None:
            raise unknown_link()
        return holder

    def code_with(self, code_hash: bytes, *, to_change: bool) -> Code:
        """Return the code with this hash: a copy, or that of `box`, to be changed. Raises Unknown like `holder_of`."""
        code = self.box.find(code_hash) if to_change else self.packed.code(code_hash)
        if code is None:
            raise unknown_link()
        return code


def unknown_link() -> Unknown:
    """Return the common error of unknown rounds and requests, and of unknown, foreign and malformed codes."""
    return Unknown("unknown_link", "This link is not known here. Please check that it was copied whole.")


def closed_round() -> Gone:
    """Return the error of a round that takes no more answers, whatever the code."""
    return Gone("round_over", "This round is over: answers are no longer taken.")


def paused_round() -> Gone:
    """Return the error of a paused round, whatever the code. It does not depend on who has answered."""
    return Gone("round_paused", "The company has reopened this application: no answers are taken for now.")


def open_box(
    session: Session, key: FoundKey, today: date, *, lock: bool, taking_back: bool = False, repeating: bool = False
) -> OpenBox:
    """Open the box of a round that takes answers. Raises Unknown, Gone, Unavailable.

    With `repeating`, also open the box of a round past its closing date, while it exists. The caller then has to call
    `check_still_open`, which refuses everything but a repetition.

    With `taking_back`, also open the box of a paused round, since an author may always take their answer back. A signed
    round is then open until it closes: the promised 15 minutes do not end with its last day.
    """
    row = session.connection().execute(_LOCK if lock else _READ, {"round_id": key.owner}).first()
    if row is None:
        raise _without_box(session, key)
    state, day = RoundState(row.state), today
    if taking_back:
        state = RoundState.COLLECTING if state is RoundState.PAUSED else state
        day = row.closes_on if row.mode == Mode.ATTRIBUTED else today
    if state is RoundState.PAUSED and not key.destroyed:
        raise paused_round()
    is_over = key.destroyed or not accepts(state, row.closes_on, day)
    if is_over and (key.destroyed or not repeating or state is not RoundState.COLLECTING):
        raise closed_round()
    opened = decrypt(row, key)
    opened.is_over = is_over
    return opened


def check_still_open(opened: OpenBox, *, is_repetition: bool) -> None:
    """Raise Gone for a round that is over, unless this repeats a write that it accepted."""
    if opened.is_over and not is_repetition:
        raise closed_round()


def find_box(session: Session, key: FoundKey, *, lock: bool) -> OpenBox | None:
    """Open the box of a round whatever its date and state, or return None if it has none. Raises Unavailable."""
    row = session.connection().execute(_LOCK if lock else _READ, {"round_id": key.owner}).first()
    return None if row is None else decrypt(row, key)


def decrypt(row: Row[*tuple[Any, ...]], key: FoundKey) -> OpenBox:
    """Decrypt the box that came with `row`. Raises Unavailable."""
    if key.key is None:
        raise _key_missing()
    try:
        padded, length = unseal_padded(key.key, Kind.BOX, key.owner, row.ct)
    except Damaged as error:
        raise _key_missing() from error
    return OpenBox(key.owner, key.key, len(padded), row, PackedBox(padded, length))


def write_if_needed(attempt: Callable[[bool], T | None]) -> T:
    """Return the result of `attempt(False)`, or of `attempt(True)` if that was None because something is to be written.

    The argument tells whether to lock. Even a lock without a write would leave marks in PostgreSQL: a new `xmax`, a
    number of a transaction, and an entry in the write-ahead log. So refusals and repetitions are found without one.
    """
    result = attempt(False)
    if result is None:
        result = attempt(True)
    if result is None:
        raise RuntimeError("an attempt with a lock has no result")
    return result


def put_back(session: Session, opened: OpenBox) -> None:
    """Shuffle the ballots, encrypt the box under a fresh nonce, and rewrite it. All kinds of writes look the same."""
    ct = seal(opened.key, Kind.BOX, opened.round_id, pack(opened.box, randomness.shuffle), size=opened.size)
    session.connection().execute(_REWRITE, {"owner": opened.round_id, "sealed": ct})


def remove_box(session: Session, round_id: UUID) -> None:
    """Delete the box of a round, and the copy of its links."""
    session.execute(_REMOVE, {"owner": round_id})
    session.execute(_REMOVE_LINKS, {"owner": round_id})


def _key_missing() -> Unreadable:
    # A wrong key is treated as a missing one: the operator can restore the right key, and nothing is lost until then.
    return Unreadable("key_missing", "This round can't be opened right now. Its operator has been told.")


def _without_box(session: Session, key: FoundKey) -> DomainError:
    state = session.execute(_STATE, {"round_id": key.owner}).scalar_one_or_none()
    # The round of a team's own answer takes no codes. Of an erased round, only the note of the destroyed key is left.
    if (state is None and not key.destroyed) or state in UNFINISHED:
        return unknown_link()
    return closed_round()
