"""The page of the manager's link: four ways to react, each with its own form.

What the manager typed in one form is carried along as hidden fields while they look at another.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone, code_holder
from app.core.errors import Conflict, Gone, Invalid, Unknown
from app.core.text import isolated
from app.exchange.effects import record_by_manager
from app.exchange.schemas import ManagerEffectCreate
from app.pages import effects, entrance, short_form
from app.pages.forms import NONE, Fields, Problems, id_in, problems, read, read_fields
from app.pages.manager import panel, team
from app.pages.manager.visit import BACK, Visit, credentials, done, page_nonce, screen, stage_of
from app.pages.questions import offered
from app.pages.rendering import day, download, page
from app.pages.site import CurrentPage, PageContext
from app.requests import manager
from app.requests import panel as team_panel
from app.requests.manager_schemas import ManagerDeclineCreate, PanelClose, TeamRetractionCreate
from app.rounds.ics import reminder
from app.rounds.invitee import hash_code
from app.rounds.rules import LONGEST_DAYS, OpenedBy
from app.rounds.schemas import ManagerRoundState, RoundOfManager
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key
from app.vocabulary.codes import DeclineReason, Mode, Stage

router = APIRouter(include_in_schema=False)

_NEEDED = {"reason": "Choose a reason.", "decline_understood": "Please confirm this first."}


@router.api_route(
    "/q/{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_manager"
)
async def show_entrance(page_ctx: CurrentPage) -> Response:
    """Return the same page for every URL, without looking anything up."""
    return entrance.enter(page_ctx.site, entrance.MANAGER)


@router.post("/q/{rest:path}", dependencies=[Depends(code_holder)], operation_id="page_manager_act")
async def act(rest: str, request: Request, page_ctx: CurrentPage) -> Response:
    """Handle the button that was pressed, and return the next page."""
    fields = await read_fields(request)
    ctx = page_ctx.ctx
    key = await find_key(ctx.keys, KeyName(Purpose.REQUEST, id_in(rest)))
    code_hash = hash_code(ctx.pepper, fields.one("code"))
    try:
        try:
            view = await ctx.db.read(manager.view, key=key, code_hash=code_hash, ctx=ctx)
        except Gone as error:
            if fields.one("do") != "take_back":
                raise
            return await _take_back_late(page_ctx, key, code_hash, fields, error)
        return await _dispatch(Visit(page_ctx, key, code_hash, page_nonce(fields), fields, view))
    except Unknown as error:
        return entrance.wrong_secret(page_ctx.site, entrance.MANAGER, fields, error)
    except Gone as error:
        return entrance.link_over(page_ctx.site, error)


async def _dispatch(visit: Visit) -> Response:
    act, _, argument = visit.fields.one("do").partition(":")
    match act:
        case "team" | "ask_first":
            stage = Stage.AFTER_INTERVIEW if act == "ask_first" else Stage.AFTER_DECISION
            return team.form(replace(visit, fields=visit.fields.replaced("stage", stage)))
        case "check":
            return await team.check(visit)
        case "change":
            return team.form(visit)
        case "send":
            return await team.send(visit)
        case "take_back":
            return await (team.take_back_pending(visit, argument) if argument else team.take_back(visit))
        case "panel":
            return panel.form(visit)
        case "open_panel":
            return await panel.open_panel(visit)
        case "close":
            return await _close_panel(visit, argument)
        case "effect":
            return await _record_effect(visit, argument)
        case "not_yet":
            return _reminder_form(visit)
        case "calendar":
            return _calendar(visit)
        case "cannot":
            return _decline_form(visit)
        case "decline":
            return await _decline(visit)
        case _:
            return await _four_ways(visit)


async def _take_back_late(
    page_ctx: PageContext, key: FoundKey, code_hash: bytes, fields: Fields, why: Gone
) -> Response:
    """Take the team's answer back while the request is paused: there is no form to return to."""
    heading, line, status = "Taken back: nobody has read it.", why.detail, 200
    try:
        body = read(TeamRetractionCreate, credentials(fields, page_nonce(fields), f"t-{stage_of(fields)}"))
        now = page_ctx.ctx.clock.now()
        await page_ctx.ctx.db.write(
            manager.take_back, key=key, code_hash=code_hash, nonce=body.nonce, stage=body.stage, now=now
        )
    except (Invalid, Conflict) as error:
        heading, line, status = "It stays as it is", error.detail, 409
    nothing: dict[str, Any] = {"actions": (), "carried": (), "shows_at": None}
    return page(page_ctx.site, "done.html", status=status, padded=True, heading=heading, lines=(line,), **nothing)


