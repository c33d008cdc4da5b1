"""The page of a one-time link: the invitee answers, declines, or takes a signed answer back.

A GET shows nothing of the round. Every act is a POST of one form with the code in its body, and calls the same use
cases as the API, so that a browser without scripts can do all of it.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone, code_holder
from app.core import randomness
from app.core.days import open_day
from app.core.errors import Conflict, Gone, Invalid, Unknown
from app.core.text import isolated
from app.pages import effects, entrance, short_form
from app.pages.form_to_answer import draft_answer
from app.pages.forms import Fields, id_in, nonce_of, problems, read, read_fields
from app.pages.invitee import blind, claim, replied
from app.pages.invitee.visit import Visit, opens_on, show_check, show_decline_check, show_done, show_form
from app.pages.questions import of_round
from app.pages.rendering import day, page
from app.pages.site import CurrentPage, PageContext
from app.rounds import invitee
from app.rounds.answer_schemas import (
    AnswerCreate,
    AnswerPreview,
    AnswerPreviewCreate,
    DeclineCreate,
    RetractionCreate,
)
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key
from app.vocabulary.codes import Mode

router = APIRouter(include_in_schema=False)


_NEEDED = {
    "reason": "Choose a reason.",
}


@router.api_route("/r/{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_answer")
async def show_entrance(page_ctx: CurrentPage) -> Response:
    """Return the same page for every URL. It looks nothing up, so that it can neither spend nor reveal anything."""
    return entrance.enter(page_ctx.site, entrance.ANSWER)


@router.post("/r/{rest:path}", dependencies=[Depends(code_holder)], operation_id="page_answer_act")
async def act(rest: str, request: Request, page_ctx: CurrentPage) -> Response:
    """Handle the button that was pressed, and return the next page."""
    fields = await read_fields(request)
    ctx = page_ctx.ctx
    key = await find_key(ctx.keys, KeyName(Purpose.ROUND, id_in(rest)))
    code_hash = invitee.hash_code(ctx.pepper, fields.one("code"))
    today = open_day(ctx.clock.now())
    try:
        if fields.one("x"):
            return await blind.act(page_ctx, key, fields)
        try:
            form = await ctx.db.look(
                invitee.form, round_key=key, code_hash=code_hash, today=today, operator=ctx.operator
            )
        except Gone as error:
            match fields.one("do"):
                case "take_back":
                    return await _take_back_late(page_ctx, key, code_hash, fields, error)
                case "send" | "decline":
                    return await _repeat_late(page_ctx, key, code_hash, fields, error)
                case _:
                    if (shown := await replied.show(page_ctx, key.owner, fields)) is not None:
                        return shown
                    raise
        if form.anonymity.mode is Mode.ATTRIBUTED and fields.one("do").startswith(("open", effects.PREFIX)):
            # A signed answer is read, and replied to, while its round is still open.
            shown = await replied.show(page_ctx, key.owner, fields, takes_answers=True)
            if shown is not None:
                return shown
        visit = Visit(page_ctx, key, code_hash, nonce_of(fields), fields, of_round(form), form.blind, form.closes_on)
        return await (_dispatch(visit) if form.blind is None else _dispatch_claim(visit))
    except Unknown as error:
        return entrance.wrong_secret(page_ctx.site, entrance.ANSWER, fields, error)
    except Gone as error:
        return entrance.link_over(page_ctx.site, error)


async def _dispatch(visit: Visit) -> Response:
    match visit.fields.one("do"):
        case "send":
            return await _send(visit)
        case "check":
            return await _check(visit)
        case "check_decline":
            return _check_decline(visit)
        case "decline":
            return await _decline(visit)
        case "take_back":
            return await _take_back(visit)
        case _:
            return show_form(visit)


async def _dispatch_claim(visit: Visit) -> Response:
    """Handle a claim form of a blind round. A plain form can only decline; for a claim a script adds what it hides."""
    match visit.fields.one("do"):
        case "check" if visit.fields.one("part") == "no":
            return _check_decline(visit)
        case "check":
            return claim.check(visit)
        case "check_decline":
            return _check_decline(visit)
        case "decline":
            return await _decline(visit)
        case "claim":
            return await claim.send(visit)
        case _:
            return show_form(visit)


async def _check(visit: Visit) -> Response:
    """Show what the candidate would read, word for word, or the form with all that is missing."""

    async def look(body: AnswerPreviewCreate) -> AnswerPreview:
        return await visit.page_ctx.ctx.db.look(
            invitee.preview, round_key=visit.key, code_hash=visit.code_hash, answer=body.answer, today=visit.today
        )

    checked = await short_form.check(
        visit.fields,
        visit.questions,
        lambda answer: read(AnswerPreviewCreate, {"code": visit.fields.one("code"), "answer": answer}),
        look,
    )
    return show_form(visit, checked.problems) if checked.problems else show_check(visit, checked.letter)


async def _send(visit: Visit) -> Response:
    drafted = draft_answer(visit.fields, visit.questions, unfinished=False)
    understood = {"understood": True} if visit.fields.one("understood") else {}
    try:
        body = read(AnswerCreate, visit.credentials | {"answer": drafted.answer} | understood)
        accepted = await visit.page_ctx.ctx.db.write(
            invitee.submit,
            round_key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            answer=body.answer,
            understood=body.understood is True,
            now=visit.page_ctx.ctx.clock.now(),
        )
    except Invalid as error:
        return show_form(visit, short_form.refused(error, drafted))
    except Conflict as error:
        return show_form(visit, short_form.conflict_problem(error), status=409, title="This was not sent")
    first, opens = isolated(visit.questions.first), opens_on(accepted.closes_on)
    if accepted.shows_at is None:
        return show_done(
            visit,
            "Thank you. It is sealed.",
            f"{first} reads all answers together on {day(opens)}, if enough come.",
            f"Until then nobody reads it, and {first} isn’t told that you have answered.",
            opens=opens,
        )
    return show_done(
        visit,
        f"Thank you. {first} reads it in a few minutes.",
        "Until then you can take it back, and change it.",
        actions=[("take_back", "Take it back")],
        shows_at=accepted.shows_at,
    )


async def _take_back(visit: Visit) -> Response:
    try:
        await _retract(visit.page_ctx, visit.key, visit.code_hash, visit.credentials)
    except (Invalid, Conflict) as error:
        return show_done(visit, "It stays as it is", error.detail, status=409)
    # The retracted answer keeps its nonce, so the next answer needs a new one.
    fresh = replace(visit, nonce=randomness.token_bytes(16).hex())
    return show_form(fresh, notice="Taken back: nobody has read it. You can change it and send it again, or leave it.")


async def _take_back_late(
    page_ctx: PageContext, key: FoundKey, code_hash: bytes, fields: Fields, why: Gone
) -> Response:
    """Take an answer back after its round closed or was paused: there is no form to return to."""
    heading, lines, status = "Taken back: nobody has read it.", why.detail, 200
    try:
        await _retract(page_ctx, key, code_hash, {"code": fields.one("code"), "nonce": fields.one("nonce")})
    except (Invalid, Conflict) as error:
        heading, lines, status = "It stays as it is", error.detail, 409
    nothing: dict[str, Any] = {"actions": (), "carried": (), "shows_at": None}
    return page(page_ctx.site, "done.html", status=status, padded=True, heading=heading, lines=(lines,), **nothing)


async def _repeat_late(page_ctx: PageContext, key: FoundKey, code_hash: bytes, fields: Fields, why: Gone) -> Response:
    """Confirm again what was accepted before the closing date; raise `why` for everything else, whatever the code.

    A browser repeats a submission if its response was lost, or at a reload.
    """
    ctx = page_ctx.ctx
    try:
        form = await ctx.db.look(
            invitee.form,
            round_key=key,
            code_hash=code_hash,
            today=open_day(ctx.clock.now()),
            operator=ctx.operator,
            repeating=True,
        )
    except Unknown:
        raise why from None
    if form.blind is not None or (fields.one("do") == "decline" and not fields.one("decline_understood")):
        raise why
    visit = Visit(page_ctx, key, code_hash, nonce_of(fields), fields, of_round(form), None, form.closes_on)
    response = await (_send(visit) if fields.one("do") == "send" else _decline(visit))
    if response.status_code != HTTPStatus.OK:
        raise why
    return response


async def _retract(page_ctx: PageContext, key: FoundKey, code_hash: bytes, credentials: dict[str, str]) -> None:
    body = read(RetractionCreate, credentials)
    await page_ctx.ctx.db.write(
        invitee.take_back, round_key=key, code_hash=code_hash, nonce=body.nonce, now=page_ctx.ctx.clock.now()
    )


def _check_decline(visit: Visit) -> Response:
    try:
        read(DeclineCreate, visit.credentials | _chosen_reason(visit) | {"understood": True})
    except Invalid as error:
        return show_form(visit, problems(error.errors, {"/reason": "reason"}, _NEEDED), unfolded="decline")
    return show_decline_check(visit)


async def _decline(visit: Visit) -> Response:
    # Only the check holds this field: nobody declines without having seen what it means.
    if not visit.fields.one("decline_understood"):
        return _check_decline(visit)
    try:
        body = read(DeclineCreate, visit.credentials | _chosen_reason(visit) | {"understood": True})
        await visit.page_ctx.ctx.db.write(
            invitee.decline,
            round_key=visit.key,
            code_hash=visit.code_hash,
            nonce=body.nonce,
            reason=body.reason,
            today=visit.today,
        )
    except Invalid as error:
        return show_form(visit, problems(error.errors, {"/reason": "reason"}, _NEEDED), unfolded="decline")
    except Conflict as error:
        return show_form(visit, short_form.conflict_problem(error), status=409, title="This was not sent")
    return show_done(
        visit,
        "That is fine. Your link is closed.",
        f"{isolated(visit.questions.first)} learns only that someone declined, and the reason that you gave.",
    )


def _chosen_reason(visit: Visit) -> dict[str, str]:
    return {"reason": reason} if (reason := visit.fields.one("reason")) else {}
