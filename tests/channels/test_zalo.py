"""Zalo: its code table, articles and broadcasts, through the sandbox over the real wire."""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.base import Recalls, Reconciles
from channels.build import build_channel
from channels.online import Corrects, Prepares
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Delivered, Message, Prepared, Rejected, Retry, Uncertain
from channels.verdict import proves_nothing
from channels.wire import Wire
from channels.zalo.article import is_blank
from channels.zalo.channel import ZaloOa
from channels.zalo.codes import CODES
from channels.zalo.state import MemoryState
from components.tcp_fault_proxy import FaultProxy
from sandbox import Sandbox
from tests.channels.conftest import PATIENCE, Far, a_message, patience

MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam
MESSAGE = a_message("zalo_oa")


@dataclass
class SetClock:
    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return time.monotonic()


@dataclass
class Place:
    """One Official Account; every `channel()` is another process on the same state."""

    url: str
    sandbox: Sandbox
    state: Any = field(default_factory=MemoryState)
    clock: SetClock = field(default_factory=SetClock)
    secret: str = "dong-y-1"
    timeout: float = PATIENCE

    def channel(self, **options: Any) -> ZaloOa:
        secrets = {"app_id": "app", "app_secret": "mat-khau-app", "refresh_token": self.secret}
        given = {"url": f"{self.url}/zalo", "oauth_url": f"{self.url}/zalo",
                 "cover_url": "https://tin.vi-du.invalid/bia.jpg", "package": "nang_cao"}
        spec = ChannelSpec(
            "zalo", "zalo_oa", (AccountSpec("chinh", {n: n for n in secrets}),),
            targets={"oa": "chinh"}, options=given | options, timeout=self.timeout)
        built = build_channel(spec, Context(
            wire=Wire(training=True), clock=self.clock, secrets=secrets.__getitem__,
            folder=None, home=None, state=self.state))  # type: ignore[arg-type]
        assert isinstance(built, ZaloOa)
        return built

    @property
    def zalo(self) -> dict[str, Any]:
        return self.sandbox.store.zalo

    def shown(self) -> list[str]:
        return [a["id"] for a in self.zalo["articles"].values() if a["status"] == "show"]

    def broadcasts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.zalo["broadcasts"]
        return found


@pytest.fixture
def place(proxy: FaultProxy, sandbox: Sandbox) -> Place:
    return Place(proxy.url, sandbox)


def soon() -> float:
    return time.monotonic() + 2 * PATIENCE


def send(channel: ZaloOa, message: Message = MESSAGE) -> Any:
    return channel.send(message, deadline=soon())


def other(number: int, **changes: Any) -> Message:
    tag = f"LN-{number:04}"
    return replace(MESSAGE, key=f"khoa-{number}", tag=tag, text=f"Tin.\n\nMã tin: {tag}", **changes)


TABLE = [
    # Zalo's code at create, outcome, our code, scope
    (-32, Retry, "zalo-32", "message"), (-200, Rejected, "zalo-200", None),
    (-201, Rejected, "zalo-201", None), (-204, Retry, "zalo-204", "account"),
    (-205, Retry, "zalo-205", "account"), (-207, Retry, "zalo-207", "account"),
    (-209, Retry, "zalo-209", "account"), (-211, Retry, "zalo-211", "account"),
    (-213, Rejected, "zalo-213", None), (-214, Retry, "zalo-214", "message"),
    (-216, Retry, "zalo-216", "account"), (-218, Retry, "zalo-218", "account"),
    (-219, Retry, "zalo-219", "account"), (-220, Retry, "zalo-220", "account"),
    (-221, Retry, "zalo-221", "account"), (-223, Retry, "zalo-223", "account"),
    (-224, Retry, "zalo-224", "account"), (-234, Retry, "zalo-234", "message"),
    (-240, Retry, "zalo-240", "account"), (-4242, Retry, "zalo-other", "message"),
]


