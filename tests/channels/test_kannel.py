"""The described Kannel gateway against a real Kannel 1.4.5; counts are its SMSC's own."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from channels.base import Channel, ReportsDelivery
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Accepted, Delivered, Rejected, Report, Retry, Uncertain
from channels.wire import Wire
from components.tcp_fault_proxy import FaultProxy
from tests.channels.conftest import PATIENCE, RealClock, Soon, a_message, patience
from tests.channels.ear import Ear
from tests.kannel import PASSWORD, USER, Kannel, until

SECRETS = {"env:USER": USER, "env:PASSWORD": PASSWORD, "env:WRONG": "mat-khau-sai"}


@pytest.fixture(scope="module")
def kannel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    running = Kannel(tmp_path_factory.mktemp("kannel")).start()
    yield running
    running.crash()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[list[Kannel]]:
    """Installations of one test, ended whatever it did."""
    made: list[Kannel] = []
    yield made
    for kannel in made:
        kannel.crash()


class Numbers:
    """Every message of a test to a number of its own: the SMSC's log is one for all tests."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self) -> str:
        self._next += 1
        return f"095000{self._next:04d}"


number = Numbers()


def channel(
    url: str, *, wrong: bool = False, callback: str = "", sender: str = "XA LUC NGAN",
    **options: Any,
) -> Any:
    secrets = {"user": "env:USER", "password": "env:WRONG" if wrong else "env:PASSWORD"}
    if callback:
        secrets["callback"] = "env:CALLBACK"
    return build_channel(
        ChannelSpec(
            "sms", "sms_http", (AccountSpec("chinh", secrets, {"sender": sender}),),
            options={"gateway": "kannel", "url": url, "plain": False, **options}, timeout=PATIENCE,
        ),
        Context(
            wire=Wire(training=False, secrets=SECRETS.values()), clock=RealClock(),
            secrets={**SECRETS, "env:CALLBACK": callback}.__getitem__,
            folder=Path(), home=Path(),
        ),
    )


def message(target: str, text: str = "Canh bao lua dao", **changes: Any) -> Any:
    return a_message("sms_http", target=target, text=text, **changes)


def octets(kannel: Kannel, target: str) -> bytes:
    return b"".join(part.octets for part in kannel.to(target))


TEXTS = {
    "7-bit": ("Canh bao: 100% dung tin & goi 113 @ + 'a' \"b\"", "ascii"),
    "7-bit accents": ("à è é ì ò ù É", "utf-8"),  # as Kannel's fake SMSC writes 7 bits down
    "Vietnamese": ("Cảnh báo lừa đảo ở Lục Ngạn", "utf-16-be"),
    "emoji": ("Cảnh báo 😀", "utf-16-be"),
    "two parts": ("Canh bao. " * 20, "ascii"),
    "Vietnamese in parts": ("Cảnh báo lừa đảo. " * 10, "utf-16-be"),
}


@pytest.mark.parametrize(("text", "written"), TEXTS.values(), ids=TEXTS)
def test_a_text_arrives_to_the_letter(
    kannel: Kannel, soon: Soon, text: str, written: str
) -> None:
    """7 bits as they are, all else in UCS-2, the parts of a long one in order."""
    target = number()

    outcome = channel(kannel.url, max_parts=5).send(message(target, text), deadline=soon())

    assert outcome == Accepted(a_message("sms_http").key, "Cổng SMS đã nhận")
    kannel.drained()
    assert octets(kannel, target).decode(written) == text
    assert {part.sender for part in kannel.to(target)} == {"XA LUC NGAN"}


