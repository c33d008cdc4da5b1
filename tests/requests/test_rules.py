"""Rules of a request."""

from datetime import date

import pytest

from app.requests.rules import duplicate_faults, interview_faults, overall_state
from app.rounds.rules import RoundState as S

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        ([], S.COLLECTING),
        ([S.COLLECTING], S.COLLECTING),
        ([S.RELEASED], S.RELEASED),
        ([S.WITHHELD], S.WITHHELD),
        ([S.WITHDRAWN], S.WITHDRAWN),
        ([S.RELEASED, S.COLLECTING], S.RELEASED),
        ([S.WITHHELD, S.RELEASED], S.RELEASED),
        ([S.WITHHELD, S.COLLECTING], S.COLLECTING),
        ([S.COLLECTING, S.WITHHELD], S.COLLECTING),
        ([S.WITHHELD, S.WITHDRAWN], S.WITHDRAWN),
        ([S.WITHDRAWN, S.WITHHELD], S.WITHHELD),
    ],
)
def test_overall_state(states: list[S], overall: S) -> None:
    assert overall_state(states) is overall


@pytest.mark.parametrize(
    ("on", "code"),
    [(None, None), (date(2026, 11, 20), None), (date(2026, 11, 21), None), (date(2026, 11, 22), "in_the_future")],
)
def test_future_interview_is_refused(on: date | None, code: str | None) -> None:
    assert [fault.code for fault in interview_faults(on, DAY)] == ([code] if code else [])


def test_duplicates_point_at_the_later_one() -> None:
    addresses = [
        ("/a", "x@e.test"),
        ("/b", None),
        ("/c", "y@e.test"),
        ("/d", "x@e.test"),
        ("/e", None),
        ("/f", "x@e.test"),
    ]

    assert [fault.pointer for fault in duplicate_faults(addresses)] == ["/d", "/f"]
