"""Template context of the short form, which the one-time link and the manager's page share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import DomainError
from app.pages.forms import NONE, Fields, Problems
from app.pages.questions import MOST_CONCERNS, SHORT_SOURCES, Questions, offered
from app.rounds.answer_schemas import AnswerPreview
from app.vocabulary.answer import Answer

_FIELDS_IN_SIGHT = (
    *("do", "pad", "code", "nonce", "way", "stage", "reasons", "detail", "circumstance", "question", "nothing_open"),
    *("hired.selection_result", "concern.0.statement", "concern.0.source", "concern.0.asked"),
    *("worry.0.played", "worry.1.played", "worry.2.played"),
    *("if_too_few", "signature", "understood", "until", "reason", "decline_understood", "people", "shape"),
    *("x", "mac", "answer_mac", "receipt_tag"),
)
"""The visible fields and the hidden technical ones. Any other filled-in field keeps "Add more" open."""


@dataclass(frozen=True)
class PreviewShown:
    """The preview on the page, and `hints` on wording: pairs of the words in question and the advice."""

    preview: AnswerPreview | None = None
    hints: Sequence[tuple[str, str]] = ()


NO_PREVIEW = PreviewShown()


def template_facts(
    asked: Questions,
    fields: Fields,
    *,
    nonce: str,
    problems: Problems = NONE,
    shown_preview: PreviewShown = NO_PREVIEW,
    notice: str = "",
) -> dict[str, Any]:
    """Return the variables of the templates."""
    return {
        "asked": asked,
        "typed": fields,
        "nonce": nonce,
        "problems": problems,
        "preview": shown_preview.preview,
        "hints": shown_preview.hints,
        "notice": notice,
        "offered": offered,
        "short_sources": SHORT_SOURCES,
        "most_concerns": MOST_CONCERNS,
        "more_open": bool(fields.others(_FIELDS_IN_SIGHT)),
    }


def has_enough_to_preview(answer: Mapping[str, Any], asked: Questions) -> bool:
    """Tell whether an answer is complete enough for a preview: words without a reason would read like a verdict."""
    return ("open_questions" if asked.before_decision else "reasons") in answer


def with_hints(preview: AnswerPreview, answer: Answer) -> PreviewShown:
    """Combine a preview with its hints, each with the words that it is about."""
    written = {"answer": answer.model_dump(mode="json", exclude_none=True)}
    hints = dict.fromkeys(
        (_text_at(written, finding.pointer)[slice(*finding.span)], finding.message) for finding in preview.findings
    )
    return PreviewShown(preview, tuple(hints))


def refused_preview(problems: Problems) -> PreviewShown:
    """Return the messages that replace the preview of an invalid answer."""
    return PreviewShown(None, [("", message) for _, message in problems.summary])


def conflict_problem(error: DomainError) -> Problems:
    """Return the message above a form that conflicts with the present state."""
    return Problems([("", error.detail)])


def _text_at(value: Any, pointer: str) -> str:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)
