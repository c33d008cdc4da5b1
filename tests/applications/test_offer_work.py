"""Timing: requests of an employer take the same steps, whatever the candidate did with the offer."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.main import create_app
from app.sealing.keystore import KeyName, KeyStore
from tests.applications.story import PANEL, Story, a_story, somebody
from tests.delivery.post import code_in
from tests.support.app import follow
from tests.support.neutral_ats import a_candidate, a_snapshot, an_application, an_event, an_interview, at

Way = Callable[[Story, str, str], Awaitable[object]]
Ask = Callable[[Story, str], Awaitable[httpx.Response]]


async def left_alone(story: Story, remote_id: str, code: str) -> None:
    """Do nothing."""


async def accepted(story: Story, remote_id: str, code: str) -> None:
    await story.accept(code, remote_id=remote_id)


async def declined(story: Story, remote_id: str, code: str) -> None:
    assert (await story.ask("decline", code, remote_id)).status_code == 200


WAYS: dict[str, Way] = {"left": left_alone, "accepted": accepted, "declined": declined}


def met(remote_id: str, hours: float = 2, **over: Any) -> dict[str, Any]:
    """Return the interview of one of the applications."""
    people = [somebody(email) for email in PANEL]
    return an_interview(remote_id=f"i-{remote_id}", interviewers=people, remote_updated_at=at(hours), **over)


def told(remote_id: str) -> dict[str, Any]:
    """Return the snapshot of one of the applications: each has a candidate of its own."""
    address = {"value": f"{remote_id}@candidates.test", "email_address_type": "PERSONAL", "is_primary": True}
    return a_snapshot(
        candidate=a_candidate(remote_id=f"c-{remote_id}", email_addresses=[address]),
        application=an_application(remote_id=remote_id),
        interviews=[met(remote_id)],
    )


async def put(story: Story, remote_id: str, **parts: Any) -> httpx.Response:
    return await story.ats.ask("PUT", f"/applications/{remote_id}", parts)


async def ask_for_a_code(story: Story, remote_id: str) -> httpx.Response:
    row = await story.ats.row(remote_id)
    assert row is not None
    return await story.app.client.post(f"/v1/offers/{row.id}/codes", json={"email": "somebody@else.test"})


async def ask_for_the_code(story: Story, remote_id: str) -> httpx.Response:
    """Ask twice on one day with the right address, which the employer knows too."""
    row = await story.ats.row(remote_id)
    assert row is not None
    asked = {"email": f"{remote_id}@candidates.test"}
    await story.app.client.post(f"/v1/offers/{row.id}/codes", json=asked)
    return await story.app.client.post(f"/v1/offers/{row.id}/codes", json=asked)


ASKS: dict[str, Ask] = {
    "told again": lambda story, one: put(story, one, **told(one)),
    "reopened": lambda story, one: put(story, one, application=an_application("ACTIVE", 100, remote_id=one)),
    "hired": lambda story, one: put(story, one, application=an_application("HIRED", 100, remote_id=one)),
    "an interview cancelled": lambda story, one: put(
        story,
        one,
        application=an_application(remote_id=one),
        interviews=[met(one, 100, status="CANCELLED")],
        interviews_complete=True,
    ),
    "one interview": lambda story, one: story.ats.ask(
        "PUT", f"/interviews/i-{one}", {**met(one, 100, status="CANCELLED"), "application_remote_id": one}
    ),
    "its status": lambda story, one: story.ats.ask("GET", f"/applications/{one}/feedback-status"),
    "erased": lambda story, one: story.ats.ask(
        "POST", "/events", an_event(f"e-{one}", "application.deleted", told(one))
    ),
    "its candidate erased": lambda story, one: story.ats.ask("POST", f"/candidates/c-{one}/erasure", {}),
    "a stranger asks for the code": ask_for_a_code,
    "somebody asks for the code with the right address": ask_for_the_code,
}


class CountedKeys:
    """A key store that records its calls."""

    def __init__(self, keys: KeyStore, steps: list[str]) -> None:
        self._keys = keys
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._keys, name)

        async def counted(*args: Any) -> Any:
            self._steps.append(f"{name} {[one.purpose for one in args if isinstance(one, KeyName)]}")
            return await act(*args)

        return counted


@contextmanager
def statements(steps: list[str]) -> Iterator[None]:
    """Record every statement sent to a database."""

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # Savepoints have running numbers.
        steps.append(statement.rstrip("0123456789"))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def watched(story: Story, ask: Ask, remote_id: str) -> tuple[list[str], int]:
    """Return the steps of a request and the status of its response."""
    steps: list[str] = []
    ctx = replace(story.app.ctx, keys=cast(KeyStore, CountedKeys(story.app.ctx.keys, steps)))
    transport = httpx.ASGITransport(create_app(story.app.settings, context=ctx))
    async with httpx.AsyncClient(transport=transport, base_url=story.app.settings.base_url) as client:
        there = replace(story.ats, app=replace(story.app, client=client, ctx=ctx))
        with statements(steps):
            answer = await ask(Story(there, story.mailbox), remote_id)
    return steps, answer.status_code


@pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))
async def test_the_same_steps_whatever_came_of_the_offer(database_url: str, tmp_path: Path, ask: Ask) -> None:
    async with a_story(database_url, tmp_path) as story:
        for name in ("first", *WAYS):
            assert (await put(story, name, **told(name))).status_code == 201
        await story.go_on()
        for name, act in WAYS.items():
            await act(story, name, code_in(story.mailbox.to(f"{name}@candidates.test")[-1]))
        await story.go_on()
        # The first message of each kind on a connection takes an additional step.
        await watched(story, ask, "first")
        left, accepted, declined = [await watched(story, ask, name) for name in WAYS]
        assert left[0]
        assert left[1] < 300
        assert accepted == declined == left


async def test_making_a_due_offer_takes_the_same_steps_after_an_early_code(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path, hold_hours=0) as story:
        for name in ("first", "asked", "other"):
            later = an_application(remote_id=name, candidate_notified_at=at(1000))
            assert (await put(story, name, **{**told(name), "application": later})).status_code == 201
        await ask_for_the_code(story, "asked")

        async def now(there: Story, name: str) -> httpx.Response:
            told_since = an_application("REJECTED", 100, remote_id=name, candidate_notified_at=at(2))
            return await put(there, name, application=told_since)

        _, asked, other = [await watched(story, now, name) for name in ("first", "asked", "other")]
        assert [step.partition(" SET ")[0] for step in asked[0]] == [step.partition(" SET ")[0] for step in other[0]]


async def test_follow_up_finds_applications_by_an_index(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        steps: list[str] = []
        with statements(steps):
            await follow(story.app)
        looks = [step for step in steps if step.startswith("SELECT ats_applications.id")]
        assert len(looks) == 2

        def plan(session: Session, look: str) -> str:
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {look}", (1,) * look.count("?"))
            return " ".join(str(row) for row in rows)

        for look in looks:
            assert "ix_ats_applications_stirred" in await story.app.ctx.db.read(plan, look)
