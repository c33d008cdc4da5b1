"""The pages of a blind round: invitees claim by link first, and answer with a token on later days.

The script static/blind_page.js does everything that must stay secret from the server. A token comes with two MACs: one
proves that its holder may see the form, the other covers exactly the answer that this server read from the form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from app.blinding.messages import TokenUse, exact
from app.core.days import open_day
from app.core.errors import Conflict, FieldError, Gone, Invalid
from app.pages import entrance, short_form
from app.pages.form_to_answer import draft_answer
from app.pages.forms import NONE, Fields, Problems, problems, read
from app.pages.questions import Questions, of_round
from app.pages.rendering import day, page
from app.pages.short_form import NO_PREVIEW, PreviewShown
from app.pages.site import PageContext
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
    """The holder of a valid token, and their form. Nobody knows which invitee they are."""

    page_ctx: PageContext
    key: FoundKey
    token: blind.Token
    fields: Fields
    questions: Questions
    too_few: bool


async def act(page_ctx: PageContext, key: FoundKey, fields: Fields) -> Response:
    """Handle the button of a form that came with a token. Raises Forbidden if the token is not valid for this round."""
    proof = read(TokenProof, {"x": fields.one("x"), "mac": fields.one("mac")})
    token = blind.read_token(page_ctx.ctx.blind_seed, key.owner, TokenUse.FORM, proof.x, proof.mac)
    try:
        form = await page_ctx.ctx.db.look(
            blind.form, round_key=key, token=token, today=_today(page_ctx), operator=page_ctx.ctx.operator
        )
    except Gone as error:
        return entrance.link_over(page_ctx.site, error)
    holder = Holder(page_ctx, key, token, fields, of_round(form), too_few=form.blind is not None and form.blind.too_few)
    match fields.one("do"):
        case "send":
            return await _send(holder)
        case "check":
            return await _check(holder)
        case "preview":
            return await _preview(holder)
        case _:
            return _form(holder)


def page_for_codes(round_: AnswerFormBlindRound, today: date) -> str:
    """Return the template for a link: the claim during the days of claims, afterwards the form that takes a receipt."""
    return "blind_claim.html" if today <= round_.claim_until else "blind_receipt.html"


def claim_problems(fields: Fields) -> Problems:
    """Return what is missing in a claim that came as a plain form. A plain form never claims."""
    if fields.one("part") != "yes":
        return _problem("part", "Choose whether you take part.")
    if not fields.one("kept"):
        return _problem("kept", "Keep your receipt first, and say so.")
    return _problem("part", _NEEDS_SCRIPT)


async def _preview(holder: Holder) -> Response:
    drafted = draft_answer(holder.fields, holder.questions, unfinished=True)
    if not short_form.has_enough_to_preview(drafted.answer, holder.questions):
        return _form(holder)
    try:
        body = read(TokenPreview, _credentials(holder) | {"answer": drafted.answer})
    except Invalid as error:
        found = problems(error.errors, drafted.names, drafted.needed)
        return _form(holder, found, shown_preview=short_form.refused_preview(found))
    preview = await holder.page_ctx.ctx.db.look(
        blind.preview, round_key=holder.key, token=holder.token, answer=body.answer, today=_today(holder.page_ctx)
    )
    return _form(holder, shown_preview=short_form.with_hints(preview, body.answer))


async def _check(holder: Holder) -> Response:
    """Return the form with the exact answer for the script to authenticate, or with what is missing."""
    drafted = draft_answer(holder.fields, holder.questions, unfinished=False)
    try:
        body = read(TokenPreview, _credentials(holder) | {"answer": drafted.answer})
    except Invalid as error:
        return _form(holder, problems(error.errors, drafted.names, drafted.needed))
    preview = await holder.page_ctx.ctx.db.look(
        blind.preview, round_key=holder.key, token=holder.token, answer=body.answer, today=_today(holder.page_ctx)
    )
    if missing := [FieldError(one.pointer, one.code, one.message) for one in preview.missing]:
        return _form(holder, problems(missing, drafted.names, drafted.needed))
    return _form(holder, shown_preview=short_form.with_hints(preview, body.answer), checked=body.exact.decode())


async def _send(holder: Holder) -> Response:
    drafted = draft_answer(holder.fields, holder.questions, unfinished=False)
    ctx = holder.page_ctx.ctx
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
            tag=invitee.hash_tag(ctx.pepper, holder.key.owner, body.receipt_tag),
            now=ctx.clock.now(),
        )
    except Invalid as error:
        return _form(holder, problems(error.errors, drafted.names, drafted.needed))
    except Conflict as error:
        return _form(holder, short_form.conflict_problem(error), status=409, title="This was not sent")
    name = holder.questions.name
    return _done(
        holder.page_ctx,
        "Thank you. It is sealed.",
        (
            f"{name} reads all answers together after {day(accepted.closes_on)}.",
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
    shown_preview: PreviewShown = NO_PREVIEW,
    checked: str = "",
) -> Response:
    facts = short_form.template_facts(
        holder.questions, holder.fields, nonce="", problems=found, shown_preview=shown_preview, notice=_warning(holder)
    )
    return page(
        holder.page_ctx.site,
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
    """Warn before the invitee writes if too few people claimed for the candidate to read answers."""
    if not holder.too_few:
        return ""
    return (
        f"Fewer people take part than it needs for {holder.questions.name} to read what they write. Unless you choose "
        "otherwise below, nobody will read your answer."
    )


def _done(page_ctx: PageContext, heading: str, lines: Sequence[str]) -> Response:
    nothing: dict[str, Any] = {"actions": (), "carried": (), "shows_at": None}
    return page(page_ctx.site, "done.html", padded=True, heading=heading, lines=lines, **nothing)


def _credentials(holder: Holder) -> dict[str, str]:
    return {"x": holder.fields.one("x"), "mac": holder.fields.one("mac")}


def _problem(name: str, message: str) -> Problems:
    return Problems([(name, message)], {name: message})


def _today(page_ctx: PageContext) -> date:
    return open_day(page_ctx.ctx.clock.now())
