"""Logging: events and places in the code, never what people wrote.

Every exception is logged as its type and its frames only (`app.core.redaction`). The application itself silences the
access log of the server, whichever server runs it.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from app.core.redaction import redact
from app.core.settings import Settings

# At their lower levels these print SQL, URLs or bytes of requests. So they stay at WARNING, whatever our own level is.
_KEPT_SHORT = ("sqlalchemy", "httpx", "httpcore", "hpack", "aiosmtplib", "python_multipart", "watchfiles")

_ACCESS_LOGS = ("uvicorn.access", "gunicorn.access", "hypercorn.access")


def silence_access_logs() -> None:
    """Keep the access logs of servers empty: they print whole paths, with the time of each request.

    A filter survives when a server sets up its logging after it has loaded the application. Handlers and levels do not.
    """
    for name in _ACCESS_LOGS:
        # A logger adds the same function only once.
        logging.getLogger(name).addFilter(_reject)


def configure_logging(settings: Settings) -> None:
    """Send all logs, also those of libraries, to standard error: as JSON in production, else as readable text."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        # An event may have a coarser time of its own.
        structlog.processors.MaybeTimeStamper(fmt="iso", utc=True),
        redact,
    ]
    renderer: Processor = structlog.processors.JSONRenderer()
    if not settings.is_production:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
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
    silence_access_logs()
    # Otherwise logging prints a record that cannot be formatted with its arguments.
    logging.raiseExceptions = False
    threading.excepthook = _log_dead_thread


def _reject(_record: logging.LogRecord) -> bool:
    return False


def _foreign_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # asyncio's messages contain the repr of futures, exceptions and arguments.
    if event["_record"].name == "asyncio":
        event["event"] = "asyncio_error"
    return event


def _log_dead_thread(death: threading.ExceptHookArgs) -> None:
    structlog.get_logger("app.threads").error("thread_died", exc_info=death.exc_value)