def test_kannel_takes_nonsense_so_it_never_gets_any(kannel: Kannel, soon: Soon) -> None:
    """A digit for a number, no text at all: Kannel says 202; we refuse both before a byte."""
    for to, text in (("1", "nonsense"), ("84950009999", "")):
        query = {"username": USER, "password": PASSWORD, "from": "X", "to": to, "text": text}
        answer = requests.get(f"{kannel.url}/cgi-bin/sendsms", params=query, timeout=PATIENCE)
        assert (answer.status_code, answer.text) == (202, "0: Accepted for delivery")
    kannel.drained()
    before = len(kannel.parts())
    sms = channel(kannel.url)

    refused = [
        sms.send(message("1"), deadline=soon()),
        sms.send(message(number(), "  "), deadline=soon()),
    ]

    assert [(type(o), o.code) for o in refused] == [
        (Rejected, "sms-phone"), (Rejected, "sms-empty")]
    assert sms.validate(message("1")) != []
    kannel.drained()
    assert len(kannel.parts()) == before


def test_a_wrong_password_rests_the_account_and_a_right_one_is_known_without_sending(
    kannel: Kannel, soon: Soon
) -> None:
    """Kannel is asked with no receiver: nothing can go out by the question."""
    target, before = number(), len(kannel.parts())
    wrong = channel(kannel.url, wrong=True)

    outcome = wrong.send(message(target), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope, outcome.counts) == ("sms-auth", "account", False)
    assert (wrong.check("chinh").ok, wrong.check("chinh").code) == (False, "sms-auth")
    assert channel(kannel.url).check("chinh").ok
    kannel.drained()
    assert len(kannel.parts()) == before


