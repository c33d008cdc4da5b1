"""The short form, which the one-time link and the manager's page share: its template context, and the one check."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from app.core.errors import DomainError, FieldError, Invalid
from app.pages.form_to_answer import Draft, draft_answer
from app.pages.forms import NONE, Fields, Problems, problems
from app.pages.questions import MOST_CONCERNS, SHORT_SOURCES, Questions, grouped_reasons, offered
from app.rounds.answer_schemas import AnswerPreview
from app.vocabulary.answer import Answer

B = TypeVar("B", bound=BaseModel)

_FIELDS_IN_SIGHT = (
    *("do", "pad", "code", "nonce", "way", "stage", "reasons", "detail", "circumstance", "question", "nothing_open"),
    *("hired.selection_result", "concern.0.statement", "concern.0.source", "concern.0.asked"),
    *(f"worry.{index}.{part}" for index in range(3) for part in ("played", "source", "asked")),
    *("if_too_few", "signature", "understood", "until", "reason", "decline_understood", "people", "shape"),
    *("x", "mac", "answer_mac", "receipt_tag"),
)
"""The visible fields and the hidden technical ones. Any other filled-in field keeps "Add more" open."""

# The order of the form, in which its problems are listed.
_ORDER = ("worry", "question", "reasons", "detail", "circumstance", "hired", "concern", "if_too_few", "", "signature")
UNCONFIRMED = FieldError("/understood", "required", "Please confirm that your answer is shown with your name.")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph that the candidate will read, and `hints` on it: pairs of the words in question and the advice."""

    text: str
    hints: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Checked(Generic[B]):
    """The result of the check: the body that may be sent and the letter, or the problems."""

    body: B | None
    letter: Sequence[Paragraph]
    problems: Problems


async def check(
    fields: Fields,
    asked: Questions,
    parse: Callable[[dict[str, Any]], B],
    look: Callable[[B], Awaitable[AnswerPreview]],
) -> Checked[B]:
    """Check an answer, and return what the candidate would read, or all that is missing at once.

    `parse` makes the body of an answer and raises Invalid; `look` asks the use case what the candidate would read.
    """
    draft = draft_answer(fields, asked, unfinished=False)
    errors: list[FieldError] = []
    body = preview = None
    try:
        body = parse(draft.answer)
    except Invalid as error:
        errors += error.errors
    try:
        # With its gaps filled the answer parses, and the use case finds what else is missing.
        rough = body or parse(draft_answer(fields, asked, unfinished=True).answer)
        preview = await look(rough)
        errors += [FieldError(one.pointer, one.code, one.message) for one in preview.missing]
    except Invalid as error:
        errors += [one for one in error.errors if one not in errors]
    if asked.signed and not fields.one("understood"):
        errors.append(UNCONFIRMED)
    if body is None or preview is None or errors:
        return Checked(None, (), in_order(problems(errors, draft.names, draft.needed)))
    return Checked(body, _letter(preview, getattr(body, "answer")), NONE)  # noqa: B009  # Each body has an answer.


def refused(error: Invalid, draft: Draft) -> Problems:
    """Return the problems of an answer that was refused when it was sent."""
    return in_order(problems(error.errors, draft.names, draft.needed))


def in_order(found: Problems) -> Problems:
    """Return the problems in the order of the form."""

    def place(problem: tuple[str, str]) -> int:
        kind = problem[0].partition(".")[0]
        return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)

    return Problems(sorted(found.summary, key=place), found.beside)


def template_facts(
    asked: Questions,
    fields: Fields,
    *,
    nonce: str,
    problems: Problems = NONE,
    notice: str = "",
) -> dict[str, Any]:
    """Return the variables of the templates."""
    return {
        "asked": asked,
        "typed": fields,
        "nonce": nonce,
        "problems": problems,
        "notice": notice,
        "offered": offered,
        "grouped_reasons": grouped_reasons(asked),
        "short_sources": SHORT_SOURCES,
        "most_concerns": MOST_CONCERNS,
        "more_open": bool(fields.others(_FIELDS_IN_SIGHT)),
    }


def conflict_problem(error: DomainError) -> Problems:
    """Return the message above a form that conflicts with the present state."""
    return Problems([("", error.detail)])


def _letter(preview: AnswerPreview, answer: Answer) -> list[Paragraph]:
    """Put each hint beside the paragraph that quotes the text in question; what is quoted nowhere stands at the end."""
    written = {"answer": answer.model_dump(mode="json", exclude_none=True)}
    beside: dict[int, dict[tuple[str, str], None]] = {}
    for finding in preview.findings:
        text = _text_at(written, finding.pointer)
        at = next((index for index, shown in enumerate(preview.in_words) if text in shown), len(preview.in_words) - 1)
        beside.setdefault(at, {})[text[slice(*finding.span)], finding.message] = None
    return [Paragraph(text, tuple(beside.get(index, ()))) for index, text in enumerate(preview.in_words)]


def _text_at(value: Any, pointer: str) -> str:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)
