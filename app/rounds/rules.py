"""The rules of a round: who may be asked, until when, and what is shown in the end. `today` is always an argument."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.errors import FieldError
from app.vocabulary.codes import IfTooFew, Mode, Stage

MOST_PEOPLE = 10
LONGEST_DAYS = 60
TAKE_BACK_MINUTES = 15
CLARIFICATION_DAYS = 30


class RoundState(StrEnum):
    """The life of a round. Only `collecting` takes answers."""

    COLLECTING = "collecting"
    CLOSED = "closed"
    RELEASED = "released"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class KBasis(StrEnum):
    """Which answers count towards k: all, or those of people whom the candidate could not have impersonated."""

    ALL = "all"
    INDEPENDENT = "independent"


class Held(StrEnum):
    """How many of the links passed through the candidate's hands."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class OpenedBy(StrEnum):
    """Who named the people of a round; only the candidate's own naming makes exact counts safe to tell them."""

    CANDIDATE = "candidate"
    MANAGER = "manager"


@dataclass(frozen=True)
class Threshold:
    """How anonymous a round is: fixed when it is made, never weaker."""

    mode: Mode
    k: int
    basis: KBasis = KBasis.ALL
    held: Held = Held.ALL


def default_threshold(people: int) -> tuple[Mode, int]:
    """Return the mode and k for `people` when nobody chose: one signs, two need two, more need three."""
    if people == 1:
        return Mode.ATTRIBUTED, 1
    return Mode.SEALED, min(people, 3)


def threshold_faults(mode: Mode, k: int | None, people: int, pointer: str) -> list[FieldError]:
    """Say what is wrong with a wish for anonymity; `pointer` is where it stands in the body."""
    if mode is Mode.BLIND:
        return [FieldError(f"{pointer}/mode", "not_available", "This server does not offer blind rounds.")]
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
    """Complete the threshold: `independent` says of each person asked whether they got the link without the candidate.

    With k independent people only those count. With fewer, all count, and the statement says what that means.
    """
    alone = sum(independent)
    held = Held.NONE if alone == len(independent) else Held.SOME if alone else Held.ALL
    basis = KBasis.INDEPENDENT if mode is not Mode.ATTRIBUTED and held is Held.SOME and alone >= k else KBasis.ALL
    return Threshold(mode, k, basis, held)


def default_closing(stage: Stage, today: date) -> date:
    """Return when a round closes if nobody says: before the decision there is little time."""
    return today + timedelta(days=2 if stage is Stage.AFTER_INTERVIEW else 7)


def closing_faults(closes_on: date, *, opens_on: date, today: date, pointer: str = "/closes_on") -> list[FieldError]:
    """Say what is wrong with a closing date."""
    if closes_on < today:
        return [FieldError(pointer, "in_the_past", "This day has passed.")]
    if closes_on > opens_on + timedelta(days=LONGEST_DAYS):
        return [FieldError(pointer, "too_late", f"A round is open for {LONGEST_DAYS} days at the most.")]
    return []


def accepts(state: RoundState, closes_on: date, today: date) -> bool:
    """Tell whether answers are taken: through the end of `closes_on`, in UTC."""
    return state is RoundState.COLLECTING and today <= closes_on


@dataclass(frozen=True)
class Release:
    """What becomes of the ballots of a closed round: for each its index, and whether its words are shown."""

    state: RoundState
    shown: tuple[tuple[int, bool], ...] = ()
    below_threshold: bool = False


def settle(k: int, counted: int, wishes: Iterable[IfTooFew]) -> Release:
    """Decide what is shown, given what each author wished for the case that too few answered.

    `counted` is how many answers count towards k.
    """
    chosen = list(wishes)
    if chosen and counted >= k:
        return Release(RoundState.RELEASED, tuple((index, True) for index in range(len(chosen))))
    shown = tuple(
        (index, wish is IfTooFew.RELEASE) for index, wish in enumerate(chosen) if wish is not IfTooFew.WITHHOLD
    )
    if shown:
        return Release(RoundState.RELEASED, shown, below_threshold=True)
    return Release(RoundState.WITHHELD)
