"""`debrief answer --later`: nothing that has to do with the receipt is sent before a random moment."""

import asyncio
import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.blinding.receipt import new_receipt
from app.core import randomness
from app.terminal import later, prompts
from app.terminal.answer_flow import Options, answer
from tests.rounds.blind_people import claim, raised_blind
from tests.support.app import Running, codes
from tests.terminal.people import recording

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_moments_are_spread_over_all_days_of_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime(2026, 11, 28, tzinfo=UTC)
    for share, moment in ((0.0, NOW), (0.5, NOW + (end - NOW) / 2), (0.999999, end)):
        monkeypatch.setattr(randomness, "fraction", lambda share=share: share)
        assert abs(later.random_moment(NOW, date(2026, 11, 27)) - moment) < timedelta(seconds=1)
    assert later.random_moment(NOW, date(2026, 11, 20)) == NOW


def test_a_suspended_machine_sends_when_it_wakes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    class Suspended:
        def now(self) -> datetime:
            return NOW + timedelta(hours=5 * len(slept))

    monkeypatch.setattr(time, "sleep", slept.append)
    later.wait_until(NOW + timedelta(hours=9), Suspended())
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
    monkeypatch.setattr(prompts, "secret", lambda _: str(receipts[0]))
    with recording(port) as recorder:
        before: list[list[str]] = []
        monkeypatch.setattr(later, "wait_until", lambda *_: before.append([seen.line for seen in recorder.requests]))
        link = raised["links"][0]["url"].replace(f":{port}/", f":{recorder.port}/")
        options = Options(receipt="-", answer=written, understood=True, later=True)
        assert await asyncio.to_thread(answer, link, options) == 0
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
    monkeypatch.setattr(prompts, "secret", lambda _: str(new_receipt()))
    options = Options(receipt="-", answer=written, understood=True, later=True)
    assert await asyncio.to_thread(answer, raised["links"][0]["url"], options) == 1
    assert "Answers are not taken yet" in capsys.readouterr().err
