"""The one home of chance: everything random comes from the operating system's generator, and nothing else is used."""

import secrets
import uuid
from collections.abc import MutableSequence, Sequence
from typing import Any

_dice = secrets.SystemRandom()


def new_id() -> uuid.UUID:
    """Return a random id (RFC 9562, version 4): the only kind that tells neither order nor time."""
    return uuid.uuid4()


def token_bytes(count: int) -> bytes:
    """Return `count` random bytes."""
    return secrets.token_bytes(count)


def fraction() -> float:
    """Return a random number from 0 up to 1."""
    return _dice.random()


def shuffle(items: MutableSequence[Any]) -> None:
    """Put `items` into a random order, in place, every order being equally likely."""
    _dice.shuffle(items)


def draw(weights: Sequence[int]) -> int:
    """Return a random index, each with exactly the probability that its weight has among all: no fractions, no cut."""
    return place(weights, _dice.randrange(sum(weights)))


def place(weights: Sequence[int], number: int) -> int:
    """Return the index into whose share `number` falls: each has as many numbers, from 0 on, as its weight says."""
    for index, weight in enumerate(weights):
        if number < weight:
            return index
        number -= weight
    raise ValueError("There is no such number.")
