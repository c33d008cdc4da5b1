"""Who is meant: finds people, answers and rounds in anything that was captured, in whatever form they stand there."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.core.tokens import keyed_hash

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}")
_SHORT = 8
_WORD = 8
# Of what is longer, only digests are looked for.
_LONGEST = 64


class Kind(StrEnum):
    """What can be recognised."""

    PERSON = "person"
    ANSWER = "answer"
    ROUND = "round"


class Entity(NamedTuple):
    """A person or an answer by its place in its round, or the round."""

    round: int
    kind: Kind
    place: int = 0


@dataclass
class Recognition:
    """All forms in which a key may stand somewhere."""

    pepper: bytes
    forms: dict[str | bytes, Entity] = field(default_factory=dict)
    # Which words of 8 bytes some form has, and where: by its number, times 8, plus how far into it. Plain numbers: half
    # a million of anything else would keep the collector of garbage busy.
    _words: dict[int, int] = field(default_factory=dict)
    _same_word: dict[int, list[int]] = field(default_factory=dict)
    _sought: dict[bytes, int] = field(default_factory=dict)

    def learn(self, entity: Entity, *keys: str | bytes) -> None:
        """Recognise `entity` by these keys, and by what is commonly made of a key."""
        for key in keys:
            for form in _forms(key, self.pepper):
                self.forms[form] = entity
                if isinstance(form, str) and len(form) >= 2 * _SHORT:
                    self.forms[form[:_SHORT]] = entity
                # Every file is full of the ids of rounds, and says nothing by them.
                if entity.kind is not Kind.ROUND:
                    self._learn_words(form.encode() if isinstance(form, str) else form)

    def _learn_words(self, form: bytes) -> None:
        # Whatever lies in a file covers a whole aligned word of 8 bytes, if it has 15: so one look at each word of a
        # file finds all forms.
        if len(form) < 2 * _WORD - 1 or form in self._sought:
            return
        place = self._sought[form] = len(self._sought) * _WORD
        for start in range(_WORD):
            word = int.from_bytes(form[start : start + _WORD], "little")
            if self._words.setdefault(word, place + start) != place + start:
                self._same_word.setdefault(word, []).append(place + start)

    def in_value(self, value: Any) -> Iterator[Entity]:
        """Yield who is meant by a value of a row, or by a part of it."""
        if not isinstance(value, str | bytes):
            return
        known = self.forms.get(value)
        if known is not None:
            yield known
        elif len(value) > _SHORT:
            text = value if isinstance(value, str) else value.decode("latin-1")
            for token in _TOKEN.findall(text):
                found = self.forms.get(token)
                if found is not None:
                    yield found

    def in_row(self, values: Iterable[Any]) -> set[Entity]:
        """Return who is meant anywhere in a row."""
        return {entity for value in values for entity in self.in_value(value)}

    def in_bytes(self, content: bytes) -> Iterator[tuple[int, Entity]]:
        """Yield where in some bytes somebody is meant."""
        usable = len(content) - len(content) % _WORD
        words = memoryview(content[:usable]).cast("Q")
        if self._words.keys().isdisjoint(words):
            return
        forms = list(self._sought)
        for number, word in enumerate(words):
            if word in self._words:
                for place in (self._words[word], *self._same_word.get(word, ())):
                    form, start = forms[place // _WORD], place % _WORD
                    offset = number * _WORD - start
                    if content[max(offset, 0) : offset + len(form)] == form:
                        yield offset, self.forms.get(form) or self.forms[form.decode()]


def _forms(key: str | bytes, pepper: bytes) -> Iterator[str | bytes]:
    raw = key.encode() if isinstance(key, str) else key
    if len(raw) <= _LONGEST:
        yield key
        yield raw
    for digest in (
        hashlib.sha256(raw).digest(),
        keyed_hash(pepper, raw),
        hmac.digest(pepper, raw, "sha256"),
        *((raw,) if isinstance(key, bytes) and len(raw) <= _LONGEST else ()),
    ):
        yield digest
        yield digest.hex()
        yield base64.b64encode(digest).decode().rstrip("=")
        yield base64.urlsafe_b64encode(digest).decode().rstrip("=")


def id_keys(identifier: str) -> tuple[str | bytes, ...]:
    """Return the spellings of an id."""
    value = UUID(identifier)
    return str(value), value.hex, value.bytes
