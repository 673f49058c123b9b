"""What gateways bring over our own connections: stored, then confirmed. Both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from channels.smpp.submit import reference
from channels.values import FromPhone
from tests.store.campaigns.desk import Desk, a_desk, told
from tests.store.world import HERE, World
from worker.campaigns import answers, incoming
from worker.lists.keys import folder
from worker.models import (
    Campaign,
    CampaignLot,
    CampaignMessage,
    Event,
    ListKey,
    OptOut,
)
from worker.receipts import match_unmatched


@pytest.fixture
def desk(world: World) -> Desk:
    return a_desk(world)


def test_a_receipt_is_stored_and_then_confirmed(desk: Desk) -> None:
    desk.stands("accepted")
    desk.ref("r1")

    assert desk.bring(told()) == 1

    assert desk.state() == "delivered"
    assert desk.line.confirmed == [(told(), True)]
    assert desk.kept() == []


def test_one_that_is_on_its_way_is_confirmed_and_changes_nothing(desk: Desk) -> None:
    desk.stands("accepted")
    desk.ref("r1")

    desk.bring(told(state="ENROUTE"))

    assert desk.state() == "accepted"
    assert desk.line.confirmed == [(told(state="ENROUTE"), True)]


def test_brought_twice_it_counts_once(desk: Desk) -> None:
    """Known or unknown: no second row, no alarm."""
    desk.stands("accepted")
    desk.ref("r1")

    desk.bring(told(), told(), told("r9"))
    desk.bring(told(), told("r9"))

    assert desk.kept() == ["r9"]
    assert not desk.bed.world.alarms()


def test_what_the_database_refuses_the_gateway_brings_again(desk: Desk) -> None:
    """All or nothing of a batch: neither is told stored, neither has moved anything."""
    desk.stands("accepted")
    desk.ref("r1")
    store = desk.bed.world.store
    with store.write() as s:
        s.execute(text("ALTER TABLE receipt RENAME TO gone"))

    with pytest.raises(DBAPIError):
        desk.bring(told(), told("r9"))

    assert [stored for _, stored in desk.line.confirmed] == [False, False]
    assert desk.state() == "accepted"
    with store.write() as s:
        s.execute(text("ALTER TABLE gone RENAME TO receipt"))
    desk.bring(told())
    assert desk.state() == "delivered"


def test_an_id_in_another_spelling_is_the_same_id(desk: Desk) -> None:
    """Hexadecimal in the answer, decimal in the receipt; also when the receipt comes first."""
    desk.stands("accepted", "accepted")
    desk.ref("ff", 1)

    desk.bring(told("255", also=("ff",)), replace(told("254", also=("fe",)), number=""))
    desk.ref("fe", 2)
    with desk.bed.world.store.write() as s:
        match_unmatched(s, desk.bed.world.clock.now())

    assert (desk.state(1), desk.state(2)) == ("delivered", "delivered")


def test_a_message_whose_answer_was_lost_is_found_by_number_and_reference(desk: Desk) -> None:
    """After a crash: the gateway's id is unknown, our sixteen bits and the number are not."""
    desk.stands("uncertain", "uncertain")

    desk.bring(replace(told(), reference=reference(desk.key(1))))

    assert (desk.state(1), desk.state(2)) == ("delivered", "uncertain")


def test_a_receipt_that_overtakes_its_answer_is_known_when_the_answer_is_lost(desk: Desk) -> None:
    """Nothing but number and reference names it then; the worker may die before the answer."""
    desk.stands("sending", "sending")
    with desk.bed.world.store.write() as s:
        s.execute(update(CampaignLot).values(
            state="leased", lease_token="t", lease_until=desk.bed.world.clock.now(),
            node="may-1", incarnation=1))

    desk.bring(replace(told(), reference=reference(desk.key(1))))

    assert (desk.state(1), desk.state(2)) == ("delivered", "sending")
    assert desk.kept() == []


@pytest.mark.parametrize("change", [{"number": "84950001000"}, {"reference": None}],
                         ids=["another number", "no reference"])
