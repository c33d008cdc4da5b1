"""A manager's wish to close becomes an earlier last day, and the mail after a round no longer tells how it ended."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A round whose manager wished its end closes after today. A blind one keeps its day.
    op.execute(
        "UPDATE rounds SET closes_on = CURRENT_DATE "
        "WHERE close_wished AND state = 'collecting' AND claim_until IS NULL AND closes_on > CURRENT_DATE"
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_column("close_wished")
    op.execute("UPDATE outbox SET kind = 'team_question' WHERE kind = 'too_few'")


def downgrade() -> None:
    op.execute("UPDATE outbox SET kind = 'too_few' WHERE kind = 'team_question'")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("close_wished", sa.Boolean(), server_default=sa.false(), nullable=False))
