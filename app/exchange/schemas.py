"""Bodies of replies, of effects, and of the mailbox."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.answers.schemas import NextStep, ReleasedAnswer, Reply
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, HttpsLink, Month, Name
from app.exchange.rules import MOST_LINKS
from app.rounds.schemas import CodeText, Pad, ReceiptTag, ReplyShown
from app.vocabulary.dialogue_codes import ClarificationKind, Effect


class ReplyCreate(Input):
    """The candidate's one reply to a concern."""

    kind: ClarificationKind
    """What the reply does."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000), Clean]
    """The reply in the candidate's words."""
    by_month: Month | None = None
    """The month by which the candidate wants to have improved; only with `will_improve`, and needed there."""
    links: Annotated[tuple[HttpsLink, ...], AtMost(MOST_LINKS)] = ()
    """Work that speaks for the candidate, at most two links."""


class ReplyAccepted(Output):
    """A reply that was sent."""

    concern_id: UUID
    """The concern that it replies to."""
    reply: Reply
    """The reply, as those asked read it."""


class RepliesAsked(Input):
    """Proof of holding a link of the round."""

    code: CodeText
    pad: Pad = None


class RoundReplies(Output):
    """All replies to a round: the same for everyone who was asked."""

    candidate_name: str
    """The candidate's name, as they wrote it."""
    company: str
    """The company that the candidate applied to."""
    role_title: str
    """The title of the job."""
    open_through: date | None
    """The last day on which this can be read; null while the round still takes answers."""
    takes_effects: bool
    """Whether those asked can record what a reply changed. Links that the candidate had in their hands can't."""
    replies: list[ReplyShown]
    """The replies, in random order."""


class EffectGiven(Input):
    """What a reply changed."""

    concern_id: UUID
    """The concern that was replied to."""
    effect: Effect
    """What the reply changed. Only the hiring manager can choose `reopened`."""
    note: Annotated[str, StringConstraints(min_length=1, max_length=280), Clean] | None = None
    """The person's own words, for the candidate."""
    question: Annotated[str, StringConstraints(min_length=1, max_length=280), Clean] | None = None
    """What they should have asked the candidate."""


class PanelEffectCreate(EffectGiven):
    """What a reply changed, as somebody who was asked sees it."""

    code: CodeText
    pad: Pad = None


class ManagerEffectCreate(EffectGiven):
    """What a reply changed, as the hiring manager sees it."""

    code: CodeText
    next_step: NextStep | None = None
    """What happens next; needed with `reopened`, and only there."""
    signature: Name | None = None
    """The hiring manager's name; needed with `reopened`, and only there."""
    pad: Pad = None


class ReactionCreate(Input):
    """A visit to the mailbox of a receipt: what a reply changed, or nothing.

    Clients send one of these per visit, so that nobody can tell who recorded an effect.
    """

    round_id: UUID
    """The round that the answer is in."""
    receipt_tag: ReceiptTag
    reaction: EffectGiven | None = None
    """What a reply changed, as the author sees it; null if they record nothing."""
    pad: Pad = None


class EffectRecorded(Output):
    """An effect that was recorded."""

    status: Literal["recorded"]
    """Always `recorded`."""
    shows: Literal["at_once", "with_daily_run"]
    """When the candidate reads it: at once, or at the first daily run of a later day, together with others."""


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
    """The answer as its candidate reads it, with their replies; null if there is nothing to show."""
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
