"""One suite for every channel: what the worker may rely on, whatever the gateway does."""

import errno
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel, Recalls, Reconciles
from channels.values import Absent, Accepted, Delivered, Rejected, Retry, Uncertain
from channels.verdict import advice_for
from components.tcp_fault_proxy import MODES as WIRE_MODES
from components.tcp_fault_proxy import FaultProxy
from sandbox import Sandbox
from sandbox.faults import MODES as ANSWER_MODES
from tests.channels.conftest import (
    HTTP_PATHS,
    KINDS,
    SECRETS,
    SMS,
    TIMEOUT,
    Bench,
    Far,
    Soon,
    a_message,
    patience,
)

EVERY = sorted(KINDS)
HTTP = sorted(HTTP_PATHS)
#: SMS gateways that nobody can ask: for a message, for an account
NO_FIND = {"sms_http", "sms_smpp", "kannel", "speedsms", "vietguys", "webhook"}
NO_CHECK = {"vietguys"}
FILES = ["board", "box", "cap", "loudspeaker", "static_site"]
TAKEN = (Accepted, Delivered)


def files_taken(folder: Path) -> int:
    """What a reader of the folders would find: articles, scripts, bulletins, lines of boards."""
    pages = [p for p in folder.glob("trang-tin/*.html")
             if p.name != "index.html" and not p.name.startswith("thang-")]
    lines = "".join(p.read_text("utf-8") for p in folder.glob("bang-dien-tu/*.txt"))
    scripts = [p for p in folder.glob("dai-truyen-thanh/*/*/*.txt") if p.name[:3] != "00_"]
    others = [*folder.glob("hop-phat/*/*.txt"), *folder.glob("cap/*.xml")]
    return len(pages) + len(scripts) + len(others) + len(lines.splitlines())


def far_count(kind: str, far: Far, folder: Path) -> int:
    return files_taken(folder) if kind in FILES else far.taken()


@pytest.mark.parametrize("kind", EVERY)
def test_a_good_message_is_taken_and_gets_a_ref(
    bench: Bench, far: Far, soon: Soon, kind: str
) -> None:
    """Sent is what the far side has, and `ref` names it there."""
    outcome = bench.build(kind).send(a_message(kind), deadline=soon())

    assert isinstance(outcome, TAKEN)
    assert outcome.ref
    assert far_count(kind, far, bench.folder) == 1


@pytest.mark.parametrize("kind", EVERY)
def test_an_idempotent_channel_publishes_a_key_once(
    bench: Bench, far: Far, soon: Soon, kind: str
) -> None:
    """`idempotent` is a promise, by the far side's count; the others make none."""
    channel = bench.build(kind)

    refs = {getattr(channel.send(a_message(kind), deadline=soon()), "ref", "") for _ in range(3)}

    count = far_count(kind, far, bench.folder)
    assert (count == 1) == channel.idempotent
    assert all(refs)
    assert kind in SMS or (len(refs) == 1) == channel.idempotent
    assert (channel.key_lifetime > 0) == channel.idempotent


@pytest.mark.parametrize("kind", EVERY)
def test_validate_is_pure_and_finds_nothing_wrong_with_a_good_message(
    bench: Bench, far: Far, kind: str
) -> None:
    """Previews and planning call it often: nothing is sent, written or remembered."""
    channel = bench.build(kind)

    assert [channel.validate(a_message(kind)) for _ in range(2)] == [[], []]
    assert far_count(kind, far, bench.folder) == 0
    assert not list(bench.folder.iterdir())


@pytest.mark.parametrize("kind", EVERY)
def test_an_empty_message_is_refused_when_it_is_planned(bench: Bench, kind: str) -> None:
    """What does not fit is refused beforehand, with the reason in Vietnamese."""
    problems = bench.build(kind).validate(a_message(kind, text=" "))

    assert "empty" in [p.code for p in problems]
    assert all(p.what for p in problems)


@pytest.mark.parametrize("kind", sorted({*EVERY} - {"loudspeaker", "box"}))
def test_a_link_that_leads_elsewhere_is_refused_when_it_is_planned(
    bench: Bench, kind: str
) -> None:
    """A warning that imitates a fraud trains its victims; nobody follows a link by ear."""
    message = a_message(kind)
    tempting = replace(message, text=f"{message.text} https://nhan-qua.example.com/x")

    assert "url" in [p.code for p in bench.build(kind).validate(tempting)]


@pytest.mark.parametrize("kind", EVERY)
def test_past_the_deadline_nothing_is_done(bench: Bench, far: Far, kind: str) -> None:
    """After the lease's end not a byte goes out; no attempt is spent."""
    outcome = bench.build(kind).send(a_message(kind), deadline=time.monotonic() - 1)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.counts) == ("deadline", False)
    assert far_count(kind, far, bench.folder) == 0


