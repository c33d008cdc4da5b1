"""What one message of Lever's asks for: always to look at an opportunity, and never more.

Only the token and the time of a message are signed, so that whoever saw one can send it again about somebody else. What
a message says is therefore not believed, not even that a candidate was deleted: Lever is asked.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from app.ats import signatures
from app.ats.connector import Event, EventKind
from app.ats.lever.schemas import Message
from app.ats.strict_json import read_object
from app.core.errors import Malformed

EVENTS = (
    "candidateArchiveChange",
    "candidateStageChange",
    "candidateHired",
    "candidateDeleted",
    "interviewCreated",
    "interviewUpdated",
    "interviewDeleted",
)


def parse(body: bytes) -> Event:
    """Read a message. Raises Malformed."""
    try:
        message = Message.model_validate(read_object(body))
    except ValidationError:
        # Without its cause: that one quotes what was sent.
        raise Malformed("unreadable_event", "This event can't be read. Nothing was stored.") from None
    # A token is made for one delivery: a second one with the same is a repetition, whatever else it says now. A
    # repetition with a token of its own asks to look once more, which changes nothing.
    key = f"{message.token}|{message.triggered_at}"
    about = message.data.opportunity_id if message.data else None
    if about is None:
        # "Verify connection" sends this, with the name of a real event.
        return Event(EventKind.PING, message.event, key)
    if message.event not in EVENTS:
        return Event(EventKind.IGNORED, message.event, key)
    return Event(
        EventKind.FACTS,
        message.event,
        key,
        application_id=about,
        interview_id=message.data.interview_id if message.data else None,
        wants_pull=True,
        sole=True,
    )


def verify(body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether one of the secrets signed this. Lever has a token for each webhook: a secret may be several, with
    blanks between them.

    What can't be read, was not signed by anybody we know: its signature is in what can't be read.
    """
    try:
        found = read_object(body)
    except Malformed:
        return False
    token, triggered_at, signature = found.get("token"), found.get("triggeredAt"), found.get("signature")
    # By its exact type: true is a whole number, too, and a float has lost digits.
    if type(triggered_at) is not int or not isinstance(token, str) or not isinstance(signature, str):
        return False
    return signatures.lever(token, triggered_at, signature, [one for secret in secrets for one in secret.split()])