@pytest.mark.parametrize(("order", "kind", "code", "scope"), TABLE)
def test_a_code_proves_what_the_table_says(
    place: Place, order: int, kind: type, code: str, scope: str | None
) -> None:
    """HTTP 200 with an error body: the number decides."""
    outcome = send(place.channel(), replace(MESSAGE, text=f"{MESSAGE.text} [zalo:{order}]"))

    assert isinstance(outcome, kind)
    assert (outcome.code, getattr(outcome, "scope", None)) == (code, scope)
    assert place.shown() == []


def test_every_code_of_zalo_is_tested() -> None:
    """A row nobody tried is a guess."""
    assert {c for c in CODES if c[5:].isdigit()} == {code for *_, code, _ in TABLE} - {"zalo-other"}


def test_it_can_what_the_worker_asks_for(place: Place) -> None:
    """By methods alone."""
    channel = place.channel()

    assert isinstance(channel, Prepares)
    assert isinstance(channel, Corrects)
    assert isinstance(channel, Recalls)
    assert isinstance(channel, Reconciles)


def test_what_is_prepared_is_hidden_and_shown_at_its_slot(place: Place) -> None:
    """There beforehand, seen by nobody, broadcast once when it is due."""
    channel = place.channel(cities=[21, 4], ages=[1], gender=2)

    prepared = channel.prepare(MESSAGE, deadline=soon())

    assert isinstance(prepared, Prepared)
    assert (place.shown(), place.broadcasts()) == ([], [])
    assert channel.find(MESSAGE) == replace(prepared, detail="Bài còn ẩn")
    outcome = send(channel, replace(MESSAGE, ref=prepared.ref))
    assert isinstance(outcome, Delivered)
    assert place.shown() == [outcome.ref] == [prepared.ref]
    assert outcome.url.endswith(prepared.ref)
    target = {"cities": "21,4", "ages": "1", "gender": "2"}
    assert place.broadcasts() == [{"ids": [outcome.ref], "target": target, "state": "reviewing"}]
    assert "chờ Zalo duyệt" in outcome.detail
    article = place.zalo["articles"][outcome.ref]
    assert [b["content"] for b in article["body"]] == MESSAGE.text.split("\n\n")
    assert article["comment"] == "hide"


