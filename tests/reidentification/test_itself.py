"""The adversary against invented rounds: it finds planted leaks, and none where there is none."""

import random

import pytest

from tests.reidentification.adversary import Way
from tests.reidentification.features import View
from tests.reidentification.statistic import LIMIT, Verdict, judge

_ROUNDS = 200
_SEED = 5


def _shuffled(dice: random.Random, n: int) -> list[int]:
    return dice.sample(range(n), n)


def _play(leak: str, n: int = 4, *, rounds: int = _ROUNDS, blur: bool = False) -> Verdict:
    """Judge rounds with five meaningless features on each side, and one pair of them that leaks in a certain way.

    With `blur` the truth is shuffled after the features were made: then nothing leaks at all.
    """
    dice = random.Random(f"{leak} {n} {blur} {_SEED}")
    views, truths = [], []
    for _ in range(rounds):
        truth = _shuffled(dice, n)
        view = View(
            {f"person.{number}": [(0, dice.random()) for _ in range(n)] for number in range(5)},
            {f"answer.{number}": [(0, dice.random()) for _ in range(n)] for number in range(5)},
        )
        moments = [(index + dice.random() / 4) * 1000 for index in _shuffled(dice, n)]
        of_answers = {answer: moments[person] for person, answer in enumerate(truth)}
        mine = [of_answers[answer] for answer in range(n)]
        view.people["access.at"] = [(0, moment) for moment in moments]
        match leak:
            case Way.ASCENDING:
                view.answers["row.position"] = [(0, sorted(mine).index(moment)) for moment in mine]
            case Way.DESCENDING:
                view.answers["row.position"] = [(0, -sorted(mine).index(moment)) for moment in mine]
            case Way.EQUAL:
                view.people["link.xmin"] = [(0, hash(moment)) for moment in moments]
                view.answers["row.xmin"] = [(0, hash(moment)) for moment in mine]
            case Way.NEAREST:
                view.answers["row.at"] = [(0, moment + dice.random()) for moment in mine]
            case "first":
                place = min(range(n), key=mine.__getitem__)
                view.answers["row.is_first"] = [(0, int(answer != place)) for answer in range(n)]
            case _:
                pass
        views.append(view)
        truths.append(_shuffled(dice, n) if blur else truth)
    return judge(views, truths, dice)


@pytest.mark.parametrize("leak", list(Way))
def test_each_way_of_pairing_finds_the_leak_that_is_meant_for_it(leak: Way) -> None:
    verdict = _play(leak)
    assert verdict.success == 1
    assert verdict.leaks


@pytest.mark.parametrize("leak", list(Way))
def test_shuffled_truth_is_not_reported_as_leak(leak: Way) -> None:
    assert not _play(leak, blur=True).leaks


def test_single_certain_pair_is_reported_as_leak() -> None:
    """Of eight people only the first gives themselves away: the mean moves little, the most certain pair tells."""
    verdict = _play("first", 8)
    assert verdict.hits == verdict.tested
    assert verdict.leaks


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_pairing_at_random_stays_within_its_bounds(n: int) -> None:
    """For whatever is independent of the truth the right pairs have mean 1 and variance 1, whatever n is."""
    dice = random.Random(_SEED)
    right = []
    for _ in range(4000):
        truth, guess = _shuffled(dice, n), _shuffled(dice, n)
        right.append(sum(map(int.__eq__, truth, guess)))
    mean = sum(right) / len(right)
    variance = sum((one - mean) ** 2 for one in right) / len(right)
    assert mean == pytest.approx(1, abs=0.07)
    assert variance == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_many_strategies_alone_make_no_leak(n: int) -> None:
    """The best of a hundred meaningless strategies is tested on rounds that it was not chosen by."""
    zs = [_play(f"nothing {number}", n, rounds=60).z for number in range(12)]
    assert max(zs) < LIMIT
    assert abs(sum(zs) / len(zs)) < 1.2


def test_strategy_without_error_in_first_rounds_is_a_leak() -> None:
    assert _play(Way.ASCENDING, rounds=24).perfect is not None
    assert _play("nothing", rounds=24).perfect is None
