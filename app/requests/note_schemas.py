"""What travels of an own note: feedback that came another way, written down by the candidate with the same codes."""

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
    """What was heard: codes, words, or both. `polite_no` is a refusal that named no reason."""

    channel: NoteChannel
    received_on: Day | None = None
    reasons: Annotated[tuple[ReasonGiven, ...], AtMost(3)] = ()
    concerns: Annotated[tuple[ConcernGiven, ...], AtMost(5)] = ()
    strengths: Annotated[tuple[StrengthGiven, ...], AtMost(3)] = ()
    text: Annotated[str, StringConstraints(min_length=1, max_length=600), Clean] | None = None
    polite_no: Annotated[bool, Field(strict=True)] = False


class NotedConcern(Output):
    """One thing that was believed about the candidate, as they heard it."""

    statement: str
    source: Source
    asked: Asked
    about: About | None
    basis: Basis | None
    surfaced_at: SurfacedAt | None
    nature: Nature | None
    weight: Weight | None
    confidence: Confidence | None
    question: str | None


class OwnNote(Output):
    """An own note. Nobody but the candidate has written, or reads, any of it."""

    id: UUID
    channel: NoteChannel
    received_on: date | None
    written_on: date
    reasons: list[ReasonGiven]
    concerns: list[NotedConcern]
    strengths: list[StrengthGiven]
    text: str | None
    polite_no: bool
