"""A wheel contains the migrations, and can migrate wherever it is installed."""

import sys
import zipfile
from pathlib import Path
from subprocess import run

from tests.house.ground import run as run_tool


def test_a_wheel_can_migrate(tmp_path: Path) -> None:
    built = run_tool("hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"))
    assert built.good, built.text
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    # A folder of that name beside the package belongs to somebody else.
    stranger = installed / "migrations"
    stranger.mkdir()
    (stranger / "env.py").write_text("raise RuntimeError('not ours')")
    code = (
        "from app.core import migrations\n"
        f"assert migrations.__file__.startswith({str(installed)!r})\n"
        "migrations.upgrade('sqlite:///made.sqlite3')\n"
        "assert migrations.is_current('sqlite:///made.sqlite3')\n"
    )
    done = run([sys.executable, "-c", code], cwd=installed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (installed / "made.sqlite3").exists()
