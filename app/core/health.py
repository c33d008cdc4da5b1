"""Whether the process lives, and whether it can work: for the machines that start and stop it."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import Database
from app.core.postgres import TAKES_WRITES
from app.core.problems import responses
from app.core.schemas import Output


class Health(Output):
    """All is well; anything else is a problem."""

    status: Literal["ok"]
    """Always `ok`."""


def ask_database(session: Session) -> None:
    """Make the smallest possible query; a server that takes no writes, such as a standby, fails it."""
    session.execute(TAKES_WRITES if session.get_bind().dialect.name == "postgresql" else text("SELECT 1"))


def health_routes(database: Database, audience: Callable[[], Awaitable[None]]) -> APIRouter:
    """Return `/livez` and `/readyz` for an application that stands on `database`."""
    router = APIRouter(tags=["operation"], dependencies=[Depends(audience)])

    @router.get("/livez", operation_id="livez", summary="Is the process alive?")
    async def livez() -> Health:
        """Return at once, whatever the database does: a process that answers need not be started again."""
        return Health(status="ok")

    @router.get("/readyz", operation_id="readyz", summary="Can it work?", responses=responses(503))
    async def readyz() -> Health:
        """Ask the database the smallest question; until it answers, requests had better go elsewhere."""
        await database.look(ask_database)
        return Health(status="ok")

    return router
