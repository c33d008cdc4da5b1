"""PostgreSQL keeps no samples of what people wrote: its statistics would hold names and answers after their erasure.

ANALYZE, which autovacuum runs by itself, copies values of each column into `pg_statistic`, where they stay until the
next run, and anybody who may read the table may read them there. No query of ours searches by these columns.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What is kept as JSON is not sampled: PostgreSQL can't compare it.
COLUMNS = {
    "answers": ("body",),
    "feedback_requests": (
        "candidate_name",
        "candidate_email",
        "company",
        "company_domain",
        "role_title",
        "own_question",
        "manager_name",
    ),
}


def upgrade() -> None:
    _sample("0")
    if op.get_context().dialect.name == "postgresql":
        for table, columns in COLUMNS.items():
            # To the type that it has: this copies nothing, and drops the samples that were taken.
            op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} TYPE VARCHAR' for name in columns)}")


def downgrade() -> None:
    _sample("-1")


def _sample(target: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        for table, columns in COLUMNS.items():
            changes = ", ".join(f"ALTER COLUMN {name} SET STATISTICS {target}" for name in columns)
            op.execute(f"ALTER TABLE {table} {changes}")
