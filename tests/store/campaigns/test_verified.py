"""A campaign on the page for everybody: one entry, and nothing of whom it went to."""

from datetime import date

import pytest

from channels.values import Rejected
from tests.builders import an_item
from tests.store.campaigns.bed import Bed, a_bed, put
from tests.store.conftest import MakeWorld
from tests.store.verify import Verified
from tests.store.world import TODAY, a_text
from worker.models import CampaignMessage
from worker.outbox.recall import recall_item
from worker.verification.changes import Changes

TEXT = ("Kính gửi {{ ten }}. Công an không làm việc qua điện thoại. "
        "Mã tin GV-ABCD2345")


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    return a_bed(make_world(a_text().replace(
        'secrets = { key = "env:KEY" }',
        'secrets = { key = "env:KEY" }\noptions = { sender = "UBND LNgan" }')))


def test_a_campaign_is_one_entry_without_any_receivers_field(bed: Bed) -> None:
    verified = Verified(bed.world)
    list_id = bed.lists.taken([f"09500012{n}" for n in range(10, 40)], ["Nguyễn Thị Đào"] * 30)
    put(bed.world.store, bed.world.clock.now(), list_id, text=TEXT, fields=["ten"])
    verified.tick()
    assert verified.records() == []  # nobody has it yet
    bed.run()

    assert verified.tick() == 1

    said = verified.of("Tin nhắn SMS")
    assert said["text"] == TEXT.split("{{ ten }}")
    assert (said["code"], said["sender"]) == ("GV-ABCD2345", "UBND LNgan")
    assert "Kính gửi …. Công an" in (verified.path / "index.html").read_text()
    whole = verified.everything()
    assert "{{" not in whole
    assert "Đào" not in whole
    assert "09500" not in whole
    with bed.world.store.read() as s:
        assert s.query(CampaignMessage).count() == 30


def test_a_campaign_that_went_to_our_own_phones_alone_is_not_told(bed: Bed) -> None:
    verified = Verified(bed.world)
    bed.campaign(5, seeds=2, until_row=2)
    bed.run()
    verified.tick()
    assert bed.states() == {"accepted": 2, "waiting": 3}
    assert verified.records() == []

    bed.change(1, until_row=5)
    bed.run()
    verified.tick()
    assert len(verified.records()) == 1


def test_slices_of_a_running_campaign_have_no_day_read_again(bed: Bed) -> None:
    changes, story = Changes(), f"chien-dich:1/-/{TODAY}/1"
    bed.campaign(60, until_row=10)

    def days() -> set[date]:
        with bed.world.store.read() as s:
            return changes.days(s, bed.world.clock.now())

    days()
    runner = bed.run()
    assert days() == {TODAY}
    for until in (30, 60):
        before = len(bed.world.events(story))
        bed.change(1, until_row=until)
        bed.world.clock.advance(11)  # its story is written every ten seconds
        bed.run(runner)
        assert len(bed.world.events(story)) > before
        assert days() == set()


def test_a_campaign_that_everybody_was_refused_is_not_told(bed: Bed) -> None:
    verified = Verified(bed.world)
    bed.gateway.answer = lambda _: Rejected("x", "không nhận")
    bed.campaign(3)
    bed.run()
    assert bed.states() == {"rejected": 3}
    verified.tick()
    assert verified.records() == []


def test_a_recalled_campaign_is_told_as_recalled(bed: Bed) -> None:
    """No delivery of it is in the outbox: the recall is found in the audit."""
    verified = Verified(bed.world)
    bed.world.approved(an_item("td-02"))
    bed.campaign(3, item_id="td-02")
    bed.run()
    verified.tick()
    bed.world.clock.advance(300)
    verified.tick()
    with bed.world.store.write() as s:
        recall_item(s, bed.world.clock.now(), "duyet", "td-02", "sai", ())
    verified.tick()
    assert verified.of("Tin nhắn SMS")["recalled"]


def test_a_campaign_that_another_corrects_says_so(bed: Bed) -> None:
    verified = Verified(bed.world)
    wrong = bed.campaign(3)
    bed.run()
    bed.world.clock.advance(60)
    bed.campaign(3, first=100, corrects=wrong, text="Xin đính chính: gọi 113.")
    bed.run()
    verified.tick()
    told = {tuple(r["text"]): r["correction"] for r in verified.records()}
    assert told.pop(("Xin đính chính: gọi 113.",)) is None
    [correction] = told.values()
    assert correction["text"] == "Xin đính chính: gọi 113."
