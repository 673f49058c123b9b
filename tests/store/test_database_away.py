"""The database was away: told when it is back, once for the cluster, closed by itself."""

from datetime import timedelta

from sqlalchemy import select

from tests.conftest import START
from worker.alarms.away import Away
from worker.db import Store
from worker.models import Alarm
from worker.programme.model import Programme

S = timedelta(seconds=1)
ZONE = Programme.model_construct(timezone="Asia/Ho_Chi_Minh").zone()


def alarms(store: Store) -> list[tuple[str, int, bool]]:
    with store.read() as session:
        return [(a.what, a.count, a.closed_at is None)
                for a in session.scalars(select(Alarm).order_by(Alarm.id))]


def test_a_minute_away_is_one_alarm_of_two_workers(store: Store) -> None:
    one, other = Away(), Away()
    for away in (one, other):
        for second in (0, 20, 60):
            away.seen(START + second * S)

    for away in (one, other):
        away.tell(store, ZONE, START + 70 * S)
        away.tell(store, ZONE, START + 85 * S)  # said once

    [(what, count, is_open)] = alarms(store)
    assert (count, is_open) == (2, True)
    assert "08:00:00" in what
    assert "08:01:00" in what

    # well for two minutes, by whoever beats
    Away().tell(store, ZONE, START + 180 * S)
    assert alarms(store)[0][2]
    Away().tell(store, ZONE, START + 200 * S)
    assert not alarms(store)[0][2]


def test_a_server_started_anew_is_no_alarm(store: Store) -> None:
    """Nine seconds, twice, with a beat between them."""
    away = Away()
    for start in (0, 30):
        away.seen(START + start * S)
        away.seen(START + (start + 9) * S)
        away.tell(store, ZONE, START + (start + 15) * S)

    assert alarms(store) == []
