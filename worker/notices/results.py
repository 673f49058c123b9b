"""Authors hear what became of an airing, channel by channel, once it is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.home import in_force
from worker.i18n import t
from worker.log_query import effective_state
from worker.models import Batch, Delivery, Item, Occurrence
from worker.notices.items import training
from worker.notices.people import writers
from worker.notices.store import Told
from worker.notices.words import at, channel_name, state_on, text_of
from worker.programme.model import Programme

#: so long after its slot closed the results are taken for what they are
SETTLED = timedelta(minutes=5)
#: an airing over longer ago than this is not told any more
LATELY = timedelta(hours=12)
_GOOD, _NOTHING = frozenset({"accepted", "delivered"}), frozenset({"cancelled", "recalled"})


def aired(session: Session, now: datetime, done: set[str]) -> Iterator[Told]:
    """Of airings that closed and are not among those `done`, which are kept up here."""
    over = session.scalars(
        select(Occurrence)
        .where(Occurrence.closes_at <= now - SETTLED, Occurrence.closes_at > now - LATELY,
               Occurrence.opens_at > now - LATELY - timedelta(days=1),
               Occurrence.picked_by != "bulletin", Occurrence.cancelled_at.is_(None))
        .order_by(Occurrence.closes_at, Occurrence.id)).all()
    for occurrence in over:
        if occurrence.id not in done:
            yield from _of(session, in_force(session).programme, occurrence)
    done.intersection_update(o.id for o in over)  # those of yesterday are not asked for again
    done.update(o.id for o in over)


def _of(session: Session, programme: Programme, o: Occurrence) -> Iterator[Told]:
    counts: dict[str, dict[str, int]] = {}
    effective = effective_state()
    for channel, state, count in session.execute(
        select(Delivery.channel, effective, func.count()).select_from(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.occurrence_id == o.id, Delivery.kind == "publish")
        .group_by(Delivery.channel, effective)
    ):
        if state != "cancelled":
            counts.setdefault(channel, {})[state] = count
    if not counts:
        return
    item = session.get_one(Item, o.item_id)
    zone, slot = programme.zone(), {s.id: s.name for s in programme.slots}.get(o.slot, "")
    bad = sum(n for states in counts.values() for state, n in states.items()
              if state not in _GOOD | _NOTHING)
    order = [c.id for c in programme.channels]
    head = t("ĐÃ PHÁT", "AIRED") if not bad else t("PHÁT CHƯA TRỌN", "NOT ALL WENT OUT")
    lines = [
        f"{head}: «{item.title}»",
        ", ".join(filter(None, (slot, at(o.opens_at, zone)))),
        *(f"- {channel_name(programme, c)}: " + ", ".join(
            f"{n} {state_on(programme, c, state)}" for state, n in sorted(counts[c].items()))
          for c in sorted(counts, key=lambda c: order.index(c) if c in order else len(order))),
        t("Việc cần làm: mở nhật ký, xem các lượt chưa trọn.",
          "To do: open the log and look at those.") if bad else "",
    ]
    day = f"{o.local_date:%d/%m/%Y}"
    link = f"/nhat-ky?first={day}&last={day}"
    for person in writers(session, o.item_id, o.item_version):
        yield Told(f"aired/{o.id}/{person.id}", "aired", f"{head.capitalize()}: «{item.title}»",
                   text_of(training(session), lines, link), link, person=person.id)
