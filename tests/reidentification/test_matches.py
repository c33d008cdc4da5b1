"""Nobody pairs people with answers better than by chance, whatever they have dumped and logged."""

import pytest

from tests.reidentification.clients import Links
from tests.reidentification.features import Level
from tests.reidentification.match import FreshDatabase, Match, play_match, row_of
from tests.reidentification.world import Rules

# What a sealed round promises: against everybody who has no key, and against who finds one when all have answered.
_SEALED = (Level.API, Level.FINAL, Level.EVERY)
_BLIND = tuple(Level)


def _leaks(match: Match, fresh: FreshDatabase) -> list[str]:
    """Return a line for each adversary who wins: once may be luck, twice is not."""
    found = play_match(match, fresh)
    if not any(verdict.leaks for verdict in found.values()):
        return []
    again = play_match(Match(match.rules, match.rounds, match.levels, match.database, match.seed + 1), fresh)
    return [
        "  ".join(row_of(match, level, verdict))
        for level, verdict in again.items()
        if verdict.leaks and found[level].leaks
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("n", "rounds"), [(5, 400), (3, 100), (2, 100)])
def test_a_sealed_round_tells_nobody_without_its_key(kind: str, fresh: FreshDatabase, n: int, rounds: int) -> None:
    assert _leaks(Match(Rules("sealed", Links.SINGLE, n), rounds, _SEALED, kind, seed=n), fresh) == []


@pytest.mark.timeout(900)
def test_one_link_for_the_team_tells_no_more_nor_does_the_key_with_one_snapshot(
    kind: str, fresh: FreshDatabase
) -> None:
    levels = (*_SEALED, Level.ONE_KEY)
    assert _leaks(Match(Rules("sealed", Links.TEAM, 3), 100, levels, kind, seed=7), fresh) == []


@pytest.mark.timeout(900)
def test_an_employer_s_system_tells_no_more(kind: str, fresh: FreshDatabase) -> None:
    """Whoever holds the key of a connection, and every dump and log: the panel came from there, and is known there."""
    assert _leaks(Match(Rules("sealed", Links.ATS, 3), 100, _SEALED, kind, seed=10), fresh) == []


@pytest.mark.timeout(900)
def test_a_blind_round_tells_not_even_the_operator(kind: str, fresh: FreshDatabase) -> None:
    assert _leaks(Match(Rules("blind", Links.SINGLE, 3), 100, _BLIND, kind, seed=8), fresh) == []


@pytest.mark.timeout(300)
def test_of_a_sealed_round_the_operator_can_tell_everything(kind: str, fresh: FreshDatabase) -> None:
    """The claim ends where the documents say it does: a key and a dump after each step pair everybody."""
    verdict = play_match(Match(Rules("sealed", Links.SINGLE, 3), 20, (Level.KEYS,), kind, seed=9), fresh)[Level.KEYS]
    assert verdict.leaks
    assert verdict.perfect is not None
