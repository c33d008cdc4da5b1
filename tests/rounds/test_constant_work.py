"""The work for a request does not depend on how many have answered: counted in steps, since times vary."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

import pytest

from app.blinding.receipt import new_receipt
from app.core.tokens import new_code
from tests.house.ground import ROOT
from tests.support.app import Running, an_app, codes, nonce, raise_request, round_id, send
from tests.vocabulary.builders import a_sealed_answer

_OURS = str(ROOT / "app")


@contextmanager
def counting(app: Running) -> Iterator[list[str]]:
    """Record each call that our code makes or gets within a transaction, of functions in C, too."""
    steps: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if frame.f_code.co_filename.startswith(_OURS):
            steps.append(f"{event} {frame.f_code.co_qualname} {getattr(argument, '__name__', '')}")

    def recorded(door: Callable[..., Any]) -> Callable[..., Any]:
        async def through(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            def run(session: Any) -> Any:
                sys.setprofile(note)
                try:
                    return fn(session, *args, **kwargs)
                finally:
                    sys.setprofile(None)

            return await door(run)

        return through

    doors = {name: getattr(app.ctx.db, name) for name in ("look", "read", "write")}
    for name, door in doors.items():
        setattr(app.ctx.db, name, recorded(door))
    try:
        yield steps
    finally:
        for name, door in doors.items():
            setattr(app.ctx.db, name, door)


@pytest.mark.parametrize("people", [3, 6])
async def test_reading_refusing_and_repeating_take_the_same_steps(sqlite_url: str, tmp_path: Path, people: int) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await raise_request(app.client, invitees=[{"role": "interviewer"}] * people)
        path, (mine, *others), once = f"/v1/rounds/{round_id(raised)}", codes(raised), nonce()
        answer = a_sealed_answer(advice="mine")
        assert (await send(app.client, round_id(raised), mine, answer, nonce=once)).status_code == 201
        sent = {"code": mine, "nonce": once, "answer": answer.model_dump(mode="json", exclude_none=True)}
        declined = {"nonce": nonce(), "reason": "no_time", "understood": True}
        tag = {"round_id": round_id(raised), "receipt_tag": new_receipt().tag(UUID(round_id(raised)))}
        asked: list[tuple[str, dict[str, Any], int]] = [
            (f"{path}/form", {"code": mine}, 200),
            (f"{path}/form", {"code": new_code()}, 404),
            (f"{path}/preview", {"code": others[-1], "answer": {}}, 200),
            (f"{path}/answers", {**sent, "answer": {}}, 422),
            (f"{path}/answers", {**sent, "code": new_code()}, 404),
            (f"{path}/answers", {**sent, "nonce": nonce()}, 409),
            (f"{path}/answers", sent, 200),
            (f"{path}/declines", {**declined, "code": mine}, 409),
            (f"{path}/declines", {**declined, "code": new_code()}, 404),
            ("/v1/mailbox", tag, 200),
            ("/v1/mailbox/withdrawal", tag, 404),
        ]

        async def steps_of_each() -> list[list[str]]:
            found = []
            for where, body, status in asked:
                with counting(app) as steps:
                    assert (await app.client.post(where, json=body)).status_code == status
                found.append(steps)
            return found

        await steps_of_each()  # Statements and validators are built once.
        before = await steps_of_each()
        assert all(len(steps) > 20 for steps, (where, *_) in zip(before, asked, strict=True) if "mailbox" not in where)
        # All but one of the others answer, at length, with a receipt; one declines.
        for number, code in enumerate(others[:-1]):
            long = a_sealed_answer(advice=f"{number} " + "much longer " * 40)
            receipt = {"receipt_tag": new_receipt().tag(UUID(round_id(raised)))}
            assert (await send(app.client, round_id(raised), code, long, **receipt)).status_code == 201
        body = {**declined, "nonce": nonce(), "code": others[-1]}
        assert (await app.client.post(f"{path}/declines", json=body)).status_code == 201
        for (where, *_), one, other in zip(asked, before, await steps_of_each(), strict=True):
            assert one == other, where