@pytest.mark.parametrize("mode", sorted(WIRE_MODES - {"pass", "stale"}))
@pytest.mark.parametrize("kind", HTTP)
def test_no_fault_on_the_way_escapes_and_none_is_sent_twice_blindly(
    bench: Bench, far: Far, proxy: FaultProxy, soon: Soon, kind: str, mode: str
) -> None:
    """Whatever breaks: an outcome, a code with advice, no secret; uncertain only when sent."""
    channel = bench.build(kind, timeout=patience(mode))
    proxy.mode = mode

    outcome = channel.send(a_message(kind), deadline=soon())

    assert isinstance(outcome, Retry | Uncertain)
    holds_for_every_outcome(channel, outcome)
    if mode == "refuse":
        assert isinstance(outcome, Retry)
    if isinstance(outcome, Retry) and not channel.idempotent:
        assert far.taken() == 0


@pytest.mark.parametrize("mode", sorted(ANSWER_MODES.keys() - {"pass", "slow"}))
@pytest.mark.parametrize("kind", HTTP)
def test_no_answer_escapes_and_none_is_sent_twice_blindly(
    bench: Bench, far: Far, soon: Soon, kind: str, mode: str
) -> None:
    """The same for every bad day of a gateway."""
    channel = bench.build(kind, timeout=patience(mode, ordered=True))
    far.order(HTTP_PATHS[kind], mode)

    outcome = channel.send(a_message(kind), deadline=soon())

    assert not isinstance(outcome, Accepted | Delivered | Rejected)
    holds_for_every_outcome(channel, outcome)
    if isinstance(outcome, Retry) and not channel.idempotent:
        assert far.taken() == 0


@pytest.mark.parametrize("mode", sorted(ANSWER_MODES.keys() - {"pass", "slow"}))
def test_an_idempotent_channel_ends_published_once_after_any_fault(
    bench: Bench, far: Far, soon: Soon, mode: str
) -> None:
    """WordPress: the fault falls on the create itself, then the same key is tried again."""
    channel = bench.build("wordpress", timeout=patience(mode, ordered=True))
    far.order("/wp-json", "pass", "pass", mode)  # two looks, then the create

    first = channel.send(a_message("wordpress"), deadline=soon())
    second = channel.send(a_message("wordpress"), deadline=soon())

    assert isinstance(first, Retry)
    assert isinstance(second, Delivered)
    assert far.taken() == 1


