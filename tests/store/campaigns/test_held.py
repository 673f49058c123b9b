"""Whoever works for an organisation sends its texts to its lists alone; tallies tell of each."""

import pytest
from sqlalchemy import update

from tests.store.campaigns.world import MAKER, Campaigns, campaigns
from tests.store.world import World
from worker.campaigns import listing, plan, queueing
from worker.campaigns.draft import Wish
from worker.errors import UserError
from worker.home import in_force
from worker.lists import one_number
from worker.models import Campaign, Item, Person, RecipientList
from worker.scope import WHOLE, Scope

OWN = "luc-ngan"
NUMBERS = [f"0950000{n:03d}" for n in range(1, 9)]


@pytest.fixture
def made(world: World) -> Campaigns:
    """Its maker works for one commune, whose the item is."""
    found = campaigns(world)
    with world.store.write() as session:
        session.execute(update(Person).where(Person.id == MAKER).values(organisation=OWN))
        session.execute(update(Item).values(owner=OWN))
    return found


def owned(made: Campaigns, owner: str | None, numbers: list[str]) -> int:
    number = made.a_list(numbers)
    with made.home.store.write() as session:
        session.execute(update(RecipientList).where(RecipientList.id == number)
                        .values(owner=owner))
    return number


def test_a_list_or_text_of_others_is_not_there_for_whoever_makes_a_campaign(
    made: Campaigns,
) -> None:
    theirs, ours = owned(made, "xa-khac", NUMBERS[:2]), owned(made, OWN, NUMBERS[2:4])

    with pytest.raises(UserError, match=f"danh sách {theirs}: không có"):
        made.draft(theirs, ours)
    number = made.draft(ours)
    with made.home.store.write() as session:
        session.execute(update(Item).values(owner="xa-khac"))
    with pytest.raises(UserError, match="không có tin này"):
        made.draft(ours)

    assert made.row(number).owner == OWN
    assert made.numbers() == [number]


def test_the_list_of_campaigns_counts_by_tallies_and_holds_only_ones_own(
    made: Campaigns,
) -> None:
    first = made.running(owned(made, OWN, NUMBERS))
    second = made.draft(owned(made, OWN, NUMBERS))
    made.reached(first, "delivered", 1, 2, 3)
    made.reached(first, "rejected", 4)
    made.reached(first, "uncertain", 5)
    with made.home.store.write() as session:
        session.execute(update(Campaign).where(Campaign.id == second).values(owner="xa-khac"))

    with made.home.store.read() as session:
        every = listing.still_open(session, WHOLE)
        mine = listing.still_open(session, Scope(frozenset({OWN})))
        over = listing.ended(session, WHOLE, before=None, limit=5)

    assert [x.campaign.id for x in every] == [second, first]
    assert [tuple(x[1:]) for x in mine] == [(8, 5, 3, 0, 1, 1)]
    assert over == []


def test_what_a_number_got_of_others_is_not_told(made: Campaigns) -> None:
    theirs = owned(made, "xa-khac", NUMBERS[:1])
    sent = made.running(owned(made, OWN, NUMBERS[:1]))
    with made.home.store.write() as session:
        session.execute(update(Campaign).where(Campaign.id == sent).values(owner="xa-khac"))

    whole = one_number.asked_for(made.home, NUMBERS[0][1:], MAKER)
    part = one_number.asked_for(made.home, NUMBERS[0][1:], MAKER, Scope(frozenset({OWN})))

    assert theirs in [p.list_id for p in whole.places]
    assert [m.campaign for m in whole.messages] == [sent]
    assert part.messages == ()
    assert [p.list_id for p in part.places] == [theirs + 1]


def test_the_estimate_says_numbers_parts_cost_and_that_it_is_told_as_it_is_counted(
    made: Campaigns,
) -> None:
    made.wish(NUMBERS[7], "opt_out")
    number = owned(made, OWN, NUMBERS)
    looks: list[tuple[int, int]] = []

    queued = queueing.create(made.home, Wish("td-01", (number,), dong_per_part=300), MAKER,
                             chunk=500, told=lambda done, total: looks.append((done, total)))
    with made.home.store.read() as session:
        found = plan.estimate(in_force(session).programme, made.home.clock.now(), queued)

    assert (found.numbers, found.waiting, found.all_parts, found.dong) == (8, 7, 7, 2100)
    assert found.left_out == (("người nhận đã từ chối", 1),)
    assert looks == [(8, 8)]
