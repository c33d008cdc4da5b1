"""Redaction of exceptions in logs: type and frames only. A message may quote a row, a body or an address.

The local variables of frames hold keys and codes. structlog prints them if `rich` is installed, so this module is used
when the package is imported, before anything else configures logging.
"""

import sys
from collections.abc import MutableMapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

import structlog

_FRAMES = 30
_SOURCE = Path(__file__).parents[2]


def redact_by_default() -> None:
    """Configure structlog with redaction, for commands, scripts and tests that do not configure logging themselves."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            redact,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the exceptions of an event by their types and frames."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = _exception(given)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = _name(type(value))
    if error is not None:
        # Not "exception": the console renderer expects a text there, and fails.
        event["raised"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """Return the type of `error`, its frames (the innermost last), and the same for its causes."""
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
