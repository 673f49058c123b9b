"""Rows from lists: each number judged once, all of them accounted for, or nothing at all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.builders import an_item
from tests.store.campaigns.world import APPROVER, CONSENT, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import a_text
from worker.campaigns import acts, leftout, queueing
from worker.errors import Refused, UserError
from worker.models import Campaign, CampaignList, CampaignLot, CampaignMessage, Occurrence
from worker.models.campaigns import LOT

LAN, MAI, HOA, TAM = "0950000101", "0950000102", "0950000103", "0950000104"


@pytest.fixture
def made(make_world: MakeWorld) -> Campaigns:
    return campaigns(make_world())


def test_every_number_of_the_lists_gets_a_row_in_their_order(made: Campaigns) -> None:
    first, second = made.a_list([LAN, MAI]), made.a_list([HOA])

    number = made.draft(second, first)

    found = [(m.row, m.list_id, m.list_row, m.last3) for m in made.messages(number)]
    assert found == [(1, second, 1, "103"), (2, first, 1, "101"), (3, first, 2, "102")]
    assert made.states(number) == ["waiting"] * 3
    assert made.row(number).state == "draft"


def test_who_must_not_get_it_has_a_row_with_the_reason(made: Campaigns) -> None:
    first, second = made.a_list([LAN, MAI, HOA]), made.a_list([MAI, TAM])
    made.wish(LAN, "opt_out")
    made.forget(TAM)

    number = made.draft(first, second)

    assert made.states(number) == ["left_out opt-out", "waiting", "waiting", "left_out double",
                                   "left_out forgotten"]
    assert made.row(number).counts == {
        "numbers": 5, "waiting": 2, "carriers": {"": 2},
        "left_out": {"opt-out": 1, "double": 1, "forgotten": 1}}


def test_the_do_not_call_list_is_against_advertising_only(made: Campaigns) -> None:
    made.world.approved(an_item("qc-01", purpose="quang_cao", body=(
        "[QC] Cho que mo cua thu bay. Tu choi: soan TC gui 1234.")))
    made.wish(LAN, "do_not_call")

    public = made.draft(made.a_list([LAN, MAI]))
    advertising = made.draft(made.a_list([LAN, MAI], origin=CONSENT), item="qc-01")

    assert made.states(public) == ["waiting", "waiting"]
    assert made.states(advertising) == ["left_out do-not-call", "waiting"]


def test_chunks_and_lots_hold_whatever_the_lists_borders(made: Campaigns) -> None:
    first = made.a_list([f"09500{n:05d}" for n in range(700)])
    second = made.a_list([f"09500{n:05d}" for n in range(650, 1_200)])

    number = made.queued(first, second, chunk=LOT).id

    with made.home.store.read() as s:
        lots = s.execute(select(CampaignLot.lot, CampaignLot.waiting, CampaignLot.state)
                         .where(CampaignLot.campaign_id == number)
                         .order_by(CampaignLot.lot)).all()
    assert [tuple(x) for x in lots] == [(0, 500, "ready"), (1, 450, "ready"), (2, 250, "ready")]
    assert made.states(number).count("left_out double") == 50


def test_the_trial_reaches_as_many_people_as_asked_for(made: Campaigns) -> None:
    made.wish(LAN, "opt_out")

    number = made.draft(made.a_list([LAN, MAI, HOA, TAM]), trial=2)

    assert made.row(number).trial == 3


def test_handsets_come_first_one_for_each_carrier(make_world: MakeWorld) -> None:
    made = campaigns(make_world(a_text().replace(
        "max_parts = 1 }", 'max_parts = 1, seeds = { Viettel = "0950000001", khac = "env:X" } }')))

    number = made.draft(made.a_list([LAN]))

    assert [(m.seed, m.carrier, m.list_id) for m in made.messages(number)] == [
        ("Viettel", "Viettel", None), ("khac", "", None), ("", "", 1)]
    assert made.row(number).seeds == 2


def test_what_dies_while_queueing_counts_nowhere_and_is_tidied(made: Campaigns) -> None:
    left = made.queued(made.a_list([LAN, MAI]))
    with made.home.store.write() as s, pytest.raises(UserError, match="không có"):
        acts.approve(s, made.home.clock.now(), left.id, APPROVER)

    now = made.home.clock.now()
    assert queueing.tidy(made.home, now + timedelta(minutes=59)) == 0
    assert queueing.tidy(made.home, now + timedelta(minutes=61)) == 1

    with made.home.store.read() as s:
        for table in (Campaign, CampaignMessage, CampaignLot, CampaignList, Occurrence):
            none = select(func.count()).select_from(table)
            if table is Occurrence:
                none = none.where(Occurrence.entry.startswith("chien-dich"))
            assert s.scalar(none) == 0
    with pytest.raises(Refused, match="chờ quá lâu"):
        queueing.accept(made.home, left, "phoi")


def test_a_campaign_to_nobody_leaves_nothing(made: Campaigns) -> None:
    made.wish(LAN, "opt_out")

    with pytest.raises(Refused, match="không còn số nào"):
        made.draft(made.a_list([LAN]))

    with made.home.store.read() as s:
        assert s.scalars(select(Campaign)).all() == []


def test_the_planner_leaves_a_campaign_alone(made: Campaigns) -> None:
    number = made.draft(made.a_list([LAN]))
    story = made.row(number).occurrence_id

    report = made.world.plan()

    assert (report.removed, report.rewritten) == ([], [])
    assert story is not None
    assert made.world.occurrence(story).picked_by == "campaign"
    assert made.world.events(story) == ["queued"]


def test_what_was_left_out_is_given_back_masked_and_with_its_reason(made: Campaigns) -> None:
    first, second = made.a_list([LAN, MAI]), made.a_list([MAI])
    made.wish(LAN, "opt_out")
    number = made.draft(first, second)
    file = made.home.settings.home / "de-ngoai.csv"

    with made.home.store.read() as s:
        assert leftout.write(made.home.store, acts.find(s, number), file) == 2

    assert file.read_text(encoding="utf-8-sig").splitlines() == [
        '"Danh sách";"Dòng trong tệp";"Số";"Lý do"',
        f'"{first}";"2";"•••••••101";"người nhận đã từ chối"',
        f'"{second}";"2";"•••••••102";"trùng số ở danh sách khác"']
