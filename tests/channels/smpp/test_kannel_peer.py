"""Our own SMSC before a real Kannel 1.4.5: what training and tests speak to is SMPP, not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox import Sandbox
from tests.channels.ear import Ear
from tests.channels.smpp.conftest import until
from tests.kannel import PASSWORD, USER, Kannel

_ACCOUNT = """concatenation = true
max-messages = 10

group = smsc
smsc = smpp
smsc-id = hop-thu
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = kannel
smsc-password = mat-khau
system-type = ""
interface-version = 34
msg-id-type = 0
max-pending-submits = 10
reconnect-delay = 1
enquire-link-interval = 1
"""


@pytest.fixture
def kannel(sandbox: Sandbox, tmp_path: Path) -> Iterator[Kannel]:
    running = Kannel(tmp_path, account=_ACCOUNT.format(port=sandbox.port)).start(smsc=False)
    until(lambda: sandbox.smsc.counts()["binds"] == 1)
    yield running
    running.crash()


def send(kannel: Kannel, number: str, text: str, **more: str) -> None:
    query = {"username": USER, "password": PASSWORD, "from": "CA LUC NGAN", "to": number,
             "text": text, "coding": "2" if not text.isascii() else "0", "charset": "utf-8", **more}
    answer = requests.get(f"{kannel.url}/cgi-bin/sendsms", params=query, timeout=30)
    assert answer.status_code == 202, answer.text


def test_kannel_binds_sends_and_hears_receipts(
    sandbox: Sandbox, kannel: Kannel, ear: Ear
) -> None:
    """It keeps the bind, its texts are read to the letter, its receipts are understood."""
    texts = {"84950001000": "Canh bao {1} [2] @", "84950001001": "Cảnh báo 😀",
             "84950001002": "Canh bao. " * 20}  # fmt: skip
    for number, text in texts.items():
        send(kannel, number, text)
    send(kannel, "84950001009", "Canh bao", **{"dlr-mask": "31", "dlr-url": ear.url + "?d=%d"})

    until(lambda: sandbox.store.count == 5)
    told = [params["d"] for _, params, _ in ear.wait(2)]
    until(lambda: sandbox.smsc.pings > 0)
    until(lambda: sandbox.smsc.counts()["receipts_confirmed"] > 0)

    read = dict.fromkeys(texts, "")
    for one in sandbox.store.taken:
        if one["target"] in read:
            read[one["target"]] += one["text"]
    assert read == texts
    assert sorted(told) == ["2", "8"]  # the SMSC took it; it did not reach the phone
    assert sandbox.smsc.counts()["receipts_confirmed"] == 1
