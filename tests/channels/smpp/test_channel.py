"""`sms_smpp` as the worker uses it: one message, one honest outcome."""

import gc
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.smpp.channel import SmsSmpp
from channels.smpp.receipts import Receipt
from channels.smpp.submit import reference
from channels.values import Accepted, Rejected, Retry, Uncertain
from channels.verdict import advice_for
from components.tcp_fault_proxy import StreamFaultProxy
from sandbox import Sandbox
from sandbox.smpp_text import KEY_TLV
from tests.channels.conftest import NOW, SECRETS, Bench, Far, Soon, a_message, patience
from tests.channels.smpp.conftest import Script, unit, until

MESSAGE = a_message("sms_smpp")


def built(bench: Bench, **options: Any) -> SmsSmpp:
    channel = bench.build("sms_smpp", **options)
    assert isinstance(channel, SmsSmpp)
    return channel


CODES = [
    # number, outcome, code, scope
    ("0910000001", Rejected, "smpp-0x0b", None),
    ("0910000002", Rejected, "smpp-0x66", None),
    ("0910000003", Retry, "smpp-0x0e", "account"),
    ("0910000004", Retry, "smpp-0x58", "message"),
    ("0910000005", Uncertain, "smpp-0x08", None),
    ("0910000006", Retry, "smpp-0x0a", "account"),
    ("0910000007", Uncertain, "smpp-other", None),
]


@pytest.mark.parametrize(("number", "kind", "code", "scope"), CODES)
def test_the_status_decides(
    bench: Bench, far: Far, soon: Soon, number: str, kind: type, code: str, scope: str | None
) -> None:
    """And the operator is told what to do."""
    channel = built(bench)

    outcome = channel.send(replace(MESSAGE, target=number), deadline=soon())

    assert isinstance(outcome, kind)
    assert (outcome.code, getattr(outcome, "scope", None)) == (code, scope)  # type: ignore[attr-defined]
    assert advice_for(code, channel.codes)
    assert far.taken() == 0


@pytest.mark.parametrize("mode", sorted(StreamFaultProxy.modes - {"pass"}))
def test_without_a_bind_nothing_is_sent(
    bench: Bench, far: Far, stream: StreamFaultProxy, soon: Soon, mode: str
) -> None:
    """Whatever breaks before the bind stands: a retry, no secret told, the account not to blame."""
    channel = built(bench, timeout=patience(mode))
    stream.mode = mode

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert advice_for(outcome.code, channel.codes)
    assert not [secret for secret in SECRETS.values() if secret in outcome.detail]
    assert far.taken() == 0
    assert not channel.check("chinh").ok


AFTER = [
    ("reset_after_request", Uncertain, "closed", 1),
    ("mute", Uncertain, "read-timeout", 1),
    ("black_hole", Uncertain, "read-timeout", 0),
    ("garbage", Uncertain, "unreadable", 1),
    ("cut", Uncertain, "cut", 1),
]


@pytest.mark.parametrize(("mode", "kind", "code", "taken"), AFTER)
def test_behind_a_bind_no_answer_is_a_doubt(
    bench: Bench, far: Far, stream: StreamFaultProxy, soon: Soon, mode: str, kind: type, code: str,
    taken: int,
) -> None:
    """Within its time, and never sent again by itself."""
    channel = built(bench, timeout=patience(mode))
    assert channel.check("chinh").ok
    stream.mode = mode

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, kind)
    assert outcome.code == code  # type: ignore[attr-defined]
    assert "Đã gửi" in outcome.detail  # type: ignore[attr-defined]
    assert far.taken() == taken


def test_wrong_credentials_stop_the_account_and_say_what_to_do(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """A wrong password spends no message; check() finds it before the slot does."""
    channel = bench.build("sms_smpp", wrong=True)

    outcome = channel.send(MESSAGE, deadline=soon())
    health = channel.check("chinh")

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope, outcome.counts) == ("smpp-0x0e", "account", False)
    assert (health.ok, health.code) == (False, "smpp-0x0e")
    assert far.taken() == 0


