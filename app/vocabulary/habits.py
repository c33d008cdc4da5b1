"""Typing habits: what a keyboard, a phone or a person does the same way in every text, and would show who wrote one.

Quotes, dashes, spaces and dots get one spelling, and codes the order of the vocabulary. Characters that cannot be seen
are dropped before (`app.core.text`). No replacement is longer than what it replaces, so limits hold for both.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, BeforeValidator

from app.vocabulary.codes import Competency, Reason

A = TypeVar("A", bound=BaseModel)
T = TypeVar("T")

_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_LONG_DASHES = "\u2014\u2015\u2e3a\u2e3b"
# The order counts: spaces first, since bullets and dashes are recognised by the spaces around them.
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]"), " "),
    (re.compile(" {2,}"), " "),
    (re.compile(" ?\n ?"), "\n"),
    (re.compile("\n{3,}"), "\n\n"),
    (re.compile("[\u201c-\u201f\u00ab\u00bb\u2033\u301d-\u301f\uff02]"), '"'),
    (re.compile("[\u2018-\u201b\u2039\u203a\u2032`\u00b4\u02bc\uff07]"), "'"),
    (re.compile("''"), '"'),
    (re.compile(f"(?m)^(?:[*\u2022\u2023\u2043\u00b7\u2219{_HYPHENS}{_LONG_DASHES}]|--+) "), "- "),
    (re.compile(f"(?<!^) ?(?:[{_LONG_DASHES}]|--+)+ ?|(?<=\\S) [-{_HYPHENS}] (?=\\S)"), "\u2014"),
    (re.compile(f"[{_HYPHENS}]"), "-"),
    (re.compile("[.\u2026]{2,}|\u2025"), "\u2026"),
)
_REASONS = {code: place for place, code in enumerate(Reason)}
_COMPETENCIES = {code: place for place, code in enumerate(Competency)}


def fold(text: str) -> str:
    """Return a text in one spelling of quotes, dashes, spaces, ellipses and bullets. Folding twice changes nothing."""
    while True:
        folded = text
        for spelling, ours in _SPELLINGS:
            folded = spelling.sub(ours, folded)
        folded = folded.strip()
        if folded == text:
            return folded
        text = folded


def in_order(answer: A) -> A:
    """Return an answer with its codes in the order of the vocabulary, not in the order in which somebody chose them."""
    given: Any = answer
    profile = given.hired_profile
    if profile is not None:
        closer = _sorted(profile.closer_match_in, _COMPETENCIES.__getitem__)
        profile = profile.model_copy(update={"closer_match_in": closer})
    return answer.model_copy(
        update={
            "reasons": _sorted(given.reasons, lambda one: _REASONS[one.code]),
            "strengths": _sorted(given.strengths, lambda one: _COMPETENCIES[one.competency]),
            "worry_replies": _sorted(given.worry_replies, lambda one: one.worry),
            "hired_profile": profile,
        }
    )


def _sorted(values: Iterable[T] | None, place: Callable[[T], int]) -> tuple[T, ...] | None:
    return None if values is None else tuple(sorted(values, key=place))


def _fold(value: object) -> Any:
    return fold(value) if isinstance(value, str) else value


Folded = BeforeValidator(_fold)
