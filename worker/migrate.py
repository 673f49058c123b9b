"""Bring the database to this version's tables; `giovang migrate`, and every start of a worker."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from worker.db import Store

FOLDER = Path(__file__).with_name("migrations")


def _config(store: Store) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = store.engine
    return config


def upgrade(store: Store) -> None:
    """Run what is missing; keeps the data, does nothing when all is there."""
    command.upgrade(_config(store), "head")


def upgrade_to(store: Store, revision: str) -> None:
    """The tables of an earlier version: a backup of that version is put into them."""
    command.upgrade(_config(store), revision)


def head(store: Store) -> str | None:
    """The revision this database is at."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(store: Store) -> bool:
    """True when the database is older (or newer) than this version."""
    head = ScriptDirectory.from_config(_config(store)).get_current_head()
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != head


def empty(store: Store) -> bool:
    """True when there is no database of ours yet; makes no file by asking."""
    if store.sqlite and not Path(store.engine.url.database or "").exists():
        return True
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is None
