"""Alembic's entry: the engine comes from worker.migrate, never from an .ini file."""

from alembic import context
from sqlalchemy import text

from worker.growth.partitions import whole_tables
from worker.models import Base

given = context.config.attributes
with given["engine"].connect() as connection:
    if given["lock_wait"] is not None:
        connection.detach()  # closed afterwards: nobody else gets one that waits so little
        connection.execute(text(f"SET lock_timeout TO {given['lock_wait']}"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=whole_tables,
        render_as_batch=True,  # SQLite cannot ALTER much: Alembic copies the table
        transaction_per_migration=True,
        on_version_apply=given["applied"],
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
