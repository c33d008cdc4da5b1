"""What a candidate reads of one answer: the only form in which an answer exists after its round."""

from uuid import UUID

from app.core.schemas import Output
from app.vocabulary.codes import (
    About,
    Agreement,
    Asked,
    Band,
    Basis,
    Circumstance,
    Competency,
    Confidence,
    CouldDoJob,
    Experience,
    Nature,
    Played,
    Rating,
    Reapply,
    Reason,
    SelectionResult,
    Source,
    Standing,
    SurfacedAt,
    Weight,
)


class ReleasedReason(Output):
    """One reason, with its author's words where those may be shown."""

    code: Reason
    detail: str | None
    circumstance: Circumstance | None


class ReleasedConcern(Output):
    """One thing believed about the candidate, that they can clarify once.

    `worry` is the index of the candidate's own worry that it confirms. `statement` is None where only what was ticked
    may be shown. `note` is what the author added to the worry.
    """

    id: UUID
    statement: str | None
    about: About | None
    source: Source
    asked: Asked
    basis: Basis | None
    surfaced_at: SurfacedAt | None
    nature: Nature | None
    weight: Weight | None
    confidence: Confidence | None
    question: str | None
    worry: int | None
    note: str | None
    agreement: Agreement | None


class ReleasedStrength(Output):
    """Something that spoke for the candidate."""

    competency: Competency
    note: str | None


class ReleasedHiredProfile(Output):
    """The person who got the job, in coarse fields."""

    selection_result: SelectionResult | None
    experience_vs_you: Experience | None
    closer_match_in: tuple[Competency, ...]
    decisive_difference: Reason | None
    field_size: Band | None
    interviewed: Band | None
    stage_you_reached: str | None
    standing: Standing | None


class ReleasedWorryReply(Output):
    """The candidate's worry, confirmed or dispelled."""

    worry: int
    played: Played
    note: str | None


class ReleasedOpenQuestion(Output):
    """What the team would still like to have cleared up, before the decision."""

    id: UUID
    question: str | None
    about: Competency | None


class Released(Output):
    """One answer as the candidate reads it. `words` is False where its author allowed what was ticked, no more."""

    id: UUID
    words: bool
    reasons: tuple[ReleasedReason, ...]
    concerns: tuple[ReleasedConcern, ...]
    worry_replies: tuple[ReleasedWorryReply, ...]
    strengths: tuple[ReleasedStrength, ...]
    ratings: dict[Competency, Rating]
    hired_profile: ReleasedHiredProfile | None
    could_do_job: CouldDoJob | None
    advice: str | None
    reapply: Reapply | None
    own_question_reply: str | None
    open_questions: tuple[ReleasedOpenQuestion, ...]
    signature: str | None
