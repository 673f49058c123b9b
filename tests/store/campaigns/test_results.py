"""What is done with a campaign's results: exported, sent again, found, forgotten, tried out."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from channels.values import Advice
from tests.store.campaigns.world import MAKER, Campaigns, campaigns
from tests.store.world import World
from worker.campaigns import acts, export, history, moves, retry
from worker.campaigns.ceilings import Ceilings, parts_out
from worker.campaigns.export import Wanted
from worker.campaigns.units import Running
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.lists.find import find
from worker.models import (
    Audit,
    Campaign,
    CampaignLot,
    CampaignMessage,
    CampaignRef,
)

LAN, MAI, HOA, CUC, DAO = (f"095000010{n}" for n in range(1, 6))
EVERYBODY = [LAN, MAI, HOA, CUC, DAO]
TABLE = {"day": Advice("wait", "Hàng đợi của cổng đầy", "Đợi"),
         "sai-so": Advice("rejected", "Số không đúng", "Sửa số")}


@pytest.fixture
def made(world: World) -> Campaigns:
    return campaigns(world)


def change(made: Campaigns, row: int, **values: object) -> None:
    """One message differs in what no count holds."""
    with made.home.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == row).values(**values))


def failed(made: Campaigns, campaign: int, row: int, state: str, code: str) -> None:
    """A message ended so, with its counts."""
    with made.home.store.write() as s:
        s.execute(update(CampaignMessage)
                  .where(CampaignMessage.campaign_id == campaign, CampaignMessage.row == row)
                  .values(state=state, code=code, account="chinh", attempts=3, counted=3,
                          parts=1, begun_at=made.world.clock.now(),
                          settled_at=made.world.clock.now(), detail="lời cổng"))
        moves.count(s, "may-1", campaign, [moves.Moved(row, "waiting", state, "", code, parts=1)])


def five(made: Campaigns) -> int:
    """Delivered, tries used up, refused for a while, refused for good, unknown; finished."""
    campaign = made.running(made.a_list(EVERYBODY))
    made.reached(campaign, "delivered", 1)
    failed(made, campaign, 2, "exhausted", "connect")
    failed(made, campaign, 3, "rejected", "day")
    failed(made, campaign, 4, "rejected", "sai-so")
    failed(made, campaign, 5, "uncertain", "cut")
    with made.home.store.write() as s:
        assert acts.finish(s, made.world.clock.now(), campaign)
        s.execute(update(CampaignLot).values(state="done"))
    return campaign


def again(made: Campaigns, campaign: int, *named: str) -> int:
    with made.home.store.read() as s:
        which = retry.chosen(s, campaign, TABLE, named)
        told = sum(r.messages for r in retry.reasons(s, campaign, which)) if which else 0
    done = sum(retry.again(made.home.store, made.world.clock.now(), MAKER, campaign, which))
    assert done == told
    return done


# ---------------------------------------------------------------- sent again


def test_what_a_failed_try_may_have_cost_stays_spent(made: Campaigns) -> None:
    """A carrier may charge what it fails to bring: sent again, it does not come off the bill."""
    campaign = five(made)
    with made.home.store.read() as s:
        spent = parts_out(moves.counts(s, campaign), 1)
    with made.home.store.write() as s:
        s.execute(update(Campaign).values(ceiling_parts=spent + 1))

    assert again(made, campaign, "day") == 1

    with made.home.store.write() as s:
        assert Ceilings().room(s, 0, Running.of(s.get_one(Campaign, campaign)), 5) == 1


def test_only_what_surely_did_not_get_through_is_sent_again(made: Campaigns) -> None:
    """Tries used up and a refusal for a while; never delivered, uncertain, refused for good."""
    campaign = five(made)

    assert again(made, campaign) == 2

    assert made.states(campaign) == [
        "delivered", "waiting", "waiting", "rejected sai-so", "uncertain cut"]
    second = made.messages(campaign)[1]
    assert (second.attempts, second.counted, second.parts, second.detail) == (3, 0, 0, "")
    assert made.row(campaign).state == "running"
    with made.home.store.read() as s:
        lot = s.get_one(CampaignLot, (campaign, 0))
        told = s.scalars(select(Audit).where(Audit.act == "campaign_retry")).one()
    assert (lot.state, lot.waiting) == ("ready", 2)
    assert told.detail["which"] == ["exhausted:connect", "rejected:day"]


def test_a_named_code_is_sent_again_and_nothing_else(made: Campaigns) -> None:
    campaign = five(made)

    assert again(made, campaign, "sai-so") == 1

    assert made.states(campaign)[1:4] == ["exhausted connect", "rejected day", "waiting"]


def test_what_may_be_out_is_not_sent_again(made: Campaigns) -> None:
    """An earlier try in doubt; a long message of which a part has arrived."""
    campaign = five(made)
    change(made, 2, maybe_out=True)
    change(made, 3, parts=2)
    now = made.world.clock.now()
    with made.home.store.write() as s:
        for part, outcome in ((1, "delivered"), (2, "rejected")):
            s.add(CampaignRef(ref=f"r{part}", channel="sms", account="chinh", part=part, of=2,
                              campaign_id=campaign, row=3, at=now, outcome=outcome))

    assert again(made, campaign) == 0

    assert made.row(campaign).state == "finished"


def test_a_code_that_nothing_failed_of_is_refused(made: Campaigns) -> None:
    campaign = five(made)

    with made.home.store.read() as s, pytest.raises(UserError, match="sai-so"):
        retry.chosen(s, campaign, TABLE, ["het-tien"])


@pytest.mark.parametrize("state", ["stopped", "paused", "expired"])
def test_a_campaign_that_was_ended_or_paused_sends_nothing_again(
    made: Campaigns, state: str
) -> None:
    campaign = five(made)
    with made.home.store.write() as s:
        s.execute(update(Campaign).values(state=state))

    with pytest.raises(Refused):
        again(made, campaign)

    assert made.states(campaign)[1] == "exhausted connect"


# ---------------------------------------------------------------- exported


def written(made: Campaigns, path: Path, wanted: Wanted) -> list[list[str]]:
    with made.home.store.read() as s:
        zone = in_force(s).programme.zone()
    count = export.export(made.home.store, path, wanted, zone, TABLE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file, delimiter=";")
    assert (heads[3], len(rows)) == ("Số điện thoại", count)
    return rows


def test_an_export_has_a_row_for_each_number(made: Campaigns, tmp_path: Path) -> None:
    """In words, with three digits; a formula in a gateway's words is text."""
    campaign = five(made)
    change(made, 4, detail="=1+1", ref="+r")

    rows = written(made, tmp_path / "kq.csv", Wanted(campaign))

    assert [(r[2], r[3], r[5]) for r in rows[:2]] == [
        ("2", "•••••••101", "Đã đến"),
        ("3", "•••••••102", "Đã thử hết lượt, chưa gửi được")]
    assert rows[3][6:11] == ["Số không đúng", "sai-so", "'=1+1", "chinh", "1"]
    assert rows[3][11:] == ["2026-11-24 08:00:00", "2026-11-24 08:00:00", "'+r"]
    assert (tmp_path / "kq.csv").stat().st_mode & 0o077 == 0


