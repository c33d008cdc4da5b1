"""The command line itself: quick to list its commands, and each of them there."""

import subprocess
import sys

import pytest
from typer.core import TyperGroup

from app import __version__
from app.cli import COMMANDS, LazyCommand, commands, main

HEAVY = ("fastapi", "uvicorn", "sqlalchemy", "pydantic", "cryptography", "alembic", "httpx", "app.main")


def test_help_and_version_import_nothing_of_the_service() -> None:
    code = (
        "import sys\nfrom app.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]", option


def test_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["debrief", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == f"debrief {__version__}\n"


def test_help_line_of_each_command_equals_its_own_help() -> None:
    listed = commands().commands
    assert listed.keys() == COMMANDS.keys()
    for name, lazy in listed.items():
        assert isinstance(lazy, LazyCommand)
        own = lazy.load()
        assert (own.help or "").splitlines()[0] == lazy.help, name
        assert isinstance(own, TyperGroup) is name.endswith(("outbox", "connection", "vendor", "webhook")), name
