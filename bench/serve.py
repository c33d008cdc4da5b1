"""A server process of the benchmark: `python -m bench.serve ours|floor`, configured by the environment."""

import sys

import uvicorn

from app.core.http_server import uvicorn_options
from app.core.logging import configure_logging
from app.core.settings import load_settings
from app.main import create_app
from bench.floor import create_floor


def main(which: str) -> None:
    """Serve until the process gets a signal to end."""
    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings) if which == "ours" else create_floor(settings)
    uvicorn.run(app, **uvicorn_options(settings))


if __name__ == "__main__":
    main(sys.argv[1])
