"""The world: many rounds of the real application, played together step by step, and all that can be captured of it.

In lockstep: at each step every round makes its own next one, in random order, and one dump serves them all.
"""

import io
import logging
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from app.blinding.receipt import new_receipt
from app.composition import build_context, build_post
from app.context import Context
from app.core.logging import configure_logging
from app.core.settings import load_settings
from app.delivery.worker import Post, work_once
from app.jobs import run_tick
from app.rounds.box_store import find_box
from app.rounds.packing import unpack
from app.sealing.envelope import Damaged, Kind, unseal
from app.sealing.keystore import KeyName, Purpose, find_key
from tests.faults.storage import postgresql_files, sqlite_path
from tests.reidentification.capture import Ciphertext, History, Storage
from tests.reidentification.cast import an_address, invent_people
from tests.reidentification.clients import (
    LIMIT,
    Desk,
    Links,
    Round,
    confirm,
    mails_in,
    open_desk,
    raise_round,
    read_mail,
    receiver_of,
    visit,
)
from tests.reidentification.employer import accept, tell_of_rejection
from tests.reidentification.opened import see_box
from tests.reidentification.schedule import IDLE, SPENDING, Step, claim_steps, sealed_steps, take, token_steps
from tests.reidentification.told import Played, authors, tell_earlier, told
from tests.support.app import NOON, FixedClock

CLOSES_ON_DAY = 7
_FIRST_PHASE = timedelta(hours=33)


@dataclass(frozen=True)
class Rules:
    """Which game: `n` people answer, through a link each or one for the team."""

    mode: str
    links: Links
    n: int


@dataclass(repr=False)
class Batch:
    """Rounds that were played together, with everything that was captured meanwhile.

    Without a repr: asyncio makes one of whatever a task returns, and this would take longer than the rounds.
    """

    rounds: list[Played]
    history: History
    pepper: bytes
    # The step of the last dump before anything was closed.
    before_closing: int


