"""The rules of a round: its states, who may be asked, when it closes, and what the candidate gets to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from app.core import transitions
from app.core.days import end_of_day
from app.core.errors import FieldError
from app.periods import ROUND_OPEN
from app.vocabulary.codes import IfTooFew, Mode, Stage

MOST_PEOPLE = 10
LONGEST_DAYS = ROUND_OPEN.days
TAKE_BACK_MINUTES = 15
REMINDER_DAYS = (3, 6)
# A blind round takes claims in its first days, and answers in the days after those.
CLAIM_DAYS = 2
ANSWER_DAYS = 3


class RoundState(StrEnum):
    """The state of a round. Only `collecting` takes answers. `paused`: the company has reopened the application."""

    COLLECTING = "collecting"
    PAUSED = "paused"
    RELEASED = "released"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


# A new round is collecting. Each pair of states, and what moves a round from the first to the second.
TRANSITIONS: dict[tuple[RoundState | None, RoundState], str] = {
    (RoundState.COLLECTING, RoundState.RELEASED): "it closes, and answers may be shown",
    (RoundState.COLLECTING, RoundState.WITHHELD): "it closes, and too few people answered",
    (RoundState.COLLECTING, RoundState.PAUSED): "the company reopens the application",
    (RoundState.PAUSED, RoundState.COLLECTING): "the company rejects again",
    (RoundState.COLLECTING, RoundState.WITHDRAWN): "its request ends",
    (RoundState.PAUSED, RoundState.WITHDRAWN): "its request ends",
    (RoundState.PAUSED, RoundState.RELEASED): "its request ends after a signed answer was shown",
    (RoundState.COLLECTING, RoundState.ERASED): "its request is erased, or its key was destroyed before a restore",
    (RoundState.PAUSED, RoundState.ERASED): "its request is erased",
    (RoundState.RELEASED, RoundState.ERASED): "its request is erased",
    (RoundState.WITHHELD, RoundState.ERASED): "its request is erased",
    (RoundState.WITHDRAWN, RoundState.ERASED): "its request is erased",
}
# States in which a round may still take answers, now or later.
UNFINISHED = (RoundState.COLLECTING, RoundState.PAUSED)


class HasState(Protocol):
    """A row with a state."""

    state: Any


def move(row: HasState, state: RoundState) -> None:
    """Change the state of a round. Raises ForbiddenMove."""
    transitions.move(row, "state", state, TRANSITIONS)


class KBasis(StrEnum):
    """Which answers count towards k: all, or only those of people whom the candidate could not have impersonated."""

    ALL = "all"
    INDEPENDENT = "independent"


class CandidateHeldLinks(StrEnum):
    """How many of the links the candidate handed over themselves."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class OpenedBy(StrEnum):
    """Who named the people of a round. The candidate gets exact counts only if they named the people themselves.

    `connection`: the ATS named them, when the candidate accepted an offer.
    """

    CANDIDATE = "candidate"
    MANAGER = "manager"
    CONNECTION = "connection"


@dataclass(frozen=True)
class Threshold:
    """How anonymous a round is: fixed when it is made, never weaker.

    `k` is the number of answers that have to come before the candidate reads any: with k answers, each could be from
    any of k people. If fewer count at the end, each author's own choice (`IfTooFew`) decides about their answer. In a
    sealed or blind round k is at least 2 and at most the number of people; a signed round has a k of 1. `basis` says
    which answers count.
    """

    mode: Mode
    k: int
    basis: KBasis = KBasis.ALL
    candidate_held: CandidateHeldLinks = CandidateHeldLinks.ALL


def default_threshold(people: int) -> tuple[Mode, int]:
    """Return the mode and k for a round of `people` where the candidate chose neither.

    One person signs. Of two, both have to answer; of more, three.
    """
    if people == 1:
        return Mode.ATTRIBUTED, 1
    return Mode.SEALED, min(people, 3)


def threshold_faults(mode: Mode, k: int | None, people: int, pointer: str) -> list[FieldError]:
    """Return the faults of a mode and k that the candidate chose; `pointer` is their place in the body."""
    if mode is Mode.ATTRIBUTED:
        if k is not None:
            return [FieldError(f"{pointer}/k", "not_allowed_here", "Signed answers have no threshold.")]
        return []
    if people == 1:
        return [
            FieldError(f"{pointer}/mode", "too_few_people", "One person alone can't be anonymous: ask them to sign.")
        ]
    if k is not None and k < 2:
        return [FieldError(f"{pointer}/k", "out_of_range", "At least two answers must come before any is shown.")]
    if k is not None and k > people:
        return [FieldError(f"{pointer}/k", "out_of_range", "More answers are needed than people are asked.")]
    return []


