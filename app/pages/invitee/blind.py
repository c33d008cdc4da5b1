"""The pages of a blind round: to take part by a link, and, in days of their own, to answer with a token.

What has to stay secret is done by a script (static/blind_page.js). A token comes with two macs: one shows that its
holder may see the form, one covers exactly the answer that is sent, as this server has read it from the form's fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from app.blinding.messages import TokenUse, exact
from app.core.errors import Conflict, FieldError, Gone, Invalid
from app.pages import entrance, short_form
from app.pages.form_to_answer import draft
from app.pages.forms import NONE, Fields, Problems, problems, read
from app.pages.questions import Questions, of_round
from app.pages.rendering import day, page
from app.pages.short_form import NOTHING, Looked
from app.pages.site import Place
from app.rounds import blind, invitee
from app.rounds.answer_schemas import AnswerFormBlindRound
from app.rounds.blind_schemas import TokenAnswer, TokenPreview, TokenProof
from app.sealing.keystore import FoundKey

_NEEDS_SCRIPT = (
    "Taking part needs JavaScript in your browser, or the command debrief answer: a plain form would tell this server "
    "what your own device has to keep from it."
)


@dataclass(frozen=True)
class Holder:
    """Somebody who has shown a token, and what they have typed so far. Who they are is not known."""

    here: Place
    key: FoundKey
    token: blind.Token
    fields: Fields
    asked: Questions
    too_few: bool


async def act(here: Place, key: FoundKey, fields: Fields) -> Response:
    """Do what was pressed in a form that came with a token. Raises Forbidden for one that is not good here."""
    held = read(TokenProof, {"x": fields.one("x"), "mac": fields.one("mac")})
    token = blind.read_token(here.ctx.blind_seed, key.owner, TokenUse.FORM, held.x, held.mac)
    try:
        form = await here.ctx.db.look(
            blind.form, round_key=key, token=token, today=_today(here), operator=here.ctx.operator
        )
    except Gone as error:
        return entrance.over(here.site, error)
    holder = Holder(here, key, token, fields, of_round(form), too_few=form.blind is not None and form.blind.too_few)
    match fields.one("do"):
        case "send":
            return await _send(holder)
        case "check":
            return await _check(holder)
        case "preview":
            return await _look(holder)
        case _:
            return _form(holder)


def page_for_codes(round_: AnswerFormBlindRound, today: date) -> str:
    """Return the template for whoever has a link: to take part, and later the one that asks for a receipt instead."""
    return "blind_claim.html" if today <= round_.claim_until else "blind_receipt.html"


def claim_problems(fields: Fields) -> Problems:
    """Say what is missing in a claim that came as a plain form. Nothing is ever claimed by one."""
    if fields.one("part") != "yes":
        return _problem("part", "Choose whether you take part.")
    if not fields.one("kept"):
        return _problem("kept", "Keep your receipt first, and say so.")
    return _problem("part", _NEEDS_SCRIPT)


async def _look(holder: Holder) -> Response:
    drafted = draft(holder.fields, holder.asked, unfinished=True)
    if not short_form.can_be_read(drafted.answer, holder.asked):
        return _form(holder)
    try:
        body = read(TokenPreview, _held(holder) | {"answer": drafted.answer})
    except Invalid as error:
        found = problems(error.errors, drafted.names, drafted.needed)
        return _form(holder, found, looked=short_form.refused(found))
    preview = await holder.here.ctx.db.look(
        blind.preview, round_key=holder.key, token=holder.token, answer=body.answer, today=_today(holder.here)
    )
    return _form(holder, looked=short_form.looked_at(preview, body.answer))


async def _check(holder: Holder) -> Response:
    """Return the form with the answer in it as this server reads it, to be vouched for, or with what is missing."""
    drafted = draft(holder.fields, holder.asked, unfinished=False)
    try:
        body = read(TokenPreview, _held(holder) | {"answer": drafted.answer})
    except Invalid as error:
        return _form(holder, problems(error.errors, drafted.names, drafted.needed))
    preview = await holder.here.ctx.db.look(
        blind.preview, round_key=holder.key, token=holder.token, answer=body.answer, today=_today(holder.here)
    )
    if missing := [FieldError(one.pointer, one.code, one.message) for one in preview.missing]:
        return _form(holder, problems(missing, drafted.names, drafted.needed))
    return _form(holder, looked=short_form.looked_at(preview, body.answer), checked=body.exact.decode())


async def _send(holder: Holder) -> Response:
    drafted = draft(holder.fields, holder.asked, unfinished=False)
    ctx = holder.here.ctx
    sent = {name: holder.fields.one(field) for name, field in _SENT.items()}
    try:
        body = read(TokenAnswer, sent | {"answer": drafted.answer})
        token = blind.read_token(
            ctx.blind_seed,
            holder.key.owner,
            TokenUse.ANSWER,
            body.x,
            body.mac,
            receipt_tag=body.receipt_tag,
            body=exact(drafted.answer),
        )
        accepted = await ctx.db.write(
            blind.answer,
            round_key=holder.key,
            token=token,
            answer=body.answer,
            tag=invitee.hash_tag(ctx.pepper, body.receipt_tag),
            now=ctx.clock.now(),
        )
    except Invalid as error:
        return _form(holder, problems(error.errors, drafted.names, drafted.needed))
    except Conflict as error:
        return _form(holder, short_form.conflict(error), status=409, title="This was not sent")
    name = holder.asked.name
    return _done(
        holder.here,
        "Thank you. It is sealed.",
        (
            f"{name} reads all answers together after {day(accepted.closes_on)}, or sooner once everyone has replied.",
            f"Until then {name} is not even told that somebody has answered.",
            "Keep your receipt: with it, and only with it, your answer can be found again.",
            "You can close this page. Nothing of it stays on this device.",
        ),
    )


_SENT = {"x": "x", "mac": "answer_mac", "receipt_tag": "receipt_tag"}


def _form(
    holder: Holder,
    found: Problems = NONE,
    *,
    status: int | None = None,
    title: str = "Please look at this once more",
    looked: Looked = NOTHING,
    checked: str = "",
) -> Response:
    facts = short_form.facts(
        holder.asked, holder.fields, nonce="", problems=found, looked=looked, notice=_warning(holder)
    )
    return page(
        holder.here.site,
        "blind_answer.html",
        status=status or (422 if found else 200),
        padded=True,
        problems_title=title,
        unfolded="",
        mac=holder.fields.one("mac"),
        checked=checked,
        **facts,
    )


def _warning(holder: Holder) -> str:
    """Tell before anybody writes when it may be for nothing."""
    if not holder.too_few:
        return ""
    return (
        f"Fewer people take part than it needs for {holder.asked.name} to read what they write. Unless you choose "
        "otherwise below, nobody will read your answer."
    )


def _done(here: Place, heading: str, lines: Sequence[str]) -> Response:
    nothing: dict[str, Any] = {"actions": (), "carried": (), "shows_at": None}
    return page(here.site, "done.html", padded=True, heading=heading, lines=lines, **nothing)


def _held(holder: Holder) -> dict[str, str]:
    return {"x": holder.fields.one("x"), "mac": holder.fields.one("mac")}


def _problem(name: str, message: str) -> Problems:
    return Problems([(name, message)], {name: message})


def _today(here: Place) -> date:
    return here.ctx.clock.now().date()
