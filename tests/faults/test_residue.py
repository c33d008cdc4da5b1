"""What is left on disk of a mailed round, byte by byte: before its release, after it, and after the request is erased.

`test_canaries.py` looks at a serving process, its logs and what goes wrong; here it is mail, receipts, the samples that
PostgreSQL takes of its tables, and what stays in its files until the commands of `docs/operating.md` have run.
"""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.blinding.receipt import Receipt, new_receipt
from app.core import migrations
from tests.delivery.post import Mailbox, code_in, confirm, raise_mailed, work
from tests.faults.storage import files_below, sqlite_files, sqlite_path
from tests.house.ground import ROOT
from tests.support import databases
from tests.support.app import Running, an_app, as_candidate, dump, nonce, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

GUIDE = ROOT / "docs" / "operating.md"


def _mark() -> str:
    return f"canary{uuid4().hex}"


_ANY_ROUND = uuid4()


@dataclass
class Person:
    """Somebody who is asked, and everything that must not be found of them."""

    address: str = field(default_factory=lambda: f"{_mark()}@acme.example")
    name: str = field(default_factory=lambda: f"Omar {_mark()}")
    words: str = field(default_factory=_mark)
    nonce: str = field(default_factory=nonce)
    receipt: Receipt = field(default_factory=new_receipt)
    code: str = ""

    @property
    def tag(self) -> str:
        # The server accepts any tag; the round is made after its people.
        return self.receipt.tag(_ANY_ROUND)

    @property
    def secrets(self) -> list[str]:
        return [
            self.address,
            self.name,
            self.nonce,
            self.receipt.secret,
            str(self.receipt),
            self.tag,
            self.code,
        ]


@dataclass(frozen=True)
class Place:
    """A database, and where its bytes lie."""

    url: str
    folders: tuple[Path, ...] = ()

    def read(self) -> dict[str, bytes]:
        path = sqlite_path(self.url)
        return sqlite_files(path) if path is not None else files_below(*self.folders)

    async def sample(self) -> None:
        """Let PostgreSQL take its samples, which autovacuum does at a time of its own."""
        if self.folders:
            await self._run("ANALYZE", "CHECKPOINT")

    async def clean(self) -> None:
        """Do what operators are told to do, in the words of the guide."""
        if self.folders:
            await self._run(*re.findall(r"^ +-c '([^']+)'", GUIDE.read_text(), re.MULTILINE))

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """A PostgreSQL of our own, set up as the guide says: others would add to its log and files."""
    (setting,) = re.findall(r"ALTER SYSTEM SET (wal_recycle) = off;", GUIDE.read_text())
    with databases.postgresql_server(over={setting: "off"}) as url:
        if url is None:
            pytest.skip("no PostgreSQL found")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        yield Place(request.getfixturevalue("sqlite_url"))
        return
    server = request.getfixturevalue("own_server")
    name = f"residue_{uuid4().hex}"
    databases.execute(server, f"CREATE DATABASE {name}")
    url = databases.named(server, name)
    migrations.upgrade(url)
    yield Place(url, (asyncio.run(_folder(server)),))
    databases.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _folder(server: str) -> Path:
    connection = await asyncpg.connect(server)
    try:
        return Path(await connection.fetchval("SHOW data_directory")).parent
    finally:
        await connection.close()


