"""What happens in a round, and in which order: each order that people could take is equally likely."""

import random
from dataclasses import dataclass
from enum import StrEnum

from tests.reidentification import clients
from tests.reidentification.cast import Part, Person
from tests.reidentification.clients import Desk, Round


class Act(StrEnum):
    """One step of one round."""

    OPEN = "open"
    ANSWER = "answer"
    RETRY = "retry"
    DECLINE = "decline"
    PROBE = "probe"
    CLAIM = "claim"
    RETRY_CLAIM = "retry claim"
    OPEN_WITH_TOKEN = "open with token"
    ANSWER_WITH_TOKEN = "answer with token"


IDLE = {Act.OPEN, Act.RETRY, Act.RETRY_CLAIM}
"""These store nothing and are logged nowhere."""

SPENDING = {Act.ANSWER, Act.DECLINE, Act.CLAIM, Act.ANSWER_WITH_TOKEN}
"""After these the candidate looks whether anything shows."""


@dataclass(frozen=True)
class Step:
    """Who does what."""

    act: Act
    person: Person


def sealed_steps(dice: random.Random, people: list[Person]) -> list[Step]:
    """Return the steps of a round in one phase: links are opened, used, probed, in any order that is possible."""
    return _mixed(dice, people, Act.OPEN, Act.ANSWER, Act.RETRY)


def claim_steps(dice: random.Random, people: list[Person]) -> list[Step]:
    """Return the steps of a blind round's first phase."""
    return _mixed(dice, people, Act.OPEN, Act.CLAIM, Act.RETRY_CLAIM)


def token_steps(dice: random.Random, people: list[Person]) -> list[Step]:
    """Return the steps of its second phase, in an order of its own."""
    answering = [person for person in people if person.part is Part.ANSWERS]
    pairs = [(Step(Act.OPEN_WITH_TOKEN, person), Step(Act.ANSWER_WITH_TOKEN, person)) for person in answering]
    return _interleaved(dice, pairs, [])


def _mixed(dice: random.Random, people: list[Person], first: Act, then: Act, again: Act) -> list[Step]:
    answering = [person for person in people if person.part is Part.ANSWERS]
    pairs = [(Step(first, person), Step(then, person)) for person in answering]
    pairs += [(Step(first, person), Step(Act.DECLINE, person)) for person in people if person.part is Part.DECLINES]
    alone = [Step(first, person) for person in people if person.part is Part.STAYS_SILENT]
    # One link for all is probed once.
    probed = people if len({person.code for person in people}) > 1 else people[:1]
    alone += [Step(Act.PROBE, person) for person in probed]
    steps = _interleaved(dice, pairs, alone)
    repeated = dice.choice(answering)
    earliest = steps.index(Step(then, repeated)) + 1
    steps.insert(dice.randint(earliest, len(steps)), Step(again, repeated))
    return steps


def _interleaved(dice: random.Random, pairs: list[tuple[Step, Step]], alone: list[Step]) -> list[Step]:
    """Return all of it in random order, the first of each pair before its second."""
    steps = [step for pair in pairs for step in pair] + alone
    dice.shuffle(steps)
    for before, after in pairs:
        early, late = sorted((steps.index(before), steps.index(after)))
        steps[early], steps[late] = before, after
    return steps


async def take(desk: Desk, game: Round, step: Step) -> None:
    """Let a person do what is their turn, and see that it worked: a round in which nothing happens proves nothing."""
    person = step.person
    match step.act:
        case Act.OPEN:
            await clients.open_link(desk, game, person)
        case Act.ANSWER:
            await clients.check(desk, game, person)
            _expect(await clients.send_answer(desk, game, person), 201)
        case Act.RETRY:
            again, refused, *guessed = await clients.come_back(desk, game, person)
            _expect(again, 200)
            _expect(refused, 409)
            if 429 in guessed:
                game.traces.append("a neighbour saw in the rate limit that somebody was there")
        case Act.DECLINE:
            _expect(await clients.decline(desk, game, person), 201)
        case Act.PROBE:
            await clients.probe(desk, game, person)
        case Act.CLAIM:
            _expect(await clients.claim(desk, game, person), 201)
        case Act.RETRY_CLAIM:
            _expect(await clients.claim(desk, game, person), 200)
        case Act.OPEN_WITH_TOKEN:
            await clients.open_with_token(desk, game, person)
        case Act.ANSWER_WITH_TOKEN:
            _expect(await clients.send_with_token(desk, game, person), 201)


def _expect(status: int, expected: int) -> None:
    # A planted bug may close a round under the feet of its people; the unchanged application never does.
    if status not in {expected, 404, 410}:
        raise RuntimeError(f"the application answered {status}, not {expected}")
