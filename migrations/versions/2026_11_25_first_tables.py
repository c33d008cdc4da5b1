"""The first tables: requests, rounds, their sealed records, and answers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index("ix_answers_round_id", ["round_id"], unique=False)

    op.create_table(
        "boxes",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ct", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", name="pk_boxes"),
    )
    op.create_table(
        "dialogue_boxes",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ct", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", name="pk_dialogue_boxes"),
    )
    op.create_table(
        "feedback_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("manage_digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("candidate_name", sa.String(), nullable=False),
        sa.Column("candidate_email", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("company_domain", sa.String(), nullable=True),
        sa.Column("role_title", sa.String(), nullable=False),
        sa.Column("interviewed_on", sa.Date(), nullable=True),
        sa.Column("worries", sa.JSON(), nullable=False),
        sa.Column("own_question", sa.String(), nullable=True),
        sa.Column("still_interested", sa.String(length=8), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("manager_name", sa.String(), nullable=True),
        sa.Column("has_manager", sa.Boolean(), nullable=False),
        sa.Column("manager_declined", sa.String(length=32), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'withdrawn', 'erasing')", name=op.f("ck_feedback_requests_state")),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_requests"),
    )
    op.create_table(
        "idempotency",
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("ct", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name="pk_idempotency"),
    )
    op.create_table(
        "manager_boxes",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ct", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_manager_boxes"),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("k_basis", sa.String(length=12), nullable=False),
        sa.Column("held", sa.String(length=8), nullable=False),
        sa.Column("opened_by", sa.String(length=12), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("close_wished", sa.Boolean(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("below_threshold", sa.Boolean(), nullable=False),
        sa.Column("participation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("briefing", sa.JSON(), nullable=False),
        sa.CheckConstraint("held IN ('all', 'some', 'none')", name=op.f("ck_rounds_held")),
        sa.CheckConstraint("k_basis IN ('all', 'independent')", name=op.f("ck_rounds_k_basis")),
        sa.CheckConstraint("mode IN ('attributed', 'sealed', 'blind')", name=op.f("ck_rounds_mode")),
        sa.CheckConstraint("opened_by IN ('candidate', 'manager')", name=op.f("ck_rounds_opened_by")),
        sa.CheckConstraint(
            "stage IN ('after_interview', 'after_references', 'after_decision')", name=op.f("ck_rounds_stage")
        ),
        sa.CheckConstraint(
            "state IN ('collecting', 'closed', 'released', 'withheld', 'withdrawn', 'erased')",
            name=op.f("ck_rounds_state"),
        ),
        sa.CheckConstraint("k >= 1 AND k <= people", name=op.f("ck_rounds_k")),
        sa.PrimaryKeyConstraint("id", name="pk_rounds"),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index("ix_rounds_request_id", ["request_id"], unique=False)
        batch_op.create_index("ix_rounds_state_id", ["state", "id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        # Ciphertext can't be compressed: trying to at every write costs more than the write.
        for table in ("boxes", "manager_boxes", "dialogue_boxes"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN ct SET STORAGE EXTERNAL")
    op.create_table(
        "ticks", sa.Column("day", sa.Date(), nullable=False), sa.PrimaryKeyConstraint("day", name="pk_ticks")
    )


def downgrade() -> None:
    op.drop_table("ticks")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index("ix_rounds_state_id")
        batch_op.drop_index("ix_rounds_request_id")

    op.drop_table("rounds")
    op.drop_table("manager_boxes")
    op.drop_table("idempotency")
    op.drop_table("feedback_requests")
    op.drop_table("dialogue_boxes")
    op.drop_table("boxes")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("ix_answers_round_id")

    op.drop_table("answers")
