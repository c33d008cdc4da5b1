"""Applications as applicant tracking systems tell of them, offers, and requests that come of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What each of these columns may hold: until now, and from now on.
WIDENED = {
    ("feedback_requests", "state"): (("open", "withdrawn", "erasing"), ("open", "paused", "withdrawn", "erasing")),
    ("outbox", "held_for"): (("confirmation", "day", "outcome"), ("confirmation", "day", "outcome", "pause")),
    ("rounds", "opened_by"): (("candidate", "manager"), ("candidate", "manager", "connection")),
    ("rounds", "state"): (
        ("collecting", "closed", "released", "withheld", "withdrawn", "erased"),
        ("collecting", "paused", "closed", "released", "withheld", "withdrawn", "erased"),
    ),
}
# PostgreSQL's statistics would keep what a mail said after it is gone.
UNSAMPLED = {"test_mails": ('"to"', "subject", "text"), "ats_applications": ("remote_id", "candidate_remote_id")}


def upgrade() -> None:
    op.create_table(
        "ats_merged_candidates",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("into_remote_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "remote_id", name=op.f("pk_ats_merged_candidates")),
    )
    op.create_table(
        "ats_tombstones",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('candidate', 'application')", name=op.f("ck_ats_tombstones_kind")),
        sa.PrimaryKeyConstraint("connection_id", "kind", "digest", name=op.f("pk_ats_tombstones")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ats_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("candidate_remote_id", sa.String(length=255), nullable=True),
        sa.Column("job_remote_id", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=True),
        sa.Column("offer", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by_hand", sa.Boolean(), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("accept_until", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("close_told", sa.Boolean(), nullable=False),
        sa.Column("offer_hash", sa.LargeBinary(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("shares_state", sa.Boolean(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("dossier", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "offer IN ('none', 'waiting', 'held', 'offered', 'accepted', 'declined', 'expired', 'paused', 'withdrawn')",
            name=op.f("ck_ats_applications_offer"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'rejected', 'withdrawn', 'hired')", name=op.f("ck_ats_applications_status")
        ),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_ats_applications_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ats_applications")),
        sa.UniqueConstraint("connection_id", "remote_id", name=op.f("uq_ats_applications_connection_id_remote_id")),
    )
    with op.batch_alter_table("ats_applications", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ats_applications_connection_id_candidate_remote_id",
            ["connection_id", "candidate_remote_id"],
            unique=False,
        )
        batch_op.create_index("ix_ats_applications_offer_due_at", ["offer", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ats_applications_offer_hash"), ["offer_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_ats_applications_request_id"), ["request_id"], unique=False)
    op.create_table(
        "ats_inbound",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=True),
        sa.Column("application_remote_id", sa.String(length=255), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'duplicate', 'stale', 'ignored', 'erased', 'refused')",
            name=op.f("ck_ats_inbound_outcome"),
        ),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_ats_inbound_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ats_inbound")),
        sa.UniqueConstraint("connection_id", "key_digest", name=op.f("uq_ats_inbound_connection_id_key_digest")),
    )
    with op.batch_alter_table("ats_inbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ats_inbound_connection_id"), ["connection_id"], unique=False)
    op.create_table(
        "ats_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("application_remote_id", sa.String(length=255), nullable=True),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_ats_notices_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ats_notices")),
    )
    with op.batch_alter_table("ats_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ats_notices_connection_id"), ["connection_id"], unique=False)
    op.create_table(
        "ats_pulls",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("application_remote_id", sa.String(length=255), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_ats_pulls_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "application_remote_id", name=op.f("pk_ats_pulls")),
    )
    with op.batch_alter_table("ats_pulls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ats_pulls_due_at"), ["due_at"], unique=False)
    op.create_table(
        "test_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_test_mails_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_mails")),
    )
    with op.batch_alter_table("test_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_test_mails_connection_id"), ["connection_id"], unique=False)
    op.create_table(
        "ats_interviews",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["ats_applications.id"], name=op.f("fk_ats_interviews_application_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "remote_id", name=op.f("pk_ats_interviews")),
    )
    with op.batch_alter_table("ats_interviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ats_interviews_application_id"), ["application_id"], unique=False)
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connection_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("is_test", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(batch_op.f("ix_feedback_requests_connection_id"), ["connection_id"], unique=False)
    for (table, column), (_, values) in WIDENED.items():
        _allow(table, column, values)
    if op.get_context().dialect.name == "postgresql":
        for table, columns in UNSAMPLED.items():
            changes = ", ".join(f"ALTER COLUMN {name} SET STATISTICS 0" for name in columns)
            op.execute(f"ALTER TABLE {table} {changes}")


def downgrade() -> None:
    for (table, column), (values, _) in WIDENED.items():
        _allow(table, column, values)
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_requests_connection_id"))
        batch_op.drop_column("is_test")
        batch_op.drop_column("connection_id")
    op.drop_table("ats_interviews")
    op.drop_table("test_mails")
    op.drop_table("ats_pulls")
    op.drop_table("ats_notices")
    op.drop_table("ats_inbound")
    op.drop_table("ats_applications")
    op.drop_table("ats_tombstones")
    op.drop_table("ats_merged_candidates")


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({listed})")
