"""The numbers that employers see of a quarter, drawn once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ats_summaries",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("job_remote_id", sa.String(length=255), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("never_asked", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_ats_summaries_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "quarter", "job_remote_id", name=op.f("pk_ats_summaries")),
    )
    op.create_index(
        "ix_ats_applications_connection_id_closes_on", "ats_applications", ["connection_id", "closes_on"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_ats_applications_connection_id_closes_on", table_name="ats_applications")
    op.drop_table("ats_summaries")
