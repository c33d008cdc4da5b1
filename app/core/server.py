"""What the edge needs from uvicorn: nothing may be logged, added or believed behind its back."""

from typing import Any

from app.core.settings import Settings


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments for `uvicorn.Config(app, **…)`."""
    return {
        "host": settings.host,
        "port": settings.port,
        # It prints paths with their query; the edge logs route templates instead.
        "access_log": False,
        # `configure_logging` has set up logging; uvicorn would replace it.
        "log_config": None,
        "server_header": False,
        # By default uvicorn believes X-Forwarded-For from 127.0.0.1; whom to believe is decided by `trusted_proxies`.
        "proxy_headers": False,
        "ws": "none",
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 8,
    }
