"""What `debrief check` looks at: whether this installation can keep the promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.composition import build_context
from app.core import schema
from app.core.errors import Unavailable
from app.core.health import ask_database
from app.core.settings import Settings
from app.rounds.context import Context
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import BoxRow


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    text: str


async def diagnose(settings: Settings) -> list[Finding]:
    """Return what was found, in the order in which it matters."""
    context = build_context(settings)
    try:
        await context.db.look(ask_database)
    except Unavailable:
        return [Finding(False, "The database does not answer.")]
    try:
        if not schema.is_current(settings.database_url.get_secret_value()):
            return [Finding(False, "The database has an old schema: run `debrief migrate`.")]
        return [
            Finding(True, f"Settings for {settings.environment} are complete."),
            Finding(True, "The database answers, and its schema is current."),
            await _keys(context),
        ]
    finally:
        await context.db.close()


async def _keys(context: Context) -> Finding:
    living = set(await context.keys.names())
    open_rounds = await context.db.read(_open_rounds)
    missing = [round_id for round_id in open_rounds if KeyName(Purpose.ROUND, round_id) not in living]
    if missing:
        listed = ", ".join(str(round_id) for round_id in missing[:5])
        return Finding(False, f"{len(missing)} of {len(open_rounds)} open rounds have no key, among them {listed}.")
    return Finding(True, f"Each of {len(open_rounds)} open rounds has its key.")


def _open_rounds(session: Session) -> Sequence[UUID]:
    return session.scalars(select(BoxRow.round_id)).all()
