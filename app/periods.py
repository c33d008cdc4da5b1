"""Retention periods: what the service keeps, until when, and why.

The code that deletes something takes its number of days from here. `docs/operating.md` prints the same table.
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Retention:
    """One kind of record, the event that ends it, and the reason."""

    what: str
    until: str
    why: str


@dataclass(frozen=True)
class Period(Retention):
    """A record that is kept for a number of days."""

    days: int

    def cutoff(self, today: date) -> date:
        """Return the day that lies the whole period before `today`."""
        return today - timedelta(days=self.days)

    def last_day(self, begun: date) -> date:
        """Return the last day of the period that began on `begun`."""
        return begun + timedelta(days=self.days)


ROUND_OPEN = Period(
    "a round that collects answers",
    "60 days after it opened at the latest; then it is released, or destroyed unread",
    "the candidate gets an answer within two months, and sealed answers do not pile up",
    days=60,
)
CLARIFICATION = Period(
    "who was asked, encrypted",
    "30 days after the release; with the round if it was not released",
    "the candidate can reply to a doubt, everyone who was asked can read it, and say what it changed",
    days=30,
)
REQUEST = Period(
    "a request, and what was released",
    "the candidate erases it, or 365 days after its last round ended",
    "the candidate has a year to read it; then it goes even if the manage token was lost",
    days=365,
)
REPLAY = Period(
    "the answer to a request with an `Idempotency-Key`, encrypted under that key",
    "1 day, to the end of the next UTC day; wiped at once when what it made is erased, withdrawn or deleted",
    "a client that lost the answer can repeat the request; no hour is stored that tells when",
    days=1,
)
SENT_MAIL = Period(
    "that a mail was sent: kind and day",
    "14 days after that day, or until its request is erased; if it bounced, until its round or request is over",
    "the operator can follow up a complaint about a mail",
    days=14,
)
APPLICATION = Period(
    "what a recruiting system reported of an application, encrypted",
    "that system erases it, or 365 days after the last change and the end of its offer",
    "a late change can still pause or withdraw the offer and its request",
    days=365,
)
INBOUND_LOG = Period(
    "what came through a connection: kind, id, outcome",
    "14 days after it arrived",
    "the employer's administrator can see why an event had no effect",
    days=14,
)
INBOUND_ID = Period(
    "the id by which a repeated event is recognised, and which candidates were merged",
    "400 days after it arrived",
    "longer than a late event could bring an erased application back",
    days=400,
)
NOTICE = Period(
    "notices to the administrator of a connection: code and application id",
    "365 days after the notice",
    "the administrator sees what needs attention, as long as the application is kept",
    days=365,
)
DELIVERY = Period(
    "what was sent to a webhook endpoint: ids, day, outcome",
    "30 days after that day",
    "a failed delivery can be found and sent again",
    days=30,
)
TEST_MAIL = Period(
    "mails of test connections",
    "14 days after they were written",
    "a developer can read them; they are never sent",
    days=14,
)

# In the order in which docs/operating.md prints them.
RETENTIONS: tuple[Retention, ...] = (
    ROUND_OPEN,
    CLARIFICATION,
    REQUEST,
    REPLAY,
    Retention("what a mail says, encrypted", "it is sent, or its round ends", "it holds an address and a link"),
    Retention(
        "how many mails an address got on a day: a keyed hash of address and day",
        "the next daily tick after that day",
        "the limit of mails per address counts one day",
    ),
    SENT_MAIL,
    Retention(
        "that an address unsubscribed or bounced: a keyed hash of it",
        "for good; after a bounce, until `debrief bounce --lift`",
        "the address gets no more mail",
    ),
    APPLICATION,
    INBOUND_LOG,
    INBOUND_ID,
    NOTICE,
    DELIVERY,
    TEST_MAIL,
    Retention(
        "that something was erased in an employer's system: a keyed hash of its id",
        "for good",
        "a late event cannot recreate it",
    ),
    Retention(
        "that a key was destroyed or a request erased: its random id",
        "for good, in the key store, without a date",
        "a restored backup cannot bring it back",
    ),
)
