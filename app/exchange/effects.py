"""What a reply changed: recorded by its author by receipt, by somebody of the panel by link, or by the manager.

Each of these three kinds of person records one effect per concern, and the first is kept. The manager's shows at once.
The others wait in the dialogue box and show at the first daily run of a later day, all together and without a time.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow, MailboxRow, ReplyRow
from app.answers.replies import add_effects, find_effect
from app.answers.schemas import ConcernEffect
from app.context import Context
from app.core import keyset
from app.core.errors import Conflict, FieldError, Forbidden, Gone, Invalid, one
from app.exchange.replies import find_asked, find_concern, open_round, unknown_concern
from app.exchange.rules import is_open
from app.exchange.schemas import EffectGiven, ManagerEffectCreate
from app.requests.lifecycle import log_failure
from app.requests.manager_box import check_code
from app.requests.manager_box import find_request as find_open_request
from app.rounds import attributed, dialogue_box
from app.rounds.box_store import unknown_link
from app.rounds.dialogue_box import DialogueBox, Full, Pending
from app.rounds.invitee import hash_tag
from app.rounds.models import RoundRow
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key
from app.sealing.models import DialogueBoxRow
from app.vocabulary.dialogue_codes import Effect, EffectBy


async def record_by_panel(ctx: Context, round_id: UUID, typed: str, given: EffectGiven) -> None:
    """Queue an effect of somebody who was asked.

    Raises Invalid, Unknown, Gone, Conflict, and Forbidden for a link that the candidate could have used themselves.
    """
    _check_reopens_nothing(given)
    key = await find_key(ctx.keys, KeyName(Purpose.DIALOGUE, round_id))
    await ctx.db.write(_record_by_panel, key, typed, given, ctx.pepper, ctx.clock.now())


def _record_by_panel(
    session: Session, key: FoundKey, typed: str, given: EffectGiven, pepper: bytes, now: datetime
) -> None:
    row, read = open_round(session, key, now)
    box = dialogue_box.find(session, key, lock=True)
    asked = None if box is None else find_asked(box, typed, pepper)
    if box is None or asked is None:
        raise unknown_link()
    if not any(
        concern.id == given.concern_id and concern.reply for answer in read.answers for concern in answer.concerns
    ):
        raise unknown_concern()
    if not asked.channel.is_independent:
        raise Forbidden(
            "candidate_held_link", "The candidate had this link in their hands, so it can't say what a reply changed."
        )
    _queue(session, key, box, row.people, EffectBy.PANEL, given, now.date())


async def record_by_author(ctx: Context, round_id: UUID, receipt_tag: str, given: EffectGiven | None) -> None:
    """Queue an effect of the author of an answer. Without one, leave the same traces and change nothing.

    Raises Invalid, Conflict, Gone, and Unknown if the receipt leads to no reply with this id.
    """
    if given is not None:
        _check_reopens_nothing(given)
    key = await find_key(ctx.keys, KeyName(Purpose.DIALOGUE, round_id))
    tag = hash_tag(ctx.pepper, round_id, receipt_tag)
    await ctx.db.write(_record_by_author, key, tag, given, ctx.clock.now())


def _record_by_author(session: Session, key: FoundKey, tag: bytes, given: EffectGiven | None, now: datetime) -> None:
    row = session.get(RoundRow, key.owner)
    body = session.execute(
        select(AnswerRow.body)
        .join(MailboxRow, MailboxRow.answer_id == AnswerRow.id)
        .where(MailboxRow.tag == tag, AnswerRow.round_id == key.owner)
    ).scalar_one_or_none()
    if row is None or body is None:
        if given is None:
            return
        raise unknown_concern()
    box = None if not is_open(row.released_on, now.date()) else dialogue_box.find(session, key, lock=True)
    if given is None:
        if box is not None:
            # A visit without an effect rewrites the box, too: storage does not tell who recorded one.
            dialogue_box.put_back(session, key, box, row.people)
        return
    own = {concern.id for concern in attributed.load(body).released.concerns}
    if given.concern_id not in own or session.get(ReplyRow, given.concern_id) is None:
        raise unknown_concern()
    if box is None:
        raise _over()
    _queue(session, key, box, row.people, EffectBy.AUTHOR, given, now.date())


def _queue(
    session: Session, key: FoundKey, box: DialogueBox, people: int, by: EffectBy, given: EffectGiven, today: date
) -> None:
    """Queue an effect in the box. A repetition rewrites the box and changes nothing. Raises Conflict."""
    new = Pending(
        concern_id=given.concern_id, by=by, effect=given.effect, note=given.note, question=given.question, on=today
    )
    shown = find_effect(session, given.concern_id, by)
    known = [_shown(one) for one in box.pending if (one.concern_id, one.by) == (new.concern_id, by)]
    known += [shown] if shown else []
    if known and known[0] != _shown(new):
        raise _recorded()
    if not known:
        box.pending.append(new)
    try:
        dialogue_box.put_back(session, key, box, people)
    except Full:
        raise Conflict("too_many_effects", "Too much was recorded here today. Please try again tomorrow.") from None


def record_by_manager(
    session: Session, *, key: FoundKey, code_hash: bytes, given: ManagerEffectCreate, now: datetime
) -> bool:
    """Store an effect of the hiring manager, which shows at once; return whether this is a repetition.

    Raises Invalid, Unknown, Gone, Conflict.
    """
    if faults := _manager_faults(given):
        raise Invalid(faults)
    request = find_open_request(session, key, lock=True)
    check_code(session, key, code_hash)
    found = find_concern(session, request.id, given.concern_id, now)
    if found.concern.reply is None:
        raise unknown_concern()
    effect = ConcernEffect(
        by=EffectBy.MANAGER,
        effect=given.effect,
        note=given.note,
        question=given.question,
        signature=given.signature,
        next_step=given.next_step,
    )
    shown = find_effect(session, given.concern_id, EffectBy.MANAGER)
    if shown is not None:
        if shown == effect:
            return True
        raise _recorded()
    if not is_open(found.round.released_on, now.date()):
        raise _over()
    add_effects(session, found.round.row.id, [(given.concern_id, effect)])
    return False


async def show_due(ctx: Context, today: date) -> None:
    """Show the effects that were recorded on days before `today`. Run it before the dialogue boxes end."""
    async for round_id in keyset.each(lambda after: ctx.db.read(_find_boxes, after)):
        with log_failure(round_id):
            key = await find_key(ctx.keys, KeyName(Purpose.DIALOGUE, round_id))
            await ctx.db.write(_show_due, key, today)


def _find_boxes(session: Session, after: UUID | None) -> list[UUID]:
    """Return rounds with a dialogue box and a reply: only these can have effects that wait."""
    statement = select(DialogueBoxRow.round_id).where(DialogueBoxRow.round_id.in_(select(ReplyRow.round_id).distinct()))
    return list(session.scalars(keyset.batch(statement, DialogueBoxRow.round_id, after)))


def _show_due(session: Session, key: FoundKey, today: date) -> None:
    box = dialogue_box.find(session, key, lock=True)
    row = session.get(RoundRow, key.owner)
    due = [] if box is None else [one for one in box.pending if one.on < today]
    if box is None or row is None or not due:
        return
    add_effects(session, row.id, [(one.concern_id, _shown(one)) for one in due])
    box.pending = [one for one in box.pending if one.on >= today]
    dialogue_box.put_back(session, key, box, row.people)


def _shown(pending: Pending) -> ConcernEffect:
    return ConcernEffect(
        by=pending.by,
        effect=pending.effect,
        note=pending.note,
        question=pending.question,
        signature=None,
        next_step=None,
    )


def _check_reopens_nothing(given: EffectGiven) -> None:
    if given.effect is Effect.REOPENED:
        raise one("/effect", "not_allowed_here", "Only the hiring manager can offer to talk again.")


def _manager_faults(given: ManagerEffectCreate) -> list[FieldError]:
    parts = (("/next_step", given.next_step), ("/signature", given.signature))
    if given.effect is Effect.REOPENED:
        message = "An offer to talk again needs a next step and your name, so that nobody hopes for nothing."
        return [FieldError(pointer, "required", message) for pointer, value in parts if value is None]
    return [
        FieldError(pointer, "not_allowed_here", "Only an offer to talk again has this: leave it out.")
        for pointer, value in parts
        if value is not None
    ]


def _recorded() -> Conflict:
    return Conflict("effect_recorded", "An effect was recorded for this before. The first one is kept.")


def _over() -> Gone:
    return Gone("replies_over", "The 30 days for replies to this round are over.")
