"""The candidate's replies: send one, and read those of a round by a link or a request."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.answers.replies import add_reply
from app.answers.schemas import ReleasedConcern, Reply
from app.context import Context
from app.core.errors import Conflict, Gone, Invalid, Unknown
from app.exchange import mail
from app.exchange.mail import RoundKeys
from app.exchange.rules import is_open, last_day, reply_faults
from app.exchange.schemas import ReplyCreate, RoundReplies
from app.requests.candidate_view import find_request
from app.requests.models import RequestRow
from app.requests.rules import RequestState, not_open
from app.rounds import dialogue_box
from app.rounds.box_store import paused_round, unknown_link
from app.rounds.feedback import RoundRead, read_rounds, replies_to
from app.rounds.invitee import hash_code
from app.rounds.models import RoundRow
from app.rounds.rules import UNFINISHED, CandidateHeldLinks
from app.rounds.schemas import Briefing
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key


@dataclass(frozen=True)
class Sent:
    """A reply that was sent; `repeated` if the server had it before."""

    reply: Reply
    repeated: bool


@dataclass(frozen=True)
class Subject:
    """A concern that was released, and its round."""

    round: RoundRead
    concern: ReleasedConcern


async def send(ctx: Context, request_id: UUID, manage_digest: bytes, concern_id: UUID, body: ReplyCreate) -> Sent:
    """Store the one reply to a concern, and enqueue the mails about it in the same transaction.

    Raises Invalid, Unknown, Conflict, Gone, Unavailable. A repetition changes nothing.
    """
    now = ctx.clock.now()
    if faults := reply_faults(body.kind, body.by_month, now.date()):
        raise Invalid(faults)

    def look(session: Session) -> tuple[UUID, bool]:
        row = find_request(session, request_id, manage_digest)
        found = find_concern(session, row.id, concern_id, now)
        _check(row, found, _reply(body), now.date())
        return found.round.row.id, found.round.row.state in UNFINISHED and not found.round.row.is_team_answer

    round_id, makes_box = await ctx.db.read(look)
    keys = await mail.find_keys(ctx.keys, request_id, round_id, makes_box=makes_box)
    return await ctx.db.write(_store, request_id, manage_digest, concern_id, _reply(body), keys, now)


def _store(
    session: Session,
    request_id: UUID,
    manage_digest: bytes,
    concern_id: UUID,
    reply: Reply,
    keys: RoundKeys,
    now: datetime,
) -> Sent:
    row = find_request(session, request_id, manage_digest, lock=True)
    found = find_concern(session, row.id, concern_id, now)
    if _check(row, found, reply, now.date()):
        return Sent(reply, repeated=True)
    add_reply(session, found.round.row.id, concern_id, reply)
    mail.announce(session, row.id, found.round.row, keys, now.date())
    return Sent(reply, repeated=False)


def find_concern(session: Session, request_id: UUID, concern_id: UUID, now: datetime) -> Subject:
    """Return a concern that the candidate of a request reads. Raises Unknown."""
    for read in read_rounds(session, request_id, now):
        for answer in read.answers:
            for concern in answer.concerns:
                if concern.id == concern_id:
                    return Subject(read, concern)
    raise unknown_concern()


def unknown_concern() -> Unknown:
    """Return the error of a concern that does not exist, is not released, or belongs to another request or round."""
    return Unknown("unknown_concern", "There is no such doubt here.")


def _check(request: RequestRow, found: Subject, reply: Reply, today: date) -> bool:
    """Raise if this reply cannot be sent; otherwise tell whether it was sent before."""
    if found.concern.reply is not None:
        if found.concern.reply == reply:
            return True
        raise Conflict("already_replied", "You have replied to this before. The first reply is kept.")
    if request.state != RequestState.OPEN:
        raise not_open(RequestState(request.state))
    if not is_open(found.round.released_on, today):
        raise Gone("replies_over", "The 30 days for replies to this round are over.")
    return False


def _reply(body: ReplyCreate) -> Reply:
    return Reply(kind=body.kind, text=body.text, by_month=body.by_month, links=body.links)


async def read_by_link(ctx: Context, round_id: UUID, typed: str) -> RoundReplies:
    """Return all replies to a round, the same for every code of it. Raises Unknown, Gone, Unavailable."""
    key = await find_key(ctx.keys, KeyName(Purpose.DIALOGUE, round_id))
    return await ctx.db.look(_read_by_link, key, typed, ctx.pepper, ctx.clock.now())


def _read_by_link(session: Session, key: FoundKey, typed: str, pepper: bytes, now: datetime) -> RoundReplies:
    row, read = open_round(session, key, now)
    box = dialogue_box.find(session, key)
    if box is None or find_asked(box, typed, pepper) is None:
        raise unknown_link()
    briefing = Briefing.model_validate(row.briefing)
    return RoundReplies(
        candidate_name=briefing.candidate_name,
        company=briefing.company,
        role_title=briefing.role_title,
        open_through=last_day(row.released_on),
        takes_effects=row.held != CandidateHeldLinks.ALL,
        replies=replies_to(read),
    )


def open_round(session: Session, key: FoundKey, now: datetime) -> tuple[RoundRow, RoundRead]:
    """Return a round with replies that can still be read. Raises Unknown, Gone.

    Without a reply there is nothing behind the link, whatever came of the round: a holder of a link must not learn
    whether its answers were shown.
    """
    row = session.get(RoundRow, key.owner)
    reads = [] if row is None else read_rounds(session, row.request_id, now)
    read = next((one for one in reads if one.row.id == key.owner), None)
    if row is None or read is None or not replies_to(read):
        raise unknown_link()
    if key.destroyed or not is_open(row.released_on, now.date()):
        raise Gone("replies_over", "The days in which this could be read are over.")
    if session.get_one(RequestRow, row.request_id).state == RequestState.PAUSED:
        raise paused_round()
    return row, read


def find_asked(box: dialogue_box.DialogueBox, typed: str, pepper: bytes) -> dialogue_box.Asked | None:
    """Return the person whose first link, or whose mail about a reply, has this code."""
    code_hash = hash_code(pepper, typed)
    for asked in box.asked:
        mailed = asked.mail_code is not None and hash_code(pepper, asked.mail_code) == code_hash
        if mailed or asked.code_hash == code_hash:
            return asked
    return None
