"""The day on which one candidate became another, so that it can be forgotten."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("ats_merged_candidates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_on", sa.Date(), nullable=True))
    # When it was, nobody knows any more: from today on is the longest that it can have to be kept.
    op.execute("UPDATE ats_merged_candidates SET merged_on = CURRENT_DATE")
    with op.batch_alter_table("ats_merged_candidates", schema=None) as batch_op:
        batch_op.alter_column("merged_on", existing_type=sa.Date(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("ats_merged_candidates", schema=None) as batch_op:
        batch_op.drop_column("merged_on")