# a box: test_box.py, CAP: test_cap.py
@pytest.mark.parametrize("kind", ["board", "loudspeaker", "static_site"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_stops_the_account_and_loses_nothing(
    bench: Bench, soon: Soon, kind: str, number: int
) -> None:
    """No message is to blame for a full disk: all wait, and go out once it is mended."""
    channel: Any = bench.build(kind)
    whole, channel._write = channel._write, lambda *_: raise_oserror(number)

    outcome = channel.send(a_message(kind), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope, outcome.counts) == ("disk", "account", False)
    holds_for_every_outcome(channel, outcome)
    channel._write = whole
    assert isinstance(channel.send(a_message(kind), deadline=soon()), TAKEN)


@pytest.mark.parametrize("kind", FILES)
def test_a_folder_that_is_a_file_is_said_so(bench: Bench, soon: Soon, kind: str) -> None:
    """The same without a fake: the path is taken by something else."""
    for name in ("trang-tin", "dai-truyen-thanh", "hop-phat", "cap", "bang-dien-tu"):
        (bench.folder / name).write_text("")
    channel = bench.build(kind)

    outcome = channel.send(a_message(kind), deadline=soon())
    health = channel.check("chinh")

    assert isinstance(outcome, Retry)
    assert outcome.code == health.code == "disk"


@pytest.mark.parametrize("kind", EVERY)
def test_a_healthy_account_is_healthy(bench: Bench, kind: str) -> None:
    """check() before the slot saves the slot."""
    assert bench.build(kind).check("chinh").ok


@pytest.mark.parametrize("kind", sorted(NO_CHECK))
def test_an_account_that_cannot_be_asked_is_said_to_be_so(bench: Bench, kind: str) -> None:
    """No harmless question is known: that is told, and taken for no fault."""
    health = bench.build(kind).check("chinh")

    assert health.ok
    assert "không có cách hỏi" in health.detail


@pytest.mark.parametrize("kind", HTTP)
def test_wrong_credentials_stop_the_account_and_say_what_to_do(
    bench: Bench, far: Far, soon: Soon, kind: str
) -> None:
    """A wrong token spends no message; check() finds it before the slot does."""
    channel = bench.build(kind, wrong=True)

    outcome = channel.send(a_message(kind), deadline=soon())
    health = channel.check("chinh")

    assert isinstance(outcome, Retry)
    assert (outcome.scope, outcome.counts) == ("account", False)
    holds_for_every_outcome(channel, outcome)
    assert far.taken() == 0
    if kind not in NO_CHECK:
        assert not health.ok
        assert health.detail
        assert advice_for(health.code, channel.codes)


@pytest.mark.parametrize("kind", sorted(HTTP_PATHS.keys() - NO_CHECK))
def test_a_gateway_that_is_away_is_unhealthy_and_nothing_escapes(
    bench: Bench, proxy: FaultProxy, kind: str
) -> None:
    """check() is called from housekeeping: an exception there would be our bug."""
    channel = bench.build(kind, timeout=TIMEOUT)  # for the last of them; none is healthy anyway

    for mode in ("refuse", "garbage", "black_hole"):
        proxy.mode = mode
        assert not channel.check("chinh").ok


@pytest.mark.parametrize("kind", EVERY)
def test_what_was_lost_is_found_and_what_never_was_is_absent(
    bench: Bench, soon: Soon, kind: str
) -> None:
    """A lost answer is looked up at the far side, never guessed."""
    channel = bench.build(kind)
    if not isinstance(channel, Reconciles):
        assert kind in NO_FIND
        return
    assert kind not in NO_FIND
    assert isinstance(channel.find(a_message(kind)), Absent)

    sent = channel.send(a_message(kind), deadline=soon())
    found = channel.find(a_message(kind))

    assert isinstance(found, TAKEN)
    assert found.ref == getattr(sent, "ref", "")


@pytest.mark.parametrize("kind", sorted(HTTP_PATHS.keys() - NO_FIND))
def test_nobody_is_absent_while_the_far_side_cannot_be_asked(
    bench: Bench, proxy: FaultProxy, far: Far, kind: str
) -> None:
    """`Absent` would let the message go out again: only a whole answer says it."""
    channel = bench.build(kind)
    assert isinstance(channel, Reconciles)

    for mode in ("401", "500", "html200", "bad_json", "empty200"):
        far.order(HTTP_PATHS[kind], mode)
        assert isinstance(channel.find(a_message(kind)), Uncertain), mode
    proxy.mode = "refuse"
    assert isinstance(channel.find(a_message(kind)), Uncertain)


@pytest.mark.parametrize("kind", EVERY)
def test_a_recall_may_be_repeated(bench: Bench, soon: Soon, kind: str) -> None:
    """Doing it twice is as good as once, and afterwards the message is not found."""
    channel = bench.build(kind)
    if not isinstance(channel, Recalls):
        assert kind in SMS, "an SMS cannot be taken back, all else can"
        return
    sent = channel.send(a_message(kind), deadline=soon())

    for _ in range(2):
        assert isinstance(channel.recall(a_message(kind), getattr(sent, "ref", "")), TAKEN)

    if kind not in NO_FIND:
        assert isinstance(channel, Reconciles)
        assert isinstance(channel.find(a_message(kind)), Absent)


@pytest.mark.parametrize("kind", HTTP)
def test_a_recall_that_fails_is_tried_again(bench: Bench, far: Far, soon: Soon, kind: str) -> None:
    """A recall is repeatable, so nothing about it is ever uncertain."""
    channel = bench.build(kind)
    if not isinstance(channel, Recalls):
        return
    sent = channel.send(a_message(kind), deadline=soon())
    for mode in ("500", "reset_after", "html200"):
        far.order(HTTP_PATHS[kind], mode)
        outcome = channel.recall(a_message(kind), getattr(sent, "ref", ""))
        assert isinstance(outcome, Retry), mode
        holds_for_every_outcome(channel, outcome)


@pytest.mark.parametrize("kind", EVERY)
def test_every_row_of_a_code_table_tells_the_operator_what_to_do(bench: Bench, kind: str) -> None:
    """An error is shown in words, with the next step."""
    rows = bench.build(kind).codes

    assert rows
    assert [code for code, row in rows.items() if not (row.meaning and row.todo)] == []


@pytest.mark.parametrize("kind", EVERY)
def test_a_channel_names_its_secrets(bench: Bench, kind: str) -> None:
    """The log masks what the channel lists."""
    wanted = {SECRETS[at] for at in KINDS[kind][1].values() if kind in SMS or at != "env:USER"}

    assert wanted <= set(bench.build(kind).secrets)


def holds_for_every_outcome(channel: Channel, outcome: Any) -> None:
    """A code somebody explains, a detail somebody may read."""
    assert advice_for(outcome.code, channel.codes), outcome.code
    assert outcome.detail
    assert not [secret for secret in SECRETS.values() if secret in outcome.detail]
    assert "912345" not in outcome.detail


def raise_oserror(number: int) -> None:
    raise OSError(number, "ordered by the test")


def test_two_accounts_have_their_own_secrets(sandbox: Sandbox, bench: Bench) -> None:
    """A target's account decides whose key is used; unknown targets use the first."""
    channel: Any = bench.build("sms_http")
    channel._accounts = {"0950005678": "phu"}
    channel._of = {"chinh": {"key": "khoa-dung"}, "phu": {"key": "sai-khoa"}}
    channel._senders = {"chinh": "", "phu": ""}
    channel._fields = {"chinh": {}, "phu": {}}
    message = a_message("sms_http")
    deadline = time.monotonic() + 60

    assert isinstance(channel.send(message, deadline=deadline), Retry)
    other = replace(message, target="0950004321")
    assert isinstance(channel.send(other, deadline=deadline), Accepted)
