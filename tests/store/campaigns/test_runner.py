"""A campaign's messages: each once, whatever comes between, and the truth about each."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Message, Outcome, Rejected, Retry, Uncertain
from tests.fakes import FailingStore
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.conftest import MakeWorld
from tests.store.world import HOUR, a_text
from worker.campaigns.keys import key_of, place_of
from worker.models import (
    AccountRow,
    CampaignLot,
    CampaignMessage,
    Event,
    Item,
    Recipient,
    RecipientList,
    StopOrder,
)


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    return a_bed(make_world())


def test_every_number_gets_the_text_once_and_each_is_accounted_for(bed: Bed) -> None:
    bed.campaign(1_203)

    bed.run()

    assert bed.states() == {"accepted": 1_203}
    assert len(bed.world.far.taken) == 1_203
    assert bed.world.far.most() == 1
    assert {m.target for m in bed.gateway.sent} == {f"+8495000{n:04d}" for n in range(1_203)}
    assert bed.lots() == ["done"] * 3


def test_the_key_holds_its_place_and_a_campaign_made_anew_has_others(bed: Bed) -> None:
    bed.campaign(3)

    bed.run()

    keys = [m.key for m in bed.gateway.sent]
    assert [place_of(k) for k in keys] == [(1, 1), (1, 2), (1, 3)]
    assert keys[0] == key_of(bytes.fromhex(f"{1:032x}"), 1, 1)
    assert keys[0] != key_of(bytes.fromhex(f"{2:032x}"), 1, 1)
    assert place_of("chua-dung") is None


def test_what_the_gateway_said_stands_at_each_message(bed: Bed) -> None:
    bed.campaign(4)
    said: list[Outcome] = [
        Accepted("m-1"), Rejected("sms-phone", "số không đúng"), Uncertain("closed", "đứt"),
        Accepted("m-4")]
    bed.gateway.answer = lambda _: said.pop(0)

    bed.run()

    found = [bed.message(n) for n in (1, 2, 3, 4)]
    assert [(m.state, m.code, m.ref) for m in found] == [
        ("accepted", "", "m-1"), ("rejected", "sms-phone", ""), ("uncertain", "closed", ""),
        ("accepted", "", "m-4")]
    assert all(m.account == "chinh" and m.attempts == 1 for m in found)
    assert bed.states() == {"accepted": 2, "rejected": 1, "uncertain": 1}


def test_what_was_not_taken_is_tried_again_under_the_same_key(bed: Bed) -> None:
    bed.campaign(2)
    busy = [Retry("http-429", "chậm lại", retry_after=30, counts=False)]
    bed.gateway.answer = lambda m: busy.pop() if busy else Accepted(m.key[:8])

    runner = bed.run()
    assert bed.states() == {"accepted": 1, "waiting": 1}
    bed.world.clock.advance(31)
    bed.run(runner)

    assert bed.states() == {"accepted": 2}
    assert Counter(m.key for m in bed.gateway.sent).most_common(1)[0][1] == 2
    assert bed.world.far.most() == 1


def test_tries_end_and_the_reason_is_kept(bed: Bed) -> None:
    bed.campaign(1, closes_at=bed.world.clock.now() + timedelta(days=9))
    bed.gateway.answer = lambda _: Retry("busy", "cổng bận")

    runner = bed.runner()
    for _ in range(12):
        bed.run(runner)
        bed.world.clock.advance(1_200)

    assert bed.states() == {"exhausted": 1}
    assert bed.message(1).code == "busy"


def test_an_answer_that_comes_after_all_ends_the_doubt(bed: Bed) -> None:
    bed.campaign(1)
    bed.gateway.answer = lambda _: Uncertain("read-timeout", "hết giờ")
    runner = bed.run()
    assert bed.states() == {"uncertain": 1}

    [message] = bed.gateway.sent
    late: list[tuple[str, Outcome]] = [(message.key, Accepted("m-1"))]
    bed.gateway.late = late
    bed.run(runner)

    assert bed.states() == {"accepted": 1}
    assert bed.message(1).ref == "m-1"


@pytest.mark.parametrize("how", ["paused", "stopped"])
def test_nothing_begins_once_it_is_paused(bed: Bed, how: str) -> None:
    bed.campaign(1_000)
    runner = bed.run(turns=4)
    bed.change(1, state=how)
    flew = len(bed.gateway.sent)

    bed.run(runner)

    assert 0 < flew <= len(bed.gateway.sent) < 1_000
    assert set(bed.states()) == {"accepted", "waiting"}
    assert "leased" not in bed.lots()
    bed.change(1, state="running")
    bed.world.clock.advance(2)
    bed.run(runner)
    assert bed.states() == {"accepted": 1_000}
    assert bed.world.far.most() == 1


def test_nothing_goes_beyond_what_was_let_go(bed: Bed) -> None:
    bed.campaign(700, until_row=5)

    runner = bed.run()
    assert bed.states() == {"accepted": 5, "waiting": 695}
    bed.change(1, until_row=700)
    bed.world.clock.advance(2)
    bed.run(runner)

    assert bed.states() == {"accepted": 700}


def _stop(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.add(StopOrder(channel="*", at=bed.world.clock.now(), by="soan",
                        reason="nhầm"))


def _rest(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.add(AccountRow(channel="sms", account="chinh", paused_at=bed.world.clock.now(),
                         paused_by="soan"))


def _unapprove(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(Item).where(Item.id == "td-01").values(state="returned"))


def _end_list(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(RecipientList).values(state="ended", ended_at=bed.world.clock.now()))


@pytest.mark.parametrize("forbid", [_stop, _rest, _unapprove, _end_list])
def test_what_forbids_a_delivery_forbids_a_message(bed: Bed, forbid: object) -> None:
    bed.campaign(3)
    assert callable(forbid)
    forbid(bed)

    bed.run()

    assert bed.gateway.sent == []
    assert bed.states() == {"waiting": 3}


def test_quiet_hours_hold_it_and_the_next_opening_goes_on(make_world: MakeWorld) -> None:
    bed = a_bed(make_world(a_text() + """
