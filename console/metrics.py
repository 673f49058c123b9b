"""Figures for Prometheus, read from the database when asked: the same on every node."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.home import Home, in_force
from worker.log_query import effective_state
from worker.models import AccountRow, Alarm, Attempt, Batch, Delivery
from worker.status import last_beat


class Figures(Collector):
    """Collects at each scrape; no figure carries a target or a number."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def describe(self) -> Iterable[Metric]:
        return []  # or registering would read the database

    def collect(self) -> Iterable[Metric]:
        now = self._home.clock.now()
        with self._home.store.read() as session:
            zone = in_force(session).programme.zone()
            midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return [
                _deliveries(session, midnight), *_queue(session, now),
                _attempts(session, midnight), _alarms(session), *_accounts(session, now),
                *_beat(session, now),
            ]


def _deliveries(session: Session, midnight: datetime) -> Metric:
    figure = GaugeMetricFamily("giovang_deliveries_today", "Deliveries of this local day",
                               labels=["channel", "state"])
    state = effective_state()
    for channel, name, count in session.execute(
        select(Delivery.channel, state, func.count()).select_from(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id).where(Delivery.day == midnight.date())
        .group_by(Delivery.channel, state)
    ):
        figure.add_metric([channel, name], count)
    return figure


def _queue(session: Session, now: datetime) -> list[Metric]:
    depth = GaugeMetricFamily("giovang_queue_batches", "Batches due and not finished",
                              labels=["channel"])
    oldest = GaugeMetricFamily("giovang_queue_oldest_seconds", "Age of the oldest due batch",
                               labels=["channel"])
    for channel, count, since in session.execute(
        select(Batch.channel, func.count(), func.min(Batch.next_attempt_at))
        .where(Batch.state.in_(["ready", "leased"]), Batch.next_attempt_at <= now)
        .group_by(Batch.channel)
    ):
        depth.add_metric([channel], count)
        oldest.add_metric([channel], (now - since).total_seconds())
    return [depth, oldest]


def _attempts(session: Session, midnight: datetime) -> Metric:
    figure = GaugeMetricFamily("giovang_attempts_today", "Tries begun this local day",
                                 labels=["outcome"])
    for outcome, count in session.execute(
        select(func.coalesce(Attempt.outcome, "open"), func.count())
        .where(Attempt.begun_at >= midnight).group_by(Attempt.outcome)
    ):
        figure.add_metric([outcome], count)
    return figure


def _alarms(session: Session) -> Metric:
    figure = GaugeMetricFamily("giovang_alarms_open", "Open alarms", labels=["kind", "severity"])
    for kind, severity, count in session.execute(
        select(Alarm.kind, Alarm.severity, func.count()).where(Alarm.closed_at.is_(None))
        .group_by(Alarm.kind, Alarm.severity)
    ):
        figure.add_metric([kind, severity], count)
    return figure


def _accounts(session: Session, now: datetime) -> list[Metric]:
    blocked = GaugeMetricFamily("giovang_account_blocked", "1 while the account rests",
                                labels=["channel", "account"])
    paused = GaugeMetricFamily("giovang_account_paused", "1 while somebody paused it",
                               labels=["channel", "account"])
    for row in session.scalars(select(AccountRow)):
        rests = row.blocked_until is not None and row.blocked_until > now
        blocked.add_metric([row.channel, row.account], float(rests))
        paused.add_metric([row.channel, row.account], float(row.paused_at is not None))
    return [blocked, paused]


def _beat(session: Session, now: datetime) -> list[Metric]:
    figure = GaugeMetricFamily("giovang_heartbeat_age_seconds", "Since a worker last beat")
    beat = last_beat(session)
    if beat is not None:
        figure.add_metric([], (now - beat).total_seconds())
    return [figure]
