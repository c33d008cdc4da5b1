"""The manager's answer for the team: the short form, signed, which can be taken back for 15 minutes."""

from dataclasses import replace
from typing import Any

from fastapi import Response

from app.core import randomness
from app.core.errors import Conflict, FieldError, Invalid
from app.core.text import isolated
from app.pages import short_form
from app.pages.form_to_answer import draft_answer
from app.pages.forms import NONE, Problems, problems, read
from app.pages.manager.visit import BACK, Visit, done, screen
from app.pages.short_form import NO_PREVIEW, PreviewShown
from app.requests import manager
from app.requests.manager_schemas import TeamAnswerCreate, TeamRetractionCreate
from app.rounds.answer_schemas import AnswerPreview

_ONLY_BEFORE = ("question", "nothing_open")
_UNCONFIRMED = FieldError("/understood", "required", "Please confirm that your answer is shown with your name.")
_OTHER_WAYS = ("people", "shape", "work_address", "reason", "decline_understood", "until")


def form(
    visit: Visit, found: Problems = NONE, *, status: int = 0, shown_preview: PreviewShown = NO_PREVIEW, **facts: Any
) -> Response:
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
        | short_form.template_facts(asked, visit.fields, nonce=visit.nonce, problems=found, shown_preview=shown_preview)
        | facts,
    )


async def preview(visit: Visit) -> Response:
    """Return the form with a preview of what the candidate would read."""
    drafted = draft_answer(visit.fields, visit.questions, unfinished=True)
    if not short_form.has_enough_to_preview(drafted.answer, visit.questions):
        return form(visit)
    try:
        body = read(TeamAnswerCreate, _team_answer(visit, drafted.answer))
    except Invalid as error:
        found = problems(error.errors, drafted.names, drafted.needed)
        return form(visit, found, shown_preview=short_form.refused_preview(found))
    return form(visit, shown_preview=short_form.with_hints(await _preview_of(visit, body), body.answer))


async def send(visit: Visit) -> Response:
    """Submit the team's answer."""
    drafted = draft_answer(visit.fields, visit.questions, unfinished=False)
    try:
        body = read(TeamAnswerCreate, _team_answer(visit, drafted.answer))
        if not visit.fields.one("understood"):
            # List all that is missing at once, not the confirmation first and the rest afterwards.
            missing = (await _preview_of(visit, body)).missing
            raise Invalid([*(FieldError(one.pointer, one.code, one.message) for one in missing), _UNCONFIRMED])
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
        return form(visit, problems(error.errors, drafted.names, drafted.needed))
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


async def _preview_of(visit: Visit, body: TeamAnswerCreate) -> AnswerPreview:
    return await visit.page_ctx.ctx.db.read(
        manager.preview, key=visit.key, code_hash=visit.code_hash, stage=body.stage, answer=body.answer
    )


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
