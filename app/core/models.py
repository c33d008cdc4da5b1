"""The base class of all tables, and the constraint of columns that hold codes."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.orm import DeclarativeBase

# Fixed names, so that migrations on both databases can speak of the same constraint.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base class of every table; `app.tables` imports them all."""

    metadata = MetaData(naming_convention=NAMING)


def one_of(column: str, codes: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that a column holds one of these codes, or NULL."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
