"""The first visit to a blind round: a person checks and sends that they take part.

The script static/blind_page.js makes the receipt and sends only a blinded element. A plain form never claims: it would
send what the person's own device has to keep from this server.
"""

from fastapi import Response

from app.core.errors import Conflict, Invalid
from app.pages.forms import NONE, Problems, read
from app.pages.invitee.visit import Visit, show_form, show_screen
from app.pages.short_form import conflict_problem
from app.rounds import blind
from app.rounds.blind_schemas import ClaimCreate
from app.rounds.ics import second_visit

_NEEDS_SCRIPT = (
    "Taking part needs JavaScript in your browser, or the command debrief answer: a plain form would tell this server "
    "what your own device has to keep from it."
)


def check(visit: Visit) -> Response:
    """Show what taking part means, or all that is missing."""
    if found := _problems(visit):
        return show_form(visit, found)
    return show_screen(visit, "blind_check.html", asked=visit.questions, blind=visit.blind)


async def send(visit: Visit) -> Response:
    """Claim a place. The page holds the evaluation and its proof, which the script checks before it shows the page."""
    ctx = visit.page_ctx.ctx
    if found := _problems(visit):
        return show_form(visit, found)
    try:
        body = read(
            ClaimCreate,
            {"code": visit.fields.one("code"), "blinded": visit.fields.one("blinded"), "understood": True},
        )
        claimed, _ = await ctx.db.write(
            blind.claim,
            round_key=visit.key,
            code_hash=visit.code_hash,
            blinded=body.blinded,
            today=visit.today,
            seed=ctx.blind_seed,
        )
    except Invalid:
        return show_form(visit, _problem("part", _NEEDS_SCRIPT))
    except Conflict as error:
        return show_form(visit, conflict_problem(error), status=409, title="This was not sent")
    entry = second_visit(claimed.answers_open_at.date())
    return show_screen(visit, "blind_claimed.html", asked=visit.questions, claimed=claimed, entry=entry)


def _problems(visit: Visit) -> Problems:
    if visit.fields.one("part") != "yes":
        return _problem("part", "Choose whether you take part.")
    if not visit.fields.one("kept"):
        return _problem("kept", "Keep your receipt first, and say so.")
    if not visit.fields.one("blinded"):
        return _problem("part", _NEEDS_SCRIPT)
    return NONE


def _problem(name: str, message: str) -> Problems:
    return Problems([(name, message)], {name: message})
