"""How a thread that works for several event loops hands each of its callers what came of their wish."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session


@dataclass(slots=True)
class Waiting:
    """A caller's wish, and where its answer goes."""

    fn: Callable[[Session], Any]
    answer: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


Outcome = tuple[Waiting, Any, BaseException | None]
"""What came of a wish: a result, or an error."""


def tell(outcomes: list[Outcome]) -> None:
    """Wake the callers, each loop once. Called from the thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].loop, []).append(outcome)
    for loop, group in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer, group)


def _answer(outcomes: list[Outcome]) -> None:
    for item, result, error in outcomes:
        if item.answer.done():  # The caller has gone away; what was stored stays stored.
            continue
        if error is None:
            item.answer.set_result(result)
        else:
            item.answer.set_exception(error)
