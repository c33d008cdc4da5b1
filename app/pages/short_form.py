"""What the templates of the short form need, wherever it is shown: behind a one-time link, or on the manager's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import DomainError
from app.pages.forms import NONE, Fields, Problems
from app.pages.questions import MOST_CONCERNS, SHORT_SOURCES, Questions, offered
from app.rounds.answer_schemas import AnswerPreview
from app.vocabulary.answer import Answer

_SHORT = (
    *("do", "pad", "code", "nonce", "way", "stage", "reasons", "detail", "circumstance", "question", "nothing_open"),
    *("hired.selection_result", "concern.0.statement", "concern.0.source", "concern.0.asked"),
    *("worry.0.played", "worry.1.played", "worry.2.played"),
    *("if_too_few", "signature", "understood", "until", "reason", "decline_understood", "people", "shape"),
    *("x", "mac", "answer_mac", "receipt_tag"),
)
"""The fields in plain sight, and those of the machinery: whatever else is filled in keeps "Add more" open."""


@dataclass(frozen=True)
class Looked:
    """What the candidate would read, and what could be said better: pairs of the words in question and the advice."""

    preview: AnswerPreview | None = None
    hints: Sequence[tuple[str, str]] = ()


NOTHING = Looked()


def facts(
    asked: Questions,
    fields: Fields,
    *,
    nonce: str,
    problems: Problems = NONE,
    looked: Looked = NOTHING,
    notice: str = "",
) -> dict[str, Any]:
    """Return what the templates take."""
    return {
        "asked": asked,
        "typed": fields,
        "nonce": nonce,
        "problems": problems,
        "preview": looked.preview,
        "hints": looked.hints,
        "notice": notice,
        "offered": offered,
        "short_sources": SHORT_SOURCES,
        "most_concerns": MOST_CONCERNS,
        "more_open": bool(fields.others(_SHORT)),
    }


def can_be_read(answer: Mapping[str, Any], asked: Questions) -> bool:
    """Tell whether there is enough of an answer for a look at it: words without a reason would read like a verdict."""
    return ("open_questions" if asked.before_decision else "reasons") in answer


def looked_at(preview: AnswerPreview, answer: Answer) -> Looked:
    """Return a preview with the words that each hint is about."""
    written = {"answer": answer.model_dump(mode="json", exclude_none=True)}
    hints = dict.fromkeys(
        (_at(written, finding.pointer)[slice(*finding.span)], finding.message) for finding in preview.findings
    )
    return Looked(preview, tuple(hints))


def refused(problems: Problems) -> Looked:
    """Return what stands in place of a preview while something can't be read at all."""
    return Looked(None, [("", message) for _, message in problems.summary])


def conflict(error: DomainError) -> Problems:
    """Return what stands above the form when it was fine, but came too late."""
    return Problems([("", error.detail)])


def _at(value: Any, pointer: str) -> str:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)
