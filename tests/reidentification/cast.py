"""People of a round: what everybody may know of them, and what only the test knows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.vocabulary.answer import Answer, canonical

DAY = 24 * 3600.0
_WORDS = (
    "the",
    "answer",
    "was",
    "clear",
    "but",
    "we",
    "had",
    "hoped",
    "for",
    "more",
    "depth",
    "on",
    "structure",
    "reviewed",
)
EMPLOYER = "acme.example"
# One in four has another address than the employer's.
_DOMAINS = (EMPLOYER, EMPLOYER, EMPLOYER, "labs.example")
# How somebody types: quotes, dashes, ellipses, spaces. Each has two ways, and everybody their own mixture.
_WAYS = (("\u201cwell\u201d", '"well"'), (" \u2014 ", " - "), ("\u2026", "..."), ("  ", " "))
_REASONS = ("motivation_or_role_understanding", "other", "required_qualification")


class Part(StrEnum):
    """What somebody who was asked does in the end."""

    ANSWERS = "answers"
    DECLINES = "declines"
    STAYS_SILENT = "stays silent"


@dataclass
class Person:
    """Somebody who was asked. `marker` stands in what they write, and in nothing else: the truth."""

    index: int
    part: Part
    ip: str
    name: str
    marker: str
    code: str = ""
    address: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    # Blind rounds: what the client keeps.
    receipt: str = ""
    fresh_ip: str = ""
    habits: tuple[int, ...] = ()

    @property
    def body(self) -> bytes:
        """Return the one spelling of the answer."""
        return canonical(Answer.model_validate(self.answer))


@dataclass(frozen=True)
class Invitee:
    """What an adversary is told of somebody who answered: generously, the network, too."""

    index: int
    name: str
    code: str
    ip: str
    address: str = ""
    # How they type, as everybody knows who gets their mails.
    habits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Released:
    """One answer as the adversary has it. `body` is its one spelling: the few fields that don't show can be guessed."""

    position: int
    id: str
    text: str
    marker: str
    body: bytes
    row: dict[str, Any]


def invent_people(dice: random.Random, *, answering: int, others: int) -> list[Person]:
    """Return the people of a round, in an order that tells nothing of what they will do."""
    parts = [Part.ANSWERS] * answering + [dice.choice((Part.DECLINES, Part.STAYS_SILENT)) for _ in range(others)]
    dice.shuffle(parts)
    people = []
    for index, part in enumerate(parts):
        marker = f"zq{dice.randbytes(8).hex()}"
        name = f"Person {dice.randbytes(5).hex()}"
        person = Person(index, part, an_address(dice), name, marker, fresh_ip=an_address(dice))
        person.nonce = dice.randbytes(16).hex()
        person.address = f"p{dice.randbytes(6).hex()}@{dice.choice(_DOMAINS)}"
        person.habits = tuple(dice.randrange(2) for _ in _WAYS)
        person.answer = _answer(dice, marker, person.habits)
        people.append(person)
    return people


def an_address(dice: random.Random) -> str:
    """Return an address that nobody else has, whose numbers tell nothing."""
    return ".".join(["10", *(str(byte) for byte in dice.randbytes(3))])


def habits_in(text: str) -> tuple[int, ...]:
    """Return the ways of typing that a text shows."""
    return tuple(int(usual not in text) for usual, _ in _WAYS)


def _answer(dice: random.Random, marker: str, habits: Sequence[int]) -> dict[str, Any]:
    """Return an answer whose length is spread as people's are: lognormal, its median 700 characters."""
    typed = "".join(ways[habit] for ways, habit in zip(_WAYS, habits, strict=True))
    wanted = min(int(dice.lognormvariate(6.55, 0.9)), 4500)
    parts = []
    while wanted > 0:
        parts.append(_filler(dice, min(wanted, 560)))
        wanted -= 560
    answer: dict[str, Any] = {
        "reasons": [{"code": "not_about_you"}],
        "advice": f"{marker}{typed}{parts[0][:520]}",
        "if_too_few": "release",
    }
    if len(parts) > 1:
        answer["own_question_reply"] = parts[1]
    if len(parts) > 2:
        answer["reasons"] = [{"code": code, "detail": part} for code, part in zip(_REASONS, parts[2:5], strict=False)]
    if len(parts) > 5:
        answer["concerns"] = [
            {"statement": part[:280], "source": "portfolio_or_public_profile", "asked": "asked_directly"}
            for part in parts[5:10]
        ]
    return answer


def _filler(dice: random.Random, length: int) -> str:
    text = " ".join(dice.choices(_WORDS, k=length // 4 + 2))
    return text[: max(length, 20)].strip().ljust(20, "x")
