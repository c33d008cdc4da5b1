"""The diagrams of `docs/states.md`, drawn from the tables of transitions: `python -m tests.house.states`."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.applications.rules import OFFER_TRANSITIONS, UPTAKE_TRANSITIONS, OfferState, Uptake
from app.requests.rules import TRANSITIONS as REQUEST_TRANSITIONS
from app.requests.rules import RequestState
from app.rounds.rules import TRANSITIONS as ROUND_TRANSITIONS
from app.rounds.rules import RoundState

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/states.md"

# For each diagram: the states, the table, the states of a new row, and those whose row is deleted next.
ROUND = (RoundState, ROUND_TRANSITIONS, RoundState.COLLECTING, RoundState.ERASED)
REQUEST = (RequestState, REQUEST_TRANSITIONS, RequestState.OPEN, RequestState.ERASING)
OFFER = (OfferState, OFFER_TRANSITIONS, OfferState.NONE, None)
UPTAKE = (Uptake, UPTAKE_TRANSITIONS, None, None)
DIAGRAMS = (ROUND, REQUEST, OFFER, UPTAKE)

_TEXT = """# States

Rounds, requests and offers change their state in one place each: `move(row, state)` in `app/rounds/rules.py`,
`app/requests/rules.py` and `app/applications/rules.py`. Beside it stands the table of all transitions. A move that the
table does not name raises an error; a test sees to it that no other code assigns these states. The diagrams below are
drawn from the tables by `make openapi`.

## Round

A round asks a few people about one stage of an application. It takes answers while it is `collecting`.

{round}

## Request

A request belongs to a candidate and has rounds. It is over when it is `withdrawn`; its candidate can still read what
was released, until the request is erased.

{request}

## Offer

An application that the ATS reports can lead to an offer. An offer has two states, since the employer must not see what
the candidate does. The first is how the offer stands for the employer:

{offer}

The second is what the candidate made of the offer, its uptake. It stays empty until the candidate gets the offer.

{uptake}
"""


def diagram(states: type[StrEnum], table: Mapping[Any, str], first: StrEnum | None, last: StrEnum | None) -> str:
    """Draw a table of transitions for Mermaid."""
    moves = [(before, after) for before in (None, *states) for after in states if (before, after) in table]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            *([f"    [*] --> {first}"] if first else []),
            *(f"    {before or '[*]'} --> {after}: {table[before, after]}" for before, after in moves),
            *([f"    {last} --> [*]"] if last else []),
            "```",
        ]
    )


def document() -> str:
    """Return the whole of `docs/states.md`."""
    return _TEXT.format(
        round=diagram(*ROUND), request=diagram(*REQUEST), offer=diagram(*OFFER), uptake=diagram(*UPTAKE)
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document())