async def _four_ways(visit: Visit, found: Problems = NONE, *, unfolded: str = "") -> Response:
    again = await team_panel.show_messages(visit.page_ctx.ctx, visit.key, visit.fields.one("code"))
    panels = [one for one in _rounds_of_manager(visit) if one.anonymity.mode is not Mode.ATTRIBUTED]
    return screen(
        visit,
        "manager.html",
        status=422 if found else 200,
        shown=("everyone", "effect"),
        unfolded=unfolded,
        manager_effects=effects.OF_MANAGER,
        problems=found,
        panels=panels,
        messages=[{"links": one.links, "note": panel.note(visit, one)} for one in again.panels],
        collecting=[one for one in panels if one.state is ManagerRoundState.COLLECTING],
        asked_team=any(
            one.stage is Stage.AFTER_DECISION and one.anonymity.mode is not Mode.ATTRIBUTED
            for one in visit.view.rounds
            if one.opened_by in (OpenedBy.MANAGER, OpenedBy.CONNECTION)
        ),
        answered=[one for one in _rounds_of_manager(visit) if one.anonymity.mode is Mode.ATTRIBUTED],
    )


async def _record_effect(visit: Visit, name: str) -> Response:
    concern_id = id_in(name)
    try:
        body = effects.read_effect(ManagerEffectCreate, visit.fields, concern_id)
        await visit.page_ctx.ctx.db.write(
            record_by_manager,
            key=visit.key,
            code_hash=visit.code_hash,
            given=body,
            now=visit.page_ctx.ctx.clock.now(),
        )
    except Invalid as error:
        return await _four_ways(
            visit, effects.problems_of(error.errors, concern_id), unfolded=effects.form_of(concern_id)
        )
    except (Conflict, Unknown, Gone) as error:
        return await _four_ways(visit, Problems([("", error.detail)]))
    return done(visit, f"Sent. {isolated(visit.view.candidate_name)} can read it now.", actions=[BACK])


async def _close_panel(visit: Visit, round_id: str) -> Response:
    # A scanner that presses every button must not shorten a round in which others are still writing.
    if not visit.fields.one(name := f"everyone.{round_id}"):
        message = "Please confirm that today is the last day."
        return await _four_ways(visit, Problems([(name, message)], {name: message}))
    try:
        body = read(PanelClose, {"code": visit.fields.one("code"), "round_id": round_id})
    except Invalid:
        return await _four_ways(visit)
    ctx = visit.page_ctx.ctx
    closes_on = await ctx.db.write(
        manager.close_panel, key=visit.key, code_hash=visit.code_hash, round_id=body.round_id, now=ctx.clock.now()
    )
    return done(
        visit,
        f"The last day is {day(closes_on)}.",
        "Until then your team can still answer.",
        f"Then {isolated(visit.view.candidate_name)} reads all answers together, whoever has replied.",
        actions=[BACK],
    )


def _reminder_form(visit: Visit, found: Problems = NONE) -> Response:
    return screen(
        visit,
        "manager_not_yet.html",
        shown=("until", "stage"),
        status=422 if found else 200,
        problems=found,
        tomorrow=visit.today + timedelta(days=1),
        latest=visit.today + timedelta(days=LONGEST_DAYS),
    )


def _calendar(visit: Visit) -> Response:
    try:
        on = date.fromisoformat(visit.fields.one("until"))
    except ValueError:
        message = "Choose the day on which you would like to be reminded."
        return _reminder_form(visit, Problems([("until", message)], {"until": message}))
    return download(reminder(visit.key.owner, visit.view.candidate_name, on), "reminder.ics", "text/calendar")


def _decline_form(visit: Visit, found: Problems = NONE, *, status: int = 0) -> Response:
    return screen(
        visit,
        "manager_cannot.html",
        shown=("reason", "decline_understood"),
        status=status or (422 if found else 200),
        problems=found,
        reasons=offered("decline_reason"),
    )


async def _decline(visit: Visit) -> Response:
    names = {"/reason": "reason", "/understood": "decline_understood"}
    chosen = {"reason": reason} if (reason := visit.fields.one("reason")) else {}
    understood = {"understood": True} if visit.fields.one("decline_understood") else {}
    try:
        body = read(
            ManagerDeclineCreate,
            visit.credentials(f"d-{reason}" if reason in set(DeclineReason) else "d") | chosen | understood,
        )
        await visit.page_ctx.ctx.db.write(
            manager.decline, key=visit.key, code_hash=visit.code_hash, nonce=body.nonce, reason=body.reason
        )
    except Invalid as error:
        return _decline_form(visit, problems(error.errors, names, _NEEDED))
    except Conflict as error:
        return _decline_form(visit, short_form.conflict_problem(error), status=409)
    return done(
        visit,
        "That is fine.",
        f"{isolated(visit.view.candidate_name)} learns that the hiring manager does not answer here, and the reason "
        "you gave.",
        "Your link stays open, in case you change your mind.",
        actions=[BACK],
    )


def _rounds_of_manager(visit: Visit) -> list[RoundOfManager]:
    return [one for one in visit.view.rounds if one.opened_by is OpenedBy.MANAGER]
