"""
What the log gives up: deliveries, tries, receipts, gateways' ids and messages of campaigns, once
they are older than `log_months`. Airings, events, batches, campaigns and their counts stay.

Each month goes by itself, once everything in it has ended; it is audited with its counts. On
PostgreSQL a month is a partition, dropped whole; on SQLite, and in what there was before there
were partitions, rows go in chunks, and whoever is interrupted goes on the next day.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import (
    CursorResult,
    Delete,
    TableClause,
    column,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.orm import Session

from worker import audit, still_out
from worker.alarms.store import close_alarm, raise_alarm
from worker.db import Store, lock_outbox
from worker.growth import partitions
from worker.growth.partitions import BLOCKS, DAYS, MOMENTS, Kind, Part, later, month, months
from worker.home import SYSTEM, in_force
from worker.i18n import t
from worker.models import (
    Aftercare,
    Attempt,
    Batch,
    Campaign,
    CampaignLot,
    CampaignMessage,
    Delivery,
    DeliveryFigures,
    Installation,
    UtcDateTime,
)
from worker.models.outbox import LEFT_PREPARED
from worker.programme.model import Programme
from worker.slots import local_date

log = structlog.get_logger("giovang")


class Chunks(NamedTuple):
    """What one transaction deletes at most."""

    deliveries: int = 500  #: each with its tries
    rows: int = 2_000  #: of every other kind


CHUNKS = Chunks()


#: a month that should have gone is kept silently so many months
PATIENCE = 1
_ENDED = ("finished", "stopped", "expired")


def first_kept(programme: Programme, today: date) -> date:
    """Rows of earlier days may be gone: who finds none must not say that there were none."""
    return later(month(today), -programme.settings.log_months)


@dataclass
class Tidied:
    """What went, by month, and what was kept although it was due."""

    gone: dict[date, dict[str, int]]
    kept: list[date]


def tidy(store: Store, now: datetime, chunks: Chunks = CHUNKS) -> Tidied:
    """All that is due; may die anywhere and be called again, by any node."""
    done, busy = Tidied({}, []), list[date]()
    with store.read() as session:
        programme = in_force(session).programme
        made = local_date(programme, session.scalars(select(Installation.created_at)).one())
        oldest = session.scalars(select(func.min(Delivery.day))).one()
        # what is recalled and still public, `status` must go on telling
        public = {month(x.delivery.day) for x in still_out.left(session, now) if x.public}
    cut = first_kept(programme, local_date(programme, now))
    if month(made) > cut:
        return done  # nothing of ours is so old, whatever the rows say
    for low in months(oldest, cut - timedelta(days=1)) if oldest and oldest < cut else []:
        with store.read() as session:
            if low in public or unfinished(session, low):
                done.kept.append(low)
                continue
        gone = _month(store, now, low, chunks.deliveries)
        if gone is None:
            busy.append(low)
        else:
            done.gone[low] = gone
    _moments(store, now, cut, {*done.kept, *busy}, chunks.rows)
    _campaigns(store, now, cut, chunks.rows)
    _tell(store, now, [low for low in done.kept if later(low, PATIENCE) < cut])
    return done


def unfinished(session: Session, low: date) -> bool:
    """Something of this month has no end yet; asked of indexes that hold only what is open."""
    here = Delivery.day.between(low, later(low, 1) - timedelta(days=1))
    last = (Delivery.id == Attempt.delivery_id) & (Delivery.day == Attempt.day)
    # an airing's batches have its day; held ones expire with their slot
    batches = Batch.day.between(low, later(low, 1) - timedelta(days=1))
    kinds = (
        select(Delivery.id).where(here, Delivery.state == "uncertain"),
        select(Delivery.id).where(here, LEFT_PREPARED),
        select(Delivery.id).join(Attempt, last).where(
            here, Attempt.ended_at.is_(None), Delivery.state == "sending"),
        select(Batch.id).where(batches, Batch.state.in_(["ready", "leased"])),
        select(Aftercare.delivery_id).where(
            Aftercare.day.between(low, later(low, 1) - timedelta(days=1)),
            Aftercare.state == "open"),
    )
    return any(session.execute(kind.limit(1)).first() for kind in kinds)


# ---------------------------------------------------------------- a month of deliveries


def _month(store: Store, now: datetime, low: date, chunk: int) -> dict[str, int] | None:
    """What went; None when something of it stays for now."""
    whole = _whole(store, DAYS, low, later(low, 1))
    if whole is not None:
        return _dropped(store, now, DAYS, whole, low.strftime("%Y-%m"), low)
    gone = Counter[str]()
    while True:
        with store.write() as session:
            if unfinished(session, low):  # began anew since the chunk before
                _record(session, now, low.strftime("%Y-%m"), gone)
                return None
            ids = session.scalars(
                select(Delivery.id)
                .where(Delivery.day.between(low, later(low, 1) - timedelta(days=1)))
                .order_by(Delivery.day, Delivery.channel, Delivery.id).limit(chunk)).all()
            for model in (DeliveryFigures, Aftercare, Attempt):
                gone[model.__tablename__] += _count(session, delete(model).where(
                    model.delivery_id.in_(ids), model.day >= low, model.day < later(low, 1)))
            gone["delivery"] += _count(session, delete(Delivery).where(
                Delivery.id.in_(ids), Delivery.day >= low, Delivery.day < later(low, 1)))
            if len(ids) < chunk:
                _record(session, now, low.strftime("%Y-%m"), gone)
                return dict(gone)


def _count(session: Session, statement: Delete) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)  # noqa: S101  (what a DELETE gives)
    return done.rowcount


def _record(session: Session, now: datetime, what: str, gone: dict[str, int]) -> None:
    if any(gone.values()):
        audit.record(session, now, SYSTEM, "log_expired", what,
                     {name: count for name, count in gone.items() if count})


# ---------------------------------------------------------------- partitions


def _whole(store: Store, kind: Kind, low: date | int, high: date | int) -> str | None:
    """How the partitions of exactly this range end, when there are any."""
    with store.read() as session:
        found = {p.suffix for p in partitions.parts(session)
                 if p.table in kind.tables and (p.low, p.high) == (low, high)}
    return found.pop() if len(found) == 1 else None


def _dropped(
    store: Store, now: datetime, kind: Kind, suffix: str, what: str, low: date | None = None
) -> dict[str, int] | None:
    """None when others held the tables, or something began anew: it stays until the next time."""
    gone, stays = dict[str, int](), False

    def act(session: Session) -> None:
        nonlocal stays
        if not partitions.held(session, kind, suffix):
            gone.clear()  # another node was quicker
            return
        if not gone:  # all of it has ended: counted once, however often this is tried
            gone.update((name, session.execute(
                select(func.count()).select_from(table(f"{name}{suffix}"))).scalar_one())
                for name in kind.tables)
        lock_outbox(session)  # nobody begins anything meanwhile
        stays = low is not None and unfinished(session, low)
        if not stays:
            _record(session, now, what, gone)
            partitions.drop(session, kind, suffix)

    return gone if partitions.shortly(store, act) and not stays else None


# ---------------------------------------------------------------- receipts and ids


def _moments(
    store: Store, now: datetime, cut: date, kept: Collection[date], rows: int
) -> None:
    """A month of them stays while something of that month's deliveries does."""
    with store.read() as session:
        found = [p for p in partitions.parts(session) if p.table in MOMENTS.tables]
    for part in [p for p in found if p.table == MOMENTS.tables[0] and p.low is not None]:
        low = part.low
        if isinstance(low, date) and low < cut and low not in kept:
            _dropped(store, now, MOMENTS, part.suffix, low.strftime("%Y-%m"))
    for name, when in zip(MOMENTS.tables, MOMENTS.columns, strict=True):
        if store.sqlite:
            _pages(store, now, _table(name, when), cut, kept, rows)
        elif any(p.name == f"{name}_before" for p in found):
            _pages(store, now, _table(f"{name}_before", when), cut, kept, rows)


