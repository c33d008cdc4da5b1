"""Schemas of released answers, the only form in which an answer exists after its round."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from app.core.schemas import Input, Output
from app.core.text import Clean, HttpsLink, Month, OneLine
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
from app.vocabulary.dialogue_codes import ClarificationKind, Effect, EffectBy


class ReleasedReason(Output):
    """One reason. `detail` is null unless the author's words may be shown."""

    code: Reason
    """The reason."""
    detail: str | None
    """The reason in the author's own words; null where only choices may be shown."""
    circumstance: Circumstance | None
    """What it was instead; only with `not_about_you`."""


class Reply(Output):
    """The candidate's one reply to a concern."""

    kind: ClarificationKind
    """What the reply does."""
    text: str
    """The reply in the candidate's words."""
    by_month: str | None
    """The month by which the candidate wants to have improved; only with `will_improve`."""
    links: tuple[str, ...]
    """Work that speaks for the candidate, at most two links."""


class NextStep(Input):
    """What happens next, in the hiring manager's words."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=140), OneLine, Clean]
    """The next step in one sentence."""
    link: HttpsLink | None = None
    """Where the candidate can take it, such as a calendar."""
    reapply_from: Month | None = None
    """The month from which another application makes sense."""


class ConcernEffect(Output):
    """What a reply changed, as one kind of person recorded it."""

    by: EffectBy
    """Who recorded it."""
    effect: Effect
    """What the reply changed."""
    note: str | None
    """The person's own words."""
    question: str | None
    """What they should have asked the candidate."""
    signature: str | None
    """The hiring manager's name; only with `reopened`."""
    next_step: NextStep | None
    """What happens next; only with `reopened`."""


class ReleasedConcern(Output):
    """A belief about the candidate, which they can clarify once."""

    id: UUID
    """The id."""
    statement: str | None
    """The belief in one sentence; null where only choices may be shown."""
    about: About | None
    """The competency or reason that this is about."""
    source: Source
    """Where the belief comes from."""
    asked: Asked
    """Whether the candidate was ever asked about it."""
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
    worry: int | None
    """The index of the candidate's own worry that it confirms."""
    note: str | None
    """What the author added to the worry."""
    agreement: Agreement | None
    """How many others in the round share the belief, in coarse terms."""
    reply: Reply | None
    """The candidate's reply; null if there is none."""
    effects: tuple[ConcernEffect, ...]
    """What the reply changed: at most one by each kind of person."""


class ReleasedStrength(Output):
    """A strength of the candidate."""

    competency: Competency
    """The competency that stood out."""
    note: str | None
    """The author's own words about it."""


class ReleasedHiredProfile(Output):
    """The person who got the job, in coarse fields."""

    selection_result: SelectionResult | None
    """Who got the job: somebody from inside, from outside, or nobody."""
    experience_vs_you: Experience | None
    """The hired person's experience beside the candidate's."""
    closer_match_in: tuple[Competency, ...]
    """The competencies in which the hired person was the closer match."""
    decisive_difference: Reason | None
    """The reason that decided between the two."""
    field_size: Band | None
    """How many people applied."""
    interviewed: Band | None
    """How many people were interviewed."""
    stage_you_reached: str | None
    """The stage that the candidate reached."""
    standing: Standing | None
    """How far up the candidate came."""


class ReleasedWorryReply(Output):
    """The reply to a worry of the candidate."""

    worry: int
    """The index of the worry, from 0."""
    played: Played
    """Whether the worry counted."""
    note: str | None
    """The author's own words about it."""


class ReleasedOpenQuestion(Output):
    """A question of the team, before the decision."""

    id: UUID
    """The id."""
    question: str | None
    """The question; null where only choices may be shown."""
    about: Competency | None
    """The competency that the question is about."""


class ReleasedAnswer(Output):
    """One answer as the candidate reads it."""

    id: UUID
    """The id."""
    words: bool
    """Whether the author's own words may be shown. If not, only choices are."""
    reasons: tuple[ReleasedReason, ...]
    """The reasons that made the candidate less competitive, at most three."""
    concerns: tuple[ReleasedConcern, ...]
    """What was believed about the candidate and may be wrong, at most five."""
    worry_replies: tuple[ReleasedWorryReply, ...]
    """Whether the candidate's own worries counted."""
    strengths: tuple[ReleasedStrength, ...]
    """What spoke for the candidate, at most three."""
    ratings: dict[Competency, Rating]
    """The rating of each competency that was rated."""
    hired_profile: ReleasedHiredProfile | None
    """The person who got the job, in coarse terms."""
    could_do_job: CouldDoJob | None
    """Whether the author thinks that the candidate could do the job."""
    advice: str | None
    """What the candidate could do better next time."""
    reapply: Reapply | None
    """Whether another application makes sense."""
    own_question_reply: str | None
    """The reply to the candidate's own question."""
    open_questions: tuple[ReleasedOpenQuestion, ...]
    """What the team would like to have cleared up before the decision."""
    signature: str | None
    """The author's name; null where answers carry no name."""
