"""Through Jasmin 0.11.1, another SMPP server and client: from us to it, from it to the sandbox."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.smpp.submit import Style
from channels.values import Accepted, Outcome
from sandbox import Sandbox
from tests.channels.smpp.conftest import MakeLine, drained, message, until
from tests.channels.smpp.jasmin import PASSWORD, USER, Jasmin

pytestmark = pytest.mark.long  # it wants Redis and RabbitMQ

STYLE = Style(sender="CA LUC NGAN")


@pytest.fixture(scope="module")
def far() -> Iterator[Sandbox]:
    sandbox = Sandbox().start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def jasmin(far: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jasmin]:
    running = Jasmin(tmp_path_factory.mktemp("jasmin"), far.port)
    try:
        running.start()
        until(lambda: far.smsc.counts()["binds"] == 1, 60)
        yield running
    finally:
        running.stop()


def test_texts_go_through_to_the_letter(far: Sandbox, jasmin: Jasmin, line: MakeLine) -> None:
    """
    Short, long and with diacritics, each part with an id.

    No receipt comes back: Jasmin 0.11.1 fails on every answer of the SMSC ("'SubmitSM' object has
    no attribute 'response'" in its messages.log) and so knows none of its messages again.
    """
    texts = ["Canh bao lua dao {1}", "Cảnh báo lừa đảo", "Canh bao. " * 20, "Cảnh báo. " * 20]
    one = line(jasmin.port, system_id=USER, password=PASSWORD, response_timeout=30,
               connect_timeout=10)  # fmt: skip
    window = one.ready(STYLE)
    found: dict[str, Outcome] = {}

    for n, text in enumerate(texts):
        found |= drained(window, message(n, text))

    assert {type(outcome) for outcome in found.values()} == {Accepted}
    refs = {r for o in found.values() if isinstance(o, Accepted) for r in (o.parts or (o.ref,))}
    read = dict.fromkeys(range(len(texts)), "")
    until(lambda: far.store.count >= len(refs), 30)
    for taken in sorted(far.store.taken, key=lambda one: one["key"]):
        read[int(taken["target"][-4:]) - 1000] += taken["text"]
    assert read == dict(enumerate(texts))


def test_a_wrong_password_is_understood(jasmin: Jasmin, line: MakeLine) -> None:
    """The account rests."""
    one = line(jasmin.port, system_id=USER, password="sai", connect_timeout=10)

    trouble = one.window().ready(20)

    assert trouble is not None
    assert trouble.scope == "account"


def test_a_window_of_messages(far: Sandbox, jasmin: Jasmin, line: MakeLine) -> None:
    """Each once, by the count behind it; the session ends in order."""
    before = far.store.count
    one = line(jasmin.port, system_id=USER, password=PASSWORD, window=20, response_timeout=30,
               connect_timeout=10)  # fmt: skip
    window = one.ready(replace(STYLE, receipts=False), size=200)

    found = drained(window, *[replace(message(n), target=f"8495000{2000 + n}") for n in range(200)])
    until(lambda: far.store.count == before + 200, 60)
    one.session.close()

    assert {type(outcome) for outcome in found.values()} == {Accepted}
    assert len({taken["target"] for taken in far.store.taken[before:]}) == 200
