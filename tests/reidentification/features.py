"""What an adversary can know of each person and of each answer: numbers, texts and bytes by which both can be sorted.

A feature is a name and a value for each person (or answer) of a round. Nothing here knows the truth.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.reidentification.capture import Table, Version
from tests.reidentification.cast import EMPLOYER, habits_in
from tests.reidentification.recognition import Entity, Kind, Recognition, id_keys
from tests.reidentification.told import Played
from tests.reidentification.values import Features, comparable, flattened, parts, values_of
from tests.reidentification.world import Batch

_AT_EMPLOYER = re.compile(rf"^To: .*@{re.escape(EMPLOYER)}\b", re.MULTILINE)
_SYSTEM = ("rowid", "ctid", "xmin", "xmax")


class Level(StrEnum):
    """What an adversary has. Each has all that the one before it has, but `K1`, which has no dumps between."""

    API = "L0"
    # That, and the employer's mail server: mail to its domain, with its time and text.
    EMPLOYER = "L0M"
    FINAL = "L1"
    EVERY = "L2"
    # The final dump and the logs, and the key with one snapshot of the box, taken when all have answered.
    ONE_KEY = "K1"
    KEYS = "L3"

    @property
    def sees_steps(self) -> bool:
        return self in (Level.EVERY, Level.KEYS)

    @property
    def sees_storage(self) -> bool:
        return self not in (Level.API, Level.EMPLOYER)


@dataclass
class View:
    """A round in the eyes of an adversary."""

    people: Features = field(default_factory=dict)
    answers: Features = field(default_factory=dict)


Sightings = dict[tuple[Entity, str], list[Version]]


@dataclass
class Evidence:
    """All that was captured of a batch, and who is meant where: found once, for adversaries of all levels."""

    batch: Batch
    known: Recognition
    in_rows: dict[str, list[tuple[Version, set[Entity]]]]
    in_files: list[tuple[int, str, int, Entity]]


def gather(batch: Batch) -> Evidence:
    """Find out who is meant by each row, and by each run of bytes."""
    known = learn(batch)
    rows = {
        name: [(version, known.in_row(version.values)) for version in table.versions]
        for name, table in batch.history.tables.items()
    }
    files = []
    for pages in batch.history.pages:
        sqlite = "sqlite" in pages.file
        file = pages.file.rpartition("/")[2] if sqlite else "any"
        # PostgreSQL names its files by numbers that differ from database to database.
        base = pages.offset if sqlite else hash(pages.file) % 1000 * 10**9 + pages.offset
        files += [(pages.step, file, base + offset, entity) for offset, entity in known.in_bytes(pages.content)]
    return Evidence(batch, known, rows, files)


def views(evidence: Evidence, level: Level) -> list[View]:
    """Return what an adversary of this level knows of each round."""
    batch = evidence.batch
    found = [_from_outside(played) for played in batch.rounds]
    if level is not Level.API:
        sightings = _sightings(evidence, level)
        places = _in_files(evidence, level) if level.sees_storage else {}
        visits = _visits(batch) if level.sees_storage else {}
        tags = _tags(evidence, level)
        for played, view in zip(batch.rounds, found, strict=True):
            people = [Entity(played.index, Kind.PERSON, number) for number in range(len(played.invitees))]
            answers = [Entity(played.index, Kind.ANSWER, number) for number in range(len(played.answers))]
            for entities, features in ((people, view.people), (answers, view.answers)):
                _from_rows(batch.history.tables, sightings, entities, features, steps=level.sees_steps)
                _from_files(places, entities, features)
            _add_visits(visits, played, view.people)
            _add_earlier(tags, played, view.people)
            if level.sees_steps:
                _at_their_step(batch.history.tables, sightings, played, people, view.people)
    return found


def learn(batch: Batch) -> Recognition:
    """Learn by what people, answers and rounds are recognised."""
    known = Recognition(batch.pepper)
    for played in batch.rounds:
        for key in played.keys:
            known.learn(Entity(played.index, Kind.ROUND), *id_keys(key))
        shared = len({one.code for one in played.invitees}) == 1
        for number, person in enumerate(played.invitees):
            entity = Entity(played.index, Kind.PERSON, number)
            known.learn(entity, person.name, person.ip)
            if person.address:
                known.learn(entity, person.address, person.address.partition("@")[0])
            if not shared:
                known.learn(entity, person.code)
        for answer in played.answers:
            entity = Entity(played.index, Kind.ANSWER, answer.position)
            known.learn(entity, *id_keys(answer.id), answer.marker, answer.body)
    return known


def _from_outside(played: Played) -> View:
    """Return what can be had over HTTP, with the request and all its links."""
    view = View()
    people, answers = view.people, view.answers
    people["asked.position"] = [(0, one.index) for one in played.invitees]
    people["asked.name"] = [(1, one.name) for one in played.invitees]
    people["asked.code"] = [(1, one.code) for one in played.invitees]
    people["asked.domain"] = [(1, one.address.rpartition("@")[2]) for one in played.invitees]
    people["typing.habits"] = [(3, one.habits) for one in played.invitees]
    for index, kind, status, length, body in played.probes:
        for number, one in enumerate(played.invitees):
            if one.index == index:
                for name, value in (("status", status), ("length", length), ("body", body)):
                    values_of(people, f"probe.{kind}.{name}", len(played.invitees))[number] = comparable(value)
    answers["api.position"] = [(0, one.position) for one in played.answers]
    answers["api.id"] = [(1, one.id) for one in played.answers]
    answers["typing.habits"] = [(3, habits_in(one.text)) for one in played.answers]
    answers["api.length"] = [(0, len(one.text.encode())) for one in played.answers]
    for answer in played.answers:
        for field_name, known in parts("api", answer.row):
            values_of(answers, field_name, len(played.answers))[answer.position] = known
    answers["api.first_step"] = [
        (0, min(step for step, shown in played.watched if one.id.encode() in shown)) for one in played.answers
    ]
    return view


def _sightings(evidence: Evidence, level: Level) -> Sightings:
    found: Sightings = defaultdict(list)
    for name, rows in evidence.in_rows.items():
        for version, meant in rows:
            if meant and _is_seen(evidence.batch, name, version, level):
                for entity in meant:
                    found[entity, name].append(version)
    return found


def _is_seen(batch: Batch, name: str, version: Version, level: Level) -> bool:
    """Tell whether an adversary of this level gets to see a row."""
    if level is Level.EMPLOYER:
        return name.startswith("mail.") and _AT_EMPLOYER.search(version.values[-1]) is not None
    if name.startswith("box."):
        snapshot = version.first_step <= batch.before_closing <= version.last_step
        return level is Level.KEYS or (level is Level.ONE_KEY and snapshot)
    if name.startswith("left."):
        return level.sees_steps
    return batch.history.tables[name].kept or level.sees_steps or version.last_step == batch.history.step


def _from_rows(
    tables: dict[str, Table], sightings: Sightings, entities: list[Entity], features: Features, *, steps: bool
) -> None:
    size = len(entities)
    for name, table in tables.items():
        for number, entity in enumerate(entities):
            versions = sightings.get((entity, name))
            if not versions:
                continue
            by_place = sorted(versions, key=lambda one: (one.last_position, one.last_step))
            for when, version in (("", by_place[0]), ("last.", by_place[-1]))[: len(by_place)]:
                values_of(features, f"{name}.{when}position", size)[number] = (0, version.last_position)
                values_of(features, f"{name}.{when}length", size)[number] = (0, version.length)
                for column, value in zip(table.columns, version.values, strict=True):
                    for part, known in flattened(f"{name}.{when}{column}", value):
                        values_of(features, part, size)[number] = known
            if steps:
                by_time = sorted(versions, key=lambda one: (one.first_step, one.first_position))
                values_of(features, f"{name}.first_step", size)[number] = (0, by_time[0].first_step)
                values_of(features, f"{name}.changed_step", size)[number] = (0, by_time[-1].first_step)
                values_of(features, f"{name}.first_position", size)[number] = (0, by_time[0].first_position)
                values_of(features, f"{name}.versions", size)[number] = (0, len(by_time))
                for column, value in zip(table.columns, by_time[0].values, strict=True):
                    if column in _SYSTEM:
                        values_of(features, f"{name}.first.{column}", size)[number] = comparable(value)


def _at_their_step(
    tables: dict[str, Table], sightings: Sightings, played: Played, people: list[Entity], features: Features
) -> None:
    """Add what happened to the rows of the round in the step in which somebody sent something."""
    theirs: dict[int, int] = {}
    for number, person in enumerate(people):
        for kind in ("access.answers", "access.claims"):
            sent = [one for one in sightings.get((person, kind), []) if 201 in one.values]
            if sent:
                theirs.setdefault(number, sent[0].first_step)
    for name, table in tables.items():
        versions = sightings.get((Entity(played.index, Kind.ROUND), name), [])
        if table.kept or not versions:
            continue
        for number, step in theirs.items():
            begun = [one for one in versions if one.first_step == step]
            ended = [one for one in versions if one.last_step == step - 1]
            growth = sum(one.length for one in begun) - sum(one.length for one in ended)
            values_of(features, f"{name}.then.growth", len(people))[number] = (0, growth)
            values_of(features, f"{name}.then.rows", len(people))[number] = (0, len(begun))
            for column, value in zip(table.columns, begun[0].values if begun else (), strict=False):
                if column in _SYSTEM:
                    values_of(features, f"{name}.then.{column}", len(people))[number] = comparable(value)


def _visits(batch: Batch) -> dict[str, list[int]]:
    """Return of each address how many requests came from there, and how many bytes went in and out."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, table in batch.history.tables.items():
        if name.startswith("access."):
            for _, ip, _, _, received, sent in (version.values for version in table.versions):
                found[ip] = [one + more for one, more in zip(found[ip], (1, received, sent), strict=True)]
    return found


