"""Against somebody else's SMPP server: the `smpp` package of Node reads what we write."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from channels.smpp.submit import Style, reference
from channels.values import Accepted, Outcome, Rejected, Retry, Uncertain
from tests.channels.smpp.conftest import MakeLine, drained, message, until
from tests.channels.smpp.peers import Node, node

STYLE = Style(sender="CA LUC NGAN")
LONG = "Canh bao: ke gian gia danh cong an goi dien doa bat, doi chuyen tien. " * 4
DEAR = "Cảnh báo: kẻ gian giả danh công an gọi điện dọa bắt. " * 4


@pytest.fixture(scope="module")
def peer() -> Iterator[Node]:
    with node() as running:
        yield running


@pytest.fixture
def alone() -> Iterator[Node]:
    """For who counts: what a session before has said may be read here only a moment later."""
    with node() as running:
        yield running


def submitted(peer: Node, outcome: Outcome) -> list[dict[str, Any]]:
    """The parts of one message as the server read them, by the ids it gave."""
    assert isinstance(outcome, Accepted)
    ids = outcome.parts or (outcome.ref,)
    until(lambda: {one["id"] for one in peer.heard("submit")} >= set(ids))
    by_id = {one["id"]: one for one in peer.heard("submit")}
    return [by_id[ref] for ref in ids]


@pytest.mark.parametrize("text", ["Lua dao: goi 113", "{[~]} \\ ^ | € @ £ Δ é", "Lừa đảo 😀 ơi"])
def test_a_short_text_arrives_to_the_letter(peer: Node, line: MakeLine, text: str) -> None:
    """GSM with its extension, and UCS-2 beyond the first plane."""
    window = line(peer.port).ready(STYLE)

    read = submitted(peer, drained(window, message(1, text))["khoa-1"])

    assert [(one["text"], one["coding"]) for one in read] == [(text, 8 if "ừ" in text else 0)]
    assert (read[0]["from"], read[0]["fromTon"], read[0]["to"]) == ("CA LUC NGAN", 5, "84950001001")
    assert read[0]["reference"] == reference("khoa-1")


@pytest.mark.parametrize("text", [LONG, DEAR])
@pytest.mark.parametrize(("long", "header"), [("udh8", "0003"), ("udh16", "0804")])
def test_a_long_text_arrives_with_its_header(
    peer: Node, line: MakeLine, text: str, long: str, header: str
) -> None:
    """Every part with the same reference, the total and its place."""
    window = line(peer.port).ready(replace(STYLE, long=long))  # type: ignore[arg-type]

    read = submitted(peer, drained(window, message(1, text))["khoa-1"])

    assert "".join(one["text"] for one in read) == text
    total = len(read)
    assert total > 1
    for place, one in enumerate(read, 1):
        (udh,) = one["udh"]
        assert udh.startswith(header[:2])
        assert udh.endswith(f"{total:02x}{place:02x}")
    assert len({one["udh"][0][:-2] for one in read}) == 1


def test_a_long_text_arrives_by_parameters(peer: Node, line: MakeLine) -> None:
    """sar_msg_ref_num, sar_total_segments, sar_segment_seqnum."""
    window = line(peer.port).ready(replace(STYLE, long="sar"))

    read = submitted(peer, drained(window, message(1, LONG))["khoa-1"])

    assert "".join(one["text"] for one in read) == LONG
    assert [one["sar"] for one in read] == [[reference("khoa-1"), len(read), n]
                                            for n in range(1, len(read) + 1)]  # fmt: skip


@pytest.mark.parametrize("text", [LONG, DEAR])
def test_a_long_text_arrives_as_one_payload(peer: Node, line: MakeLine, text: str) -> None:
    """message_payload."""
    window = line(peer.port).ready(replace(STYLE, long="payload"))

    (read,) = submitted(peer, drained(window, message(1, text))["khoa-1"])

    assert read["payload"]
    # The package leaves a payload undecoded in GSM, and swaps its UCS-2 into text.
    assert read["text"] == text


def test_receipts_come_for_every_message_and_are_confirmed(peer: Node, line: MakeLine) -> None:
    """With our reference and the id of the answer."""
    window = line(peer.port).ready(STYLE)
    outcomes = drained(window, message(1), message(9))
    states: dict[str, str] = {}

    def all_came() -> bool:
        got = window.receipts()
        window.confirm(got)
        states.update({one.ref: one.state for one in got})
        return len(states) == 2

    until(all_came)

    refs = [outcomes[key].ref for key in ("khoa-1", "khoa-9")]  # type: ignore[union-attr]
    assert states == {refs[0]: "DELIVRD", refs[1]: "UNDELIV"}
    until(lambda: {one["id"] for one in peer.heard("confirmed")} >= set(refs))
    assert {one["status"] for one in peer.heard("confirmed") if one["id"] in refs} == {0}


def test_its_refusals_are_understood(peer: Node, line: MakeLine) -> None:
    """A bad number, too fast, and a connection cut with the message in hand."""
    window = line(peer.port).ready(STYLE)

    assert isinstance(drained(window, message(8))["khoa-8"], Rejected)
    slow = drained(window, message(7))["khoa-7"]
    assert isinstance(slow, Retry)
    assert not slow.counts
    assert isinstance(drained(window, message(7))["khoa-7"], Accepted)
    assert drained(window, message(6))["khoa-6"] == Uncertain(
        "closed", "Đã gửi. Kết nối đứt khi chờ trả lời")  # fmt: skip


def test_a_wrong_password_is_understood(peer: Node, line: MakeLine) -> None:
    """The account rests."""
    trouble = line(peer.port, password="sai").window().ready(60)

    assert trouble is not None
    assert (trouble.code, trouble.scope) == ("smpp-0x0e", "account")


def test_the_session_is_held_and_ended_in_order(alone: Node, line: MakeLine) -> None:
    """Both sides ask whether the other is there; unbind comes before the end."""
    one = line(alone.port, enquire_link=0.05, separate=True)
    one.ready(STYLE)
    until(lambda: {b["kind"] for b in alone.heard("bind")} >= {"transmitter", "receiver"})
    until(lambda: alone.heard("ping") and alone.heard("pong"))

    one.session.close()

    until(lambda: len(alone.heard("unbind")) == 2)
    assert {b["version"] for b in alone.heard("bind")} == {0x34}


def test_a_thousand_messages_in_a_window(alone: Node, line: MakeLine) -> None:
    """Each once, by its count."""
    window = line(alone.port, window=50).ready(replace(STYLE, receipts=False))
    found: dict[str, Outcome] = {}

    for n in range(1000):
        one = replace(message(n), target=f"849500{n // 6:04}{n % 6}")
        while not window.offer(one):
            found |= dict(window.poll(5))
    found |= dict(window.drain(60))

    assert len(found) == 1000
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    until(lambda: len(alone.heard("submit")) == 1000)
    assert len({o.ref for o in found.values() if isinstance(o, Accepted)}) == 1000
