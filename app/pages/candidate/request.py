"""The candidate's page of a request: its state, the answers, and buttons to extend, withdraw or erase it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from app.accounts.auth import anyone, token_holder
from app.accounts.rules import TokenKind
from app.core.days import open_day
from app.core.errors import Conflict, Invalid, Unknown
from app.core.tokens import digest, well_formed
from app.pages import entrance, home
from app.pages.candidate import own_notes, replies
from app.pages.forms import NONE, Fields, Problems, id_in, problems, read, read_fields
from app.pages.questions import SHORT_SOURCES, offered
from app.pages.rendering import day, download, page
from app.pages.site import CurrentPage, PageContext
from app.requests import candidate_links, candidate_view, lifecycle, links, notes
from app.requests.csv_export import Separator, to_csv
from app.requests.rules import RequestState
from app.requests.schemas import (
    Feedback,
    FeedbackRequest,
    FeedbackRequestPatch,
    InviteLink,
    RoundFeedback,
    RoundWaiting,
)
from app.rounds.ics import entry
from app.rounds.rules import LONGEST_DAYS, OpenedBy, RoundState
from app.rounds.schemas import ReleasedConcern, RoundShown
from app.vocabulary.codes import Mode

router = APIRouter(include_in_schema=False)

_UNKNOWN = Unknown("unknown_request", "There is no such request, or this key is not for it.")


@dataclass(frozen=True)
class Visit:
    """A candidate who has proved by the manage token that the request is theirs, and their form."""

    page_ctx: PageContext
    request_id: UUID
    manage_digest: bytes
    fields: Fields
    request: FeedbackRequest
    feedback: Feedback
    links: Sequence[InviteLink]

    @property
    def token(self) -> str:
        return self.fields.one("token")

    @property
    def today(self) -> date:
        return self.page_ctx.ctx.clock.now().date()


@dataclass(frozen=True)
class RoundOnPage:
    """A round, and its feedback as far as the candidate may read it.

    Each answer is a list of paragraphs, each with the doubt that it tells of, if it tells of one.
    """

    about: RoundShown
    feedback: RoundFeedback | RoundWaiting
    answers: Sequence[Sequence[tuple[str, ReleasedConcern | None]]]
    takes_replies: bool


@router.api_route("/requests", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_requests")
@router.api_route(
    "/requests/{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_request"
)
async def show_entrance(page_ctx: CurrentPage) -> Response:
    """Return the same page for every URL, without looking anything up."""
    return entrance.enter(page_ctx.site, entrance.REQUEST)


@router.post("/requests", dependencies=[Depends(token_holder)], operation_id="page_requests_act")
@router.post("/requests/{rest:path}", dependencies=[Depends(token_holder)], operation_id="page_request_act")
async def act(request: Request, page_ctx: CurrentPage, rest: str = "") -> Response:
    """Handle the button that was pressed, and return the next page. Without an id, the token finds the request."""
    fields = await read_fields(request)
    token = fields.one("token")
    if not well_formed(token, TokenKind.MANAGE):
        return entrance.wrong_secret(page_ctx.site, entrance.REQUEST, fields, _UNKNOWN)
    try:
        request_id = id_in(rest) if rest else await page_ctx.ctx.db.read(candidate_view.find_id, digest(token))
        return await _dispatch(await _visit(page_ctx, request_id, fields))
    except Unknown:
        return entrance.wrong_secret(page_ctx.site, entrance.REQUEST, fields, _UNKNOWN)


async def _visit(page_ctx: PageContext, request_id: UUID, fields: Fields) -> Visit:
    token = fields.one("token")
    manage_digest = digest(token)

    def look(session: Session) -> tuple[FeedbackRequest, Feedback]:
        row = candidate_view.find_request(session, request_id, manage_digest)
        return candidate_view.show_request(session, row, page_ctx.ctx), candidate_view.show_feedback(
            session, row, page_ctx.ctx.clock.now()
        )

    request, feedback = await page_ctx.ctx.db.read(look)
    again = await candidate_links.show_again(page_ctx.ctx, request_id, token)
    return Visit(page_ctx, request_id, manage_digest, fields, request, feedback, again.links)


async def _dispatch(visit: Visit) -> Response:
    match visit.fields.one("do"):
        case "note":
            return await _add_note(visit)
        case pressed if pressed.startswith(own_notes.DELETE):
            return await _delete_note(visit, own_notes.id_to_delete(pressed))
        case pressed if pressed.startswith(replies.PREFIXES):
            return await _reply(visit, pressed)
        case "extend":
            return await _extend(visit)
        case "ask_one":
            return home.form(visit.page_ctx, _asked_again(visit.request))
        case "withdraw":
            return await _withdraw(visit)
        case "erase":
            return await _erase(visit)
        case "calendar":
            return _calendar(visit)
        case "table":
            return download(to_csv(visit.feedback), "feedback.csv", "text/csv")
        case "table-semicolon":
            return download(to_csv(visit.feedback, Separator.SEMICOLON), "feedback.csv", "text/csv")
        case _:
            return _page(visit)


async def _extend(visit: Visit) -> Response:
    chosen = {"closes_on": value} if (value := visit.fields.one("closes_on")) else {}
    try:
        body = read(FeedbackRequestPatch, chosen)
        await visit.page_ctx.ctx.db.write(
            lifecycle.extend,
            visit.request_id,
            visit.manage_digest,
            body.closes_on,
            open_day(visit.page_ctx.ctx.clock.now()),
        )
    except Invalid as error:
        return _page(
            visit,
            problems(error.errors, {"/closes_on": "closes_on"}, {"closes_on": "Choose the day."}),
            unfolded="extend",
        )
    except Conflict as error:
        return _page(visit, Problems([("", error.detail)]), status=409)
    fresh = await _visit(visit.page_ctx, visit.request_id, visit.fields)
    until = day(body.closes_on)
    if _extendable_rounds(fresh.request):
        return _page(fresh, notice=f"Answers are taken until {until} now.")
    return _page(fresh, notice=f"If the hiring manager asks the team, answers are taken until {until} at least.")


async def _add_note(visit: Visit) -> Response:
    try:
        body = own_notes.read_note(visit.fields)
        await visit.page_ctx.ctx.db.write(notes.add, visit.request_id, visit.manage_digest, body, visit.today)
    except Invalid as error:
        return _page(visit, own_notes.problems_of(error.errors), unfolded="note")
    except Conflict as error:
        return _page(visit, Problems([("", error.detail)]), status=409, unfolded="note")
    return await _page_with_empty_form(visit, "Kept. Nobody else reads it.")


async def _delete_note(visit: Visit, note_id: UUID) -> Response:
    try:
        await visit.page_ctx.ctx.db.write(notes.remove, visit.request_id, visit.manage_digest, note_id)
    except Unknown:
        return _page(visit)  # The button was pressed twice, and the note is deleted already.
    return await _page_with_empty_form(visit, "Deleted.")


async def _reply(visit: Visit, pressed: str) -> Response:
    done = await replies.act(
        visit.page_ctx, visit.request, visit.feedback, visit.manage_digest, visit.fields, visit.today, pressed
    )
    if isinstance(done, Response):
        return done
    if done.notice:
        return await _page_with_empty_form(visit, done.notice)
    return _page(visit, done.found, status=done.status, unfolded=done.unfolded)


async def _page_with_empty_form(visit: Visit, notice: str) -> Response:
    """Reload the request and return its page with an empty form."""
    fields = Fields([("token", visit.fields.one("token"))])
    return _page(await _visit(visit.page_ctx, visit.request_id, fields), notice=notice)


async def _withdraw(visit: Visit) -> Response:
    if not visit.fields.one("withdraw_understood"):
        return _page(visit, _unconfirmed("withdraw_understood"), unfolded="withdraw")
    ctx = visit.page_ctx.ctx
    await lifecycle.withdraw(ctx.db, ctx.keys, visit.request_id, visit.manage_digest, ctx.clock.now())
    fresh = await _visit(visit.page_ctx, visit.request_id, visit.fields)
    return _page(fresh, notice="Withdrawn. All links have stopped working.")


async def _erase(visit: Visit) -> Response:
    if not visit.fields.one("erase_understood"):
        return _page(visit, _unconfirmed("erase_understood"), unfolded="erase")
    await lifecycle.erase(visit.page_ctx.ctx.db, visit.page_ctx.ctx.keys, visit.request_id, visit.manage_digest)
    lines = ("Nothing of this request is kept here any more. Its links and your key have stopped working.",)
    return page(visit.page_ctx.site, "done.html", heading="Erased", lines=lines, actions=(), shows_at=None)


def _asked_again(request: FeedbackRequest) -> Fields:
    """Return the form of a new request with what the candidate wrote in this one, to ask one person."""
    known: dict[str, Any] = {
        "name": request.candidate_name,
        "company": request.company,
        "role_title": request.role_title,
        "interviewed_on": request.interviewed_on,
        "own_question": request.own_question,
        "to": "one",
    }
    if request.worries:
        worry = request.worries[0]
        known |= {"worry": worry.text, "says": worry.says, "link": worry.link}
    return Fields((name, str(value)) for name, value in known.items() if value)


def _unconfirmed(name: str) -> Problems:
    message = "Please confirm this first."
    return Problems([(name, message)], {name: message})


def _calendar(visit: Visit) -> Response:
    days = [one.closes_on for one in visit.request.rounds if one.state is RoundState.COLLECTING]
    if not days:
        return _page(visit)
    content = entry(visit.request_id, f"See what {visit.request.company} answered", max(days) + timedelta(days=1))
    return download(content, "feedback.ics", "text/calendar")


def _page(visit: Visit, found: Problems = NONE, *, status: int = 0, unfolded: str = "", notice: str = "") -> Response:
    request = visit.request
    collecting = [one for one in request.rounds if one.state is RoundState.COLLECTING]
    open_until = max((one.closes_on for one in collecting), default=None)
    facts: dict[str, Any] = {
        "request": request,
        "rounds": _rounds(visit),
        "notes_again": visit.links,
        "manage_url": links.manage_url(visit.page_ctx.ctx.base_url, visit.request_id, visit.token),
        "is_open": request.state is not RequestState.WITHDRAWN,
        "is_paused": request.state is RequestState.PAUSED,
        "can_extend": request.state is RequestState.OPEN and (bool(collecting) or not _extendable_rounds(request)),
        "open_until": open_until,
        "latest": max((one.opened_on for one in collecting), default=visit.today) + timedelta(days=LONGEST_DAYS),
        "anything": visit.feedback.state is RoundState.RELEASED or bool(visit.feedback.own_notes),
        "notes": [(note, own_notes.in_words(note)) for note in visit.feedback.own_notes],
        "note_reasons": own_notes.REASONS,
        "reason_label": own_notes.reason_label,
        "offered": offered,
        "short_sources": SHORT_SOURCES,
        "today": visit.today,
        "reply_kinds": replies.KINDS,
        "reply_label": replies.label,
        "declined": visit.feedback.manager_declined,
        "reminder": None
        if open_until is None
        else links.reminder_note(
            candidate=request.candidate_name,
            company=request.company,
            role_title=request.role_title,
            closes_on=open_until,
        ),
    }
    return page(
        visit.page_ctx.site,
        "own_request.html",
        status=status or (422 if found else 200),
        typed=visit.fields,
        problems=found,
        unfolded=unfolded,
        notice=notice,
        **facts,
    )


def _extendable_rounds(request: FeedbackRequest) -> list[RoundShown]:
    """Return the rounds whose closing date can move. The round of a team's own answer asks nobody and is left out."""
    return [
        one
        for one in request.rounds
        if one.opened_by is OpenedBy.CANDIDATE or one.anonymity.mode is not Mode.ATTRIBUTED
    ]


def _rounds(visit: Visit) -> list[RoundOnPage]:
    """Pair each round with its feedback. Both were read in one transaction."""
    told = {one.id: one for one in visit.feedback.rounds}
    return [
        RoundOnPage(
            about,
            told[about.id],
            replies.paragraphs(visit.request, told[about.id]),
            replies.takes_replies(visit.request, told[about.id], visit.today),
        )
        for about in visit.request.rounds
    ]