@pytest.mark.parametrize(("change", "code"), [
    ({"target": "0222123456"}, "sms-phone"),
    ({"text": " \n"}, "sms-empty"),
    ({"expires_at": NOW}, "sms-expired"),
])  # fmt: skip
def test_what_must_not_go_out_does_not_even_connect(
    bench: Bench, stream: StreamFaultProxy, soon: Soon, change: dict[str, Any], code: str
) -> None:
    """A warning of yesterday, no number, no text."""
    outcome = built(bench).send(replace(MESSAGE, **change), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    assert stream.connections == 0


def test_the_message_arrives_as_it_was_given(bench: Bench, sandbox: Sandbox, soon: Soon) -> None:
    """Number in the gateway's style, sender, text to the letter, and its time."""
    script = Script(lambda command, sequence: unit(command | 0x80000000, sequence, b"1\0"))
    channel = built(bench, plain=False, phone="+84", port=script.port)
    message = replace(MESSAGE, text="Mật khẩu: é", expires_at=NOW + timedelta(minutes=5))

    channel.send(message, deadline=soon())
    script.close()

    body = next(unit[3] for unit in script.units if unit[0] == 4)
    assert b"+84950005678\0" in body
    assert b"000000000500000R\0" in body
    assert "Mật khẩu: é".encode("utf-16-be") in body


def test_a_long_text_is_counted_as_the_gateway_counts_it(bench: Bench) -> None:
    """With 16-bit references a part has one character less."""
    message = replace(MESSAGE, text="a" * 459)

    assert built(bench).validate(message) == []
    assert [p.code for p in built(bench, long="udh16").validate(message)] == ["too-long"]


def test_messages_of_many_threads_share_the_bind(
    bench: Bench, sandbox: Sandbox, soon: Soon
) -> None:
    """The dispatcher's pool: each thread gets the outcome of its own message."""
    channel = built(bench, key_tlv=KEY_TLV, window=3)
    found: dict[str, Any] = {}

    def send(n: int) -> None:
        message = replace(MESSAGE, key=f"khoa-{n}", target=f"095000{1000 + n}")
        found[message.key] = channel.send(message, deadline=soon())

    threads = [threading.Thread(target=send, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refs = {one["key"]: one["ref"] for one in sandbox.store.taken}
    assert found == {key: Accepted(ref) for key, ref in refs.items()}
    assert len(refs) == 20
    assert sandbox.smsc.binds_seen == 1


def test_receipts_are_brought_stored_and_confirmed(
    bench: Bench, sandbox: Sandbox, soon: Soon
) -> None:
    """By the account's bind, with our reference for a message whose answer was lost."""
    channel = built(bench)
    outcome = channel.send(replace(MESSAGE, target="0950001009"), deadline=soon())
    assert isinstance(outcome, Accepted)

    kept: list[Receipt] = []
    until(lambda: kept.extend(channel.receipts("chinh")) or kept)
    channel.confirm("chinh", kept)

    (report,) = [receipt.report() for receipt in kept]
    assert report is not None
    assert (report.ref, report.target, type(report.outcome)) == (
        outcome.ref, "84950001009", Rejected)
    assert kept[0].reference == reference(MESSAGE.key)
    until(lambda: sandbox.smsc.confirmed == 1)


def test_the_programmes_own_codes_go_first(bench: Bench, soon: Soon) -> None:
    """`options.codes`: what this gateway means by its own statuses."""
    row = {"outcome": "rejected", "meaning": "Thuê bao chặn tin", "todo": "Không phải làm gì"}
    channel = built(bench, codes={"0x401": row})

    outcome = channel.send(replace(MESSAGE, target="0910000007"), deadline=soon())

    assert outcome == Rejected("smpp-0x401", "Thuê bao chặn tin")
    assert channel.codes["smpp-0x401"].todo == "Không phải làm gì"


def test_channels_of_one_login_share_its_bind(
    bench: Bench, sandbox: Sandbox, soon: Soon
) -> None:
    """
    One that only asks whether the gateway is there takes no receipt away from the one that
    sends: it binds no second time, and its going leaves the bind where it is.
    """
    sends, asks = built(bench), built(bench)
    assert asks.check("chinh").ok
    assert isinstance(sends.send(replace(MESSAGE, target="0950001001"), deadline=soon()), Accepted)
    assert sandbox.smsc.binds_seen == 1

    asks.close()
    kept: list[Receipt] = []
    until(lambda: kept.extend(sends.receipts("chinh")) or kept)
    sends.confirm("chinh", kept)

    until(lambda: sandbox.smsc.confirmed == 1)
    assert sandbox.smsc.binds_seen == 1
    sends.close()
    until(lambda: sandbox.smsc.unbinds == 1)


def test_other_options_are_another_login(bench: Bench, sandbox: Sandbox, soon: Soon) -> None:
    """What an edit of the programme changed is used by a bind of its own."""
    before, after = built(bench), built(bench, window=3)
    before.send(MESSAGE, deadline=soon())
    after.send(MESSAGE, deadline=soon())

    assert sandbox.smsc.binds_seen == 2


def test_a_channel_that_is_dropped_leaves_its_gateway(
    bench: Bench, sandbox: Sandbox, soon: Soon
) -> None:
    """A programme taken up anew builds its channels anew: the old bind must not stay."""
    channel: SmsSmpp | None = built(bench)
    assert channel is not None
    channel.send(MESSAGE, deadline=soon())
    assert sandbox.smsc.counts()["binds"] == 1

    bench.built.clear()
    channel = None
    gc.collect()

    until(lambda: sandbox.smsc.unbinds == 1)


_ENDS = """
import sys, time
from channels.smpp.access import Access
from channels.smpp.session import Session
from channels.smpp.statuses import Table
session = Session(Access("127.0.0.1", int(sys.argv[1]), "x", "y"), Table())
assert session.wait_bound(10) is None
"""


def test_a_process_that_ends_unbinds(sandbox: Sandbox) -> None:
    """Whatever it was doing: a gateway would count the bind as taken for a while."""
    subprocess.run([sys.executable, "-c", _ENDS, str(sandbox.port)], check=True, timeout=60)

    until(lambda: sandbox.smsc.unbinds == 1)


def test_in_training_no_other_machine_is_called(bench: Bench, soon: Soon) -> None:
    """Even were the address wrong: the session itself refuses."""
    channel = built(bench, host="smpp.nha-mang-that.vn")
    channel._context = replace(channel._context, training=True)

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("training", "account")


