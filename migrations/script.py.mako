"""${message}.

A migration runs on SQLite and PostgreSQL, forwards and back, on a database that is in use:

* Add, fill, then remove: the version of the code that still runs must not stumble.
* `with op.batch_alter_table(…)` for every change of a table, since SQLite can't alter one.
* CHECK constraints: write them by hand, each named `op.f("ck_table_name")` (without `op.f` the name gets its prefix
  twice); a test compares them with the models.
* `boxes`, `manager_boxes`, `dialogue_boxes` and `answers` never get a time, a serial, a default, a trigger or a foreign
  key. If you need one there, you need another table.
* Data: write plain SQL; never import the application's models, which will have changed by the time this runs again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