def _table(name: str, when: str) -> TableClause:
    return table(name, column("id"), column(when, UtcDateTime()))


def _pages(
    store: Store, now: datetime, rows: TableClause, cut: date, kept: Collection[date], limit: int
) -> None:
    """Ids rise with time: from the first one on, until a page holds nothing so old."""
    number, when = rows.c
    end, after, gone = datetime.combine(cut, time(), UTC), 0, Counter[str]()
    while True:
        with store.write() as session:
            page = session.execute(select(number, when).where(number > after)
                                   .order_by(number).limit(limit)).all()
            old = [(key, at) for key, at in page if at < end and month(at.date()) not in kept]
            if old:
                session.execute(delete(rows).where(number.in_([key for key, _ in old])))
                gone.update(f"{at:%Y-%m}" for _, at in old)
            if len(page) < limit or page[-1][1] >= end:
                for what, count in sorted(gone.items()):
                    _record(session, now, what, {rows.name.removesuffix("_before"): count})
                return
            after = page[-1][0]


# ---------------------------------------------------------------- campaigns


def _campaigns(store: Store, now: datetime, cut: date, rows: int) -> None:
    """Their messages; what they say of themselves and their counts stay."""
    end = datetime.combine(cut, time(), UTC)
    young = or_(
        Campaign.state.not_in(_ENDED), Campaign.closes_at >= end, Campaign.state_at >= end,
        Campaign.last_begun_at >= end,
        exists().where(CampaignLot.campaign_id == Campaign.id,
                       or_(CampaignLot.uncertain > 0, CampaignLot.flying > 0)))
    with store.read() as session:
        highest = session.scalars(select(func.max(Campaign.id))).one() or 0
        blocks = [p for p in partitions.parts(session) if p.table in BLOCKS.tables]
        full = [p for p in blocks if isinstance(p.high, int) and p.low is not None
                and p.high <= highest and not session.scalars(
                    select(Campaign.id).where(young, Campaign.id.between(p.low, p.high - 1))
                    .limit(1)).first()]
        single = session.scalars(select(Campaign.id).where(
            ~func.coalesce(young, false()), _by_rows(store, blocks),
            exists().where(CampaignMessage.campaign_id == Campaign.id))).all()
    for part in full:
        _dropped(store, now, BLOCKS, part.suffix,
                 t(f"đợt {part.low}–{part.high}", f"campaigns {part.low}–{part.high}"))
    for number in single:
        _messages(store, now, number, rows)


