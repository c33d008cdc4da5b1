"""How long a request is kept. `today` is always an argument."""

from datetime import date, timedelta

KEPT_DAYS = 365


def last_expired(today: date) -> date:
    """Return the latest day such that a request which ended on it has been kept long enough."""
    return today - timedelta(days=KEPT_DAYS)
