"""What a quarter of offers tells its employer: a few numbers, each a true lower bound, none of them exact.

An employer can fill a quarter with candidates and interviewers whose answers it knows, and subtract them. So something
is taken off each number that nobody knows, and that is drawn once: what is left is hardly more likely with a certain
candidate's answers than without them. `docs/decisions/0018-numbers-drawn-once.md` says how much that hides.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.core.errors import FieldError, Forbidden, Invalid
from app.rounds.tally import Tally
from app.vocabulary.codes import About

# A candidate counts from so many released answers on, so that five of them are the ten answers that are promised.
LEAST_OF_ONE = 2
LEAST_ANSWERS = 10
LEAST_CANDIDATES = 5
LEAST_NAMED = 3
# From so many offers in a quarter on a job has numbers of its own: the employer knows how many it made, and nothing
# that anybody answered decides it.
LEAST_OFFERS = 100
STEP = 5
ALL_JOBS = ""
_MONTHS = 3
_YEARS = range(2000, 3000)

Throw = Callable[[Sequence[int]], int]
"""Returns a random index, each as likely as its weight says: `dice.draw`."""


@dataclass(frozen=True)
class Noise:
    """What is taken off a number: most likely the `middle`, and from nothing up to twice that.

    Each step away from the middle is rarer by `larger / smaller`. By that ratio the likelihood of whatever is shown can
    change when one candidate more is counted; the ends, which give it away, are the rarest.
    """

    middle: int
    larger: int
    smaller: int

    @property
    def weights(self) -> list[int]:
        """Return how likely each number from 0 on is, in whole numbers."""
        away = [abs(taken - self.middle) for taken in range(2 * self.middle + 1)]
        return [self.larger ** (self.middle - steps) * self.smaller**steps for steps in away]


# The numbers of all jobs, where no job has numbers of its own: a candidate is in one cell.
ALONE = Noise(middle=4, larger=2, smaller=1)
# Where a job has, a candidate is in two cells, and both ratios together must not be more: 7/5 times 7/5 is less than 2.
SHARED = Noise(middle=7, larger=7, smaller=5)


@dataclass(frozen=True)
class Closed:
    """One offer that is over: to whom, for which job, and what was released after it."""

    candidate: str | UUID
    job_remote_id: str | None
    released: Tally


@dataclass(frozen=True)
class Cell:
    """The numbers of one quarter, of one job or of all: nothing else is stored, and nothing else is ever shown."""

    job_remote_id: str
    offers: int
    candidates: int
    never_asked: dict[About, int]


@dataclass(frozen=True)
class NeverAsked:
    """A subject of doubts that decided, and in at least how many candidates' debriefs nobody had asked about it."""

    about: About
    at_least: int


@dataclass(frozen=True)
class Summary:
    """What many offers tell together."""

    first: date
    last: date
    offers: int
    candidates: int
    never_asked: tuple[NeverAsked, ...]


@dataclass(frozen=True)
class _Candidate:
    """What was released about one candidate. `job` is None for whoever had offers of several: they count in none."""

    job: str | None
    released: Tally


def draw(offers: Sequence[Closed], throw: Throw) -> list[Cell]:
    """Return the cells of a quarter, that of all jobs first."""
    by_job = Counter(one.job_remote_id for one in offers)
    large = sorted(job for job, count in by_job.items() if job and count >= LEAST_OFFERS)
    noise = SHARED if large else ALONE
    candidates = [one for one in _by_candidate(offers) if one.released.answers >= LEAST_OF_ONE]
    return [
        _cell(ALL_JOBS, len(offers), candidates, noise, throw),
        *(_cell(job, by_job[job], [one for one in candidates if one.job == job], noise, throw) for job in large),
    ]


def _by_candidate(offers: Iterable[Closed]) -> list[_Candidate]:
    """Gather what belongs to one person: nobody may move a number by more than one."""
    gathered: dict[str | UUID, list[Closed]] = {}
    for one in offers:
        gathered.setdefault(one.candidate, []).append(one)
    return [
        _Candidate(
            own[0].job_remote_id if len({one.job_remote_id for one in own}) == 1 else None,
            Tally(
                sum(one.released.answers for one in own), {about for one in own for about in one.released.never_asked}
            ),
        )
        for own in gathered.values()
    ]


def _cell(job: str, offers: int, candidates: Sequence[_Candidate], noise: Noise, throw: Throw) -> Cell:
    # For every subject there is, and before anything is left out: that one is missing must tell nothing either.
    named = Counter(about for one in candidates for about in one.released.never_asked)
    return Cell(
        job,
        offers,
        _less(len(candidates), noise, throw),
        {about: _less(named[about], noise, throw) for about in About},
    )


def _less(count: int, noise: Noise, throw: Throw) -> int:
    return max(0, count - throw(noise.weights))


def summarize(cells: Iterable[Cell], *, first: date, last: date) -> Summary:
    """Add up the cells that are large enough. Raises Forbidden `below_threshold` if none is.

    All of this looks at numbers as they were drawn, never at those that they were drawn from.
    """
    enough = [cell for cell in cells if cell.candidates >= LEAST_CANDIDATES]
    if not enough:
        raise Forbidden(
            "below_threshold",
            f"Fewer than {LEAST_CANDIDATES} candidates, or {LEAST_ANSWERS} answers, or too few to be sure of it: "
            "nothing is told.",
        )
    named: Counter[About] = Counter()
    for cell in enough:
        named.update(cell.never_asked)
    told = [(about, _rounded(count)) for about, count in named.items() if count >= LEAST_NAMED]
    return Summary(
        first=first,
        last=last,
        offers=_rounded(sum(cell.offers for cell in enough)),
        candidates=_rounded(sum(cell.candidates for cell in enough)),
        never_asked=tuple(
            NeverAsked(about, max(LEAST_NAMED, count)) for about, count in sorted(told, key=lambda at: (-at[1], at[0]))
        ),
    )


def _rounded(count: int) -> int:
    return count - count % STEP


def period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and last day of a period of whole quarters that have ended; by default the last four.

    Raises Invalid.
    """
    # Far from today there is no day before or after to reckon with.
    if far := [end for end, day in (("/since", first), ("/until", last)) if day is not None and day.year not in _YEARS]:
        raise Invalid([FieldError(end, "out_of_range", "There is nothing of that time.") for end in far])
    running = quarter_of(today)
    last = last or running - timedelta(days=1)
    first = first or back(quarter_of(last), 3)
    faults = []
    if quarter_of(first) != first:
        faults.append(FieldError("/since", "not_a_quarter", "A period begins with the first day of a quarter."))
    if quarter_of(last + timedelta(days=1)) != last + timedelta(days=1):
        faults.append(FieldError("/until", "not_a_quarter", "A period ends with the last day of a quarter."))
    elif last >= running:
        faults.append(FieldError("/until", "not_over", "Only quarters that have ended can be looked at."))
    elif first > last:
        faults.append(FieldError("/since", "out_of_range", "The period ends before it begins."))
    if faults:
        raise Invalid(faults)
    return first, last


def quarter_of(day: date) -> date:
    """Return the first day of the quarter of a day."""
    return date(day.year, (day.month - 1) // _MONTHS * _MONTHS + 1, 1)


def back(quarter: date, count: int) -> date:
    """Return the first day of the quarter that came `count` before."""
    for _ in range(count):
        quarter = quarter_of(quarter - timedelta(days=1))
    return quarter


def last_day(quarter: date) -> date:
    """Return the last day of a quarter."""
    # The 93rd day from its first one is always in the next.
    return quarter_of(quarter + timedelta(days=92)) - timedelta(days=1)
