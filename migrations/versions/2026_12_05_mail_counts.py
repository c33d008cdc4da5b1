"""How many mails an address got on a day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mail_counts",
        sa.Column("recipient_digest", sa.LargeBinary(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_digest", name="pk_mail_counts"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("mail_counts")
