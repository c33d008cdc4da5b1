"""`debrief bounce`, as a mail server's pipe runs it: its exit code says whether to try again, and nothing else."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from app.core.settings import load_settings
from app.delivery import suppression
from app.delivery.mail.letter import compose
from tests.delivery.notifications import a_dsn
from tests.delivery.post import OMAR, SENDER, a_letter
from tests.support.app import NOON, an_app

ROOT = Path(__file__).parents[2]


class Pipe:
    """A mail server's pipe into the command, on a data directory of its own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url, self.folder, self.data = database_url, folder, folder / "data"
        self.settings = load_settings(_env_file=None, data_dir=self.data, database_url=database_url)
        self.key = self.settings.subkey("suppression")

    def run(self, given: bytes, *options: str, **changed: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            "DEBRIEF_DATABASE_URL": self.url,
            "DEBRIEF_DATA_DIR": str(self.data),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            **changed,
        }
        command = [sys.executable, "-m", "app.cli", "bounce", *options]
        return subprocess.run(
            command, cwd=self.folder, env=environment, input=given, capture_output=True, timeout=60, check=False
        )

    def notification(self) -> bytes:
        token = suppression.token_for(self.key, OMAR)
        return a_dsn(compose(a_letter(), row_id=uuid4(), sender=SENDER, unsubscribe_token=token, now=NOON))

    def found(self) -> suppression.Suppressed | None:
        async def look() -> suppression.Suppressed | None:
            async with an_app(self.url, self.folder) as app:
                digest = suppression.digest_of(self.key, OMAR)
                return await app.ctx.db.look(suppression.find_suppression, self.key, digest)

        return asyncio.run(look())


@pytest.fixture
def pipe(database_url: str, tmp_path: Path) -> Pipe:
    """The command on an empty database."""
    return Pipe(database_url, tmp_path)


def test_a_notification_from_the_pipe_ends_mail_until_it_is_lifted(pipe: Pipe) -> None:
    done = pipe.run(pipe.notification())
    assert (done.returncode, done.stdout) == (0, b"suppressed (5.1.1)\n"), done.stderr
    assert OMAR.encode() not in done.stdout + done.stderr
    assert pipe.found() is suppression.Suppressed.BOUNCED
    assert pipe.run(b"", "--lift", f"<{OMAR.upper()}>").returncode == 0
    assert pipe.found() is None


def test_any_other_mail_is_taken_and_ignored(pipe: Pipe) -> None:
    done = pipe.run(b"From: ada@acme.example\n\nI am on holiday.\n" * 100_000)
    assert (done.returncode, done.stdout[:8]) == (0, b"ignored:")
    assert pipe.found() is None


@pytest.mark.parametrize(
    "changed",
    [
        {"DEBRIEF_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        {"DEBRIEF_DATABASE_URL": "mysql://x"},
        {"DEBRIEF_NO_SUCH_SETTING": "1"},
    ],
)
def test_a_fault_of_ours_makes_the_mail_server_try_again(pipe: Pipe, changed: dict[str, str]) -> None:
    done = pipe.run(pipe.notification(), **changed)
    assert (done.returncode, done.stdout) == (os.EX_TEMPFAIL, b"")
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_what_is_no_address_is_not_lifted(pipe: Pipe) -> None:
    done = pipe.run(b"", "--lift", "nobody")
    assert done.returncode == 2
    assert b"not an address" in done.stderr