def _add_visits(visits: dict[str, list[int]], played: Played, people: Features) -> None:
    for place, name in enumerate(("requests", "received", "sent") if visits else ()):
        people[f"visit.{name}"] = [(0, visits[one.ip][place]) for one in played.invitees]


Tags = dict[tuple[str, Entity], Any]


def _tags(evidence: Evidence, level: Level) -> Tags:
    """Return the tag that each answer is stored with, where it is seen: in mailboxes and in opened boxes."""
    found: Tags = {}
    for name in ("mailboxes", "box.ballots"):
        for version, meant in evidence.in_rows.get(name, ()):
            if _is_seen(evidence.batch, name, version, level):
                place = evidence.batch.history.tables[name].columns.index("tag")
                found |= {(name, one): version.values[place] for one in meant if one.kind is Kind.ANSWER}
    return found


def _add_earlier(tags: Tags, played: Played, people: Features) -> None:
    """Add the tag of an earlier answer of each person, whose author is known."""
    for name in {name for name, _ in tags}:
        known = [one and tags.get((name, Entity(one[0], Kind.ANSWER, one[1]))) for one in played.earlier]
        people[f"earlier.{name}.tag"] = [comparable(one) for one in known]


Places = dict[Entity, dict[str, tuple[int, int]]]


def _in_files(evidence: Evidence, level: Level) -> Places:
    """Return in which step, and where, an entity stands first in each file; without steps: since the closing."""
    found: Places = defaultdict(dict)
    for step, file, offset, entity in evidence.in_files:
        if level.sees_steps or step > evidence.batch.before_closing:
            place = (step if level.sees_steps else 0, offset)
            found[entity][file] = min(found[entity].get(file, place), place)
    return found


def _from_files(places: Places, entities: list[Entity], features: Features) -> None:
    for number, entity in enumerate(entities):
        for file, (step, offset) in places.get(entity, {}).items():
            values_of(features, f"file.{file}.step", len(entities))[number] = (0, step)
            values_of(features, f"file.{file}.offset", len(entities))[number] = (0, offset)
