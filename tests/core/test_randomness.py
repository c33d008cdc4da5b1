"""Weighted draws are exact: the noise in an employer's summary depends on their probabilities."""

from collections import Counter

import pytest

from app.core import randomness


@pytest.mark.parametrize("weights", [[1], [3, 1], [1, 2, 4, 2, 1], [0, 5, 0, 7]])
def test_each_index_is_drawn_in_proportion_to_its_weight(weights: list[int]) -> None:
    found = Counter(randomness.place(weights, number) for number in range(sum(weights)))
    assert [found[index] for index in range(len(weights))] == weights


def test_number_beyond_the_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="no such number"):
        randomness.place([1, 2], 3)


def test_index_with_weight_zero_is_never_drawn() -> None:
    assert {randomness.draw([0, 1, 0, 1]) for _ in range(200)} == {1, 3}
