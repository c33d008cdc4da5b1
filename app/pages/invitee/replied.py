"""What the first links open after a reply: all replies of the round, the same for everyone who was asked."""

from uuid import UUID

from fastapi import Response

from app.core.errors import Conflict, Forbidden, Gone, Invalid, Unknown
from app.exchange import replies
from app.exchange.effects import record_by_panel
from app.exchange.schemas import PanelEffectCreate, RoundReplies
from app.pages.effects import OF_PANEL, PREFIX, form_of, problems_of, read_effect
from app.pages.forms import NONE, Fields, Problems, id_in
from app.pages.rendering import page
from app.pages.site import PageContext


async def show(
    page_ctx: PageContext, round_id: UUID, fields: Fields, *, takes_answers: bool = False
) -> Response | None:
    """Return the page with the replies, or None if this code opens none. Record the effect that was sent, if any."""
    try:
        found = await replies.read_by_link(page_ctx.ctx, round_id, fields.one("code"))
    except (Unknown, Gone):
        return None
    pressed = fields.one("do")
    if not pressed.startswith(PREFIX):
        return _page(page_ctx, found, fields, takes_answers=takes_answers)
    concern_id = id_in(pressed.removeprefix(PREFIX))
    problems, status = NONE, 200
    try:
        body = read_effect(PanelEffectCreate, fields, concern_id)
        await record_by_panel(page_ctx.ctx, round_id, body.code, body)
    except Invalid as error:
        problems, status = problems_of(error.errors, concern_id), 422
    except (Conflict, Forbidden, Unknown, Gone) as error:
        problems, status = Problems([("", error.detail)]), 409
    return _page(
        page_ctx,
        found,
        fields,
        problems=problems,
        status=status,
        takes_answers=takes_answers,
        unfolded=form_of(concern_id) if problems else "",
        notice="" if problems else f"Recorded. {found.candidate_name} reads it tomorrow or later, without a name.",
    )


def _page(
    page_ctx: PageContext,
    found: RoundReplies,
    fields: Fields,
    *,
    takes_answers: bool,
    problems: Problems = NONE,
    status: int = 200,
    unfolded: str = "",
    notice: str = "",
) -> Response:
    return page(
        page_ctx.site,
        "replied.html",
        status=status,
        padded=True,
        found=found,
        typed=fields if problems else Fields([("code", fields.one("code"))]),
        takes_answers=takes_answers,
        problems=problems,
        unfolded=unfolded,
        notice=notice,
        effects=OF_PANEL,
    )
