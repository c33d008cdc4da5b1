"""`debrief answer --later`: nothing that has to do with the receipt is sent before a random moment."""

import asyncio
import io
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.blinding.receipt import new_receipt
from app.core.clock import Clock
from app.terminal import later
from app.terminal.answer_flow import Options, answer
from tests.rounds.blind_people import claim, raised_blind
from tests.support.app import Running, codes
from tests.terminal.people import recording

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LAST_DAY = date(2026, 11, 27)
END = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(("share", "moment"), [(0.0, NOW), (0.5, NOW + (END - NOW) / 2), (0.999999, END)])
def test_moments_are_spread_over_all_days_of_answers(share: float, moment: datetime) -> None:
    assert abs(later.random_moment(NOW, LAST_DAY, lambda: share) - moment) < timedelta(seconds=1)


def test_each_moment_is_drawn() -> None:
    drawn = {later.random_moment(NOW, LAST_DAY) for _ in range(5)}
    assert len(drawn) == 5
    assert all(NOW <= moment < END for moment in drawn)


def test_after_the_last_day_the_moment_is_now() -> None:
    assert later.random_moment(NOW, date(2026, 11, 20)) == NOW


def test_a_suspended_machine_sends_when_it_wakes_up() -> None:
    slept: list[float] = []

    class Suspended:
        def now(self) -> datetime:
            return NOW + timedelta(hours=5 * len(slept))

    later.wait_until(NOW + timedelta(hours=9), Suspended(), slept.append)
    assert slept == [60, 60]


async def test_before_the_moment_only_the_evaluations_are_fetched(
    site: Running, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised, path = await raised_blind(site)
    receipts = [new_receipt() for _ in codes(raised)]
    for code, receipt in zip(codes(raised), receipts, strict=True):
        assert (await claim(site, path, code, receipt)).status_code == 201
    site.clock.advance(days=2)
    written = tmp_path / "answer.json"
    written.write_text(json.dumps({"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold"}))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{receipts[0]}\n"))
    with recording(port) as recorder:
        before: list[list[str]] = []

        def note(_moment: datetime, _clock: Clock) -> None:
            before.append([seen.line for seen in recorder.requests])

        link = raised["links"][0]["url"].replace(f":{port}/", f":{recorder.port}/")
        options = Options(receipt="-", answer=written, understood=True, later=True)
        assert await asyncio.to_thread(answer, link, options, note) == 0
        (waited,) = before
        assert [line.split()[1].rpartition("/")[2] for line in waited] == ["evaluations"]
        assert len(recorder.requests) > len(waited)


@pytest.mark.parametrize("options", [Options(later=True), Options(later=True, receipt="-", understood=True)])
def test_it_needs_all_that_it_would_ask_for(options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("https://debrief.example/r/x#k=y", options) == 1
    assert "--later needs" in capsys.readouterr().err


async def test_before_the_days_of_answers_it_stops(
    site: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raised, _ = await raised_blind(site)
    written = tmp_path / "answer.json"
    written.write_text("{}")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{new_receipt()}\n"))
    options = Options(receipt="-", answer=written, understood=True, later=True)
    assert await asyncio.to_thread(answer, raised["links"][0]["url"], options) == 1
    assert "Answers are not taken yet" in capsys.readouterr().err
