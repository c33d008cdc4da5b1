"""Matches against the application: no adversary pairs people with answers better than by chance."""

from typing import Any

import pytest

from tests.reidentification.clients import Links
from tests.reidentification.features import Level
from tests.reidentification.match import FreshDatabase, Match, play_match, row_of
from tests.reidentification.world import Rules

# A sealed round protects against adversaries without its key, and against those who get it when all have answered.
_SEALED = (Level.API, Level.FINAL, Level.EVERY)
_BLIND = tuple(Level)


def _leaks(match: Match, fresh: FreshDatabase) -> list[str]:
    """Return a line for each adversary who wins twice: once may be luck."""
    found = play_match(match, fresh)
    if not any(verdict.leaks for verdict in found.values()):
        return []
    again = play_match(Match(match.rules, match.rounds, match.levels, match.database, match.seed + 1), fresh)
    return [
        "  ".join(row_of(match, level, verdict))
        for level, verdict in again.items()
        if verdict.leaks and found[level].leaks
    ]


def _sizes(short: int, long: int) -> list[Any]:
    """Return how many rounds to play: every mutant is found within 50, and `make test-rest` plays more."""
    return [pytest.param(short, id=str(short)), pytest.param(long, id=str(long), marks=pytest.mark.long)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rounds", _sizes(100, 400))
def test_sealed_round_tells_nobody_without_its_key(kind: str, fresh: FreshDatabase, rounds: int) -> None:
    assert _leaks(Match(Rules("sealed", Links.SINGLE, 5), rounds, _SEALED, kind, seed=5), fresh) == []


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("n", [3, 2])
def test_small_sealed_round_tells_nobody_without_its_key(kind: str, fresh: FreshDatabase, n: int) -> None:
    assert _leaks(Match(Rules("sealed", Links.SINGLE, n), 100, _SEALED, kind, seed=n), fresh) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rounds", _sizes(50, 100))
def test_team_link_tells_no_more_nor_does_key_with_one_snapshot(kind: str, fresh: FreshDatabase, rounds: int) -> None:
    levels = (*_SEALED, Level.ONE_KEY)
    assert _leaks(Match(Rules("sealed", Links.TEAM, 3), rounds, levels, kind, seed=7), fresh) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rounds", _sizes(50, 100))
def test_employers_system_tells_no_more(kind: str, fresh: FreshDatabase, rounds: int) -> None:
    """The adversary has the key of a connection and the mail server, or every dump and log: the ATS named the panel."""
    levels = (*_SEALED, Level.EMPLOYER)
    assert _leaks(Match(Rules("sealed", Links.ATS, 3), rounds, levels, kind, seed=10), fresh) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rounds", _sizes(50, 100))
def test_blind_round_tells_not_even_the_operator(kind: str, fresh: FreshDatabase, rounds: int) -> None:
    assert _leaks(Match(Rules("blind", Links.SINGLE, 3), rounds, _BLIND, kind, seed=8), fresh) == []


@pytest.mark.timeout(300)
def test_operator_can_pair_everybody_of_a_sealed_round(kind: str, fresh: FreshDatabase) -> None:
    """The claim ends where the documents say it does: a key and a dump after each step pair everybody."""
    verdict = play_match(Match(Rules("sealed", Links.SINGLE, 3), 20, (Level.KEYS,), kind, seed=9), fresh)[Level.KEYS]
    assert verdict.leaks
    assert verdict.perfect is not None
