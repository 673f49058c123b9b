"""How the embedded engine ends: what is on the wire is written down, or it says that it is not."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.values import Message
from tests.store.world import NOON, World
from worker.db import Store
from worker.engines.embedded import BACK_OFF, POLL, Embedded


class RefusingStore(Store):
    """A database that takes nothing more once `refuses` is set."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.refuses = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.refuses:
            raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))
        with super().write() as session:
            yield session


@pytest.mark.parametrize("refuses", [False, True])
def test_a_stop_is_clean_only_when_every_result_was_written(
    world: World, refuses: bool
) -> None:
    """The answer came, and the database took it no more: not settled, whoever asks is told."""
    # given a message on the wire
    store = RefusingStore(world.store.url)
    sent, answered = threading.Event(), threading.Event()

    def send(_message: Message) -> None:
        sent.set()
        answered.wait(60)

    world.fakes["sms"].on_send = send
    world.to(NOON)
    engine = Embedded(lambda: replace(world.office(), store=store), world.worker(), world.seen)
    engine.cover(["sms"])
    assert sent.wait(60)

    # when its answer comes during the stop
    engine.halt()
    store.refuses = refuses
    answered.set()
    settled = engine.stop(BACK_OFF / 2 if refuses else 60)

    # then
    assert settled is not refuses
    assert world.states() == ["sending" if refuses else "delivered"]
    store.close()


def test_an_idle_channel_sleeps_until_the_next_is_due(world: World) -> None:
    """Not a second longer: the slot begins when it begins. Commands are seen within `POLL`."""
    engine = Embedded(world.office, world.worker(), world.seen)
    dispatcher = world.dispatcher()

    assert engine._until_due(dispatcher, "sms") == POLL
    world.to(NOON - timedelta(seconds=0.25))
    assert engine._until_due(dispatcher, "sms") == 0.25
    world.to(NOON)
    assert engine._until_due(dispatcher, "sms") <= 0
