"""The gateways that come described: codes, calls, receipts and accounts, on their imitations."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Accepted, Delivered, Rejected, Report, Retry, Uncertain
from channels.wire import Wire
from sandbox import Sandbox
from tests.channels.conftest import (
    GATEWAYS,
    PATIENCE,
    SECRETS,
    Bench,
    Far,
    RealClock,
    Soon,
    a_message,
)
from tests.channels.ear import Ear

MESSAGE = a_message("sms_http")

CODES = [
    # gateway, number, outcome, code, scope
    ("kannel", "0910000001", Rejected, "sms-denied", None),
    ("kannel", "0910000002", Rejected, "sms-no-route", None),
    ("kannel", "0910000003", Accepted, None, None),
    ("kannel", "0910000004", Retry, "sms-busy", "message"),
    ("kannel", "0910000006", Rejected, "sms-charset", None),
    ("kannel", "0910000007", Rejected, "http-400", None),
    ("esms", "0910000001", Rejected, "sms-99", None),
    ("esms", "0910000002", Rejected, "sms-108", None),
    ("esms", "0910000003", Retry, "sms-103", "account"),
    ("esms", "0910000004", Retry, "sms-160", "message"),
    ("esms", "0910000005", Retry, "sms-146", "account"),
    ("esms", "0910000006", Rejected, "sms-201", None),
    ("esms", "0910000007", Retry, "sms-other", "message"),  # the key makes asking again harmless
    ("speedsms", "0910000001", Rejected, "sms-105", None),
    ("speedsms", "0910000002", Rejected, "sms-113", None),
    ("speedsms", "0910000003", Retry, "sms-300", "account"),
    ("speedsms", "0910000004", Retry, "http-429", "message"),
    ("speedsms", "0910000005", Retry, "sms-500", "message"),
    ("speedsms", "0910000006", Rejected, "sms-110", None),
    ("speedsms", "0910000007", Uncertain, "sms-other", None),
    ("speedsms", "0910000008", Rejected, "sms-invalid-phone", None),
    ("vietguys", "0910000001", Rejected, "sms--21", None),
    ("vietguys", "0910000007", Uncertain, "sms-other", None),
]


@pytest.mark.parametrize(("kind", "number", "outcome", "code", "scope"), CODES)
def test_every_code_proves_what_the_table_says(
    bench: Bench, far: Far, soon: Soon, kind: str, number: str, outcome: type, code: str | None,
    scope: str | None,
) -> None:
    """What is refused is not at the far side; a code nobody knows proves nothing."""
    got: Any = bench.build(kind).send(replace(MESSAGE, target=number), deadline=soon())

    assert isinstance(got, outcome)
    assert getattr(got, "code", None) == code
    assert getattr(got, "scope", None) == scope
    assert far.taken() == (1 if outcome is Accepted else 0)


def test_the_wait_that_speedsms_asks_for_is_kept(bench: Bench, soon: Soon) -> None:
    """60 calls in 60 seconds; X-Rate-Limit-Reset says how long to wait."""
    sms = bench.build("speedsms")

    got = sms.send(replace(MESSAGE, target="0910000004"), deadline=soon())

    assert isinstance(got, Retry)
    assert (got.retry_after, got.counts) == (7.0, False)


ACCENTED = "Lừa đảo: gọi 113"


@pytest.mark.parametrize("kind", GATEWAYS)
def test_the_message_arrives_as_it_was_given(
    bench: Bench, far: Far, soon: Soon, kind: str
) -> None:
    """Number in the gateway's style, the text to the letter, our key where one can go along."""
    sms = built(bench, kind, plain=False)

    got = sms.send(replace(MESSAGE, text=ACCENTED), deadline=soon())

    assert isinstance(got, Accepted)
    taken = far.messages()[0]
    assert taken["text"] == ACCENTED
    assert taken["target"] == ("0950005678" if kind == "esms" else "84950005678")
    assert taken["key"] == ("" if kind == "speedsms" else MESSAGE.key)


def built(
    bench: Bench, kind: str, *, callback: str = "http://127.0.0.1:9/r", **options: Any
) -> Any:
    """With a receipt address and a sender, pointed at the sandbox."""
    secrets = {**SECRETS, "env:CALLBACK": callback}
    spec = ChannelSpec(
        "sms", "sms_http",
        (AccountSpec("chinh", {**GATEWAYS[kind], "callback": "env:CALLBACK"},
                     {"sender": "CA LUC NGAN"}),),
        options={"gateway": kind, "url": f"{bench.base_url}/{kind}", **options}, timeout=PATIENCE,
    )
    return build_channel(spec, Context(
        wire=bench.wire, clock=RealClock(), secrets=secrets.__getitem__, folder=bench.folder,
        home=bench.folder,
    ))


