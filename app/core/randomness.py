"""The one source of randomness: the operating system's generator, and nothing else."""

import secrets
import uuid
from collections.abc import MutableSequence, Sequence
from typing import Any

_generator = secrets.SystemRandom()


def new_id() -> uuid.UUID:
    """Return a random id (RFC 9562, version 4): the only kind that reveals neither order nor time."""
    return uuid.uuid4()


def token_bytes(count: int) -> bytes:
    """Return `count` random bytes."""
    return secrets.token_bytes(count)


def fraction() -> float:
    """Return a random number from 0 up to, but not including, 1."""
    return _generator.random()


def shuffle(items: MutableSequence[Any]) -> None:
    """Shuffle `items` in place; every order is equally likely."""
    _generator.shuffle(items)


def draw(weights: Sequence[int]) -> int:
    """Return a random index. Its probability is exactly proportional to its weight, since integers need no rounding."""
    return place(weights, _generator.randrange(sum(weights)))


def place(weights: Sequence[int], number: int) -> int:
    """Return the index of the range that holds `number`.

    The ranges follow each other from 0 on, and range i has `weights[i]` numbers. Raises ValueError beyond the last one.
    """
    for index, weight in enumerate(weights):
        if number < weight:
            return index
        number -= weight
    raise ValueError("There is no such number.")
