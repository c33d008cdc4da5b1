"""The home page: what Debrief is, and the form that raises a request."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone
from app.core.errors import Conflict, Invalid
from app.pages.forms import NONE, Fields, Problems, nonce_of, problems, read, read_fields
from app.pages.rendering import page
from app.pages.site import CurrentPage, PageContext
from app.requests import create, links
from app.requests.schemas import FeedbackRequestCreate, FeedbackRequestRaised
from app.rounds.rules import LONGEST_DAYS, MOST_PEOPLE

router = APIRouter(include_in_schema=False)

_NAMES = {
    "": "to",
    "/candidate/name": "name",
    "/candidate/email": "email",
    "/company": "company",
    "/role_title": "role_title",
    "/interviewed_on": "interviewed_on",
    "/worries": "worry",
    "/worries/0/says": "says",
    "/worries/0/link": "link",
    "/own_question": "own_question",
    "/closes_on": "closes_on",
    "/manager/name": "manager",
}


_NEEDED = {
    "name": "Write your name: they must know who asks.",
    "company": "Write the name of the company.",
    "role_title": "Write which position it was.",
    "worry": "Write what you worry about, or leave the answer to it empty, too.",
}


@router.api_route("/", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_raise")
async def show(page_ctx: CurrentPage) -> Response:
    """Return the empty form."""
    return form(page_ctx, Fields())


@router.post("/", dependencies=[Depends(anyone)], operation_id="page_raise_act")
async def act(request: Request, page_ctx: CurrentPage) -> Response:
    """Raise the request. Only this response holds its secrets; the same form sent again gets the same page."""
    fields = await read_fields(request)
    nonce = nonce_of(fields)
    data, names, unchosen = _read_request(fields)
    try:
        body = read(FeedbackRequestCreate, data)
        if unchosen:
            raise Invalid([])
        answer = await create.raise_request(
            page_ctx.ctx, body, idempotency_key=nonce, raw=body.model_dump_json().encode()
        )
    except Invalid as error:
        found = problems(error.errors, names, _NEEDED)
        return form(page_ctx, fields, Problems([*found.summary, *unchosen], {**dict(unchosen), **found.beside}))
    except Conflict:
        # The candidate went back, changed the form and sent it again. That is a new request.
        fresh = fields.replaced("nonce", nonce_of(Fields()))
        return form(page_ctx, fresh, Problems([("", "This form was sent before. Press once more to ask anew.")]))
    raised = FeedbackRequestRaised.model_validate_json(answer)
    return page(
        page_ctx.site,
        "raised.html",
        status=201,
        raised=raised,
        way=fields.one("to"),
        mailed_to=body.candidate.email,
        manage_url=links.manage_url(page_ctx.ctx.base_url, raised.id, raised.manage_token),
    )


def _read_request(fields: Fields) -> tuple[dict[str, Any], dict[str, str], list[tuple[str, str]]]:
    """Return the request as JSON, the field behind each JSON pointer, and messages for choices that are missing."""
    candidate: dict[str, Any] = {"name": name} if (name := fields.one("name")) else {}
    if email := fields.one("email"):
        candidate |= {"email": email, "mail_link": True}
    data: dict[str, Any] = {"candidate": candidate}
    for name in ("company", "role_title", "interviewed_on", "own_question", "closes_on"):
        if value := fields.one(name):
            data[name] = value
    worry = {key: value for key, name in _WORRY.items() if (value := fields.one(name))}
    if worry:
        data["worries"] = [worry]
    names = dict(_NAMES)
    match fields.one("to"):
        case "one":
            data["invitees"] = [_invitee(fields.one("person"))]
            names["/invitees"] = "person"
        case "several":
            people = [line.strip() for line in fields.one("people").splitlines() if line.strip()]
            data["invitees"] = [_invitee(name) for name in people]
            names["/invitees"] = "people"
            if len(people) < 2:
                return data, names, [("people", f"Write two to {MOST_PEOPLE} names, one on each line.")]
        case "manager":
            data["manager"] = {"name": name} if (name := fields.one("manager")) else {}
        case _:
            return data, names, [("to", "Choose who you will ask.")]
    return data, names, []


_WORRY = {"text": "worry", "says": "says", "link": "link"}


def _invitee(name: str) -> dict[str, str]:
    return {"role": "interviewer", **({"name": name} if name else {})}


def form(page_ctx: PageContext, fields: Fields, found: Problems = NONE) -> Response:
    """Render the form for a new request, with the values typed so far."""
    today = page_ctx.ctx.clock.now().date()
    return page(
        page_ctx.site,
        "raise.html",
        status=422 if found else 200,
        typed=fields,
        problems=found,
        nonce=nonce_of(fields),
        sends_mail=page_ctx.ctx.sends_mail,
        more_open=any(fields.one(name) for name in ("says", "link", "own_question", "closes_on")),
        today=today,
        tomorrow=today + timedelta(days=1),
        latest=today + timedelta(days=LONGEST_DAYS),
    )
