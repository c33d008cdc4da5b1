"""Health routes `/livez` and `/readyz`, for the systems that start and stop the process."""

from typing import Literal

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.postgres import TAKES_WRITES
from app.core.problems import responses
from app.core.schemas import Output

router = APIRouter(tags=["operation"])


class Health(Output):
    """The process is healthy. Any other state is answered with a problem."""

    status: Literal["ok"]
    """Always `ok`."""


def ask_database(session: Session) -> None:
    """Make the smallest possible query; it fails on a server that takes no writes, such as a standby."""
    session.execute(TAKES_WRITES if session.get_bind().dialect.name == "postgresql" else text("SELECT 1"))


@router.get("/livez", operation_id="livez", summary="Is the process alive?")
async def livez() -> Health:
    """Answer at once, without asking the database: a process that answers needs no restart."""
    return Health(status="ok")


@router.get("/readyz", operation_id="readyz", summary="Can it work?", responses=responses(503))
async def readyz(request: Request) -> Health:
    """Ask the database. While it does not answer, send requests elsewhere."""
    await request.app.state.context.db.look(ask_database)
    return Health(status="ok")
