"""How a campaign stands: by its counts alone, fast or slow, and what keeps it from sending."""

from typing import Any

import pytest
from sqlalchemy import insert, update

from channels.values import Accepted, Advice, Message, Outcome, Rejected, Retry, Uncertain
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.campaigns.standing import a_campaign
from tests.store.campaigns.world import MAKER, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import HOUR, World, a_text
from worker.campaigns import acts, brief
from worker.campaigns.figures import Failed, figures, waits_for_a_person
from worker.campaigns.hindrances import hindrances
from worker.campaigns.speed import Rate, rate
from worker.campaigns.status_view import gather, to_text
from worker.db import Store
from worker.errors import UserError
from worker.home import in_force
from worker.models import AccountRow, Campaign, Item, StopOrder

TABLE = {"sai-so": Advice("rejected", "Số không đúng", "Sửa số"),
         "day": Advice("wait", "Hàng đợi của cổng đầy", "Đợi")}


@pytest.fixture
def bed(world: World) -> Bed:
    return a_bed(world)


@pytest.fixture
def made(world: World) -> Campaigns:
    return campaigns(world)


def numbers(count: int) -> list[str]:
    return [f"095000{n:04d}" for n in range(1, count + 1)]


def standing(world: World, campaign: int = 1) -> list[str]:
    with world.store.read() as s:
        return hindrances(s, world.clock.now(), in_force(s), s.get_one(Campaign, campaign))


def seen(world: World, campaign: int = 1) -> dict[str, Any]:
    with world.store.read() as s:
        return gather(s, world.clock.now(), in_force(s), campaign, TABLE)


def test_every_message_is_in_one_of_the_figures(bed: Bed) -> None:
    """What gateways said of ten numbers, by state, reason and carrier."""
    said: list[Outcome] = [
        *[Accepted("r")] * 5, Rejected("sai-so", "0 dung"), Rejected("sai-so", ""),
        Uncertain("cut", ""), Retry("lau", "", retry_after=90_000)]
    left = list(said)

    def answer(message: Message) -> Outcome | None:
        return left.pop(0) if left else None  # the last stays on the wire

    bed.gateway.answer = answer
    campaign = bed.campaign(10, dong_per_part=300)
    bed.run(turns=200)

    with bed.world.store.read() as s:
        found = figures(s, campaign)
    assert (found.total, found.wanted, found.done, found.left) == (10, 10, 8, 2)
    assert (found.waiting, found.sending, found.accepted, found.rejected, found.uncertain) == (
        1, 1, 5, 2, 1)
    assert found.failed == (Failed("rejected", "sai-so", "", 2),)
    assert (found.parts, found.dong) == (8, 2400)


def test_a_campaign_that_is_not_there_is_told(world: World) -> None:
    with world.store.read() as s, pytest.raises(UserError, match="7"):
        figures(s, 7)


def test_the_rate_is_what_went_out_of_late(make_world: MakeWorld) -> None:
    """At 20 parts a second both rates say 20; soon after the last they fall, then say nothing."""
    bed = a_bed(make_world(a_text(rate=20)))
    campaign = bed.campaign(400)
    bed.run(turns=640, step=0.025)
    story = f"chien-dich:{campaign}/-/2026-11-24/1"

    with bed.world.store.read() as s:
        found = rate(s, bed.world.clock.now(), story)
    assert found.short == pytest.approx(20, rel=0.1)
    assert found.long == pytest.approx(20, rel=0.1)
    bed.world.clock.advance(45)
    with bed.world.store.read() as s:
        later = rate(s, bed.world.clock.now(), story)
    assert later.short == 0
    assert later.long is not None
    assert 0 < later.long < 15
    assert later.best is None
    bed.world.clock.advance(120)
    with bed.world.store.read() as s:
        assert rate(s, bed.world.clock.now(), story) == Rate(None, None)


