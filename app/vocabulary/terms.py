"""The whole vocabulary in one place: every list, and the term behind any code."""

from enum import StrEnum

from app.vocabulary import terms_concerns, terms_reasons, terms_rounds
from app.vocabulary.term import CodeList, Term

LISTS: tuple[CodeList, ...] = (*terms_reasons.LISTS, *terms_concerns.LISTS, *terms_rounds.LISTS)

# Keyed by class and code: `other` is a reason, a role and a way to decline, and as strings the three are equal.
_TERMS: dict[tuple[type[StrEnum], str], Term] = {
    (listed.codes, term.code.value): term for listed in LISTS for term in listed.terms
}


def term(code: StrEnum) -> Term:
    """Return what is known of a code; deprecated ones included, since old answers use them."""
    return _TERMS[type(code), code.value]
