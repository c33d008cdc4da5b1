"""Rules of replies and effects: days, kinds, and which fields belong together."""

from datetime import date, timedelta

from app.core.errors import FieldError
from app.periods import CLARIFICATION
from app.vocabulary.dialogue_codes import ClarificationKind

MOST_LINKS = 2
# A pledge further away than this would be forgotten by everyone.
_LONGEST_PLEDGE = 24


def last_day(released_on: date | None) -> date | None:
    """Return the last day for replies to a round; None while a signed round still takes answers."""
    return None if released_on is None else CLARIFICATION.last_day(released_on)


def is_open(released_on: date | None, today: date) -> bool:
    """Tell whether replies to a round, and effects of them, are taken."""
    last = last_day(released_on)
    return last is None or today <= last


def mail_day(released_on: date | None, today: date) -> date:
    """Return the day of the mail about a reply: the next one, so that all replies of a day make one mail.

    On the last day for replies the mail goes at once: on the next day its link would open nothing.
    """
    last = last_day(released_on)
    tomorrow = today + timedelta(days=1)
    return tomorrow if last is None else min(tomorrow, last)


def reply_faults(kind: ClarificationKind, by_month: str | None, today: date) -> list[FieldError]:
    """Return the errors of a reply that its schema cannot find."""
    if kind is not ClarificationKind.WILL_IMPROVE:
        if by_month is None:
            return []
        return [FieldError("/by_month", "not_allowed_here", "Only “I am working on it” has a month: leave this out.")]
    if by_month is None:
        return [FieldError("/by_month", "required", "Say by which month.")]
    ahead = _months(by_month) - _months(f"{today:%Y-%m}")
    if not 0 <= ahead <= _LONGEST_PLEDGE:
        return [FieldError("/by_month", "out_of_range", "Choose a month from this one on, at most two years ahead.")]
    return []


def _months(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)
