"""Lever webhooks. Each message asks for a pull of an opportunity and for nothing else.

Lever signs only the token and the time of a message, so that anybody who saw one could resend it with another
opportunity. Debrief therefore trusts nothing that a message says, not even a deletion, and asks Lever.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from app.ats import signatures
from app.ats.connector import HOOK_STATUSES, Event, EventKind, HookResponse, HookResult
from app.ats.lever.schemas import Message
from app.ats.strict_json import read_object
from app.core.errors import Malformed, TooLarge

EVENTS = (
    "candidateArchiveChange",
    "candidateStageChange",
    "candidateHired",
    "candidateDeleted",
    "interviewCreated",
    "interviewUpdated",
    "interviewDeleted",
)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check the signature in the body, over the token and the time as its literal digits. Old messages are accepted.

    Lever has one token for each webhook, so a secret may be several tokens, separated by whitespace.
    """
    del headers, now
    try:
        found = read_object(body)
    except (Malformed, TooLarge):
        # The signature is in the body: a body that can't be read has none.
        return False
    token, triggered_at, signature = found.get("token"), found.get("triggeredAt"), found.get("signature")
    # By the exact type: `true` is an int too, and a float has lost digits.
    if type(triggered_at) is not int or not isinstance(token, str) or not isinstance(signature, str):
        return False
    signed = f"{token}{triggered_at}".encode("utf-8", "surrogatepass")
    return signatures.is_signed(signed, signature, [one for secret in secrets for one in secret.split()])


def answer(result: HookResult) -> HookResponse:
    """Return the response for `result`: Lever retries after 503."""
    return HookResponse(HOOK_STATUSES[result], b"{}")


def parse(headers: Mapping[str, str], body: bytes) -> Event:
    """Parse a message. Raises Malformed."""
    del headers
    try:
        message = Message.model_validate(read_object(body))
    except ValidationError:
        # Without the cause, which quotes the message.
        raise Malformed("unreadable_event", "The event can't be parsed. Nothing was stored.") from None
    # Each delivery has its own token: a second message with the same token is a repetition, whatever its data. A retry
    # with a new token only causes another pull.
    key = f"{message.token}|{message.triggered_at}"
    about = message.data.opportunity_id if message.data else None
    if about is None:
        # "Verify connection" sends this, under the name of a real event.
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