def test_a_trial_that_is_through_waits_for_a_person(made: Campaigns) -> None:
    """Not before its last number has an outcome, and not once the rest may go."""
    campaign = made.approved(made.a_list(numbers(5)), trial=3)
    now = made.home.clock.now()
    with made.home.store.write() as s:
        acts.run(s, now, campaign, MAKER)
    made.reached(campaign, "accepted", 1, 2)

    def waits() -> bool:
        with made.home.store.read() as s:
            return waits_for_a_person(s, s.get_one(Campaign, campaign))

    assert not waits()
    made.reached(campaign, "rejected", 3)
    assert waits()
    assert any("chạy tiếp" in line for line in standing(made.world, campaign))
    assert "campaign continue 1" in seen(made.world, campaign)["next"][0]
    with made.home.store.write() as s:
        acts.go_on(s, now, campaign, MAKER)
    assert not waits()


def test_a_trial_of_several_lots_is_through_when_all_of_them_are(store: Store) -> None:
    """One number of the first lot waits for its next try."""
    through = ["accepted"] * 540 + ["waiting"] * 60
    first = a_campaign(store, "waiting", *through[1:], state="running")
    second = a_campaign(store, *through, campaign=2, state="running")
    with store.write() as s:
        s.execute(update(Campaign).values(until_row=540))

    with store.read() as s:
        assert not waits_for_a_person(s, s.get_one(Campaign, first))
        assert waits_for_a_person(s, s.get_one(Campaign, second))


def test_what_keeps_it_from_sending_is_said(made: Campaigns) -> None:
    """Nobody works, a stop, a pause, a rest, an approval that fell, the hours: each by itself."""
    world = made.world
    campaign = made.running(made.a_list(numbers(2)))
    now = world.clock.now()
    assert [x.partition(":")[0] for x in standing(world)] == ["trạm phát không chạy"]
    world.worker()
    assert standing(world) == []

    with world.store.write() as s:
        s.add(StopOrder(channel="*", reason="nhầm", by="duyet", at=now))
        s.execute(insert(AccountRow), [
            {"channel": "sms", "account": "*", "paused_at": now, "paused_by": "soan",
             "paused_reason": "thử"},
            {"channel": "sms", "account": "chinh", "blocked_until": now + HOUR,
             "blocked_code": "het-tien"}])
        s.execute(update(Item).where(Item.id == "td-01").values(state="draft"))
        s.execute(update(Campaign).values(starts_at=now + 2 * HOUR))
    found = standing(world, campaign)
    for words in ("DỪNG KHẨN CẤP", "td-01", "kênh sms tạm dừng", "nghỉ đến 09:00 (het-tien)",
                  "bắt đầu lúc 10:00"):
        assert [x for x in found if words in x], words
    assert len(found) == 5


def test_the_screen_has_state_next_step_and_reasons(made: Campaigns) -> None:
    """What a dispatcher must see, in words; and the next command for each state."""
    world = made.world
    campaign = made.draft(made.a_list(numbers(5)), trial=0)
    assert "giovang campaign approve 1 --as" in seen(world)["next"][0]
    with world.store.write() as s:
        acts.approve(s, world.clock.now(), campaign, "duyet")
    assert seen(world)["next"] == ["giovang campaign run 1 --as NGƯỜI"]
    with world.store.write() as s:
        acts.run(s, world.clock.now(), campaign, MAKER)
    made.reached(campaign, "delivered", 1)
    made.reached(campaign, "uncertain", 2)
    with world.store.write() as s:
        acts.pause_by_itself(s, world.clock.now(), campaign, "uncertain", "quá nhiều tin chưa rõ")

    found = seen(world)
    text = to_text(found, in_zone(world))
    assert "Tạm dừng" not in text
    for words in ("TẠM DỪNG, 08:00 (tự động): quá nhiều tin chưa rõ", "40,0 %  2 / 5 số",
                  "giovang campaign resume 1", "giovang campaign resolve 1", "Đã đến",
                  "! Chưa rõ kết quả"):
        assert words in text
    with world.store.read() as s:
        [line] = map(brief.line, brief.under_way(s))
    assert "TẠM DỪNG (quá nhiều tin chưa rõ), 40,0 %, còn 3 số" in line


def in_zone(world: World) -> Any:
    with world.store.read() as s:
        return in_force(s).programme.zone()
