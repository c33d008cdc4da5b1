"""The whole vocabulary: every list, and the term of any code."""

from enum import StrEnum

from app.vocabulary import terms_concerns, terms_reasons, terms_rounds
from app.vocabulary.term import CodeList, Term

LISTS: tuple[CodeList, ...] = (*terms_reasons.LISTS, *terms_concerns.LISTS, *terms_rounds.LISTS)

# By class and code: `other` is a reason, a role and a reason to decline, and as strings the three are equal.
_TERMS: dict[tuple[type[StrEnum], str], Term] = {
    (listed.codes, term.code.value): term for listed in LISTS for term in listed.terms
}


def term(code: StrEnum) -> Term:
    """Return the term of a code. Old answers use deprecated codes, so these have terms too."""
    return _TERMS[type(code), code.value]
