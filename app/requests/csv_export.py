"""Feedback as CSV (RFC 4180) for a spreadsheet, escaped so that no text is read as a formula."""

import csv
import io
import re
from collections.abc import Iterator
from enum import StrEnum

from app.core.text import visible
from app.requests.note_schemas import OwnNote
from app.requests.schemas import Feedback, RoundFeedback
from app.rounds.schemas import ReleasedAnswer, ReleasedConcern

COLUMNS = ("stage", "answer", "kind", "code", "text", "source", "asked", "agreement", "signature")
_OWN = "own_note"
# Characters with which a spreadsheet begins a formula (OWASP, "CSV injection"), or which it skips before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "＋", "－", "＠", "|", "%")  # noqa: RUF001
# Where the decimal sign is a comma, spreadsheets separate cells at `;`, and some at a tab. They then ignore our quotes,
# so that each of these begins a cell in the middle of a text.
_INNER_FORMULA = re.compile(r'(?<=[;,\t\r\n])(?=[\s"]*[=+\-@＝＋－＠|%])')  # noqa: RUF001


class Separator(StrEnum):
    """The sign between two cells: `semicolon` for spreadsheets in countries where the decimal sign is a comma.

    The reader chooses: a first line `sep=;` is data to all programs but one, which then misreads the encoding.
    """

    COMMA = "comma"
    SEMICOLON = "semicolon"


_SIGNS = {Separator.COMMA: ",", Separator.SEMICOLON: ";"}


Line = tuple[str, str, str, str, str, str]


def to_csv(feedback: Feedback, separator: Separator = Separator.COMMA) -> str:
    """Return one line for each statement. Answers are numbered in the order shown, which is random.

    The candidate's own notes follow, under the stage `own_note`.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_SIGNS[separator], lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for round_ in feedback.rounds:
        if not isinstance(round_, RoundFeedback):
            continue
        for number, answer in enumerate(round_.answers, 1):
            for line in _answer_lines(answer):
                cells = (round_.stage.value, str(number), *line, answer.signature or "")
                writer.writerow([_escape(cell) for cell in cells])
    for number, note in enumerate(feedback.own_notes, 1):
        for line in _note_lines(note):
            writer.writerow([_escape(cell) for cell in (_OWN, str(number), *line, "")])
    # The byte order mark tells spreadsheets that the text is UTF-8.
    return "\ufeff" + out.getvalue()


def _answer_lines(answer: ReleasedAnswer) -> Iterator[Line]:
    for reason in answer.reasons:
        yield _line("reason", reason.code, reason.detail or reason.circumstance)
    for concern in answer.concerns:
        yield (
            "concern",
            concern.about or "",
            concern.statement or "",
            concern.source.value,
            concern.asked.value,
            concern.agreement or "",
        )
        if concern.question:
            yield _line("should_have_asked", "", concern.question)
        if concern.note:
            yield _line("concern_note", "", concern.note)
        yield from _exchange_lines(concern)
    for question in answer.open_questions:
        yield _line("open_question", question.about, question.question)
    for reply in answer.worry_replies:
        yield _line("worry_reply", reply.played, reply.note)
    for strength in answer.strengths:
        yield _line("strength", strength.competency, strength.note)
    for competency, rating in answer.ratings.items():
        yield _line("rating", competency, rating)
    yield from _hired_profile_lines(answer)
    for kind, code, text in (
        ("could_do_job", answer.could_do_job, None),
        ("advice", None, answer.advice),
        ("reapply", answer.reapply, None),
        ("own_question_reply", None, answer.own_question_reply),
    ):
        if code or text:
            yield _line(kind, code, text)


def _exchange_lines(concern: ReleasedConcern) -> Iterator[Line]:
    if concern.reply is not None:
        yield _line("reply", concern.reply.kind, concern.reply.text)
        if concern.reply.by_month:
            yield _line("reply_by_month", None, concern.reply.by_month)
        for link in concern.reply.links:
            yield _line("reply_link", None, link)
    for effect in concern.effects:
        yield _line(f"effect_by_{effect.by}", effect.effect, effect.note)
        if effect.question:
            yield _line("should_have_asked", None, effect.question)
        if effect.next_step:
            step = effect.next_step
            told = (step.text, step.link, step.reapply_from, effect.signature)
            yield _line("next_step", None, " · ".join(one for one in told if one))


def _hired_profile_lines(answer: ReleasedAnswer) -> Iterator[Line]:
    if answer.hired_profile is None:
        return
    for field, value in answer.hired_profile.model_dump(mode="json", exclude_none=True).items():
        if value:
            yield _line("hired_profile", field, ", ".join(value) if isinstance(value, list) else value)


def _note_lines(note: OwnNote) -> Iterator[Line]:
    yield _line("channel", note.channel, note.received_on.isoformat() if note.received_on else None)
    if note.polite_no:
        yield _line("polite_no", None, None)
    for reason in note.reasons:
        yield _line("reason", reason.code, reason.detail or reason.circumstance)
    for concern in note.concerns:
        yield "concern", concern.about or "", concern.statement, concern.source.value, concern.asked.value, ""
        if concern.question:
            yield _line("should_have_asked", "", concern.question)
    for strength in note.strengths:
        yield _line("strength", strength.competency, strength.note)
    if note.text is not None:
        yield _line("text", None, note.text)


def _line(kind: str, code: str | None, text: str | None) -> Line:
    return kind, code or "", text or "", "", "", ""


def _escape(cell: str) -> str:
    """Put an apostrophe before a possible formula: spreadsheets then show it as text."""
    # Spreadsheets skip invisible characters before a formula. New texts have none, older ones may.
    cell = _INNER_FORMULA.sub("'", visible(cell))
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
