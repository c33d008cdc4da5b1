"""What is known of one code: how it reads to either side, how long it has been there, what other systems call it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.vocabulary.codes import VOCABULARY_VERSION, ReasonGroup


@dataclass(frozen=True)
class Term:
    """One code. `label` is read by whoever answers, `candidate_text` by the candidate: second person, no verdict.

    `since` and `deprecated` are vocabulary versions; a deprecated code is no longer offered and still renders.
    `crosswalk` says what an applicant tracking system calls the nearest thing.
    """

    code: StrEnum
    label: str
    candidate_text: str
    since: str = VOCABULARY_VERSION
    deprecated: str | None = None
    crosswalk: Mapping[str, str] = field(default_factory=dict)
    group: ReasonGroup | None = None


@dataclass(frozen=True)
class CodeList:
    """One closed list, in the order in which it is shown."""

    name: str
    codes: type[StrEnum]
    terms: tuple[Term, ...]


def code_list(name: str, codes: type[StrEnum], texts: Mapping[StrEnum, tuple[str, str]]) -> CodeList:
    """Make a list of plain codes from (label, candidate text) pairs."""
    return CodeList(name, codes, terms_of(texts))


def terms_of(texts: Mapping[StrEnum, tuple[str, str]]) -> tuple[Term, ...]:
    """Return terms in the order given."""
    pairs: Iterable[tuple[StrEnum, tuple[str, str]]] = texts.items()
    return tuple(Term(code, label, candidate_text) for code, (label, candidate_text) in pairs)
