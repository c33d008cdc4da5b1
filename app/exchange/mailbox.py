"""The mailbox: an author reads their released answer by its receipt, or withdraws it while the round is open.

A visit leaves no trace: no time, no count, no "read".
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers import replies
from app.answers.models import AnswerRow, MailboxRow
from app.answers.wording import in_words
from app.exchange.schemas import ReceiptMailbox
from app.rounds import attributed
from app.rounds.box_store import open_box, put_back, unknown_link, write_if_needed
from app.rounds.models import RoundRow
from app.sealing.keystore import FoundKey

_SHOWN = (
    select(AnswerRow.body, AnswerRow.round_id, RoundRow.briefing)
    .join(MailboxRow, MailboxRow.answer_id == AnswerRow.id)
    .join(RoundRow, RoundRow.id == AnswerRow.round_id)
)


def read(session: Session, tag: bytes) -> ReceiptMailbox:
    """Return the answer of `tag` as the candidate reads it. Reading writes nothing."""
    found = session.execute(_SHOWN.where(MailboxRow.tag == tag)).first()
    if found is None:
        return ReceiptMailbox(answer=None, in_words=[])
    released = replies.read(session, [found.round_id]).beside([attributed.load(found.body).released])[0]
    return ReceiptMailbox(
        answer=released, in_words=in_words(released, candidate_name=found.briefing.get("candidate_name", ""))
    )


def withdraw(session: Session, *, key: FoundKey, tag: bytes, today: date) -> None:
    """Delete the answer with `tag` from an open box. Its link stays used: nobody knows which link it was.

    Raises Unknown if there is no such answer, exactly as for an unknown round, and Gone if the round is over. Authors
    can withdraw during a pause, too.
    """

    def attempt(lock: bool) -> bool | None:
        opened = open_box(session, key, today, lock=lock, taking_back=True)
        if not opened.packed.has_ballot(tag):
            raise unknown_link()
        if not lock:
            return None
        opened.box.ballots = [ballot for ballot in opened.box.ballots if ballot.tag != tag]
        put_back(session, opened)
        return True

    write_if_needed(attempt)