@pytest.mark.parametrize(
    ("path", "callback", "sender", "code"),
    [("", "ftp://x.invalid", "X", "sms-callback"), ("/sai", "", "X", "http-404"),
     ("", "", "", "sms-no-sender")],
    ids=["dlr-url", "path", "sender"],
)
def test_a_mistake_of_the_set_up_rests_the_account(
    kannel: Kannel, soon: Soon, path: str, callback: str, sender: str, code: str
) -> None:
    """All messages wait until it is mended; none is rejected for it."""
    sms = channel(kannel.url + path, callback=callback, sender=sender)

    outcome = sms.send(message(number()), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == (code, "account")


def test_a_number_on_the_black_list_is_rejected(
    tmp_path: Path, own: list[Kannel], soon: Soon
) -> None:
    """Kannel's own word for it, with what the operator does."""
    target = number()
    own.append(Kannel(tmp_path, account=f'black-list-regex = "^84{target[1:]}$"').start())

    outcome = channel(own[0].url).send(message(target), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "sms-denied"


@pytest.mark.parametrize("text", ["Canh bao lua dao", "Canh bao. " * 20], ids=["one", "parts"])
def test_a_503_took_nothing_and_is_tried_again(
    tmp_path: Path, own: list[Kannel], soon: Soon, text: str
) -> None:
    """
    A queue of two and no line to the SMSC: some are queued (202), some refused (503). Once the
    line is up and the refused are sent again, the SMSC has each once.
    """
    kannel = Kannel(tmp_path, core="sms-outgoing-queue-limit = 2").start(smsc=False)
    own.append(kannel)
    sms = channel(kannel.url)
    targets = [number() for _ in range(6)]

    first = {t: sms.send(message(t, text), deadline=soon()) for t in targets}

    refused = [t for t, outcome in first.items() if isinstance(outcome, Retry)]
    assert {first[t].code for t in refused} == {"sms-busy"}
    assert not any(first[t].counts for t in refused)
    assert 0 < len(refused) < len(targets)
    assert all(isinstance(first[t], Accepted) for t in targets if t not in refused)
    kannel.connect()
    kannel.drained()
    assert set(kannel.counts()) == set(targets) - set(refused)
    for target in refused:
        assert isinstance(sms.send(message(target, text), deadline=soon()), Accepted)
        kannel.drained()
    assert kannel.counts() == dict.fromkeys(targets, 1)


#: fault of the proxy: what it proves, and whether Kannel has the message
FAULTS = {
    "refuse": (Retry, 0),
    "reset_after_request": (Uncertain, 1),
    "black_hole": (Uncertain, 0),
    "garbage": (Uncertain, 0),
    "cut": (Uncertain, 1),
    "trickle": (Uncertain, 1),
}


@pytest.mark.parametrize("mode", FAULTS)
def test_what_a_broken_line_leaves(kannel: Kannel, soon: Soon, mode: str) -> None:
    """No answer of Kannel is no refusal: what may have been taken is never sent again."""
    kind, taken = FAULTS[mode]
    target = number()
    with FaultProxy(kannel.port) as proxy:
        sms = channel(proxy.url)
        sms.timeout = patience(mode)
        proxy.mode = mode

        outcome = sms.send(message(target), deadline=soon())

        assert isinstance(outcome, kind)
        if taken:  # we may have given up before Kannel had read it
            until(lambda: kannel.to(target))
        kannel.drained()
        assert len(kannel.to(target)) == taken


def test_a_connection_that_was_idle_is_not_trusted_with_a_message(
    kannel: Kannel, soon: Soon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sendsms is a GET that sends: a keep-alive that has ended must not look like a lost answer."""
    monkeypatch.setattr("channels.wire.FRESH", -1.0)  # "idle for too long" without waiting
    with FaultProxy(kannel.port) as proxy:
        proxy.mode = "stale"
        sms = channel(proxy.url)

        assert [type(sms.send(message(number()), deadline=soon())) for _ in range(2)] == [
            Accepted, Accepted]


def read(sms: Channel, **params: str) -> list[Report]:
    assert isinstance(sms, ReportsDelivery)
    return sms.parse_report(params, b"")


def test_receipts_bring_our_key_back(kannel: Kannel, soon: Soon, ear: Ear) -> None:
    """The 202 names nothing: our key went along in dlr-url. First "taken", then "arrived"."""
    sms = channel(kannel.url, callback=ear.url)
    key = "11111111-2222-5333-8444-555555555555"

    sms.send(message(number(), key=key), deadline=soon())

    heard = ear.wait(2)
    assert {path for path, _, _ in heard} == {urlsplit(ear.url).path}
    reports = [report for _, params, _ in heard for report in read(sms, **params)]
    assert {report.key for report in reports} == {key}
    assert {type(report.outcome) for report in reports} == {Accepted, Delivered}


RECEIPTS = {"1": Delivered, "2": Rejected, "16": Rejected, "4": Accepted, "8": Accepted,
            "32": None, "": None}


@pytest.mark.parametrize(("status", "kind"), RECEIPTS.items())
def test_what_a_status_of_kannel_means(status: str, kind: type | None) -> None:
    """1 arrived, 2 did not, 4 buffered, 8 the SMSC took it, 16 the SMSC refused it."""
    sms = channel("http://127.0.0.1:9")

    reports = read(sms, key="k", d=status, ref="", a="stat:UNDELIV")

    assert [type(r.outcome) for r in reports] == ([kind] if kind else [])
    assert all(r.outcome.code in sms.codes for r in reports if isinstance(r.outcome, Rejected))


def test_what_kannel_needs_to_be_told_is_in_its_readme(
    tmp_path: Path, own: list[Kannel], soon: Soon
) -> None:
    """Without max-messages Kannel cuts a long text and says 202: why the README insists."""
    own.append(Kannel(tmp_path, account="").start())
    target, text = number(), "a" * 100 + "b" * 100

    outcome = channel(own[0].url).send(message(target, text), deadline=soon())

    assert isinstance(outcome, Accepted)
    own[0].drained()
    assert len(octets(own[0], target)) == 160
    readme = Path("channels/gateways/kannel/README.md").read_text(encoding="utf-8")
    assert "max-messages" in readme
    assert "concatenation" in readme


def test_a_message_that_has_expired_is_not_given_to_kannel(kannel: Kannel, soon: Soon) -> None:
    """Kannel keeps what it cannot send: the validity goes along, and nothing late is begun."""
    late = replace(message(number()), expires_at=RealClock().now())

    assert channel(kannel.url).send(late, deadline=soon()).code == "sms-expired"


def test_past_its_deadline_kannel_gets_nothing(kannel: Kannel) -> None:
    """The lease's end binds here, too."""
    target = number()

    outcome = channel(kannel.url).send(message(target), deadline=time.monotonic() - 1)

    assert (type(outcome), outcome.code) == (Retry, "deadline")
    kannel.drained()
    assert kannel.to(target) == []
