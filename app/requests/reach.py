"""How the links of a round reach people, and who vouches for the company's domain. Fixed when the round opens."""

from sqlalchemy.orm import Session

from app.accounts import connections
from app.context import Context
from app.requests.models import RequestRow
from app.requests.rules import Delivery
from app.rounds.box import Channel
from app.rounds.company_domain import is_independent
from app.rounds.schemas import Reach


def channel_of(row: RequestRow, address: str | None, *, named_by_system: bool) -> Channel:
    """Return how a link reaches the person with `address`."""
    if named_by_system:
        return Channel.ATS
    if row.delivery != Delivery.MAIL or address is None:
        return Channel.HANDED_OVER
    if is_independent(address, row.company_domain, row.candidate_email):
        return Channel.MAILED
    return Channel.MAILED_ELSEWHERE


def reach_by(session: Session, row: RequestRow, channels: list[Channel], ctx: Context) -> Reach:
    """Return how links with these channels reach people. An ATS vouches for those whom it names."""
    domain = row.company_domain if Channel.MAILED in channels else None
    return Reach(
        mailed=Channel.HANDED_OVER not in channels,
        domain=domain,
        vouched=_vouches(session, domain, ctx) if domain else Channel.ATS in channels,
    )


def _vouches(session: Session, domain: str, ctx: Context) -> bool:
    return domain in ctx.vouched_domains or connections.name_domain(session, domain)
