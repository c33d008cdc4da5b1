"""Calendar entries: valid by RFC 5545, and without a secret."""

import re
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.text import isolated
from app.rounds.ics import answers_open, last_day, reminder, second_visit

ROUND = UUID("6f1f2f0e-1111-4222-8333-444455556666")


def test_the_reminder_word_for_word() -> None:
    assert reminder(ROUND, "Ben Ode", date(2026, 12, 31)).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Debrief//EN",
        "BEGIN:VEVENT",
        "UID:6f1f2f0e-1111-4222-8333-444455556666-20261231@debrief",
        "DTSTAMP:20261231T000000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "TRANSP:TRANSPARENT",
        "SUMMARY:Answer Ben Ode: about a minute\\, with the link that you were given",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Answer Ben Ode: about a minute\\, with the link that you were g",
        " iven",
        "TRIGGER:PT9H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_the_last_day_names_no_round_and_no_person() -> None:
    lines = last_day(date(2026, 12, 8)).split("\r\n")
    assert "UID:last-day-20261208@debrief" in lines
    assert lines[9].startswith("SUMMARY:Last day to answer: about a minute")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80))
def test_any_name_fits(name: str) -> None:
    lines = reminder(ROUND, name, date(2026, 11, 24)).split("\r\n")

    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = "\r\n".join(lines).replace("\r\n ", "").split("\r\n")
    assert len(unfolded) == 18
    summary = re.sub(r"\\(.)", r"\1", unfolded[9].removeprefix("SUMMARY:"))
    assert summary == f"Answer {isolated(name)}: about a minute, with the link that you were given"


def test_entries_after_a_visit_name_nobody() -> None:
    for entry in (answers_open(date(2026, 12, 9)), second_visit(date(2026, 12, 9))):
        assert "DTSTART;VALUE=DATE:20261209" in entry
        assert "BEGIN:VALARM" in entry
        assert "UID:6f1f" not in entry
