"""The manager's answer for the team: the short form, signed, which can be taken back for 15 minutes."""

from dataclasses import replace
from typing import Any

from fastapi import Response

from app.core import randomness
from app.core.errors import Conflict, Invalid
from app.core.text import isolated
from app.pages import short_form
from app.pages.form_to_answer import draft_answer
from app.pages.forms import NONE, Problems, read
from app.pages.manager.visit import BACK, Visit, done, screen
from app.requests import manager
from app.requests.manager_schemas import TeamAnswerCreate, TeamRetractionCreate
from app.rounds.answer_schemas import AnswerPreview

_ONLY_BEFORE = ("question", "nothing_open")
_OTHER_WAYS = ("people", "shape", "work_address", "reason", "decline_understood", "until")


def form(visit: Visit, found: Problems = NONE, *, status: int = 0, **facts: Any) -> Response:
    """Return the form with what was typed so far."""
    asked = visit.questions
    elsewhere = (*_OTHER_WAYS, *(() if asked.before_decision else _ONLY_BEFORE))
    shown = ["stage", *(name for name, _ in visit.fields.others(elsewhere))]
    return screen(
        visit,
        "manager_team.html",
        shown=shown,
        status=status or (422 if found else 200),
        stage=visit.stage.value,
        **{"problems_title": "Please look at this once more"}
        | short_form.template_facts(asked, visit.fields, nonce=visit.nonce, problems=found)
        | facts,
    )


async def check(visit: Visit) -> Response:
    """Show word for word what the candidate will read, or the form with all that is missing."""

    async def look(body: TeamAnswerCreate) -> AnswerPreview:
        return await visit.page_ctx.ctx.db.read(
            manager.preview, key=visit.key, code_hash=visit.code_hash, stage=body.stage, answer=body.answer
        )

    checked = await short_form.check(
        visit.fields, visit.questions, lambda answer: read(TeamAnswerCreate, _team_answer(visit, answer)), look
    )
    if checked.problems:
        return form(visit, checked.problems)
    return screen(visit, "check.html", asked=visit.questions, letter=checked.letter)


async def send(visit: Visit) -> Response:
    """Submit the team's answer."""
    drafted = draft_answer(visit.fields, visit.questions, unfinished=False)
    try:
        body = read(TeamAnswerCreate, _team_answer(visit, drafted.answer))
        if not visit.fields.one("understood"):
            raise Invalid([short_form.UNCONFIRMED])
        answered = await visit.page_ctx.ctx.db.write(
            manager.answer_for_team,
            key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            stage=body.stage,
            answer=body.answer,
            now=visit.page_ctx.ctx.clock.now(),
        )
    except Invalid as error:
        return form(visit, short_form.refused(error, drafted))
    except Conflict as error:
        return form(visit, short_form.conflict_problem(error), status=409, problems_title="This was not sent")
    return done(
        visit,
        f"Thank you. {isolated(visit.view.candidate_name)} reads it in a few minutes.",
        "Until then you can take it back, and change it.",
        actions=[("take_back", "Take it back"), BACK],
        shows_at=answered.shows_at,
    )


def _team_answer(visit: Visit, answer: dict[str, Any]) -> dict[str, Any]:
    # `understood` is set here and checked last, so that other errors show first.
    return visit.credentials(f"t-{visit.stage}") | {"stage": visit.stage, "answer": answer, "understood": True}


async def take_back(visit: Visit) -> Response:
    """Take the answer back, and return the form with it."""
    try:
        body = read(TeamRetractionCreate, visit.credentials(f"t-{visit.stage}"))
        await visit.page_ctx.ctx.db.write(
            manager.take_back,
            key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            stage=body.stage,
            now=visit.page_ctx.ctx.clock.now(),
        )
    except (Invalid, Conflict) as error:
        return done(visit, "It stays as it is", error.detail, status=409)
    # The retracted answer keeps its nonce, so the next answer needs a new one.
    fresh = replace(visit, nonce=randomness.token_bytes(16).hex())
    return form(fresh, notice="Taken back: nobody has read it. You can change it and send it again, or leave it.")


async def take_back_pending(visit: Visit, stage: str) -> Response:
    """Take back an answer that was sent on an earlier visit: its nonce is gone, and so is what was typed."""
    try:
        body = read(TeamRetractionCreate, {"code": visit.fields.one("code"), "stage": stage})
        await visit.page_ctx.ctx.db.write(
            manager.take_back,
            key=visit.key,
            code_hash=visit.code_hash,
            nonce=None,
            stage=body.stage,
            now=visit.page_ctx.ctx.clock.now(),
        )
    except Conflict as error:
        return done(visit, "It stays as it is", error.detail, status=409)
    except Invalid:
        return done(visit, "It stays as it is", "There is no such answer.", status=409)
    fresh = replace(visit, nonce=randomness.token_bytes(16).hex())
    return done(fresh, "Taken back: nobody has read it.", "You can answer anew, or leave it.")
