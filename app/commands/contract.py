"""`debrief openapi`: write the API's contract from the code."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from app.core.settings import Settings, load_settings
from app.main import create_app

CONTRACT = Path("openapi/openapi.json")


def openapi(
    check_only: Annotated[bool, typer.Option("--check", help="Compare, and end with 1 if it differs.")] = False,
) -> None:
    """Write the API's contract, openapi/openapi.json."""
    with TemporaryDirectory() as nowhere:
        # Creating an application creates its directories. The contract needs none, and is the same with any settings.
        settings = load_settings(
            _env_file=None,
            environment="development",
            data_dir=Path(nowhere),
            database_url=f"sqlite:///{nowhere}/none.sqlite3",
            keystore_url=f"file:{nowhere}/keys",
        )
        written = contract(settings)
    if not check_only:
        CONTRACT.parent.mkdir(exist_ok=True)
        CONTRACT.write_text(written)
        typer.echo(f"Wrote {CONTRACT}.")
    elif not CONTRACT.exists() or CONTRACT.read_text() != written:
        typer.echo(f"{CONTRACT} is not what the code serves: run `make openapi` and look at the difference.", err=True)
        raise SystemExit(1)


def contract(settings: Settings) -> str:
    """Return the OpenAPI document in the form of the repository."""
    document = create_app(settings).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
