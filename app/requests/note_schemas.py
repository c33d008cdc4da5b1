"""Bodies of own notes: feedback that came another way, in the same codes as an answer."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, Day
from app.vocabulary.answer import ConcernGiven, ReasonGiven, StrengthGiven
from app.vocabulary.codes import About, Asked, Basis, Confidence, Nature, Source, SurfacedAt, Weight
from app.vocabulary.dialogue_codes import NoteChannel


class OwnNoteCreate(Input):
    """Feedback that the candidate heard: codes, words, or both. `polite_no` is a refusal that named no reason."""

    channel: NoteChannel
    """How the feedback came."""
    received_on: Day | None = None
    """The day on which the feedback came."""
    reasons: Annotated[tuple[ReasonGiven, ...], AtMost(3)] = ()
    """The reasons that made the candidate less competitive, at most three."""
    concerns: Annotated[tuple[ConcernGiven, ...], AtMost(5)] = ()
    """What was believed about the candidate and may be wrong, at most five."""
    strengths: Annotated[tuple[StrengthGiven, ...], AtMost(3)] = ()
    """What spoke for the candidate, at most three."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=600), Clean] | None = None
    """The candidate's own words."""
    polite_no: Annotated[bool, Field(strict=True)] = False
    """Whether it was a refusal that named no reason."""


class NotedConcern(Output):
    """One thing that was believed about the candidate, as they heard it."""

    statement: str
    """The belief as the candidate heard it."""
    source: Source
    """Where the belief comes from."""
    asked: Asked
    """Whether the candidate was ever asked about it."""
    about: About | None
    """The competency or reason that this is about."""
    basis: Basis | None
    """What the belief rests on."""
    surfaced_at: SurfacedAt | None
    """When the belief came up."""
    nature: Nature | None
    """What the candidate could do about it."""
    weight: Weight | None
    """How much it counted in the decision."""
    confidence: Confidence | None
    """How sure the author is that it is true."""
    question: str | None
    """The question that should have been asked."""


class OwnNote(Output):
    """An own note. Nobody but the candidate has written, or reads, any of it."""

    id: UUID
    """The id."""
    channel: NoteChannel
    """How the feedback came."""
    received_on: date | None
    """The day on which the feedback came."""
    written_on: date
    """The day on which the candidate wrote it down."""
    reasons: list[ReasonGiven]
    """The reasons that made the candidate less competitive, at most three."""
    concerns: list[NotedConcern]
    """What was believed about the candidate and may be wrong, at most five."""
    strengths: list[StrengthGiven]
    """What spoke for the candidate, at most three."""
    text: str | None
    """The candidate's own words."""
    polite_no: bool
    """Whether it was a refusal that named no reason."""
