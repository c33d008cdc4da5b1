"""Own notes on the candidate's page: reading a note from its form, and showing a note in sentences."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.errors import FieldError
from app.pages.forms import Fields, Problems, id_in, problems, read
from app.pages.questions import SHORT_LABELS, offered
from app.requests.note_schemas import OwnNote, OwnNoteCreate
from app.vocabulary.codes import Asked, Reason, Source
from app.vocabulary.terms import term

_NAMES = {
    "": "note.text",
    "/channel": "note.channel",
    "/received_on": "note.received_on",
    "/reasons": "note.reasons",
    "/concerns": "note.doubt",
    "/strengths": "note.strength",
    "/strengths/0/note": "note.strength_note",
    "/text": "note.text",
    "/polite_no": "note.polite_no",
}
_NEEDED = {"note.channel": "Say how it reached you.", "note.strength": "Choose what the example is about."}

DELETE = "delete_note:"
"""The prefix of the value that a note's delete button sends; the note's id follows."""

# Without `other`: the note's text takes what is not in the list.
REASONS = tuple(reason for reason in offered("reason") if reason is not Reason.OTHER)

_OWN_LABELS = {
    **SHORT_LABELS,
    Reason.NOT_ABOUT_YOU: "Not about me",
    Reason.CONTACT_OR_SCHEDULING: "Could not reach or meet me",
}


def reason_label(reason: Reason) -> str:
    """Return the short label of a reason, in the candidate's perspective."""
    return _OWN_LABELS.get(reason, "")


def read_note(fields: Fields) -> OwnNoteCreate:
    """Read a note from `fields`. Raises Invalid."""
    data: dict[str, Any] = {"polite_no": bool(fields.one("note.polite_no")), "reasons": _reasons(fields)}
    for key in ("channel", "received_on", "text"):
        if value := fields.one(f"note.{key}"):
            data[key] = value
    if doubt := fields.one("note.doubt"):
        # An empty choice counts as "not sure".
        source = fields.one("note.doubt_source") or Source.UNKNOWN
        asked = fields.one("note.doubt_asked") or Asked.UNKNOWN
        data["concerns"] = [{"statement": doubt, "source": source, "asked": asked}]
    strength = {"competency": fields.one("note.strength"), "note": fields.one("note.strength_note")}
    if any(strength.values()):
        data["strengths"] = [{key: value for key, value in strength.items() if value}]
    return read(OwnNoteCreate, data)


def problems_of(errors: Iterable[FieldError]) -> Problems:
    """Assign errors to the fields of the form."""
    return problems(errors, _NAMES, _NEEDED)


def id_to_delete(pressed: str) -> UUID:
    """Return the id of the note whose delete button was pressed."""
    return id_in(pressed.removeprefix(DELETE))


def in_words(note: OwnNote) -> list[str]:
    """Return a note as paragraphs, like the answers. The candidate's own words are in quotation marks."""
    paragraphs = ["It was a polite no, without a reason."] if note.polite_no else []
    paragraphs += [_sentences(_text(one.code), _text(one.circumstance), _quoted(one.detail)) for one in note.reasons]
    paragraphs += [
        _sentences(
            f"A doubt about you: {_quoted(one.statement)}",
            *(_text(code) for code in (one.source, one.asked) if code not in {Source.UNKNOWN, Asked.UNKNOWN}),
            f"What they could have asked you: {_quoted(one.question)}" if one.question else "",
        )
        for one in note.concerns
    ]
    paragraphs += [
        _sentences(f"What spoke for you: {_text(one.competency)}.", _quoted(one.note)) for one in note.strengths
    ]
    return [*paragraphs, *([_quoted(note.text)] if note.text else [])]


def _reasons(fields: Fields) -> list[Mapping[str, str]]:
    circumstance = fields.one("note.circumstance")
    return [
        {"code": code, **({"circumstance": circumstance} if circumstance and code == Reason.NOT_ABOUT_YOU else {})}
        for code in fields.all("note.reasons")
    ]


def _text(code: StrEnum | None) -> str:
    return "" if code is None else term(code).candidate_text


def _quoted(text: str | None) -> str:
    return "" if text is None else f"“{text}”"


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
