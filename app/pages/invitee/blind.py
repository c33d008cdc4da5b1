"""The second visit to a blind round: people answer with a token.

The script static/blind_page.js does everything that must stay secret from the server. A token comes with two MACs: one
proves that its holder may see the form, the other covers exactly the answer that this server read from the form.
"""

from dataclasses import dataclass
from datetime import date

from fastapi import Response

from app.blinding.messages import TokenUse, exact
from app.core.days import open_day
from app.core.errors import Conflict, Gone, Invalid
from app.core.text import isolated
from app.pages import entrance, short_form
from app.pages.form_to_answer import draft_answer
from app.pages.forms import NONE, Fields, Problems, read
from app.pages.invitee.visit import done_facts, opens_on
from app.pages.questions import Questions, of_round
from app.pages.rendering import day, page
from app.pages.site import PageContext
from app.rounds import blind, invitee
from app.rounds.answer_schemas import AnswerPreview
from app.rounds.blind_schemas import TokenAnswer, TokenPreview, TokenProof
from app.sealing.keystore import FoundKey


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
        case _:
            return _form(holder)


async def _check(holder: Holder) -> Response:
    """Show what the candidate would read, with the exact answer for the script to authenticate."""

    async def look(body: TokenPreview) -> AnswerPreview:
        return await holder.page_ctx.ctx.db.look(
            blind.preview, round_key=holder.key, token=holder.token, answer=body.answer, today=_today(holder.page_ctx)
        )

    checked = await short_form.check(
        holder.fields,
        holder.questions,
        lambda answer: read(TokenPreview, _credentials(holder) | {"answer": answer}),
        look,
    )
    if checked.body is None:
        return _form(holder, checked.problems)
    return page(
        holder.page_ctx.site,
        "blind_answer_check.html",
        padded=True,
        asked=holder.questions,
        typed=holder.fields,
        letter=checked.letter,
        carried=holder.fields.others(_HELD),
        exact=checked.body.exact.decode(),
    )


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
        return _form(holder, short_form.refused(error, drafted))
    except Conflict as error:
        return _form(holder, short_form.conflict_problem(error), status=409, title="This was not sent")
    first, opens = isolated(holder.questions.first), opens_on(accepted.closes_on)
    done = done_facts(
        "Thank you. It is sealed.",
        (
            f"{first} reads all answers together on {day(opens)}, if enough come.",
            f"Until then nobody reads it, and {first} isn’t told that somebody has answered.",
            "Keep your receipt: with it, and only with it, your answer can be found again.",
        ),
        opens=opens,
    )
    return page(holder.page_ctx.site, "finished.html", padded=True, carried=(), **done)


_HELD = ("do", "pad", "x", "mac", "answer_mac", "receipt_tag")
_SENT = {"x": "x", "mac": "answer_mac", "receipt_tag": "receipt_tag"}


def _form(
    holder: Holder,
    found: Problems = NONE,
    *,
    status: int | None = None,
    title: str = "Please look at this once more",
) -> Response:
    facts = short_form.template_facts(
        holder.questions, holder.fields, nonce="", problems=found, notice=_warning(holder)
    )
    return page(
        holder.page_ctx.site,
        "blind_answer.html",
        status=status or (422 if found else 200),
        padded=True,
        problems_title=title,
        unfolded="",
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


def _credentials(holder: Holder) -> dict[str, str]:
    return {"x": holder.fields.one("x"), "mac": holder.fields.one("mac")}


def _today(page_ctx: PageContext) -> date:
    return open_day(page_ctx.ctx.clock.now())