[[quiet_hours]]
start = "07:00"
end = "09:00"
channels = ["sms"]
"""))
    bed.campaign(2)

    runner = bed.run()
    assert bed.states() == {"waiting": 2}
    bed.world.clock.advance(HOUR.total_seconds() + 1)
    bed.run(runner)

    assert bed.states() == {"accepted": 2}


def test_an_account_that_is_refused_rests_and_spends_no_try(bed: Bed) -> None:
    bed.campaign(40)
    bed.gateway.answer = lambda _: Retry("http-402", "hết tiền", counts=False, scope="account")

    bed.run()

    assert bed.states() == {"waiting": 40}
    assert len(bed.gateway.sent) <= 40
    assert bed.message(1).counted == 0
    with bed.world.store.read() as s:
        [row] = s.scalars(select(AccountRow))
    assert row.blocked_until is not None


def test_a_commit_that_fails_begins_nothing_and_loses_no_answer(bed: Bed) -> None:
    bed.campaign(30)
    store = FailingStore(bed.world.store.url)
    runner = bed.runner()
    runner.lane.office.store = store
    runner.write()
    store.failing = 1

    runner.send(0)
    bed.world.clock.advance(1)
    with pytest.raises(OSError, match="full"):
        runner.write()
    bed.run(runner)

    assert bed.states() == {"accepted": 30}
    assert bed.world.far.most() == 1
    store.close()


def test_the_rate_is_kept_in_parts_and_used(make_world: MakeWorld) -> None:
    bed = a_bed(make_world(a_text(rate=50)), room=1_000)
    bed.campaign(120, parts=2, text="x" * 200)

    bed.run(turns=2_000)

    at = bed.gateway.at
    assert bed.states() == {"accepted": 120}
    busiest = max(sum(1 for x in at if t <= x < t + 1) for t in at)
    assert 2 * busiest <= 50 + 2  # a slice, or a message where that is more
    assert 2 * len(at) >= 0.95 * 50 * (at[-1] - at[0])


def test_campaigns_of_one_priority_share_the_account_in_turn(bed: Bed) -> None:
    bed.campaign(900)
    bed.campaign(900, first=1_000)

    bed.run(turns=80)

    by = Counter(place_of(m.key)[0] for m in bed.gateway.sent)  # type: ignore[index]
    assert by[1] > 0
    assert by[2] > 0


def test_a_more_urgent_campaign_goes_first(bed: Bed) -> None:
    bed.campaign(900)
    runner = bed.run(turns=3)
    bed.campaign(4, first=2_000, priority="khan_cap", priority_rank=0)
    before = len(bed.gateway.sent)

    bed.run(runner)

    urgent = [n for n, m in enumerate(bed.gateway.sent) if place_of(m.key)[0] == 2]  # type: ignore[index]
    assert len(urgent) == 4
    assert bed.gateway.at[urgent[-1]] - bed.gateway.at[before] <= 2  # seconds
    assert urgent[-1] < 900


def test_at_a_slow_rate_it_need_not_wait_for_what_was_begun(make_world: MakeWorld) -> None:
    bed = a_bed(make_world(a_text(rate=2)))
    bed.campaign(50)
    runner = bed.run(turns=300)
    bed.campaign(1, first=2_000, priority="khan_cap", priority_rank=0)
    before = len(bed.gateway.sent)

    bed.run(runner, turns=400)

    urgent = [n for n, m in enumerate(bed.gateway.sent) if place_of(m.key)[0] == 2]  # type: ignore[index]
    assert urgent[0] <= before + 1


def test_a_waiting_delivery_holds_a_campaign_back_on_its_account(make_world: MakeWorld) -> None:
    bed = a_bed(make_world(a_text(rate=10)))
    bed.campaign(50, priority="thong_thuong", priority_rank=2)
    runner = bed.runner()
    runner.lane.paces.hold({"chinh": 1})

    bed.run(runner, turns=30)
    held = len(bed.gateway.sent)
    runner.lane.paces.hold({})
    bed.run(runner, turns=60)

    assert held == 0
    assert bed.gateway.sent


def test_a_number_forgotten_meanwhile_is_left_out(bed: Bed) -> None:
    bed.campaign(3)
    with bed.world.store.write() as s:
        s.execute(update(Recipient).where(Recipient.row == 2).values(
            number=None, fields=None, lookup=None, key_id=None,
            forgotten_at=bed.world.clock.now()))

    bed.run()

    assert bed.states() == {"accepted": 2, "left_out": 1}
    assert bed.message(2).code == "forgotten"


def test_a_slice_leaves_one_event_and_no_number(bed: Bed) -> None:
    bed.campaign(600)

    runner = bed.run()
    bed.world.clock.advance(11)
    bed.run(runner)

    with bed.world.store.read() as s:
        events = list(s.scalars(select(Event).where(Event.kind == "slice")))
    assert sum(e.detail["states"].get("accepted", 0) for e in events) == 600
    assert len(events) <= 3
    # a digest may hold any digits
    said = str([{k: v for k, v in e.detail.items() if k != "sha256"} for e in events])
    assert "0950" not in said
    assert "+84" not in said


def test_at_shutdown_what_did_not_go_out_is_given_back(bed: Bed) -> None:
    bed.campaign(500)
    runner = bed.runner()
    runner.write()
    runner.send(0)

    runner.halt()
    bed.run(runner, turns=20)

    assert bed.lots() == ["ready"]
    assert bed.states()["accepted"] == len(bed.gateway.sent)
    again = bed.runner()
    bed.world.clock.advance(40)
    bed.run(again)
    assert bed.states() == {"accepted": 500}
    assert bed.world.far.most() == 1


def test_a_lease_that_was_lost_begins_nothing_more(bed: Bed) -> None:
    bed.campaign(500)
    runner = bed.runner()
    runner.write()
    begun = bed.states()["sending"]
    with bed.world.store.write() as s:
        s.execute(update(CampaignLot).values(lease_token="nguoi-khac"))

    bed.run(runner, turns=200)

    assert len(bed.gateway.sent) == begun  # the slice of before
    assert bed.states() == {"accepted": begun, "waiting": 500 - begun}


def test_fields_of_the_list_stand_in_the_text(bed: Bed) -> None:
    text = "Kinh gui {{ ten }}: khong chuyen tien cho nguoi la."
    list_id = bed.lists.taken(["0950001234"], ["Nguyễn Thị Đào"])
    bed.campaign(1, text=text, fields=["ten"])
    with bed.world.store.write() as s:
        s.execute(update(CampaignMessage).values(list_id=list_id))

    bed.run()

    [message] = bed.gateway.sent
    assert message.text == "Kinh gui Nguyen Thi Dao: khong chuyen tien cho nguoi la."
    assert isinstance(message, Message)


def test_our_own_handset_is_shown_which_field_stands_where(make_world: MakeWorld) -> None:
    programme = a_text()
    assert "options = { gateway" in programme
    bed = a_bed(make_world(programme.replace(
        "options = { gateway", 'options = { seeds = { viettel = "0950000999" }, gateway', 1)))
    bed.campaign(2, text="Kinh gui {{ ten }}: khong chuyen tien cho nguoi la.", fields=["ten"],
                 seeds=1, until_row=1)
    with bed.world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1).values(
            list_id=None, list_row=None, seed="viettel"))

    bed.run()

    [message] = bed.gateway.sent
    assert message.target == "0950000999"
    assert message.text == "Kinh gui (ten): khong chuyen tien cho nguoi la."
