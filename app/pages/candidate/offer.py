"""The page behind an offer: what would happen, how the company has set it up, and a yes or a no.

A GET tells nothing and asks nothing; whoever has no code gets one by mail, and only at the address that is known.
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
from app.pages.site import Here, Place

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
    Section.HIRED_PROFILE: "who got the job, in broad strokes",
    Section.COULD_DO_JOB: "whether you could do the job",
    Section.ADVICE: "one thing to do differently",
    Section.REAPPLY: "whether to apply again",
    Section.OWN_QUESTION_REPLY: "a question of your own",
}


@dataclass(frozen=True)
class Visit:
    """Somebody who has proved that an offer is theirs."""

    here: Place
    offer_id: UUID
    fields: Fields
    offer: OfferShown

    @property
    def held(self) -> dict[str, Any]:
        """Return what every wish of theirs begins with."""
        shares = {"share_state_with_employer": True} if self.fields.one("share") else {}
        return {"code": self.fields.one("code"), **shares}


@router.api_route(
    "/offer/{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_offer"
)
async def show_entrance(here: Here) -> Response:
    """Return the same inert page for every address: nothing is looked up, so nothing can be learnt."""
    return entrance.enter(here.site, entrance.OFFER)


@router.post("/offer/{rest:path}", dependencies=[Depends(code_holder)], operation_id="page_offer_act")
async def act(rest: str, request: Request, here: Here) -> Response:
    """Do what was pressed, and return what is next."""
    fields = await read_fields(request)
    offer_id = id_in(rest)
    if fields.one("do") == "send_code":
        return await _send_code(here, offer_id, fields)
    try:
        offer = await acceptance.view(here.ctx, offer_id, fields.one("code"))
        return await _pressed(Visit(here, offer_id, fields, offer))
    except Unknown as error:
        return entrance.unknown(here.site, entrance.OFFER, fields, error)
    except Gone as error:
        return entrance.over(here.site, error)


async def _pressed(visit: Visit) -> Response:
    match visit.fields.one("do"):
        case "accept":
            return await _accept(visit)
        case "decline":
            return await _decline(visit)
        case _:
            return _form(visit)


async def _send_code(here: Place, offer_id: UUID, fields: Fields) -> Response:
    try:
        body = read(OfferCodeAsked, {"email": fields.one("email")})
    except Invalid as error:
        found = problems(error.errors, {"/email": "email"}, {"email": "Write the address with which you applied."})
        return entrance.enter(here.site, entrance.OFFER, fields, found, status=422)
    await acceptance.send_code(here.ctx, offer_id, body.email)
    lines = (
        "If this is the address with which you applied, a mail with a code is on its way to it.",
        "If none comes, look among unwanted mail, or try the address under which the company writes to you.",
    )
    return _said(here, "Please look into your mail", lines)


async def _accept(visit: Visit) -> Response:
    data: dict[str, Any] = {**visit.held, "nonce": nonce_of(visit.fields)}
    worry = {key: value for key, name in _WORRY.items() if (value := visit.fields.one(name))}
    if worry:
        data["worries"] = [worry]
    if own_question := visit.fields.one("own_question"):
        data["own_question"] = own_question
    try:
        body = read(OfferAccept, data)
        # A machine that presses every button must not ask anybody.
        if not visit.fields.one("yes"):
            return _form(visit, Problems([("yes", _YES)], {"yes": _YES}))
        answer = await acceptance.accept(visit.here.ctx, visit.offer_id, body)
    except Invalid as error:
        return _form(visit, problems(error.errors, _NAMES, _NEEDED))
    except Conflict as error:
        return _form(visit, Problems([("", error.detail)]), status=409)
    return page(
        visit.here.site,
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
        await acceptance.decline(visit.here.ctx, visit.offer_id, read(OfferDecline, visit.held))
    except Conflict as error:
        return _form(visit, Problems([("", error.detail)]), status=409)
    lines = ("Nobody is asked, and Debrief does not write to you about this again.", "You can close this page.")
    return _said(visit.here, "That is fine.", lines)


def _form(visit: Visit, found: Problems = NONE, *, status: int = 0, unfolded: str = "") -> Response:
    offer = visit.offer
    return page(
        visit.here.site,
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


def _said(here: Place, heading: str, lines: Sequence[str]) -> Response:
    return page(here.site, "done.html", padded=True, heading=heading, lines=lines, actions=(), shows_at=None)