def test_an_article_in_the_making_is_asked_for_again_and_made_once(place: Place) -> None:
    """The token of what is being made survives the process."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [zalo-cho:2]")

    outcomes = [place.channel().prepare(message, deadline=soon()) for _ in range(3)]

    assert [type(o) for o in outcomes] == [Retry, Retry, Prepared]
    assert getattr(outcomes[0], "counts", True) is False
    assert len(place.zalo["making"]) == 1


@pytest.mark.parametrize("mode", ["500_posted", "bad_json", "empty200", "reset_after", "cut"])
def test_a_lost_answer_to_create_is_found_by_its_tag(place: Place, far: Far, mode: str) -> None:
    """Zalo made it, we did not hear: one article, not two."""
    place.timeout = patience(mode, ordered=True)
    far.order("/zalo/v2.0/article/create", mode)

    first = place.channel().prepare(MESSAGE, deadline=soon())
    second = place.channel().prepare(MESSAGE, deadline=soon())

    assert isinstance(first, Retry)
    assert isinstance(second, Prepared)
    assert len(place.zalo["articles"]) == 1


@pytest.mark.parametrize("mode", ["401", "429", "500", "html200"])
def test_trouble_after_the_article_was_made_does_not_deny_it(
    place: Place, far: Far, mode: str
) -> None:
    """It stands hidden at Zalo's: whoever cancels the delivery now must still look for it."""
    far.order("/zalo/v2.0/article/verify", mode)

    outcome = place.channel().prepare(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert proves_nothing(outcome.code, CODES)
    assert isinstance(place.channel().find(MESSAGE), Prepared)


def test_a_double_is_hidden_and_the_shown_one_kept(place: Place) -> None:
    """Two articles of one tag: a reader sees one."""
    channel = place.channel(broadcast=False)
    ref = send(channel).ref
    place.zalo["articles"]["doi"] = place.zalo["articles"][ref] | {"id": "doi"}

    outcome = send(channel)

    assert place.shown() == [outcome.ref]
    assert is_blank(place.zalo["articles"][{ref: "doi", "doi": ref}[outcome.ref]])


def test_an_older_hidden_double_does_not_take_the_place_of_the_shown_one(place: Place) -> None:
    """Followers have the card of the shown one."""
    channel = place.channel(broadcast=False)
    ref = send(channel).ref
    shown = place.zalo["articles"].pop(ref)
    place.zalo["articles"] |= {"doi": shown | {"id": "doi", "status": "hide"}, ref: shown}

    assert send(channel).ref == ref
    assert place.shown() == [ref]


@pytest.mark.parametrize("mode", ["html200", "500_posted", "bad_json", "reset_after", "black_hole"])
def test_a_lost_answer_to_a_broadcast_is_never_sent_again(
    place: Place, far: Far, mode: str
) -> None:
    """No question tells whether it went: a person looks, whatever the worker tries."""
    place.timeout = patience(mode, ordered=True)
    far.order("/zalo/v2.0/oa/message", mode)

    first = send(place.channel())
    again = send(place.channel())

    assert isinstance(first, Uncertain)
    assert isinstance(again, Uncertain)
    assert first.code == again.code == "zalo-broadcast"
    assert len(place.broadcasts()) == (mode != "html200")
    place.clock.at = datetime(2026, 11, 24, 15, 1, tzinfo=UTC)  # the hour changes nothing
    assert send(place.channel()).code == "zalo-broadcast"
    assert isinstance(place.channel().find(MESSAGE), Uncertain)


def test_a_broadcast_refused_for_quota_leaves_the_article_public_and_says_so(place: Place) -> None:
    """Never "refused": what is public must be known to a recall."""
    send(place.channel(broadcast=False), other(1))
    place.zalo["quota"] = 0

    outcome = send(place.channel())

    assert isinstance(outcome, Delivered)
    assert "KHÔNG broadcast" in outcome.detail
    assert outcome.ref in place.shown()


def test_a_broadcast_that_may_be_tried_again_is(place: Place) -> None:
    """Too fast: nothing went, the place in the quota is free again; if it ends so, a doubt."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [zalo-broadcast:-32]")

    outcomes = [send(place.channel(), message) for _ in range(2)]

    assert [o.code for o in outcomes] == ["zalo-shown"] * 2
    assert outcomes[0].counts is False
    assert proves_nothing("zalo-shown", CODES)
    [article] = place.zalo["articles"].values()
    article["body"] = [{"type": "text", "content": MESSAGE.text}]
    assert isinstance(send(place.channel()), Delivered)
    assert len(place.broadcasts()) == 1


def test_the_quota_is_counted_by_months_of_vietnam(place: Place) -> None:
    """Four a month, one a day; the 1st begins at midnight in Vietnam, 17:00 UTC the day before."""
    ends = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
    for number, days in enumerate((6, 5, 4, 3)):
        place.clock.at = ends - timedelta(days=days)
        assert "KHÔNG" not in send(place.channel(), other(number)).detail

    place.clock.at = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)  # 21:59 on the 30th
    full = send(place.channel(), other(5))
    health = place.channel().check("chinh")
    place.clock.at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # 08:00 on the 1st
    fresh = send(place.channel(), other(6))
    same_day = send(place.channel(), other(7))

    assert "hết 4 lượt" in full.detail
    assert (health.ok, health.code) == (False, "zalo-quota")
    assert "KHÔNG" not in fresh.detail
    assert "hôm nay đã có" in same_day.detail
    assert len(place.broadcasts()) == 5
    assert len(place.shown()) == 7  # one title, seven tags
    assert place.channel().check("chinh").ok


@pytest.mark.parametrize(("utc", "wait"), [
    ("00:59", 60.0), ("01:00", None), ("14:59", None), ("15:00", 10 * 3600.0),
    ("16:59", 8 * 3600.0 + 60), ("17:00", 8 * 3600.0),
])
def test_a_broadcast_waits_for_eight_oclock(place: Place, utc: str, wait: float | None) -> None:
    """08:00 to 22:00 in Vietnam is Zalo's rule for everybody; nothing is shown meanwhile."""
    hour, minute = map(int, utc.split(":"))
    place.clock.at = datetime(2026, 11, 24, hour, minute, tzinfo=UTC)

    outcome = send(place.channel())
    alone = send(place.channel(broadcast=False), other(1))

    if wait is None:
        assert isinstance(outcome, Delivered)
    else:
        assert (outcome.code, outcome.retry_after, outcome.counts) == ("zalo-hours", wait, False)
        assert len(place.shown()) == 1
    assert isinstance(alone, Delivered)


def test_a_broadcast_done_is_not_held_up_by_the_hour(place: Place) -> None:
    """Sent at 21:59, asked again at 22:01: it is done."""
    first = send(place.channel())
    place.clock.at = datetime(2026, 11, 24, 15, 1, tzinfo=UTC)

    assert send(place.channel()).ref == first.ref
    assert len(place.broadcasts()) == 1


def test_a_recall_hides_the_article_and_its_doubles_and_says_what_it_cannot(place: Place) -> None:
    """The text is gone, too: a hidden article may still open from a follower's card."""
    channel = place.channel()
    ref = send(channel).ref
    place.zalo["articles"]["doi"] = place.zalo["articles"][ref] | {"id": "doi"}

    outcomes = [channel.recall(MESSAGE, ref) for _ in range(2)]

    assert all(isinstance(o, Delivered) and "không rút lại được" in o.detail for o in outcomes)
    assert place.shown() == []
    assert all(is_blank(a) for a in place.zalo["articles"].values())
    assert isinstance(channel.find(MESSAGE), Absent)


def test_a_correction_stands_in_the_same_place(place: Place) -> None:
    """Whoever opens the card again reads the new text; twice is as good as once."""
    channel = place.channel()
    ref = send(channel).ref
    better = replace(MESSAGE, text="Đã sửa.\n\nMã tin: LN-0412")

    outcomes = [channel.correct(better, ref, deadline=soon()) for _ in range(2)]

    assert [getattr(o, "ref", "") for o in outcomes] == [ref, ref]
    assert place.shown() == [ref]
    assert "Đã sửa." in str(place.zalo["articles"][ref])
    assert len(place.broadcasts()) == 1


def test_what_somebody_deleted_on_zalo_is_made_anew(place: Place) -> None:
    """The slot is not lost with it."""
    prepared = place.channel().prepare(MESSAGE, deadline=soon())
    assert isinstance(prepared, Prepared)
    place.zalo["articles"].clear()

    outcome = send(place.channel(), replace(MESSAGE, ref=prepared.ref))

    assert isinstance(outcome, Delivered)
    assert len(place.shown()) == 1


def test_it_is_found_among_many_and_never_called_absent_too_soon(place: Place) -> None:
    """Ten articles a page; beyond a hundred nobody looked."""
    ref = send(place.channel(broadcast=False)).ref
    mine = place.zalo["articles"][ref]
    for number in range(45):
        place.zalo["articles"][f"a{number}"] = mine | {"id": f"a{number}", "title": "Tin khác"}
    found = place.channel(broadcast=False).find(MESSAGE)
    for number in range(45, 110):
        place.zalo["articles"][f"a{number}"] = mine | {"id": f"a{number}", "title": "Tin khác"}

    assert isinstance(found, Delivered)
    assert found.ref == ref
    assert isinstance(place.channel().find(MESSAGE), Uncertain)


@pytest.mark.parametrize(("changes", "code"), [
    ({"title": ""}, "title"), ({"title": "x" * 150}, "title-long"), ({"text": "x" * 10_001},
    "too-long"), ({"text": "Xem https://la.vi-du.invalid/a"}, "url"),
])
def test_what_zalo_would_refuse_is_refused_when_planned(
    place: Place, changes: dict[str, str], code: str
) -> None:
    """Before the slot, with what to do."""
    problems = place.channel().validate(replace(MESSAGE, **changes))

    assert [p.code for p in problems] == [code]


def test_an_unverified_account_is_told_of_before_the_slot(place: Place) -> None:
    """Only verified accounts may broadcast; the quota left stands in the detail."""
    healthy = place.channel().check("chinh")
    place.zalo["verified"] = False
    health = place.channel().check("chinh")

    assert healthy.ok
    assert "Còn 4 lượt" in healthy.detail
    assert (health.ok, health.code) == (False, "zalo-221")
