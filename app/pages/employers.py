"""The page for HR and legal: what Debrief asks, what it never asks, who reads the answers, and for how long."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import anyone
from app.pages.questions import offered
from app.pages.rendering import page
from app.pages.site import CurrentPage
from app.periods import CLARIFICATION, REQUEST, ROUND_OPEN
from app.rounds.rules import TAKE_BACK_MINUTES

# All that the form asks, in its order. A test compares both with the vocabulary of answers.
ASKED = {
    "reasons": "One to three reasons out of a fixed list, each with a few words.",
    "open_questions": "Before the decision, instead: up to three questions to the candidate.",
    "worry_replies": "Whether a worry that the candidate named counted.",
    "concerns": "Doubts that stayed open: a sentence each, where they came from, and whether the candidate was asked.",
    "strengths": "Optional: what spoke for the candidate.",
    "ratings": "Optional: ratings of skills, out of a fixed list.",
    "could_do_job": "Optional: whether the candidate could do this job.",
    "advice": "Optional: one thing to do differently.",
    "reapply": "Optional: whether to apply again.",
    "own_question_reply": "Optional: a reply to a question of the candidate’s own.",
    "sharing": "Optional: whether the hiring manager may read the answer, too.",
    "if_too_few": "Without names: what may be shown if too few people answer.",
    "signature": "Signed: the name to sign with.",
}
ABOUT_THE_DECISION = {
    "selection_result": "who got the job: somebody from outside, from inside, recommended, or nobody",
    "experience_vs_you": "how much experience that person has beside the candidate",
    "decisive_difference": "the reason that decided between the two",
    "closer_match_in": "the skills in which that person was closer",
    "field_size": "how many applied",
    "interviewed": "how many were interviewed",
    "stage_you_reached": "the stage that the candidate reached",
    "standing": "how far up the candidate stood",
}

router = APIRouter(include_in_schema=False)


@router.api_route(
    "/for-employers", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_for_employers"
)
async def show(page_ctx: CurrentPage) -> Response:
    """Return the page."""
    return page(
        page_ctx.site,
        "employers.html",
        reasons=offered("reason"),
        asked=ASKED,
        about_the_decision=ABOUT_THE_DECISION,
        take_back_minutes=TAKE_BACK_MINUTES,
        longest_days=ROUND_OPEN.days,
        clarification_days=CLARIFICATION.days,
        kept_days=REQUEST.days,
    )
