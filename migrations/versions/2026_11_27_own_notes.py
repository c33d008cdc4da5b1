"""Own notes: feedback that reached the candidate another way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "own_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("polite_no", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.CheckConstraint("channel IN ('mail', 'phone', 'in_person', 'reference')", name=op.f("ck_own_notes_channel")),
        sa.PrimaryKeyConstraint("id", name="pk_own_notes"),
    )
    with op.batch_alter_table("own_notes", schema=None) as batch_op:
        batch_op.create_index("ix_own_notes_request_id", ["request_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("own_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_own_notes_request_id")

    op.drop_table("own_notes")
