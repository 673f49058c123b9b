"""A campaign's text tried on a few named phones: asked for by a person, sent by the worker."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Rejected
from tests.fakes import FakeChannel
from tests.store.campaigns.world import MAKER, Campaigns, by_the_worker, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import World, a_text
from worker.campaigns import trial
from worker.errors import Refused, UserError
from worker.models import Audit, Campaign, Node, StopOrder, TrialSend

LAN, MAI = "0950000101", "0950000102"


@pytest.fixture
def made(world: World) -> Campaigns:
    return campaigns(world)


def tried(made: Campaigns, campaign: int, numbers: Sequence[str], **fields: str
          ) -> list[trial.Tried]:
    """Asked for, then sent as the worker's thread does."""
    with made.home.store.write() as session:
        if session.get(Node, "may") is None:
            session.add(Node(id="may", incarnation=1, version="", started_at=made.world.clock.now(),
                             heartbeat_at=made.world.clock.now()))
    ids = trial.ask(made.home, campaign, numbers, fields, MAKER)
    by_the_worker(made)
    return trial.outcome(made.home, ids, 0)


def test_a_test_send_goes_at_once_and_counts_nowhere(made: Campaigns) -> None:
    """A draft's text to two phones: outcomes shown, the audit keeps three digits."""
    gateway: FakeChannel = made.world.fakes["sms"]
    gateway.script = [Accepted("r1", "OK 0950000102"), Rejected("sai-so", "no")]
    campaign = made.draft(made.a_list([LAN]))

    found = tried(made, campaign, ["+84950000102", "+84950000103", "+84950000102"])

    assert [(x.number, x.state, x.code, x.words) for x in found] == [
        ("•••••••102", "accepted", "", "OK ***102"), ("•••••••103", "rejected", "sai-so", "no")]
    assert [m.text for m in gateway.sent] == [made.row(campaign).text] * 2
    assert made.states(campaign) == ["waiting"]
    with made.home.store.read() as s:
        told = s.scalars(select(Audit).where(Audit.act == "campaign_test")).one()
    assert told.detail == {"last3": ["102", "103"]}


def test_places_of_lists_show_their_name_or_a_sample(made: Campaigns) -> None:
    """And a name that the text does not have is refused."""
    campaign = made.draft(made.a_list([LAN]))
    with made.home.store.write() as s:
        s.execute(update(Campaign).values(text="Chao {{ ten }}, o {{ thon }}",
                                          fields=["ten", "thon"]))

    tried(made, campaign, ["+84950000102"], ten="Nguyễn Văn A")

    assert made.world.fakes["sms"].sent[0].text == "Chao Nguyen Van A, o thon"
    with pytest.raises(UserError, match="tuoi"):
        tried(made, campaign, ["+84950000102"], tuoi="9")


def test_a_test_goes_no_faster_than_the_account_may(make_world: MakeWorld) -> None:
    made = campaigns(make_world(a_text(rate=2)))
    campaign = made.draft(made.a_list([LAN]))
    before = made.world.clock.elapsed()

    tried(made, campaign, [f"+8495000010{n}" for n in range(1, 4)])

    assert made.world.clock.elapsed() - before == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("numbers", [0, 11])
def test_a_test_is_for_one_to_ten_phones(made: Campaigns, numbers: int) -> None:
    campaign = made.draft(made.a_list([LAN]))

    with pytest.raises(UserError, match="10"):
        tried(made, campaign, [f"+8495000{n:04d}" for n in range(numbers)])

    assert made.world.fakes["sms"].sent == []


def test_no_test_goes_out_under_an_emergency_stop(made: Campaigns) -> None:
    campaign = made.draft(made.a_list([LAN]))
    with made.home.store.write() as s:
        s.add(StopOrder(channel="sms", reason="nhầm", by="duyet", at=made.world.clock.now()))

    with pytest.raises(Refused, match="nhầm"):
        tried(made, campaign, ["+84950000102"])

    assert made.world.fakes["sms"].sent == []


def asked(made: Campaigns, *numbers: str) -> list[int]:
    """Tests that nobody has begun, of a draft."""
    with made.home.store.write() as s:
        s.add(Node(id="may", incarnation=1, version="", started_at=made.world.clock.now(),
                   heartbeat_at=made.world.clock.now()))
    return trial.ask(made.home, made.draft(made.a_list([LAN])), numbers, {}, MAKER)


def test_without_a_worker_no_test_is_taken(made: Campaigns) -> None:
    campaign = made.draft(made.a_list([LAN]))

    with pytest.raises(Refused, match="không chạy"):
        trial.ask(made.home, campaign, ["+84950000102"], {}, MAKER)


def test_whoever_opted_out_gets_no_test_either(made: Campaigns) -> None:
    made.wish(MAI, "opt_out")

    with pytest.raises(Refused, match="từ chối") as refused:
        asked(made, "+84" + MAI[1:])

    assert MAI[1:] not in str(refused.value)


def test_a_number_stands_as_ciphertext_and_is_gone_when_its_test_ended(made: Campaigns) -> None:
    [number] = asked(made, "+84950000102")
    with made.home.store.read() as s:
        row = s.get_one(TrialSend, number)
        assert row.number is not None
        assert b"950000102" not in row.number

    by_the_worker(made)

    with made.home.store.read() as s:
        row = s.get_one(TrialSend, number)
    assert (row.state, row.number, row.last3) == ("delivered", None, "102")
    assert [m.target for m in made.world.fakes["sms"].sent] == ["+84950000102"]


def test_a_stop_after_the_asking_keeps_a_test_from_going(made: Campaigns) -> None:
    ids = asked(made, "+84950000102")
    with made.home.store.write() as s:
        s.add(StopOrder(channel="*", reason="nhầm", by="duyet", at=made.world.clock.now()))

    by_the_worker(made)

    assert [x.state for x in trial.outcome(made.home, ids, 0)] == ["cancelled"]
    assert made.world.fakes["sms"].sent == []


def test_a_test_that_came_too_late_or_lost_its_worker_is_not_sent_again(made: Campaigns) -> None:
    late, lost = asked(made, "+84950000102", "+84950000103")
    with made.home.store.write() as s:
        s.execute(update(TrialSend).where(TrialSend.id == lost)
                  .values(state="sending", begun_at=made.world.clock.now()))
    made.world.clock.advance(130)

    by_the_worker(made)

    assert [x.state for x in trial.outcome(made.home, [late, lost], 0)] == ["expired", "uncertain"]
    assert made.world.fakes["sms"].sent == []
    with made.home.store.read() as s:
        assert set(s.scalars(select(TrialSend.number))) == {None}
