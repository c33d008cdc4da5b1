"""Answering for the team: the short form once more, signed, and what can be done about it for a quarter of an hour."""

from dataclasses import replace
from typing import Any

from fastapi import Response

from app.core import randomness
from app.core.errors import Conflict, FieldError, Invalid
from app.core.text import isolated
from app.pages import short_form
from app.pages.form_to_answer import draft
from app.pages.forms import NONE, Problems, problems, read
from app.pages.manager.visit import BACK, Visit, done, screen
from app.pages.short_form import NOTHING, Looked
from app.requests import manager
from app.requests.manager_schemas import TeamAnswerCreate, TeamRetractionCreate
from app.rounds.answer_schemas import AnswerPreview

_ONLY_BEFORE = ("question", "nothing_open")
_UNCONFIRMED = FieldError("/understood", "required", "Please confirm that your answer is shown with your name.")
_OTHER_WAYS = ("people", "shape", "work_address", "reason", "decline_understood", "until")


def team(visit: Visit, found: Problems = NONE, *, status: int = 0, looked: Looked = NOTHING, **facts: Any) -> Response:
    """Show the form, with what was typed so far."""
    asked = visit.asked
    elsewhere = (*_OTHER_WAYS, *(() if asked.before_decision else _ONLY_BEFORE))
    shown = ["stage", *(name for name, _ in visit.fields.others(elsewhere))]
    return screen(
        visit,
        "manager_team.html",
        shown=shown,
        status=status or (422 if found else 200),
        stage=visit.stage.value,
        **{"problems_title": "Please look at this once more"}
        | short_form.facts(asked, visit.fields, nonce=visit.nonce, problems=found, looked=looked)
        | facts,
    )


async def look(visit: Visit) -> Response:
    """Show what the candidate would read."""
    drafted = draft(visit.fields, visit.asked, unfinished=True)
    if not short_form.can_be_read(drafted.answer, visit.asked):
        return team(visit)
    try:
        body = read(TeamAnswerCreate, _team_answer(visit, drafted.answer))
    except Invalid as error:
        found = problems(error.errors, drafted.names, drafted.needed)
        return team(visit, found, looked=short_form.refused(found))
    return team(visit, looked=short_form.looked_at(await _preview(visit, body), body.answer))


async def send(visit: Visit) -> Response:
    """Send the answer of the team."""
    drafted = draft(visit.fields, visit.asked, unfinished=False)
    try:
        body = read(TeamAnswerCreate, _team_answer(visit, drafted.answer))
        if not visit.fields.one("understood"):
            # All that is missing is said at once, not the confirmation first and the rest afterwards.
            missing = (await _preview(visit, body)).missing
            raise Invalid([*(FieldError(one.pointer, one.code, one.message) for one in missing), _UNCONFIRMED])
        answered = await visit.here.ctx.db.write(
            manager.answer_for_team,
            key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            stage=body.stage,
            answer=body.answer,
            now=visit.here.ctx.clock.now(),
        )
    except Invalid as error:
        return team(visit, problems(error.errors, drafted.names, drafted.needed))
    except Conflict as error:
        return team(visit, short_form.conflict(error), status=409, problems_title="This was not sent")
    return done(
        visit,
        f"Thank you. {isolated(visit.view.candidate_name)} reads it in a few minutes.",
        "Until then you can take it back, and change it.",
        actions=[("take_back", "Take it back"), BACK],
        shows_at=answered.shows_at,
    )


def _team_answer(visit: Visit, answer: dict[str, Any]) -> dict[str, Any]:
    # Whether the confirmation is there is looked at last.
    return visit.held(f"t-{visit.stage}") | {"stage": visit.stage, "answer": answer, "understood": True}


async def _preview(visit: Visit, body: TeamAnswerCreate) -> AnswerPreview:
    return await visit.here.ctx.db.read(
        manager.preview, key=visit.key, code_hash=visit.code_hash, stage=body.stage, answer=body.answer
    )


async def take_back(visit: Visit) -> Response:
    """Take it back, and show the form with it."""
    try:
        body = read(TeamRetractionCreate, visit.held(f"t-{visit.stage}"))
        await visit.here.ctx.db.write(
            manager.take_back,
            key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            now=visit.here.ctx.clock.now(),
        )
    except (Invalid, Conflict) as error:
        return done(visit, "It stays as it is", error.detail, status=409)
    # What was taken back keeps its nonce: the next answer needs another.
    fresh = replace(visit, nonce=randomness.token_bytes(16).hex())
    return team(fresh, notice="Taken back: nobody has read it. You can change it and send it again, or leave it.")
