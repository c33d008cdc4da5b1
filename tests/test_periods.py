"""The retention table: its arithmetic, and its copy for operators."""

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app import periods
from app.periods import RETENTIONS, Period, Retention

ROOT = Path(__file__).parent.parent


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_request_is_kept_for_365_days(today: date) -> None:
    assert (today - periods.REQUEST.cutoff(today)).days == 365


def test_every_period_is_in_the_table() -> None:
    assert {id(found) for found in vars(periods).values() if isinstance(found, Retention)} <= set(map(id, RETENTIONS))


def test_text_of_a_period_names_its_days() -> None:
    for period in RETENTIONS:
        if isinstance(period, Period):
            assert f"{period.days} day" in period.until


def test_operators_guide_prints_the_table() -> None:
    section = (
        (ROOT / "docs/operating.md").read_text().partition("## How long things are kept\n")[2].partition("\n## ")[0]
    )
    printed = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert printed == [f"| {one.what} | {one.until} | {one.why} |" for one in RETENTIONS]