def threshold(mode: Mode, k: int, independent: Sequence[bool]) -> Threshold:
    """Return the threshold of a new round.

    `independent` has an entry for each person: whether they get the link without the candidate. With k independent
    people, only their answers count. With fewer, all count, and the statement tells the people what that means.
    """
    alone = sum(independent)
    if alone == len(independent):
        held = CandidateHeldLinks.NONE
    else:
        held = CandidateHeldLinks.SOME if alone else CandidateHeldLinks.ALL
    counts_some = mode is not Mode.ATTRIBUTED and held is CandidateHeldLinks.SOME and alone >= k
    return Threshold(mode, k, KBasis.INDEPENDENT if counts_some else KBasis.ALL, held)


def first_day(opens_on: date, interviewed_on: date | None) -> date:
    """Return the first day on which mail may go to the people of a round: never before the interview."""
    return max(opens_on, interviewed_on) if interviewed_on else opens_on


def reminder_days(first: date, closes_on: date) -> list[date]:
    """Return the days on which everyone in a round gets a reminder. On the last day a mail may come too late."""
    days = (first + timedelta(days=after) for after in REMINDER_DAYS)
    return [day for day in days if day < closes_on]


def default_closing(stage: Stage, today: date, mode: Mode = Mode.SEALED) -> date:
    """Return the default closing date. A round before the decision has two days, but a blind one needs a week."""
    return today + timedelta(days=2 if stage is Stage.AFTER_INTERVIEW and mode is not Mode.BLIND else 7)


def claim_window(first: date) -> date:
    """Return the last day of claims. On separate days, the hour of a claim cannot be matched to that of an answer."""
    return first + timedelta(days=CLAIM_DAYS - 1)


def answers_from(claim_until: date) -> date:
    """Return the first day of answers in a blind round."""
    return claim_until + timedelta(days=1)


def first_closing(claim_until: date) -> date:
    """Return the earliest day on which a blind round can close: all days for answers come after those for claims."""
    return claim_until + timedelta(days=ANSWER_DAYS)


def shortened_closing(closes_on: date, claim_until: date | None, today: date) -> date:
    """Return the closing date of a round that its manager ends today. A blind round keeps one whole day of answers."""
    return min(closes_on, today if claim_until is None else max(today, answers_from(claim_until)))


def blind_faults(closes_on: date, claim_until: date, *, available: bool, pointer: str = "") -> list[FieldError]:
    """Return what keeps a round from being blind: a server without the key, or too few days."""
    if not available:
        return [FieldError(f"{pointer}/anonymity/mode", "not_available", "This server does not offer blind rounds.")]
    earliest = first_closing(claim_until)
    if closes_on >= earliest:
        return []
    return [
        FieldError(f"{pointer}/closes_on", "too_early", f"Such a blind round closes on {earliest} at the earliest.")
    ]


def answers_open_on(closes_on: date) -> date:
    """Return the day on which the candidate reads the answers: the one after the last day for answers."""
    return closes_on + timedelta(days=1)


def closing_faults(closes_on: date, *, opens_on: date, today: date, pointer: str = "/closes_on") -> list[FieldError]:
    """Return the faults of a closing date."""
    if closes_on < today:
        return [FieldError(pointer, "in_the_past", "This day has passed.")]
    if closes_on > opens_on + timedelta(days=LONGEST_DAYS):
        return [FieldError(pointer, "too_late", f"A round is open for {LONGEST_DAYS} days at the most.")]
    return []


def accepts(state: RoundState, closes_on: date, today: date) -> bool:
    """Tell whether a round takes answers on `today`, which is `open_day`: through the end of `closes_on` everywhere."""
    return state is RoundState.COLLECTING and today <= closes_on


@dataclass(frozen=True)
class OpenRound:
    """The facts about a collecting round that decide when it closes.

    `shows_at` is the moment at which the latest signed answer begins to show: until then its author can take it back.
    """

    closes_on: date
    shows_at: datetime | None = None


def closes_now(round_: OpenRound, now: datetime) -> bool:
    """Tell whether a collecting round closes at `now`.

    It closes when `closes_on` has ended everywhere, whoever has acted. A round of signed answers stays open until all
    of them show.
    """
    return end_of_day(round_.closes_on) <= now and (round_.shows_at is None or round_.shows_at <= now)


@dataclass(frozen=True)
class ReleaseDecision:
    """What the candidate gets of a closed round: the index of each ballot, and whether its words are shown."""

    state: RoundState
    shown: tuple[tuple[int, bool], ...] = ()
    below_threshold: bool = False


def decide_release(k: int, counted: int, wishes: Iterable[IfTooFew]) -> ReleaseDecision:
    """Decide which answers the candidate gets.

    `counted` is how many answers count towards k. `wishes` has each author's choice for the case of too few answers.
    """
    chosen = list(wishes)
    if chosen and counted >= k:
        return ReleaseDecision(RoundState.RELEASED, tuple((index, True) for index in range(len(chosen))))
    shown = tuple(
        (index, wish is IfTooFew.RELEASE) for index, wish in enumerate(chosen) if wish is not IfTooFew.WITHHOLD
    )
    if shown:
        return ReleaseDecision(RoundState.RELEASED, shown, below_threshold=True)
    return ReleaseDecision(RoundState.WITHHELD)
