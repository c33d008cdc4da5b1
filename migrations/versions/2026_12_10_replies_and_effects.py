"""Replies to doubts, and what they changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "clarifications",
        sa.Column("concern_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_month", sa.String(length=7), nullable=True),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("concern_id", name=op.f("pk_clarifications")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_clarifications_round_id"), "clarifications", ["round_id"])
    op.create_table(
        "effects",
        sa.Column("concern_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("concern_id", "by", name=op.f("pk_effects")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_effects_round_id"), "effects", ["round_id"])
    if op.get_context().dialect.name == "postgresql":
        # Words are not sampled: samples outlive their rows.
        op.execute("ALTER TABLE clarifications ALTER COLUMN text SET STATISTICS 0")
        op.execute("ALTER TABLE effects ALTER COLUMN body SET STATISTICS 0")


def downgrade() -> None:
    op.drop_table("effects")
    op.drop_table("clarifications")
