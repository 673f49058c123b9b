"""Gateways that can be asked end a campaign's doubts. Both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from channels.values import Absent, Accepted, Delivered, Rejected, Report, Uncertain
from tests.builders import settings_for
from tests.fakes import AskableChannel
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.campaigns.standing import counts_agree
from tests.store.lists import Lists
from tests.store.world import World
from worker.campaigns.asking import LATER, find_tick
from worker.campaigns.moves import Moved, count
from worker.campaigns.receipts import take
from worker.home import Home
from worker.models import CampaignMessage
from worker.outbox.doubt import ASK_AGAIN


@pytest.fixture
def bed(world: World) -> Bed:
    """A campaign whose first message is in doubt, for longer than a try takes."""
    bed = a_bed(world)
    bed.lists = Lists(Home(replace(settings_for(world.var), var=world.var), world.store,
                           world.clock), world.var)
    bed.campaign(2)
    world.fakes["sms"] = AskableChannel("sms", world.far)
    with world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1).values(
            state="uncertain", account="chinh", attempts=1, parts=1, code="lost",
            begun_at=world.clock.now(), settled_at=world.clock.now()))
        count(s, "", 1, [Moved(1, "waiting", "uncertain", "", "lost", parts=1)])
    world.clock.advance(60)
    return bed


def ask(bed: Bed, *answers: object) -> int:
    bed.world.fakes["sms"].finds.extend(answers)
    office = bed.world.office()
    office.settings = bed.lists.home.settings
    return find_tick(office, bed.world.clock.now())


@pytest.mark.parametrize(("found", "state"), [
    (Accepted("g1"), "accepted"), (Delivered("g1"), "delivered"),
    (Rejected("blocked", "chặn"), "rejected")])
def test_what_the_gateway_has_is_no_doubt_any_more(bed: Bed, found: object, state: str) -> None:
    assert ask(bed, found) == 1

    assert bed.states() == {state: 1, "waiting": 1}
    assert bed.message(1).detail == getattr(found, "detail", "")
    assert counts_agree(bed.world.store)


def test_a_receipt_by_the_id_it_was_found_under_is_understood(bed: Bed) -> None:
    ask(bed, Accepted("g1"))
    with bed.world.store.write() as s:
        take(s, bed.world.clock.now(), "", "sms", "chinh", [Report("g1", Delivered("g1"))])

    assert bed.message(1).state == "delivered"


def test_absent_counts_when_it_is_said_twice_and_not_at_once(bed: Bed) -> None:
    """A gateway shows a message late: then it is sent again, as one that surely did not go out."""
    assert ask(bed, Absent()) == 0
    assert ask(bed, Absent()) == 0  # not asked: too soon
    assert bed.states() == {"uncertain": 1, "waiting": 1}
    bed.world.fakes["sms"].finds.clear()
    bed.world.clock.advance(ASK_AGAIN.total_seconds())

    assert ask(bed, Absent()) == 1

    assert bed.states() == {"waiting": 2}
    assert not bed.message(1).maybe_out
    assert len(bed.world.fakes["sms"].asked) == 2
    assert counts_agree(bed.world.store)


def test_absent_of_a_campaign_that_is_over_is_cancelled(bed: Bed) -> None:
    bed.change(1, state="finished")
    ask(bed, Absent())
    bed.world.clock.advance(ASK_AGAIN.total_seconds())
    ask(bed, Absent())

    assert bed.states() == {"cancelled": 1, "waiting": 1}


def test_an_answer_that_says_nothing_is_asked_for_again_later(bed: Bed) -> None:
    ask(bed, Uncertain("read-timeout", ""))
    ask(bed, Delivered("g1"))
    assert bed.states() == {"uncertain": 1, "waiting": 1}
    bed.world.clock.advance(LATER.total_seconds())

    assert ask(bed) == 1  # what it was to say stands in its script yet

    assert bed.states() == {"delivered": 1, "waiting": 1}


@pytest.mark.parametrize("change", [
    {"settled_at": None}, {"account": "khac"}], ids=["on the wire", "another account's"])
def test_nobody_is_asked_who_cannot_know(bed: Bed, change: dict[str, object]) -> None:
    now = bed.world.clock.now()
    values = {"settled_at": now - timedelta(seconds=1)} if "settled_at" in change else change
    with bed.world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1).values(**values))

    assert ask(bed, Delivered("g1")) == 0

    assert bed.world.fakes["sms"].asked == []