def _by_rows(store: Store, blocks: Sequence[Part]) -> Any:
    """Campaigns whose messages stand in no block that is dropped as a whole."""
    before = [p.high for p in blocks if p.low is None and isinstance(p.high, int)]
    return true() if store.sqlite else Campaign.id < max(before, default=0)


def _messages(store: Store, now: datetime, number: int, rows: int) -> None:
    gone, mine = 0, CampaignMessage.campaign_id == number
    while True:
        with store.write() as session:
            first = session.scalars(select(func.min(CampaignMessage.row)).where(mine)).one()
            if first is None:
                _record(session, now, t(f"đợt {number}", f"campaign {number}"),
                        {"campaign_message": gone})
                return
            gone += _count(session, delete(CampaignMessage).where(
                mine, CampaignMessage.row < first + rows))


def _tell(store: Store, now: datetime, late: Sequence[date]) -> None:
    """What should have gone long ago wants a person."""
    with store.write() as session:
        if not late:
            close_alarm(session, now, "retention")
            return
        names = ", ".join(f"{low:%m/%Y}" for low in late)
        raise_alarm(session, now, "retention", "retention", "warning",
                    t(f"nhật ký quá hạn lưu mà chưa xóa được, còn việc dở: {names}",
                      f"the log of these months is due to go, but something is open: {names}"),
                    t("xem `giovang log --state uncertain` của các tháng ấy",
                      "see `giovang log --state uncertain` of those months"))
