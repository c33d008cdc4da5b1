"""What candidates make of their offers stands beside what employers see of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("none", "waiting", "held", "offered", "accepted", "declined", "expired", "paused", "withdrawn")
OFFERS = ("none", "waiting", "held", "offered")
UPTAKES = ("open", "accepted", "declined", "expired", "paused", "withdrawn")
TABLE = "ats_applications"


def upgrade() -> None:
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.add_column(sa.Column("uptake", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("stirred", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("codes_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("codes", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_constraint(op.f("ck_ats_applications_offer"), type_="check")
    # Whatever came of an offer so far stood in its place.
    op.execute(f"UPDATE {TABLE} SET uptake = CASE offer WHEN 'offered' THEN 'open' ELSE offer END {_of(_came_after())}")
    op.execute(f"UPDATE {TABLE} SET offer = 'offered' {_of(_came_after())}")
    # An erasure that was under way is found by this.
    op.execute(f"UPDATE {TABLE} SET stirred = {_true()} WHERE length(dossier) = 0")
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_ats_applications_offer"), f"offer IN ({_listed(OFFERS)})")
        batch_op.create_check_constraint(op.f("ck_ats_applications_uptake"), f"uptake IN ({_listed(UPTAKES)})")
        batch_op.create_index("ix_ats_applications_uptake_accept_until", ["uptake", "accept_until"], unique=False)
        batch_op.create_index(
            "ix_ats_applications_stirred",
            ["id"],
            unique=False,
            sqlite_where=sa.text("stirred = 1"),
            postgresql_where=sa.text("stirred"),
        )


def downgrade() -> None:
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.drop_index("ix_ats_applications_stirred")
        batch_op.drop_index("ix_ats_applications_uptake_accept_until")
        batch_op.drop_constraint(op.f("ck_ats_applications_uptake"), type_="check")
        batch_op.drop_constraint(op.f("ck_ats_applications_offer"), type_="check")
    op.execute(
        # Of those who had their code before its hour it was not known: to them it is offered once more.
        f"UPDATE {TABLE} SET offer = CASE uptake WHEN 'open' THEN 'offered' ELSE uptake END "
        "WHERE uptake IS NOT NULL AND offer = 'offered'"
    )
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_ats_applications_offer"), f"offer IN ({_listed(BEFORE)})")
        batch_op.drop_column("codes")
        batch_op.drop_column("codes_on")
        batch_op.drop_column("stirred")
        batch_op.drop_column("uptake")


def _came_after() -> tuple[str, ...]:
    return tuple(one for one in BEFORE if one not in OFFERS or one == "offered")


def _of(offers: tuple[str, ...]) -> str:
    return f"WHERE offer IN ({_listed(offers)})"


def _true() -> str:
    return "true" if op.get_context().dialect.name == "postgresql" else "1"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)
