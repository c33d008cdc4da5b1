"""What travels to and from a mailbox."""

from typing import Literal
from uuid import UUID

from app.answers.schemas import Released
from app.core.schemas import Input, Output
from app.rounds.schemas import Pad, ReceiptTag


class ReceiptHeld(Input):
    """Proof of holding a receipt: its tag, never the receipt itself."""

    receipt_tag: ReceiptTag
    pad: Pad = None


class Mailbox(Output):
    """What a receipt leads to: the answer as its candidate reads it, and in words.

    Both empty when there is nothing yet, when nothing may be shown, and when there is no such receipt: the three look
    alike.
    """

    answer: Released | None
    in_words: list[str]


class WithdrawalCreate(Input):
    """The wish to take an answer out of a round that is still open."""

    round_id: UUID
    receipt_tag: ReceiptTag
    pad: Pad = None


class Withdrawn(Output):
    """An answer that is gone."""

    status: Literal["withdrawn"]
