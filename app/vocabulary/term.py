"""The data of one code: its texts, its versions, and its names in other systems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.vocabulary.codes import VOCABULARY_VERSION, ReasonGroup


@dataclass(frozen=True)
class Term:
    """One code. The author reads `label`; the candidate reads `candidate_text`, in the second person, without verdict.

    `since` and `deprecated` are vocabulary versions. A deprecated code is not offered any more, but still renders.
    `crosswalk` has the closest term of each ATS.
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
    """A closed list of codes, in the order in which it is shown."""

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
