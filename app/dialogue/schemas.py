"""Bodies of the mailbox routes."""

from typing import Literal
from uuid import UUID

from app.answers.schemas import ReleasedAnswer
from app.core.schemas import Input, Output
from app.rounds.schemas import Pad, ReceiptTag


class ReceiptProof(Input):
    """Proof of holding a receipt: its tag for a round, never the receipt itself."""

    round_id: UUID
    """The round that the answer is in."""
    receipt_tag: ReceiptTag
    pad: Pad = None


class ReceiptMailbox(Output):
    """The answer of a receipt: as its candidate reads it, and in words.

    Both are empty if nothing is released yet, if nothing may be shown, and if there is no such receipt: the three look
    alike.
    """

    answer: ReleasedAnswer | None
    """The answer as its candidate reads it; null if there is nothing to show."""
    in_words: list[str]
    """The answer in sentences, in the order of the page."""


class WithdrawalCreate(Input):
    """The wish to take an answer out of a round that is still open."""

    round_id: UUID
    """The round that the answer is in."""
    receipt_tag: ReceiptTag
    pad: Pad = None


class WithdrawalAccepted(Output):
    """An answer that is gone."""

    status: Literal["withdrawn"]
    """Always `withdrawn`."""
