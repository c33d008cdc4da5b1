"""What is written down about the running service: events and places in the code, never what people wrote.

Every exception, of ours or of a library, is logged as its type and its frames only (`app.core.redaction`). The
access log of the server is silenced by the application itself, whatever server it is and whoever starts it.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from app.core.redaction import silence_values
from app.core.settings import Settings

# These print SQL, addresses of requests or their bytes when they are talkative, whatever level we log at.
_KEPT_SHORT = ("sqlalchemy", "httpx", "httpcore", "hpack", "aiosmtplib", "python_multipart", "watchfiles")

_ACCESS_LOGS = ("uvicorn.access", "gunicorn.access", "hypercorn.access")


def silence_access_logs() -> None:
    """Keep the servers' own access logs empty: they print whole paths, and when each was asked for.

    A filter stays when a server sets up its logging after it has loaded the application; handlers and levels do not.
    """
    for name in _ACCESS_LOGS:
        # The same function each time, which a logger takes once.
        logging.getLogger(name).addFilter(_nothing)


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
    # Without this, a record that can't be formatted is printed with its arguments.
    logging.raiseExceptions = False
    threading.excepthook = _thread_died


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _foreign_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # asyncio puts the repr of futures, exceptions and arguments into its messages.
    if event["_record"].name == "asyncio":
        event["event"] = "asyncio_error"
    return event


def _thread_died(death: threading.ExceptHookArgs) -> None:
    structlog.get_logger("app.threads").error("thread_died", exc_info=death.exc_value)
