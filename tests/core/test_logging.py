"""Logs contain events and places in the code, never what people wrote."""

import asyncio
import gc
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from app.core.logging import configure_logging
from app.core.redaction import describe
from app.core.settings import load_settings

CANARY = "canary-7f3e"

Lines = Callable[[Callable[[], None]], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Put the process's logging back as it was: pytest listens to it."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level, logging.raiseExceptions, threading.excepthook
    yield
    root.handlers, logging.raiseExceptions, threading.excepthook = kept[0], kept[2], kept[3]
    root.setLevel(kept[1])
    structlog.reset_defaults()


def configured(tmp_path: Path, environment: str, **given: Any) -> None:
    configure_logging(
        load_settings(
            _env_file=None,
            environment=environment,
            data_dir=tmp_path,
            base_url="https://debrief.example",
            secret_key="k3V9xQ2mZ7bT5wR8nL1yC6pD4sF0gHjA",
            operator_key="Zt6Yv1Wm8Qx3Ub5Na0Ke7Rd2Lo9Pj4Ci",
            **{"raise_rate": 10, **given},
        )
    )


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lines:
    """Do something with logging as it is in production, and return the lines that came of it."""

    # Configured when called, not before: pytest changes the streams between setting a test up and calling it.
    def after(act: Callable[[], None]) -> list[dict[str, Any]]:
        configured(tmp_path, "production")
        act()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return after


def fail() -> None:
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        raise ValueError(f"wrote {CANARY}") from error


def raised() -> ValueError:
    try:
        fail()
    except ValueError as error:
        return error
    raise AssertionError


def test_production_writes_json(lines: Lines) -> None:
    def act() -> None:
        structlog.get_logger("app.x").info("started", port=8000)
        logging.getLogger("uvicorn.error").info("Started %s", "process")

    ours, theirs = lines(act)
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {"event": "started", "port": 8000, "level": "info", "logger": "app.x"}
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("Started process", "info", "uvicorn.error")


def test_development_writes_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path, "development")
    structlog.get_logger("app.x").info("started", port=8000)
    written = capsys.readouterr().err
    assert "started" in written
    assert "port=8000" in written
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(written)


def test_log_level_is_respected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path, "production", log_level="WARNING")
    structlog.get_logger("app.x").info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    structlog.get_logger("app.x").warning("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def test_event_may_have_a_coarser_time(lines: Lines) -> None:
    (line,) = lines(lambda: structlog.get_logger("app.x").error("anonymous_5xx", timestamp="2026-11-25"))
    assert line["timestamp"] == "2026-11-25"


def test_exception_is_logged_as_type_and_frames(lines: Lines) -> None:
    (line,) = lines(log_structured)
    exception = line["raised"]
    assert exception["type"] == "ValueError"
    assert exception["frames"][-1].split(" ")[1] == "fail"
    assert exception["frames"][-1].startswith("test_logging.py:")
    assert exception["cause"]["type"] == "KeyError"


def test_exception_of_a_library_is_redacted_too(lines: Lines) -> None:
    (line,) = lines(log_of_a_library)
    assert set(line) == {"event", "level", "logger", "timestamp", "raised"}


def log_structured() -> None:
    structlog.get_logger("app.x").error("failed", exc_info=raised())


def log_current() -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger("app.x").exception("failed")


def log_as_value() -> None:
    structlog.get_logger("app.x").error("failed", error=raised())


def log_of_a_library() -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application", stack_info=True)


def log_a_group() -> None:
    structlog.get_logger("app.x").error("failed", exc_info=ExceptionGroup(CANARY, [raised(), TypeError(CANARY)]))


def log_what_asyncio_says() -> None:
    async def lose_a_task() -> None:
        async def lost(_words: str) -> None:
            raise ValueError(CANARY)

        task = asyncio.create_task(lost(CANARY), name=CANARY)
        await asyncio.wait([task])
        asyncio.get_running_loop().call_soon(int, CANARY)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(lose_a_task())


def log_a_thread() -> None:
    thread = threading.Thread(target=fail, name=CANARY)
    thread.start()
    thread.join()


def log_a_record_that_can_not_be_formatted() -> None:
    logging.getLogger("uvicorn.error").error("%d", CANARY)


def log_a_statement() -> None:
    engine = create_engine("sqlite://", hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text(f"SELECT '{CANARY}'"))
        try:
            connection.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": CANARY})
        except DatabaseError:
            structlog.get_logger("app.x").exception("failed")
    engine.dispose()


def log_an_access() -> None:
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "192.0.2.7", "GET", f"/r/{CANARY}")


@pytest.mark.parametrize(
    "act",
    [
        log_structured,
        log_current,
        log_as_value,
        log_of_a_library,
        log_a_group,
        log_what_asyncio_says,
        log_a_thread,
        log_a_record_that_can_not_be_formatted,
        log_a_statement,
        log_an_access,
    ],
)
@pytest.mark.parametrize("environment", ["production", "development"])
def test_nothing_that_people_wrote_is_logged(
    act: Callable[[], None], environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, environment)
    act()
    written = "".join(capsys.readouterr())
    assert CANARY not in written
    silent = {log_a_record_that_can_not_be_formatted, log_an_access}
    assert bool(written) is (act not in silent)


def test_debug_level_prints_no_statements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path, "development", log_level="DEBUG")
    log_a_statement()
    assert CANARY not in "".join(capsys.readouterr())


def test_frames_are_bounded() -> None:
    def dig(depth: int) -> None:
        if depth == 0:
            raise LookupError
        dig(depth - 1)

    with pytest.raises(LookupError) as deep:
        dig(100)
    assert len(describe(deep.value)["frames"]) == 30


UNCONFIGURED = """
import structlog
import app.background

def unlock(key):
    raise ValueError("said " + key)

try:
    unlock("canary" + "-" + "7f3e")
except ValueError as error:
    structlog.get_logger("app.x").exception("failed", exc_info=error)
    structlog.get_logger("app.x").error("failed", exc_info=True)
"""


def test_unconfigured_logging_shows_no_values() -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", UNCONFIGURED], capture_output=True, text=True, check=True, cwd=root)
    said = ran.stdout + ran.stderr
    assert said.count("failed") == 2
    assert "unlock" in said
    assert CANARY not in said


def test_development_logging_shows_no_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path, "development")
    log_current()
    written = capsys.readouterr().err
    assert "fail" in written
    assert CANARY not in written
