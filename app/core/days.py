"""The end of a day. A day that people are told ("through 8 December") ends when it has ended everywhere.

That is at 12:00 UTC of the next day, when it ends at UTC-12. All rounds, claims, offers and clarifications close by
this rule.
"""

from datetime import UTC, date, datetime, time, timedelta


def end_of_day(day: date) -> datetime:
    """Return the moment at which `day` has ended everywhere."""
    return datetime.combine(day + timedelta(days=1), time(12), UTC)


def open_day(now: datetime) -> date:
    """Return the earliest day that has not ended everywhere at `now`. What closed on an earlier day is over."""
    return (now.astimezone(UTC) - timedelta(hours=12)).date()