@dataclass
class World:
    """The application, its clock, and the place where its data lie."""

    rules: Rules
    dice: random.Random
    ctx: Context
    post: Post | None
    clock: FixedClock
    desk: Desk
    storage: Storage
    mail: Path
    log: io.StringIO
    with_keys: bool
    history: History = field(default_factory=History)
    _mailed: set[str] = field(default_factory=set)
    _letters: list[tuple[int, str]] = field(default_factory=list)
    _boxes: dict[int, tuple[str, ...]] = field(default_factory=dict)

    async def play(self, rounds: int) -> Batch:
        """Play rounds to their end."""
        began = self.clock.at
        games = [self._deal(index) for index in range(rounds)]
        # The same people answer in many rounds, with one receipt each. Some do without; in a blind round nobody.
        receipts = [new_receipt().secret for _ in range(self.rules.n)]
        for game in games:
            for receipt, person in zip(receipts, authors(game), strict=True):
                person.receipt = receipt if self.rules.mode == "blind" else self.dice.choice(("", receipt))
        closes_on = began.date() + timedelta(days=CLOSES_ON_DAY)

        async def create(game: Round) -> None:
            if self.rules.links is Links.ATS:
                await tell_of_rejection(self.desk, game)
                return
            await raise_round(self.desk, game, mode=self.rules.mode, links=self.rules.links, closes_on=closes_on)

        await self._together(games, create, began)
        if self.rules.links.by_mail:
            await self._deliver(games, began + timedelta(hours=1))
        if self.rules.mode == "blind":
            claims = {game.index: claim_steps(self.dice, game.people) for game in games}
            await self._phase(games, claims, began + timedelta(hours=2), began + _FIRST_PHASE)
            await self._tick(games, began + timedelta(days=2))
            tokens = {game.index: token_steps(self.dice, game.people) for game in games}
            await self._phase(games, tokens, began + timedelta(days=2), began + timedelta(days=4))
        else:
            steps = {game.index: sealed_steps(self.dice, game.people) for game in games}
            await self._phase(games, steps, began + timedelta(hours=2), began + timedelta(days=3))
        await self._remind(games, began)
        before_closing = self.history.step
        await self._end(games, began)
        played = [told(game, self._letters) for game in games]
        tell_earlier(games, played)
        return Batch(played, self.history, self.ctx.pepper, before_closing)

    def _deal(self, index: int) -> Round:
        others = self.dice.choice((0, 0, 1, 2))
        people = invent_people(self.dice, answering=self.rules.n, others=min(others, 10 - self.rules.n))
        address = f"c{self.dice.randbytes(6).hex()}@candidate.example"
        return Round(index, people, an_address(self.dice), address, an_address(self.dice))

    async def _deliver(self, games: list[Round], at: datetime) -> None:
        """Let the candidates confirm their addresses, and everybody find a link in their mail."""
        first = mails_in(self.mail)

        async def answer_mail(game: Round) -> None:
            act = accept if self.rules.links is Links.ATS else confirm
            await act(self.desk, game, first)

        await self._together(games, answer_mail, at)
        mailed = mails_in(self.mail)
        for game in games:
            read_mail(game, mailed)

    async def _tick(self, games: list[Round], at: datetime) -> None:
        self.history.step += 1
        self.clock.at = at
        await run_tick(self.ctx, self.clock.at)
        await self._capture(games, files=True)

    async def _phase(self, games: list[Round], steps: dict[int, list[Step]], begin: datetime, end: datetime) -> None:
        most = max(len(mine) for mine in steps.values())
        slot = (end - begin) / most
        for number in range(most):

            async def act(game: Round, number: int = number) -> None:
                mine = steps[game.index]
                if number < len(mine):
                    logged = self.log.tell()
                    await take(self.desk, game, mine[number])
                    if mine[number].act in IDLE and self.log.tell() > logged:
                        game.traces.append("a visit to pages without a trace was logged")
                    if mine[number].act in SPENDING:
                        await game.look(self.desk, self.history.step)

            await self._together(games, act, begin + slot * (number + 0.1), span=slot * 0.8)
            idle = {
                game.uuid.hex: game
                for game in games
                if number < len(steps[game.index]) and steps[game.index][number].act in IDLE
            }
            for name, column in (("rounds", "id"), ("boxes", "round_id")):
                for row in self.history.rows_since(name, column, self.history.step):
                    if row in idle:
                        idle[row].traces.append(f"a request that stores nothing touched a row of {name}")

    async def _together(
        self,
        games: list[Round],
        act: Callable[[Round], Awaitable[None]],
        begin: datetime,
        *,
        span: timedelta = timedelta(minutes=30),
    ) -> None:
        """Let each round make a step, in random order, each at a random moment; then dump."""
        self.history.step += 1
        moments = sorted(self.dice.random() for _ in games)
        for moment, game in zip(moments, self.dice.sample(games, len(games)), strict=True):
            self.clock.at = max(self.clock.at, begin + span * moment)
            await act(game)
        await self._capture(games)

    async def _remind(self, games: list[Round], began: datetime) -> None:
        """Let the days go by to the last one: Debrief reminds people, and the candidate goes on looking."""

        async def look(game: Round) -> None:
            await game.look(self.desk, self.history.step)

        for day in (3 if self.rules.mode == "sealed" else 5, 6):
            await self._tick(games, began + timedelta(days=day))
            await self._together(games, look, self.clock.at)

    async def _end(self, games: list[Round], began: datetime) -> None:
        """Let the last day end: all rounds close."""
        await self._tick(games, began + timedelta(days=CLOSES_ON_DAY + 1))

        async def visit_mailboxes(game: Round) -> None:
            visitors = [one for one in authors(game) if one.receipt]
            for person in self.dice.sample(visitors, len(visitors)):
                await visit(self.desk, game, person)

        async def read(game: Round) -> None:
            await game.look(self.desk, self.history.step)

        await self._together(games, visit_mailboxes, self.clock.at)
        await self._together(games, read, self.clock.at)
        for game in games:
            await self._use_left_key(game)

    async def _capture(self, games: list[Round], *, files: bool = False) -> None:
        while self.post is not None and await work_once(self.post):
            pass
        await self.storage.dump(self.history, files=files)
        self._capture_logs()
        if self.with_keys:
            for game in games:
                # Until an offer is accepted there is no round.
                if game.id:
                    await self._open_box(game)

    def _capture_logs(self) -> None:
        now = self.clock.at.timestamp()
        lines = self.desk.proxy.lines
        columns = ("at", "ip", "path", "status", "received", "sent")
        for kind in sorted({line.kind for line in lines}):
            rows = [(one.at, one.ip, one.path, one.status, one.received, one.sent) for one in lines if one.kind == kind]
            self.history.add_lines(f"access.{kind}", columns, rows)
        lines.clear()
        self.history.add_lines("log.lines", ("line",), [(line,) for line in self.log.getvalue().splitlines()])
        self.log.seek(0)
        self.log.truncate()
        new = sorted(path for path in self.mail.glob("*.eml") if path.name not in self._mailed)
        self._mailed |= {path.name for path in new}
        self._letters += [(self.history.step, receiver_of(path)) for path in new]
        for path in new:
            text = path.read_text(errors="replace")
            # Mails of a kind in a table: somebody's first and last mail would hide what came between.
            subject = re.search(r"^Subject: (\S+ ?\S*)", text, re.MULTILINE)
            kind = f"mail.{subject[1] if subject else ''}"
            self.history.add_lines(kind, ("at", "name", "size", "text"), [(now, path.name, len(text), text)])

    async def _open_box(self, game: Round) -> None:
        """Read a box with the key that is there now, as its operator could."""
        key = await find_key(self.ctx.keys, KeyName(Purpose.ROUND, game.uuid))
        opened = await self.ctx.db.read(find_box, key, lock=False) if key.key else None
        see_box(self.history, "box", game.id, opened.box if opened else None)

    async def _use_left_key(self, game: Round) -> None:
        """Open every box that was ever dumped, if the key store still has what should be gone."""
        key = await find_key(self.ctx.keys, KeyName(Purpose.ROUND, game.uuid))
        if key.key is None:
            return
        last = self.history.step
        for version in self.history.tables["boxes"].versions:
            sealed = next(value for value in version.values if isinstance(value, Ciphertext))
            try:
                plaintext, _ = unseal(key.key, Kind.BOX, game.uuid, self.history.raw[sealed.digest])
            except Damaged:
                continue
            self.history.step = version.first_step
            see_box(self.history, "left", game.id, unpack(plaintext))
        self.history.step = last


