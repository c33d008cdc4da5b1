"""Calendar entries (RFC 5545). They hold no link, since employers and phones read calendars."""

from datetime import date, timedelta
from uuid import UUID

from app.core.text import isolated


def reminder(round_id: UUID, candidate_name: str, on: date) -> str:
    """Return an all-day reminder on `on`. It is the same for everyone who asks for that day."""
    return entry(round_id, f"Answer {isolated(candidate_name)}: about a minute, with the link that you were given", on)


def last_day(on: date) -> str:
    """Return an entry on the last day to answer. It names neither a round nor a person: it is the same for everyone."""
    return entry("last-day", "Last day to answer: about a minute, with the link that you were given", on)


def answers_open(on: date) -> str:
    """Return an entry on the day on which the candidate reads the answers. It is the same for every round."""
    return entry("answers-open", "The feedback that you gave opens today", on)


def second_visit(on: date) -> str:
    """Return an entry for the second visit to a blind round. It is the same for every round."""
    return entry("second-visit", "Give the feedback: about a minute, with the receipt that you kept", on)


def entry(owner: UUID | str, summary: str, on: date) -> str:
    """Return an all-day entry with an alarm at nine in the morning."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Debrief//EN",
        "BEGIN:VEVENT",
        f"UID:{owner}-{on:%Y%m%d}@debrief",
        f"DTSTAMP:{on:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}",
        "TRANSP:TRANSPARENT",
        *_folded(f"SUMMARY:{_escaped(summary)}"),
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        *_folded(f"DESCRIPTION:{_escaped(summary)}"),
        "TRIGGER:PT9H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Fold a content line into pieces of at most 75 octets (section 3.1)."""
    pieces: list[str] = []
    current = ""
    for character in line:
        if len((current + character).encode()) > 74:
            pieces.append(current)
            current = " "
        current += character
    return [*pieces, current]
