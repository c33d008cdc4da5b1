"""Tags of receipts depend on the round: delete those that could link two answers of one author.

The new tag cannot be computed from an old one. Older receipts open no mailbox any more; the answers stay.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("DELETE FROM mailboxes")


def downgrade() -> None:
    """Change nothing: the older tags are gone."""
