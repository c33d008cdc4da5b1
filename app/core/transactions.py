"""What both databases share: a function run on a Session, and the error for a database that cannot be reached."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.core.errors import Unavailable

T = TypeVar("T")

# Classes of SQLSTATE that do not blame the statement: connection, deadlock, resources, operator intervention, system
# (PostgreSQL's manual, appendix A). The driver has no exception class for them.
_OUTAGES = ("08", "40", "53", "57", "58")


def run(connection: Connection, fn: Callable[[Session], T]) -> T:
    """Run `fn` on a Session inside the transaction of `connection`, and flush. The caller commits or rolls back."""
    # "rollback_only": closing the Session does not end the caller's transaction.
    with Session(bind=connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session:
        result = fn(session)
        session.flush()
        return result


def unavailable() -> Unavailable:
    """Return the error for a database that cannot be reached."""
    return Unavailable("database_unavailable", "The database does not answer right now. Please try again in a moment.")


def is_outage(error: BaseException) -> bool:
    """Tell whether an operation failed because of the database or the connection, and not because of its statement."""
    if isinstance(error, DBAPIError) and (
        error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(_OUTAGES)
    ):
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError)
