"""The one home of chance: everything random comes from the operating system's generator, and nothing else is used."""

import secrets
import uuid
from collections.abc import MutableSequence
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
