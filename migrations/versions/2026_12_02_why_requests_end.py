"""Why a request is over that its candidate did not withdraw."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended", sa.String(length=16), nullable=True))
        batch_op.create_check_constraint(op.f("ck_feedback_requests_ended"), "ended IN ('reopened', 'not_rejected')")


def downgrade() -> None:
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_feedback_requests_ended"), type_="check")
        batch_op.drop_column("ended")