def test_whole_numbers_and_states_only_where_asked_for(made: Campaigns, tmp_path: Path) -> None:
    """With the keys of the lists; a number forgotten since stays three digits."""
    campaign = five(made)
    made.forget(HOA)

    rows = written(made, tmp_path / "kq.csv",
                   Wanted(campaign, ("rejected",), made.lists.ring()))

    assert [r[3] for r in rows] == ["•••••••103", CUC]


def test_an_export_to_excel_goes_on_on_the_next_sheet(made: Campaigns, tmp_path: Path) -> None:
    campaign = five(made)
    with made.home.store.read() as s:
        zone = in_force(s).programme.zone()

    export.export(made.home.store, tmp_path / "kq.xlsx", Wanted(campaign), zone, TABLE,
                  per_sheet=3)

    book = load_workbook(tmp_path / "kq.xlsx")
    assert [[row[3] for row in sheet.values] for sheet in book] == [
        ["Số điện thoại", "•••••••101", "•••••••102", "•••••••103"],
        ["Số điện thoại", "•••••••104", "•••••••105"]]


# ---------------------------------------------------------------- one number


def sent_to(made: Campaigns, number: str) -> Sequence[history.Sent]:
    with made.home.store.read() as s:
        return find(s, made.lists.ring(), number[1:]).messages


def test_a_number_is_told_every_message_it_got(made: Campaigns) -> None:
    """Of every list and campaign, the newest first, with the gateway's words."""
    first = five(made)
    second = made.running(made.a_list([MAI]), correction=True)

    found = sent_to(made, MAI)

    assert [(s.campaign, s.state, s.words) for s in found] == [
        (second, "waiting", ""), (first, "exhausted", "lời cổng")]
    assert sent_to(made, "0950000999") == ()


def test_a_forgotten_number_leaves_outcome_and_three_digits(made: Campaigns) -> None:
    """What waits is left out, what may be out is in doubt; words about it go, others' stay."""
    campaign = five(made)
    waiting = made.running(made.a_list([MAI, LAN]), correction=True)
    with made.home.store.write() as s:
        s.execute(update(CampaignMessage)
                  .where(CampaignMessage.campaign_id == waiting, CampaignMessage.row == 2)
                  .values(maybe_out=True, account="chinh"))

    made.forget(MAI)
    made.forget(LAN)

    assert made.states(waiting) == ["left_out forgotten", "uncertain forgotten"]
    rows = made.messages(campaign)
    assert (rows[1].state, rows[1].code, rows[1].last3, rows[1].detail) == (
        "exhausted", "connect", "102", "")
    assert rows[2].detail == "lời cổng"
    assert sent_to(made, MAI) == ()
