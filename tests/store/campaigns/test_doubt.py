"""Doubt in campaigns: dead leases, a database put back, and what ends it. Both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.conftest import START
from tests.store.campaigns.standing import (
    LATER,
    a_campaign,
    counts_agree,
    events,
    lot,
    message,
    states,
)
from worker.campaigns import doubt
from worker.campaigns.doubt import Resolution
from worker.db import Store
from worker.errors import Refused
from worker.models import Campaign, CampaignLot
from worker.models.campaigns import LOT
from worker.outbox.doubt import GIVE_UP, Traits
from worker.outbox.units import Worker

ME = Worker("may-1", 2)
OTHER = Worker("may-2", 1)
KNOWS = {"sms": Traits(True, 600.0)}
DEAD = START + timedelta(seconds=61) + GIVE_UP


def reclaim(store: Store, worker: Worker = ME, *, own: bool, now: object = LATER) -> int:
    with store.write() as s:
        return doubt.reclaim(s, now, now, worker, own=own)  # type: ignore[arg-type]


def resolve(store: Store, how: Resolution, rows: list[int] | None = None) -> int:
    with store.write() as s:
        return doubt.resolve(s, LATER, "dp", 1, rows, how)


def again(store: Store, now: object = LATER, traits: dict[str, Traits] = KNOWS) -> int:
    with store.write() as s:
        return doubt.send_again(s, now, "may", traits)  # type: ignore[arg-type]


# ---------------------------------------------------------------- dead workers


def test_at_start_our_own_lost_tries_are_uncertain_and_the_rest_goes_on(store: Store) -> None:
    a_campaign(store, "accepted", "sending", "waiting", lot_state="leased", parts=2)

    assert reclaim(store, own=True) == 1

    assert states(store) == ["accepted", "uncertain", "waiting"]
    assert (message(store, 2).code, message(store, 2).parts) == ("lost", 2)
    assert (lot(store).state, lot(store).lease_token) == ("ready", None)
    assert counts_agree(store)
    [(kind, detail)] = events(store)
    assert (kind, detail["messages"], detail["code"]) == ("uncertain", 1, "lost")


def test_a_lot_of_which_nothing_waits_is_done(store: Store) -> None:
    a_campaign(store, "sending", lot_state="leased")

    reclaim(store, own=True)

    assert lot(store).state == "done"


@pytest.mark.parametrize("worker", [OTHER, Worker("may-1", 1)], ids=["another's", "our own"])
def test_a_living_lease_is_left_alone(store: Store, worker: Worker) -> None:
    """At start only our earlier lives are dead; our present one never."""
    a_campaign(store, "sending", lot_state="leased")

    assert reclaim(store, worker, own=True) == 0
    assert reclaim(store, worker, own=False, now=DEAD - timedelta(seconds=2)) == 0

    assert states(store) == ["sending"]
    assert lot(store).state == "leased"


def test_another_workers_dead_lease_is_taken_back_by_the_sweep(store: Store) -> None:
    a_campaign(store, "sending", "waiting", lot_state="leased")

    assert reclaim(store, OTHER, own=False, now=DEAD) == 1

    assert states(store) == ["uncertain", "waiting"]
    assert lot(store).state == "ready"


# ---------------------------------------------------------------- a database put back


@pytest.mark.parametrize("state", ["approved", "running", "paused"])
def test_after_a_restore_nothing_of_a_campaign_that_may_have_run_waits(
    store: Store, state: str
) -> None:
    a_campaign(store, *["waiting"] * 3, "sending", "delivered", state=state, lot_state="ready",
               parts=2)

    with store.write() as s:
        assert doubt.doubt_restored(s, LATER) == 4
        assert doubt.doubt_restored(s, LATER) is None

    assert states(store) == ["uncertain"] * 4 + ["delivered"]
    assert {message(store, n).account for n in (1, 2, 3)} == {"chinh"}
    assert lot(store).state == "done"
    assert counts_agree(store)


@pytest.mark.parametrize(("state", "opens"), [
    ("draft", START), ("stopped", START), ("running", LATER + timedelta(seconds=1))])
def test_what_cannot_have_run_still_waits_after_a_restore(
    store: Store, state: str, opens: object
) -> None:
    a_campaign(store, "waiting", state=state, lot_state="ready", starts_at=opens)  # type: ignore[arg-type]

    with store.write() as s:
        assert doubt.doubt_restored(s, LATER) is None

    assert states(store) == ["waiting"]


def test_a_restore_is_doubted_lot_by_lot(store: Store) -> None:
    """Chunks, so that no transaction holds a million rows."""
    a_campaign(store, *["waiting"] * (doubt.CHUNK + LOT), lot_state="ready")
    found = []
    while True:
        with store.write() as s:
            count = doubt.doubt_restored(s, LATER)
        if count is None:
            break
        found.append(count)

    assert found == [doubt.CHUNK, LOT]
    assert counts_agree(store)


# ---------------------------------------------------------------- what ends it


@pytest.mark.parametrize(("how", "state"), [
    ("went-out", "accepted"), ("did-not", "cancelled"), ("send-again", "waiting")])
def test_a_person_ends_all_doubts_at_once(store: Store, how: Resolution, state: str) -> None:
    a_campaign(store, "uncertain", "delivered", "uncertain")

    assert resolve(store, how) == 2
    assert resolve(store, how) == 0

    assert states(store) == [state, "delivered", state]
    assert counts_agree(store)
    [(kind, detail)] = events(store)
    assert (kind, detail["how"], detail["messages"]) == ("resolved", how, 2)


def test_what_is_sent_again_is_due_and_remembers_that_it_may_be_out(store: Store) -> None:
    a_campaign(store, "uncertain")

    resolve(store, "send-again")

    assert message(store, 1).maybe_out
    assert (lot(store).state, lot(store).next_at) == ("ready", LATER)


def test_a_person_may_name_rows_and_only_uncertain_ones(store: Store) -> None:
    a_campaign(store, "uncertain", "uncertain", "delivered")

    assert resolve(store, "went-out", [2]) == 1
    with pytest.raises(Refused):
        resolve(store, "went-out", [1, 3])

    assert states(store) == ["uncertain", "accepted", "delivered"]


@pytest.mark.parametrize("change", [{"state": "finished"}, {"closes_at": LATER}])
def test_nothing_is_sent_again_of_a_campaign_that_is_over(
    store: Store, change: dict[str, object]
) -> None:
    a_campaign(store, "uncertain")
    with store.write() as s:
        s.execute(update(Campaign).values(**change))

    with pytest.raises(Refused):
        resolve(store, "send-again")
    assert resolve(store, "did-not") == 1


def test_a_gateway_that_knows_our_key_is_sent_it_again(store: Store) -> None:
    """Same key, same account, within the time for which it remembers."""
    a_campaign(store, "uncertain", "delivered", message={"counted": 1, "settled_at": START})

    assert again(store) == 1

    assert states(store) == ["waiting", "delivered"]
    assert (message(store, 1).maybe_out, message(store, 1).account) == (True, "chinh")
    assert lot(store).state == "ready"
    assert counts_agree(store)


@pytest.mark.parametrize(("row", "now", "traits"), [
    ({}, LATER, {"sms": Traits(False, 0.0)}),
    ({}, START + timedelta(seconds=601), KNOWS),
    ({"code": "bug"}, LATER, KNOWS),
    ({"counted": 6}, LATER, KNOWS),
    ({}, START + timedelta(seconds=1), KNOWS),
], ids=["it does not", "it has forgotten", "a bug", "tries used up", "too soon"])
def test_a_doubt_that_a_repeat_might_double_stays(
    store: Store, row: dict[str, object], now: object, traits: dict[str, Traits]
) -> None:
    a_campaign(store, "uncertain", message={"counted": 1, "settled_at": START, **row})

    assert again(store, now, traits) == 0

    assert states(store) == ["uncertain"]


def test_a_sweep_is_asked_for_only_when_there_is_work(store: Store) -> None:
    def anything(now: object) -> bool:
        with store.read() as s:
            return any(s.scalars(q.limit(1)).first() is not None
                       for q in doubt.signs(now))  # type: ignore[arg-type]

    a_campaign(store, "waiting", lot_state="leased")
    assert not anything(LATER - timedelta(minutes=4))
    assert anything(DEAD)
    with store.write() as s:
        s.execute(update(CampaignLot).values(
            state="done", lease_token=None, lease_until=None, uncertain=1))
    assert anything(START)
    with store.write() as s:
        assert s.scalars(select(Campaign.state)).all() == ["running"]
        s.execute(update(Campaign).values(state="finished"))
    assert not anything(START)