@pytest.mark.parametrize(("ending", "kind"), [("1", Delivered), ("9", Rejected)])
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_receipts_come_back_and_name_the_message(
    tmp_path: Path, wire: Wire, soon: Soon, ear: Ear, gateway: str, ending: str, kind: type
) -> None:
    """Whatever way the gateway calls: the report finds its message by key or by id."""
    sandbox = Sandbox(receipt_url=ear.url).start()
    try:
        sms = built(Bench(sandbox.base_url, tmp_path, wire), gateway, callback=ear.url)
        target = f"091234567{ending}"
        sent: Any = sms.send(replace(MESSAGE, target=target), deadline=soon())
        heard = ear.wait(2 if gateway == "kannel" else 1)
    finally:
        sandbox.stop()

    reports = [r for _, params, body in heard for r in sms.parse_report(params, body)]

    assert all(MESSAGE.key == r.key or r.ref == sent.ref for r in reports)
    assert [type(r.outcome) for r in reports][-1] is kind
    assert all(r.outcome.code in sms.codes for r in reports if isinstance(r.outcome, Rejected))
    assert gateway != "kannel" or isinstance(reports[0].outcome, Accepted)


TOLD: list[tuple[str, dict[str, str], bytes, type | None, str]] = [
    # eSMS: SendStatus 5 is "done"; whether well, the counts say
    ("esms", {"SMSID": "s", "RequestId": "k", "SendStatus": "5", "SendSuccess": "1",
              "SendFailed": "0"}, b"", Delivered, ""),
    ("esms", {"SMSID": "s", "RequestId": "k", "SendStatus": "5", "SendSuccess": "0",
              "SendFailed": "2"}, b"", Rejected, "sms-undelivered"),
    ("esms", {"SMSID": "s", "SendStatus": "5", "SendSuccess": "0", "SendFailed": "0"}, b"",
     None, ""),
    ("esms", {"SMSID": "s", "SendStatus": "4", "SendSuccess": "0", "SendFailed": "0"}, b"",
     Rejected, "sms-refused"),
    ("esms", {"SMSID": "s", "SendStatus": "7"}, b"", Accepted, ""),
    ("esms", {"SMSID": "s", "SendStatus": "2"}, b"", Accepted, ""),
    ("esms", {"SMSID": "s", "SendStatus": ""}, b"", None, ""),
    ("esms", {"SendStatus": "5", "SendSuccess": "1"}, b"", None, ""),
    # SpeedSMS: 0 arrived, below 64 failed for now, from 64 on failed
    ("speedsms", {}, b'{"type":"report","tranId":7,"phone":"84","status":0}', Delivered, ""),
    ("speedsms", {}, b'{"type":"report","tranId":7,"phone":"84","status":63}', Accepted, ""),
    ("speedsms", {}, b'{"type":"report","tranId":"7","phone":"84","status":"64"}', Rejected,
     "sms-undelivered"),
    ("speedsms", {}, b'{"type":"sms","tranId":7,"phone":"84","content":"stop"}', None, ""),
    ("speedsms", {}, b"[1, 2]", None, ""),
    ("vietguys", {}, b'{"data":{"message_id":"m","status":"delivered"}}', Delivered, ""),
    ("vietguys", {}, b'{"data":{"message_id":"m","status":"fail"}}', Rejected, "sms-undelivered"),
    ("vietguys", {}, b'{"data":{"message_id":"m","status":"sent"}}', None, ""),
    ("vietguys", {}, b'{"data":null}', None, ""),
    ("vietguys", {}, b"\xff\x00", None, ""),
]


@pytest.mark.parametrize(("gateway", "params", "body", "kind", "code"), TOLD)
def test_what_a_receipt_says(
    bench: Bench, gateway: str, params: dict[str, str], body: bytes, kind: type | None, code: str
) -> None:
    """The gateway's own words for arrived, failed and on its way."""
    sms: Any = bench.build(gateway)

    reports: list[Report] = sms.parse_report(params, body)

    assert [type(r.outcome) for r in reports] == ([kind] if kind else [])
    assert [getattr(r.outcome, "code", "") for r in reports] == ([code] if kind else [])


BALANCES = {"esms": "Còn 36693", "speedsms": "Còn 1000000", "kannel": "", "vietguys": None}


@pytest.mark.parametrize(("kind", "said"), BALANCES.items())
def test_a_healthy_account_says_what_is_left(bench: Bench, kind: str, said: str | None) -> None:
    """Where the gateway tells; where it cannot be asked, that is said."""
    health = bench.build(kind).check("chinh")

    assert health.ok
    assert health.detail == ("Cổng này không có cách hỏi trước" if said is None else said)


@pytest.mark.parametrize("kind", GATEWAYS)
def test_in_training_each_is_the_sandboxs_own_gateway(
    sandbox: Sandbox, tmp_path: Path, soon: Soon, kind: str
) -> None:
    """No real address, no secret read, whatever the programme names."""
    spec = ChannelSpec(
        "sms", "sms_http", (AccountSpec("chinh", {**GATEWAYS[kind], "callback": "env:CALLBACK"}),),
        options={"gateway": kind, "url": "https://that.vi-du.invalid"},
    )
    context = Context(
        wire=Wire(training=True), clock=RealClock(), secrets={}.__getitem__, folder=tmp_path,
        home=tmp_path, training=True, sandbox_url=sandbox.base_url,
    )

    assert isinstance(build_channel(spec, context).send(MESSAGE, deadline=soon()), Accepted)
    assert [line["channel"] for line in sandbox.store.taken] == ["sms"]
