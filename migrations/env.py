"""How migrations run: on the connection that `app.core.migrations` hands over, the same on SQLite and PostgreSQL."""

from alembic import context

from app.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations with `debrief migrate`")

context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite can't alter most of a table; batch mode makes it anew and copies the rows.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
if connection.dialect.name == "sqlite":
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"a migration left {len(broken)} rows that point nowhere")
