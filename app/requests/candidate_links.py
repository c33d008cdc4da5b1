"""The candidate's links and notes again, until their rounds close."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.tokens import digest
from app.requests import link_copies, links
from app.requests.candidate_view import find_request
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.requests.schemas import InviteLink, LinksAgain
from app.rounds.models import RoundRow
from app.rounds.rules import OpenedBy, RoundState
from app.sealing.keystore import KeyName, Purpose
from app.vocabulary.codes import Role


async def show_again(ctx: Context, request_id: UUID, token: str) -> LinksAgain:
    """Return the links that the candidate was given, of rounds that still collect. Raises Unknown."""
    request, rounds, sealed = await ctx.db.read(_find, request_id, digest(token))
    again: list[InviteLink] = []
    if request_id in sealed:
        again += [
            links.manager_link(
                request_id,
                kept.code,
                kept.name,
                candidate=request.candidate_name,
                role_title=request.role_title,
                base_url=ctx.base_url,
            )
            for kept in await link_copies.open_copy(
                ctx.keys, KeyName(Purpose.REQUEST, request_id), token, sealed[request_id]
            )
        ]
    for asked in rounds:
        name = KeyName(Purpose.ROUND, asked.round_id)
        again += [
            links.invitee_link(asked, kept.code, Role(kept.role), kept.name, ctx.base_url)
            for kept in await link_copies.open_copy(ctx.keys, name, token, sealed[asked.round_id])
        ]
    return LinksAgain(links=again)


def _find(
    session: Session, request_id: UUID, manage_digest: bytes
) -> tuple[RequestRow, list[links.Asked], dict[UUID, bytes]]:
    """Return the request, its rounds whose links can be shown, and the sealed copies."""
    row = find_request(session, request_id, manage_digest)
    if row.state != RequestState.OPEN:
        return row, [], {}
    rounds = session.scalars(
        select(RoundRow)
        .where(
            RoundRow.request_id == request_id,
            RoundRow.opened_by == OpenedBy.CANDIDATE,
            RoundRow.state == RoundState.COLLECTING,
        )
        .order_by(RoundRow.opens_on, RoundRow.id)
    )
    asked = [links.asked_in(row, one) for one in rounds]
    sealed = link_copies.find(session, [request_id, *(one.round_id for one in asked)])
    return row, [one for one in asked if one.round_id in sealed], sealed
