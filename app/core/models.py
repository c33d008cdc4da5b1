"""The parent of all tables."""

from sqlalchemy import MetaData
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
    """Every slice declares its tables on this; `app.tables` gathers them."""

    metadata = MetaData(naming_convention=NAMING)