def _found(marks: list[str], files: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return which marks lie where: as they are, and as hexadecimal digits."""
    looks = [(mark, raw) for mark in marks for raw in (mark.encode(), mark.encode().hex().encode())]
    return [(mark, path) for path, content in files.items() for mark, raw in looks if raw in content]


def _count(mark: str, files: dict[str, bytes]) -> int:
    return sum(content.count(mark.encode()) for path, content in files.items() if "/pg_wal/" not in path)


async def _rows(app: Running, mark: str) -> int:
    return sum(row.count(mark) for rows in (await dump(app)).values() for row in rows)


async def _answered(app: Running, mailbox: Mailbox, people: list[Person], candidate: dict[str, str]) -> dict[str, Any]:
    invitees = [{"role": "interviewer", "name": one.name, "email": one.address} for one in people]
    raised = await raise_mailed(app, invitees=invitees, candidate=candidate)
    await confirm(app, mailbox, candidate["email"])
    for one in people:
        (invitation,) = mailbox.to(one.address)
        one.code = code_in(invitation)
        answer = a_sealed_answer(advice=one.words)
        for expected in (201, 200):
            sent = await send(
                app.client, round_id(raised), one.code, answer, one.nonce, receipt_tag=one.tag, pad=one.words
            )
            assert sent.status_code == expected
    return raised


@pytest.mark.parametrize("by", ["candidate", "time"])
async def test_what_is_left(place: Place, tmp_path: Path, by: str) -> None:
    people, mailbox = [Person() for _ in range(3)], Mailbox()
    candidate = {"name": f"Ben {_mark()}", "email": f"{_mark()}@example.test"}
    words, own = [one.words for one in people], list(candidate.values())
    async with an_app(place.url, tmp_path) as app:
        raised = await _answered(app, mailbox, people, candidate)
        secrets = [secret for one in people for secret in one.secrets]
        assert all(secrets)
        everything = [*secrets, raised["manage_token"]]

        await place.sample()
        sealed = place.read() | files_below(app.settings.data_dir)
        assert _found([*everything, *words], sealed) == []
        # The search finds what is there: the candidate's own address, in its own column.
        assert _found([candidate["email"]], sealed)
        assert await _rows(app, candidate["email"]) == 1

        app.clock.advance(days=8)
        await tick(app)
        await work(app, mailbox)
        await place.sample()
        released = place.read() | files_below(app.settings.data_dir)
        assert _found(everything, released) == []
        for mark in words:
            assert (await _rows(app, mark), _count(mark, released)) == (1, 1)

        if by == "candidate":
            path = f"/v1/feedback-requests/{raised['id']}"
            assert (await app.client.delete(path, headers=as_candidate(raised))).status_code == 204
        else:
            app.clock.advance(days=366)
            await tick(app)
        assert [await _rows(app, mark) for mark in (*words, *own, raised["id"])] == [0] * (len(words) + 3)
        await place.clean()
        assert _found([*everything, *words, *own], place.read() | files_below(app.settings.data_dir)) == []
    _mails_are_each_ones_own(mailbox, people, candidate["email"])


def _mails_are_each_ones_own(mailbox: Mailbox, people: list[Person], candidate: str) -> None:
    assert set(mailbox.receivers) == {candidate, *(one.address for one in people)}
    for one in people:
        # All that goes to somebody has their address; invitations and reminders of a sealed round have their code.
        theirs = {id(message) for message in mailbox.to(one.address)}
        for to, message in mailbox.sent:
            text = message.as_string() + str(message.get_body().get_content())  # type: ignore[union-attr]
            assert (one.address in text) == (one.code in text) == (id(message) in theirs), to
            assert not [mark for mark in (one.words, one.nonce, one.tag, one.receipt.secret) if mark in text]


async def test_plain_deleting_is_not_enough_there(own_server: str) -> None:
    """Why the guide has commands: PostgreSQL leaves deleted bytes in its files, and in its log until it is recycled."""
    folder, mark = await _folder(own_server), _mark()
    connection = await asyncpg.connect(own_server)
    left = {}
    try:
        await connection.execute("CREATE TABLE something (id int, body text)")
        # As long as an answer may be: such values are kept in a table beside the table.
        await connection.execute("ALTER TABLE something ALTER body SET STORAGE EXTERNAL")
        for number, body in enumerate((mark, _mark())):
            # The second, which stays, keeps the file from being cut where the first ends.
            await connection.execute("INSERT INTO something VALUES ($1, $2)", number, body + "x" * 9000)
        for statement in ("DELETE FROM something WHERE id = 0", "VACUUM something", "VACUUM FULL something"):
            await connection.execute(statement)
            await connection.execute("CHECKPOINT")
            files = files_below(folder)
            left[statement.partition(" something")[0]] = (
                _count(mark, files),
                sum(content.count(mark.encode()) for path, content in files.items() if "/pg_wal/" in path),
            )
        for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
            await connection.execute(statement)
    finally:
        await connection.execute("DROP TABLE something")
        await connection.close()
    assert left == {"DELETE FROM": (1, 1), "VACUUM": (1, 1), "VACUUM FULL": (0, 1)}
    assert _found([mark], files_below(folder)) == []


def test_the_commands_of_the_guide_can_be_typed(own_server: str) -> None:
    """As they stand there, by a shell: `psql` with its options."""
    block = re.search(r"^```sh\n(psql [^`]+)```", GUIDE.read_text(), re.MULTILINE)
    assert block is not None
    name = f"residue_{uuid4().hex}"
    databases.execute(own_server, f"CREATE DATABASE {name}")
    url = databases.named(own_server, name)
    migrations.upgrade(url)
    ran = subprocess.run(
        ["sh", "-c", block[1]], env={"PATH": "/usr/bin:/bin", "URL": url}, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    databases.execute(own_server, f"DROP DATABASE {name} WITH (FORCE)")


async def test_no_column_with_words_is_sampled(postgresql_url: str) -> None:
    connection = await asyncpg.connect(postgresql_url)
    try:
        sampled = await connection.fetch(
            "SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version' "
            "AND a.atttypid = 'varchar'::regtype AND a.atttypmod = -1 AND a.attnum > 0 AND a.attstattarget <> 0"
        )
    finally:
        await connection.close()
    assert [row["name"] for row in sampled] == []
