"""What is written down about the running service: events and places in the code, never what people wrote.

An exception's message may quote a row, a body or an address. So every exception, of ours or of a library, is logged as
its type and its frames only. The access log of uvicorn, which prints whole paths, is off (`app.core.server`).
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

import structlog
from structlog.typing import Processor

from app.core.settings import Settings

_FRAMES = 30
_SOURCE = Path(__file__).parents[2]
# These print SQL, addresses of requests or their bytes when they are talkative, whatever level we log at.
_KEPT_SHORT = ("sqlalchemy", "httpx", "httpcore", "hpack", "aiosmtplib", "python_multipart", "watchfiles")


def configure_logging(settings: Settings) -> None:
    """Send everything that logs, ours and others', to standard error: as JSON in production, else to be read."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        # An event may bring a coarser time of its own.
        structlog.processors.MaybeTimeStamper(fmt="iso", utc=True),
        silence_values,
    ]
    renderer: Processor = structlog.processors.JSONRenderer()
    if not settings.is_production:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign_event, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "asyncio", *_KEPT_SHORT):
        other = logging.getLogger(name)
        other.handlers = []
        other.propagate = True
        other.setLevel(logging.NOTSET if name.startswith("uvicorn") else logging.WARNING)
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
    # Without this, a record that can't be formatted is printed with its arguments.
    logging.raiseExceptions = False
    threading.excepthook = _thread_died


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


def _foreign_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # asyncio puts the repr of futures, exceptions and arguments into its messages.
    if event["_record"].name == "asyncio":
        event["event"] = "asyncio_error"
    return event


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


def _thread_died(death: threading.ExceptHookArgs) -> None:
    structlog.get_logger("app.threads").error("thread_died", exc_info=death.exc_value)
