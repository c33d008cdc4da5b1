"""What the adversary is told of a round that is over, and the truth, which only the harness has."""

import json
from dataclasses import dataclass

from tests.reidentification.cast import Invitee, Part, Person, Released
from tests.reidentification.clients import Round
from tests.reidentification.proxy import in_clear

OTHER_STEPS = "the form took other steps than before"


@dataclass
class Played:
    """A round that is over: what the adversary is told, and the truth, which only the harness has."""

    index: int
    keys: tuple[str, ...]
    invitees: list[Invitee]
    answers: list[Released]
    watched: list[tuple[int, bytes]]
    employer: list[tuple[int, bytes]]
    # For each person asked, in which steps the employer's mail server got a mail for them.
    mailed: list[list[int]]
    probes: list[tuple[int, str, int, int, bytes]]
    truth: list[int]
    traces: list[str]
    # Round and position of an earlier answer of each person, whose author is known: with the same receipt.
    earlier: list[tuple[int, int] | None]


def told(game: Round, letters: list[tuple[int, str]]) -> Played:
    """Return a round as it is told. `letters` has the step and the address of each mail."""
    shown = json.loads(game.watched[-1][1])
    rows = [row for one in shown["rounds"] if one["id"] == game.id for row in one.get("answers", [])]
    texts = [in_clear(row) for row in rows]
    by_marker = {person.marker: person for person in game.people if person.part is Part.ANSWERS}
    answers = []
    for position, (row, text) in enumerate(zip(rows, texts, strict=True)):
        marker = next(marker for marker in by_marker if marker in text)
        answers.append(Released(position, row["id"], text, marker, by_marker[marker].body, row))
    answered = [by_marker[marker] for marker in sorted(by_marker, key=lambda one: by_marker[one].index)]
    place = {answer.marker: answer.position for answer in answers}
    keys = tuple(key for key in (game.id, game.request_id, game.application_id) if key)
    return Played(
        index=game.index,
        keys=keys,
        invitees=[Invitee(one.index, one.name, one.code, one.ip, one.address, one.habits) for one in answered],
        answers=answers,
        watched=game.watched,
        employer=game.employer,
        mailed=[[step for step, to in letters if to == one.address] for one in game.people],
        probes=game.probes,
        truth=[place[person.marker] for person in answered] if len(answers) == len(answered) else [],
        traces=[*game.traces, *([OTHER_STEPS] if len(set(game.work)) > 1 else [])],
        earlier=[None] * len(answered),
    )


def authors(game: Round) -> list[Person]:
    """Return the people who answer."""
    return [person for person in game.people if person.part is Part.ANSWERS]


def tell_earlier(games: list[Round], played: list[Played]) -> None:
    """Tell the adversary who wrote what in the rounds before, where people used their receipts."""
    known: dict[str, tuple[int, int]] = {}
    for game, one in zip(games, played, strict=True):
        for number, person in enumerate(authors(game)):
            one.earlier[number] = known.get(person.receipt)
        if one.truth:
            mine = {person.receipt: (one.index, one.truth[number]) for number, person in enumerate(authors(game))}
            known |= {receipt: place for receipt, place in mine.items() if receipt}
