"""What may be said of an exception: its type and its frames. Its message may quote a row, a body or an address.

And the values of its frames are keys and codes. Where a library that colours terminals is installed, structlog shows
them unless it is told otherwise; so it is told when this package is loaded, whoever configures logging later, or never.
"""

import sys
from collections.abc import MutableMapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

import structlog

_FRAMES = 30
_SOURCE = Path(__file__).parents[2]


def keep_silent() -> None:
    """Have structlog say no more than it may, for as long as nobody configures it: a command, a script, a test."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            silence_values,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def silence_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace exceptions, wherever an event carries them, by what may be known of them."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = _exception(given)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = _name(type(value))
    if error is not None:
        # Not "exception": the console renderer takes that for a text, and fails.
        event["raised"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """Return the type of `error`, the frames it went through (the innermost last), and the same of its causes."""
    frames = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    described: dict[str, Any] = {"type": _name(type(error)), "frames": frames[-_FRAMES:]}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        described["cause"] = describe(cause)
    if isinstance(error, BaseExceptionGroup):
        described["members"] = [describe(member) for member in error.exceptions[:5]]
    return described


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_SOURCE / "app"):
        return str(path.relative_to(_SOURCE))
    _, found, rest = filename.rpartition("site-packages/")
    return rest if found else path.name
