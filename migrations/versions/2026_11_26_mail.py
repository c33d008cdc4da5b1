"""Mail: the outbox, the addresses never to be written to, and how a request is delivered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("held_for", sa.String(length=16), nullable=True),
        sa.Column("send_on", sa.Date(), nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=40), nullable=True),
        sa.Column("key_purpose", sa.String(length=12), nullable=True),
        sa.Column("key_owner", sa.Uuid(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead', 'cancelled')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("held_for IN ('confirmation', 'day', 'outcome')", name=op.f("ck_outbox_held_for")),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_outbox_state_send_on", ["state", "send_on"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("address_digest", name="pk_suppressions"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivery", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("address_confirmed", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("confirmation_hash", sa.LargeBinary(), nullable=True))
    # Until now every candidate handed the links over, and no address was ever written to.
    op.execute("UPDATE feedback_requests SET delivery = 'candidate', address_confirmed = false")
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.alter_column("delivery", existing_type=sa.String(length=12), nullable=False)
        batch_op.alter_column("address_confirmed", existing_type=sa.Boolean(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_feedback_requests_delivery"), "delivery IN ('candidate', 'mail')")
        batch_op.create_index("ix_feedback_requests_confirmation_hash", ["confirmation_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_requests_confirmation_hash")
        batch_op.drop_constraint(op.f("ck_feedback_requests_delivery"), type_="check")
        batch_op.drop_column("confirmation_hash")
        batch_op.drop_column("address_confirmed")
        batch_op.drop_column("delivery")
    op.drop_table("suppressions")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_state_send_on")
        batch_op.drop_index("ix_outbox_group_id")
    op.drop_table("outbox")
