"""What a kept answer made, so that erasing or withdrawing it reaches the answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_idempotency_owner"), ["owner"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_owner"))
        batch_op.drop_column("owner")
