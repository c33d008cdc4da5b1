"""Rules for summaries: a few numbers per quarter, each a true lower bound, none exact.

An employer can fill a quarter with invented candidates whose answers it knows, and subtract them. So Debrief
subtracts random noise from each number, once. Except at both ends of the noise, which are rare, a result is at most
twice as likely with one candidate's answers as without.
`docs/decisions/0018-numbers-drawn-once.md` says how much that hides.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.core.errors import FieldError, Forbidden, Invalid
from app.rounds.tally import Tally
from app.vocabulary.codes import About

# A candidate counts with two released answers or more, so that five candidates are the promised ten answers.
MIN_ANSWERS_PER_CANDIDATE = 2
MIN_ANSWERS = 10
MIN_CANDIDATES = 5
# A subject is shown if at least so many candidates' feedback names it.
MIN_NAMED = 3
# A job with so many offers in the quarter has numbers of its own. The employer knows this count anyway, and no answer
# changes it.
MIN_OFFERS_PER_JOB = 100
STEP = 5
ALL_JOBS = ""
_MONTHS = 3
_YEARS = range(2000, 3000)

Draw = Callable[[Sequence[int]], int]
"""Returns a random index, with the probabilities that the weights give: `randomness.draw`."""


@dataclass(frozen=True)
class Noise:
    """The distribution of the noise: from 0 to `2 * middle`, most likely `middle`.

    Each step away from the middle is less likely by `larger / smaller`. One more candidate changes the likelihood of
    any result by at most this ratio, except at the two ends, which are the least likely.
    """

    middle: int
    larger: int
    smaller: int

    @property
    def weights(self) -> list[int]:
        """Return the weight of each number from 0 to `2 * middle`, as integers."""
        distances = [abs(number - self.middle) for number in range(2 * self.middle + 1)]
        return [self.larger ** (self.middle - steps) * self.smaller**steps for steps in distances]


# If no job has numbers of its own, a candidate is in one cell.
ALONE = Noise(middle=4, larger=2, smaller=1)
# If a job has, a candidate is in two cells, and the product of both ratios must stay below 2: 7/5 times 7/5 does.
SHARED = Noise(middle=7, larger=7, smaller=5)


@dataclass(frozen=True)
class ClosedOffer:
    """A closed offer: its candidate, its job, and the answers released after it."""

    candidate: str | UUID
    job_remote_id: str | None
    released: Tally


@dataclass(frozen=True)
class Cell:
    """The numbers of one quarter, of one job or of all jobs. Nothing else is stored or shown."""

    job_remote_id: str
    offers: int
    candidates: int
    never_asked: dict[About, int]


@dataclass(frozen=True)
class NeverAsked:
    """A subject of decisive doubts, and a lower bound for the candidates who were never asked about it."""

    about: About
    at_least: int


@dataclass(frozen=True)
class Summary:
    """The summary of a period."""

    first: date
    last: date
    offers: int
    candidates: int
    never_asked: tuple[NeverAsked, ...]


@dataclass(frozen=True)
class _Candidate:
    """The answers released about one candidate. `job` is None after offers for several jobs: they count in none."""

    job: str | None
    released: Tally


def draw_cells(offers: Sequence[ClosedOffer], draw: Draw) -> list[Cell]:
    """Draw the cells of a quarter, that of all jobs first."""
    by_job = Counter(one.job_remote_id for one in offers)
    large = sorted(job for job, count in by_job.items() if job and count >= MIN_OFFERS_PER_JOB)
    noise = SHARED if large else ALONE
    candidates = [one for one in _by_candidate(offers) if one.released.answers >= MIN_ANSWERS_PER_CANDIDATE]
    return [
        _cell(ALL_JOBS, len(offers), candidates, noise, draw),
        *(_cell(job, by_job[job], [one for one in candidates if one.job == job], noise, draw) for job in large),
    ]


def _by_candidate(offers: Iterable[ClosedOffer]) -> list[_Candidate]:
    """Group offers by candidate, so that one candidate changes each number by one at most."""
    gathered: dict[str | UUID, list[ClosedOffer]] = {}
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


def _cell(job: str, offers: int, candidates: Sequence[_Candidate], noise: Noise, draw: Draw) -> Cell:
    # Draw for every subject, even if nobody named it: a missing one must reveal nothing either.
    named = Counter(about for one in candidates for about in one.released.never_asked)
    return Cell(
        job,
        offers,
        _subtract_noise(len(candidates), noise, draw),
        {about: _subtract_noise(named[about], noise, draw) for about in About},
    )


def _subtract_noise(count: int, noise: Noise, draw: Draw) -> int:
    return max(0, count - draw(noise.weights))


def summarize(cells: Iterable[Cell], *, first: date, last: date) -> Summary:
    """Add up the cells that are large enough. Raises Forbidden `below_threshold` if none is.

    Thresholds and rounding apply to the drawn numbers, never to exact ones.
    """
    enough = [cell for cell in cells if cell.candidates >= MIN_CANDIDATES]
    if not enough:
        raise Forbidden(
            "below_threshold",
            f"Fewer than {MIN_CANDIDATES} candidates, or {MIN_ANSWERS} answers, or too few to be sure of it: "
            "nothing is told.",
        )
    named: Counter[About] = Counter()
    for cell in enough:
        named.update(cell.never_asked)
    told = [(about, _rounded(count)) for about, count in named.items() if count >= MIN_NAMED]
    return Summary(
        first=first,
        last=last,
        offers=_rounded(sum(cell.offers for cell in enough)),
        candidates=_rounded(sum(cell.candidates for cell in enough)),
        never_asked=tuple(
            NeverAsked(about, max(MIN_NAMED, count)) for about, count in sorted(told, key=lambda at: (-at[1], at[0]))
        ),
    )


def _rounded(count: int) -> int:
    return count - count % STEP


def period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and last day of a period of whole quarters that have ended; by default the last four.

    Raises Invalid.
    """
    # The first and last day that `date` can hold have no neighbours to compute quarters with.
    if far := [end for end, day in (("/since", first), ("/until", last)) if day is not None and day.year not in _YEARS]:
        raise Invalid([FieldError(end, "out_of_range", "There is nothing of that time.") for end in far])
    running = quarter_of(today)
    last = last or running - timedelta(days=1)
    first = first or quarters_before(quarter_of(last), 3)
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


def quarters_before(quarter: date, count: int) -> date:
    """Return the first day of the quarter `count` quarters earlier."""
    for _ in range(count):
        quarter = quarter_of(quarter - timedelta(days=1))
    return quarter


def last_day(quarter: date) -> date:
    """Return the last day of a quarter."""
    # No quarter has more than 92 days.
    return quarter_of(quarter + timedelta(days=92)) - timedelta(days=1)
