"""A window against a real Kannel 1.4.5; counts are its SMSC's own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.values import Accepted, Retry
from channels.wire import Wire
from tests.channels.conftest import a_message
from tests.channels.many.conftest import Make, Open, through
from tests.kannel import PASSWORD, USER, Kannel

MESSAGE = a_message("sms_http", text="Cảnh báo lừa đảo 😀")
COUNT = 200


@pytest.fixture
def kannel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    running = Kannel(tmp_path_factory.mktemp("kannel")).start()
    yield running
    running.crash()


def test_kannel_gets_each_message_once_and_to_the_letter(
    kannel: Kannel, make: Make, window_of: Open
) -> None:
    """Two hundred at once on eight connections, with diacritics."""
    window = window_of(make(kannel.url, "kannel", wire=Wire(training=True), parallel=8, plain=False,
                            timeout=30, login=(USER, PASSWORD), sender="CA"))
    found = []

    for n in range(COUNT):
        message = replace(MESSAGE, key=f"khoa-{n}", target=f"095000{n:04}")
        while not window.offer(message):
            found += window.poll(30)
    found += window.drain(60)

    assert [o for _, o in found if not isinstance(o, Accepted)] == []
    assert Counter(key for key, _ in found) == {f"khoa-{n}": 1 for n in range(COUNT)}
    kannel.drained()
    came = [(part.number, part.octets.decode("utf-16-be")) for part in kannel.parts()]
    assert sorted(came) == [(f"8495000{n:04}", MESSAGE.text) for n in range(COUNT)]


def test_a_kannel_that_is_gone_is_told_from_one_that_is_slow(
    kannel: Kannel, make: Make, window_of: Open
) -> None:
    """Its connection was kept: that it is gone is seen before a byte is written."""
    window = window_of(make(kannel.url, "kannel", timeout=30, login=(USER, PASSWORD), sender="CA"))
    assert isinstance(through(window, MESSAGE), Accepted)

    kannel.crash()
    outcome = through(window, replace(MESSAGE, key="2"))

    assert (type(outcome), outcome.code) == (Retry, "connect")
