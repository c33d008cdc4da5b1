"""Rounds are never `closed`: a round that closes is released or withheld at once."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("collecting", "paused", "closed", "released", "withheld", "withdrawn", "erased")
AFTER = ("collecting", "paused", "released", "withheld", "withdrawn", "erased")


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    _allow(BEFORE)


def _allow(states: Sequence[str]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_rounds_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_rounds_state"), f"state IN ({listed})")
