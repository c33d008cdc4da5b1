"""Blind rounds: when they take claims, their keys for all to see; mailboxes, to which receipts lead."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("public_key", sa.LargeBinary(), nullable=True))
    op.create_table(
        "published_keys",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "entry", name="pk_published_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mailboxes",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name="pk_mailboxes"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("mailboxes")
    op.drop_table("published_keys")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_column("public_key")
        batch_op.drop_column("claim_until")