@asynccontextmanager
async def a_world(
    rules: Rules, database_url: str, folder: Path, dice: random.Random, *, with_keys: bool
) -> AsyncIterator[World]:
    """Run the application on an empty, migrated database, with everything that it writes captured."""
    clock = FixedClock(NOON)
    limits = {"anonymous_rate": LIMIT, "raise_rate": 0, "connection_rate": 0, "recipient_rate": 0}
    settings = load_settings(_env_file=None, data_dir=folder / "data", database_url=database_url, **limits)
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure_logging(settings)
    log = io.StringIO()
    root.handlers = [_captured(root.handlers[0], log)]
    ctx = build_context(settings, clock=clock)
    desk = open_desk(settings, ctx, clock)
    path = sqlite_path(database_url)
    storage = Storage(database_url, path, None if path else await postgresql_files(database_url))
    mail = settings.data_dir / "mail"
    if rules.links is Links.ATS:
        await desk.connect(settings.operator_key.get_secret_value())
    try:
        yield World(rules, dice, ctx, build_post(settings, ctx), clock, desk, storage, mail, log, with_keys)
    finally:
        await ctx.db.close()
        root.handlers = before
        root.setLevel(level)


def _captured(handler: logging.Handler, log: io.StringIO) -> logging.Handler:
    into = logging.StreamHandler(log)
    into.setFormatter(handler.formatter)
    return into
