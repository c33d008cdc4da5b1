"""Mutants: a match that finds nothing proves something only because it finds each planted mistake."""

import pytest
from _pytest.mark import ParameterSet

from tests.reidentification.closing_mutants import CLOSING_MUTANTS
from tests.reidentification.conftest import need_server
from tests.reidentification.edge_mutants import EDGE_MUTANTS
from tests.reidentification.features import Level
from tests.reidentification.mutants import MUTANTS
from tests.reidentification.mutation import Mutant, Patch
from tests.reidentification.planting import play_planted, play_with


def _sorted() -> list[ParameterSet]:
    """Return all mutants: `make test` plays the first that each level has to catch, `make test-rest` the others."""
    played: set[Level] = set()
    found = []
    for mutant in (*CLOSING_MUTANTS, *MUTANTS, *EDGE_MUTANTS):
        long = mutant.level in played or mutant.rounds > 50
        found.append(pytest.param(mutant, id=mutant.name, marks=[pytest.mark.long] if long else []))
        if not long:
            played.add(mutant.level)
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", _sorted())
def test_mutant_is_caught(mutant: Mutant) -> None:
    server = need_server() if mutant.database == "postgresql" else None
    outcome = play_with(mutant, server=server)
    assert outcome.found_leak, f"{mutant.why}\n{outcome.table}"


@pytest.mark.timeout(300)
def test_unchanged_copy_leaks_nothing() -> None:
    """Otherwise the copying itself might be what is caught."""
    outcome = play_planted((), Level.EVERY)
    assert not outcome.found_leak, outcome.table


def test_patch_that_no_longer_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        play_planted((Patch("app/main.py", "what is not there", "anything"),), Level.API)
