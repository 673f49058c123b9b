"""A campaign's item was wrong: it stops for good, and who got it gets a correction, once."""

import pytest
from sqlalchemy import update

from tests.builders import an_item
from tests.store.campaigns.test_caps import before_begin
from tests.store.campaigns.world import MAKER, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from worker.campaigns.recalling import correct_all, stop_all
from worker.errors import Refused, UserError
from worker.models import Campaign

LAN, MAI, HOA, NAM, TY = (f"09500001{n:02d}" for n in range(1, 6))


@pytest.fixture
def made(make_world: MakeWorld) -> Campaigns:
    made = campaigns(make_world())
    made.world.approved(an_item("dc-01", body="So dung la 113."),
                        an_item("dc-02", body="So dung la 114."))
    return made


def half_sent(made: Campaigns) -> int:
    """Got it, may have got it, never got it, and still waiting."""
    number = made.running(made.a_list([LAN, MAI, HOA, NAM, TY]))
    for row, state in ((1, "delivered"), (2, "uncertain"), (3, "rejected"), (4, "sending")):
        made.reached(number, state, row)
    with made.home.store.write() as s:
        s.execute(update(Campaign).where(Campaign.id == number)
                  .values(first_begun_at=made.home.clock.now()))
    return number


def test_exactly_who_got_it_or_may_have_is_written_to(made: Campaigns) -> None:
    """On the very lists; the others have their rows with the reason, and no cap holds it back."""
    wrong = half_sent(made)
    [done] = correct_all(made.home, "td-01", "dc-01", MAKER)
    assert (done.wrong, done.why) == (wrong, "")
    assert done.correction is not None
    assert made.states(done.correction) == [
        "waiting", "waiting", "left_out not-concerned", "waiting", "left_out not-concerned"]
    row = made.row(done.correction)
    assert (row.state, row.corrects, row.correction, row.trial) == ("draft", wrong, True, 0)
    assert row.created_by == MAKER


def test_asked_twice_it_is_made_once(made: Campaigns) -> None:
    """Another text, too, would reach the same people twice; one that was stopped counts no more."""
    wrong = half_sent(made)
    [done] = correct_all(made.home, "td-01", "dc-01", MAKER)
    assert correct_all(made.home, "td-01", "dc-01", MAKER) == []
    with pytest.raises(Refused, match=f"đã có đợt đính chính {done.correction}"):
        made.draft(item="dc-02", corrects=wrong)
    with made.home.store.write() as s:
        assert stop_all(s, made.home.clock.now(), MAKER, "dc-01", "sai nữa") == [done.correction]
    assert len(correct_all(made.home, "td-01", "dc-02", MAKER)) == 1


def test_who_opted_out_since_is_corrected_and_who_was_forgotten_is_not(made: Campaigns) -> None:
    """No more news is not no correction; a number that is erased is not there."""
    half_sent(made)
    made.wish(LAN, "opt_out")
    made.forget(MAI)
    [done] = correct_all(made.home, "td-01", "dc-01", MAKER)
    assert done.correction is not None
    assert made.states(done.correction)[:2] == ["waiting", "left_out forgotten"]
    made.wish(NAM, "opt_out")
    assert before_begin(made, done.correction) == 0
    with pytest.raises(Refused, match="opt-out"):  # any other campaign respects it
        made.draft(made.a_list([LAN]), item="dc-02", correction=True)


def test_a_correction_is_corrected_to_who_got_it(made: Campaigns) -> None:
    half_sent(made)
    [first] = correct_all(made.home, "td-01", "dc-01", MAKER)
    assert first.correction is not None
    made.reached(first.correction, "delivered", 1)
    with made.home.store.write() as s:
        s.execute(update(Campaign).values(first_begun_at=made.home.clock.now()))
    [second] = correct_all(made.home, "dc-01", "dc-02", MAKER)
    assert second.correction is not None
    assert made.states(second.correction).count("waiting") == 1


def test_no_campaign_of_a_recalled_item_goes_on(made: Campaigns) -> None:
    """Running, approved, draft: stopped for good; nothing of another item is touched."""
    running = made.running(made.a_list([LAN]))
    draft = made.draft(made.a_list([MAI]))
    other = made.draft(made.a_list([HOA]), item="dc-01")
    with made.home.store.write() as s:
        stopped = stop_all(s, made.home.clock.now(), MAKER, "td-01", "sai")
        assert stop_all(s, made.home.clock.now(), MAKER, "td-01", "sai") == []
    assert sorted(stopped) == sorted([running, draft])
    assert [made.row(n).state for n in (running, draft, other)] == ["stopped", "stopped", "draft"]


@pytest.mark.parametrize(("item", "corrects"), [("td-01", 1), ("dc-01", 99)])
def test_a_wish_that_corrects_nothing_is_refused(
    made: Campaigns, item: str, corrects: int
) -> None:
    """The wrong item itself; a campaign that is not there."""
    half_sent(made)
    with pytest.raises(UserError):
        made.draft(item=item, corrects=corrects)


def test_a_campaign_nobody_got_needs_no_correction(made: Campaigns) -> None:
    made.running(made.a_list([LAN]))
    assert correct_all(made.home, "td-01", "dc-01", MAKER) == []
