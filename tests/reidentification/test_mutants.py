"""A game that finds nothing proves nothing: planted mistakes have to be found."""

import pytest

from tests.reidentification.conftest import need_server
from tests.reidentification.features import Level
from tests.reidentification.mutants import MUTANTS
from tests.reidentification.mutation import Mutant, Patch
from tests.reidentification.planting import play_planted, play_with


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.name) for mutant in MUTANTS])
def test_a_mistake_is_noticed(mutant: Mutant) -> None:
    server = need_server() if mutant.database == "postgresql" else None
    outcome = play_with(mutant, server=server)
    assert outcome.found_leak, f"{mutant.why}\n{outcome.table}"


@pytest.mark.timeout(300)
def test_without_a_mistake_nothing_is_noticed() -> None:
    """In a copy as well: else everything that was noticed may have been the copying."""
    outcome = play_planted((), Level.EVERY)
    assert not outcome.found_leak, outcome.table


def test_a_mistake_that_does_not_fit_any_more_is_none() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        play_planted((Patch("app/main.py", "what is not there", "anything"),), Level.API)