def test_half_a_likeness_is_none(desk: Desk, change: dict[str, Any]) -> None:
    desk.stands("uncertain", "uncertain")

    desk.bring(replace(replace(told(), reference=reference(desk.key(1))), **change))

    assert (desk.state(1), desk.state(2)) == ("uncertain", "uncertain")
    assert desk.kept() == ["r1"]


def test_another_accounts_doubt_is_not_meant_unless_a_backup_forgot_it(desk: Desk) -> None:
    desk.stands("uncertain")
    receipt = replace(told(), reference=reference(desk.key(1)))
    with desk.bed.world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1).values(account="khac"))
    desk.bring(receipt)
    assert desk.state() == "uncertain"

    with desk.bed.world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1)
                  .values(code="restored"))
    desk.bring(replace(receipt, ref="r2", digest="2" * 64))

    assert desk.state() == "delivered"


def test_one_part_of_a_lost_message_proves_only_that_it_was_taken(desk: Desk) -> None:
    desk.stands("uncertain")
    with desk.bed.world.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1).values(parts=2))

    desk.bring(replace(told(), reference=reference(desk.key(1))))

    assert desk.state() == "accepted"


# ---------------------------------------------------------------- people who answer


@pytest.mark.parametrize(("text", "meant"), [
    ("TC", True), ("tc CANHBAO", True), ("Từ chối", True), ("TU-CHOI!", True), ("Stop.", True),
    ("TCT la gi", False), ("Xin cam on", False), ("", False), ("toi TU CHOI", False),
])
def test_a_word_of_refusal_stands_first(text: str, meant: bool) -> None:
    assert answers.says_no(text, ["TC", "TU CHOI", "TUCHOI", "STOP"]) is meant


def test_who_answers_with_a_refusal_gets_no_more_messages(desk: Desk) -> None:
    """An event of the newest campaign the number was sent, without the number."""
    desk.stands("delivered")
    no = FromPhone("84950000000", "TC")

    desk.bring(no, FromPhone("84950000001", "Cảm ơn"))
    desk.bring(FromPhone("0950000000", "tu choi"))

    store = desk.bed.world.store
    with store.read() as s:
        assert [(o.kind, o.last3, o.source) for o in s.scalars(select(OptOut))] == [
            ("opt_out", "000", "SMS/sms")]
        [event] = s.scalars(select(Event).where(Event.kind == "opt_out")).all()
        assert event.occurrence_id == s.get_one(Campaign, desk.campaign).occurrence_id
        assert event.occurrence_id != HERE
        assert event.detail == {"row": 1}
    assert [stored for _, stored in desk.line.confirmed] == [True, True, True]


def test_an_answer_that_cannot_be_kept_is_brought_again(desk: Desk) -> None:
    """The keys are gone: who it is cannot be looked up, and nothing is promised."""
    with desk.bed.world.store.read() as s:
        for name in s.scalars(select(ListKey.file)):
            (folder(desk.office.settings.var) / name).unlink()

    desk.bring(FromPhone("84950000000", "TC"))

    assert [stored for _, stored in desk.line.confirmed] == [False]


# ---------------------------------------------------------------- staying connected


def test_receipts_still_come_after_a_restart(desk: Desk) -> None:
    """Nothing is sent any more: the channel connects for the receipts alone, for two days."""
    now = desk.bed.world.clock.now()
    desk.bring()
    assert desk.line.opened == []

    desk.bed.change(desk.campaign, last_begun_at=now)
    desk.bring()
    assert desk.line.opened == []  # looked at once a minute
    desk.bed.world.clock.advance(incoming.LOOK + 1)
    desk.bring()
    assert desk.line.opened == ["chinh"]

    desk.bed.change(desk.campaign, last_begun_at=now - incoming.KEEP - timedelta(hours=1))
    desk.bed.world.clock.advance(incoming.LOOK + 1)
    desk.bring()
    assert desk.line.opened == ["chinh"]
