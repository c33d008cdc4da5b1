"""The dialogue box: those asked in a released round, and the effects that wait for the next daily run.

With it, everyone asked can be told of a reply after the key of the round is destroyed. It has a key of its own and one
size, and goes with its key when the days for replies are over. It does not say who answered.
"""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.tokens import new_code
from app.rounds.box import Box, Channel, size_of
from app.sealing.envelope import Damaged, Kind, seal, unseal
from app.sealing.keystore import FoundKey
from app.sealing.models import DialogueBoxRow
from app.vocabulary.dialogue_codes import Effect, EffectBy


class Asked(BaseModel):
    """Somebody who was asked. Their first link opens the replies, and so does the code that goes by mail."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    code_hash: bytes
    role: str
    channel: Channel
    address: str | None = None
    mail_code: str | None = None


class Pending(BaseModel):
    """An effect that shows at the first daily run after the day `on`."""

    concern_id: UUID
    by: EffectBy
    effect: Effect
    note: str | None = None
    question: str | None = None
    on: date


class DialogueBox(BaseModel):
    """The content of the box."""

    asked: list[Asked]
    pending: list[Pending] = Field(default_factory=list)


class Full(Exception):
    """No more effects fit before the next daily run."""


def keep(session: Session, round_id: UUID, box: Box, key: bytes, people: int) -> None:
    """Make the dialogue box of a round from its box, unless there is one: a reply to a signed answer makes it early."""
    if session.get(DialogueBoxRow, round_id) is not None:
        return
    asked = [
        Asked(
            code_hash=code.code_hash,
            role=code.role,
            channel=code.channel,
            address=code.address,
            mail_code=new_code() if code.address else None,
        )
        for code in box.codes
    ]
    session.add(DialogueBoxRow(round_id=round_id, ct=_sealed(DialogueBox(asked=asked), key, round_id, size_of(people))))
    session.flush()


def find(session: Session, key: FoundKey, *, lock: bool = False) -> DialogueBox | None:
    """Open the dialogue box of a round, or return None if it has none. Raises Unavailable."""
    statement = select(DialogueBoxRow.ct).where(DialogueBoxRow.round_id == key.owner)
    ct = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if ct is None or key.destroyed:
        return None
    if key.key is None:
        raise Damaged
    plaintext, _ = unseal(key.key, Kind.DIALOGUE, key.owner, ct)
    return DialogueBox.model_validate_json(plaintext)


def put_back(session: Session, key: FoundKey, box: DialogueBox, people: int) -> None:
    """Encrypt the box and store it. A visit that changes nothing looks the same. Raises Full."""
    if key.key is None:
        raise RuntimeError("a dialogue box without a key was opened")
    try:
        ct = _sealed(box, key.key, key.owner, size_of(people))
    except ValueError:
        raise Full from None
    session.get_one(DialogueBoxRow, key.owner, populate_existing=True).ct = ct


def _sealed(box: DialogueBox, key: bytes, round_id: UUID, size: int) -> bytes:
    randomness.shuffle(box.asked)
    box.pending.sort(key=lambda one: (one.concern_id, one.by))
    return seal(key, Kind.DIALOGUE, round_id, box.model_dump_json(exclude_defaults=True).encode(), size=size)
