"""
A store whose transactions are all parts of one, so that an act of several steps and the answer
that is kept for it are committed together, or not at all.

An act that never lets the others wait long only: on SQLite nobody else writes meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.orm import Session

from worker.db import Store, lock_for_planning
from worker.home import Home


class Joined(Store):
    """Every block is a part of the transaction of `session`: undone by itself when it fails."""

    def __init__(self, whole: Store, session: Session) -> None:
        self.url, self.engine, self.sqlite = whole.url, whole.engine, whole.sqlite
        self._session = session

    @contextmanager
    def write(self) -> Iterator[Session]:
        self._session.flush()
        self._session.expire_all()  # statements of the part before went past what was loaded
        with self._session.begin_nested():
            yield self._session

    @contextmanager
    def read(self) -> Iterator[Session]:
        self._session.flush()
        self._session.expire_all()
        yield self._session

    def close(self) -> None:
        """Whoever opened the whole closes it."""


@contextmanager
def together(home: Home) -> Iterator[tuple[Session, Home]]:
    """One transaction, and the home by which whole acts become parts of it."""
    with home.store.write() as session:
        lock_for_planning(session)  # before the outbox's and the audit's, which acts take
        yield session, replace(home, store=Joined(home.store, session))
