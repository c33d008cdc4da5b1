"""The page of an offer: it explains what would happen, and the candidate accepts or declines.

A GET shows nothing of the offer. A candidate without a code can have one mailed, only to the address that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone, code_holder
from app.accounts.rules import Section
from app.applications import acceptance
from app.applications.schemas import OfferAccept, OfferAccepted, OfferCodeAsked, OfferDecline, OfferShown
from app.core.errors import Conflict, Gone, Invalid, Unknown
from app.pages import entrance
from app.pages.forms import NONE, Fields, Problems, id_in, nonce_of, problems, read, read_fields
from app.pages.rendering import page
from app.pages.site import CurrentPage, PageContext

router = APIRouter(include_in_schema=False)

_NAMES = {
    "/worries": "worry",
    "/worries/0/says": "says",
    "/worries/0/link": "link",
    "/own_question": "own_question",
}
_NEEDED = {"worry": "Write what you worry about, or leave the answer to it empty, too."}
_WORRY = {"text": "worry", "says": "says", "link": "link"}
_YES = "Please confirm that they may be asked."
_NO = "Please confirm this first."
_ASKED_FOR = {
    Section.CONCERNS: "doubts that stayed open",
    Section.WORRY_REPLIES: "whether your worries counted",
    Section.STRENGTHS: "what spoke for you",
    Section.RATINGS: "ratings",
    Section.HIRED_PROFILE: "who got the job, and where you stood, in broad strokes",
    Section.COULD_DO_JOB: "whether you could do the job",
    Section.ADVICE: "one thing to do differently",
    Section.REAPPLY: "whether to apply again",
    Section.OWN_QUESTION_REPLY: "a question of your own",
}


@dataclass(frozen=True)
class Visit:
    """A candidate who has proved by a code that the offer is theirs, and their form."""

    page_ctx: PageContext
    offer_id: UUID
    fields: Fields
    offer: OfferShown

    @property
    def common_fields(self) -> dict[str, Any]:
        """Return the fields that acceptance and decline have in common."""
        shares = {"share_state_with_employer": True} if self.fields.one("share") else {}
        return {"code": self.fields.one("code"), **shares}


@router.api_route(
    "/offer/{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_offer"
)
async def show_entrance(page_ctx: CurrentPage) -> Response:
    """Return the same page for every URL. It looks nothing up, so that nobody can learn anything from it."""
    return entrance.enter(page_ctx.site, entrance.OFFER)


@router.post("/offer/{rest:path}", dependencies=[Depends(code_holder)], operation_id="page_offer_act")
async def act(rest: str, request: Request, page_ctx: CurrentPage) -> Response:
    """Handle the button that was pressed, and return the next page."""
    fields = await read_fields(request)
    offer_id = id_in(rest)
    if fields.one("do") == "send_code":
        return await _send_code(page_ctx, offer_id, fields)
    try:
        offer = await acceptance.view(page_ctx.ctx, offer_id, fields.one("code"))
        return await _dispatch(Visit(page_ctx, offer_id, fields, offer))
    except Unknown as error:
        return entrance.wrong_secret(page_ctx.site, entrance.OFFER, fields, error)
    except Gone as error:
        return entrance.link_over(page_ctx.site, error)


async def _dispatch(visit: Visit) -> Response:
    match visit.fields.one("do"):
        case "accept":
            return await _accept(visit)
        case "decline":
            return await _decline(visit)
        case _:
            return _form(visit)


async def _send_code(page_ctx: PageContext, offer_id: UUID, fields: Fields) -> Response:
    try:
        body = read(OfferCodeAsked, {"email": fields.one("email")})
    except Invalid as error:
        found = problems(error.errors, {"/email": "email"}, {"email": "Write the address with which you applied."})
        return entrance.enter(page_ctx.site, entrance.OFFER, fields, found, status=422)
    await acceptance.send_code(page_ctx.ctx, offer_id, body.email)
    lines = (
        "If this is the address with which you applied, a mail with a code is on its way to it.",
        "If none comes, look among unwanted mail, or try the address under which the company writes to you.",
    )
    return _done(page_ctx, "Please look into your mail", lines)


async def _accept(visit: Visit) -> Response:
    data: dict[str, Any] = {**visit.common_fields, "nonce": nonce_of(visit.fields)}
    worry = {key: value for key, name in _WORRY.items() if (value := visit.fields.one(name))}
    if worry:
        data["worries"] = [worry]
    if own_question := visit.fields.one("own_question"):
        data["own_question"] = own_question
    try:
        body = read(OfferAccept, data)
        # A scanner that presses every button must not start a request.
        if not visit.fields.one("yes"):
            return _form(visit, Problems([("yes", _YES)], {"yes": _YES}))
        answer = await acceptance.accept(visit.page_ctx.ctx, visit.offer_id, body)
    except Invalid as error:
        return _form(visit, problems(error.errors, _NAMES, _NEEDED))
    except Conflict as error:
        return _form(visit, Problems([("", error.detail)]), status=409)
    return page(
        visit.page_ctx.site,
        "offer_accepted.html",
        status=201,
        padded=True,
        offer=visit.offer,
        accepted=OfferAccepted.model_validate_json(answer),
    )


async def _decline(visit: Visit) -> Response:
    if not visit.fields.one("no"):
        return _form(visit, Problems([("no", _NO)], {"no": _NO}), unfolded="decline")
    try:
        await acceptance.decline(visit.page_ctx.ctx, visit.offer_id, read(OfferDecline, visit.common_fields))
    except Conflict as error:
        return _form(visit, Problems([("", error.detail)]), status=409)
    lines = ("Nobody is asked, and Debrief does not write to you about this again.", "You can close this page.")
    return _done(visit.page_ctx, "That is fine.", lines)


def _form(visit: Visit, found: Problems = NONE, *, status: int = 0, unfolded: str = "") -> Response:
    offer = visit.offer
    return page(
        visit.page_ctx.site,
        "offer.html",
        status=status or (422 if found else 200),
        padded=True,
        offer=offer,
        k=min(offer.people, 3),
        asked_for=[_ASKED_FOR[section] for section in offer.sections],
        left_out=[words for section, words in _ASKED_FOR.items() if section not in offer.sections],
        asks_worries=Section.WORRY_REPLIES in offer.sections,
        asks_question=Section.OWN_QUESTION_REPLY in offer.sections,
        typed=visit.fields,
        nonce=nonce_of(visit.fields),
        problems=found,
        unfolded=unfolded,
        more_open=any(visit.fields.one(name) for name in ("says", "link")),
    )


def _done(page_ctx: PageContext, heading: str, lines: Sequence[str]) -> Response:
    return page(page_ctx.site, "done.html", padded=True, heading=heading, lines=lines, actions=(), shows_at=None)
