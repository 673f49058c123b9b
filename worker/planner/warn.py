"""What somebody should know before an item goes to a place: each a sentence, none a refusal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.i18n import t
from worker.items.store import load_item
from worker.models import Item, Occurrence, Rendition
from worker.outbox.keys import occurrence_id
from worker.planner import series
from worker.planner.pinning import Spot, channels_of, explicit
from worker.planner.place import Foreseen, foresee
from worker.planner.scope import REMOVED
from worker.planner.wanted import PinKey, Want
from worker.programme.model import Programme
from worker.slots import blacked_out, blackout_span, slot_time

#: the same item so near is told of, where the segment has no number of its own
NEAR = timedelta(days=7)


def warnings(
    session: Session, force: InForce, now: datetime, item_id: str, spot: Spot, *,
    source: PinKey | None = None, days: Sequence[date] = (),
) -> list[str]:
    """
    Before an item is pinned. `source`: the place it is moved away from. `days`: those of a
    weekly repeat, the first being the spot's.
    """
    item = load_item(session, item_id)
    key = spot.key(item_id)
    found = [*_replaces(session, item_id, key), *_near(session, force.programme, item_id, spot,
                                                       source)]
    foreseen = foresee(session, force, now, spot.day, {key: item_id})
    if item.state != "approved":
        found.append(t(
            "Tin chưa được duyệt. Đến giờ mà chưa duyệt thì " + (
                "chuyên mục tự chọn tin khác." if spot.segment else "không có gì được phát."),
            "The item is not approved. If it is not by then, " + (
                "the segment picks another." if spot.segment else "nothing airs.")))
    else:
        unfit = _unfit(session, item)
        found += _on_channels(force.programme, foreseen, key, unfit)
    found += _too_late(force.programme, foreseen, key)
    found += _black_outs(force.programme, spot, days)
    return list(dict.fromkeys(found))


def _replaces(session: Session, item_id: str, key: PinKey) -> Iterator[str]:
    """Somebody had chosen another item for this place."""
    there = explicit(session, key) or series.pinned(session, key.day, key.day).get(key)
    if there is not None and there != item_id:
        title = session.get_one(Item, there).title
        yield t(f"Ở đây đang xếp «{title}»: sẽ được thay.",
                f"“{title}” is pinned here and will be replaced.")


def _near(
    session: Session, programme: Programme, item_id: str, spot: Spot, source: PinKey | None
) -> Iterator[str]:
    """The same item again within days."""
    rest = 0
    if spot.segment:
        rest = programme.segment(spot.segment).days_without_repeat
    around = timedelta(days=rest) if rest else NEAR
    first, last = spot.day - around, spot.day + around
    places = {PinKey(*row) for row in session.execute(
        select(Occurrence.entry, Occurrence.slot, Occurrence.local_date)
        .where(Occurrence.item_id == item_id, Occurrence.local_date.between(first, last),
               Occurrence.cancelled_at.is_(None), Occurrence.picked_by != REMOVED))}
    places |= {key for key, item in series.pinned(session, first, last).items()
               if item == item_id}
    places -= {spot.key(item_id), source or spot.key(item_id)}
    if places:
        slots = {s.id: s.name for s in programme.slots}
        when = ", ".join(
            f"{slots.get(k.slot, t('phát ngay', 'at once'))} {k.day:%d/%m/%Y}"
            for k in sorted(places, key=lambda k: (k.day, k.slot))[:5])
        yield t(f"Tin này còn phát gần đó: {when}.", f"The same item airs near by: {when}.")


def _unfit(session: Session, item: Item) -> dict[str, str]:
    """By channel why its text was not taken up when the item was submitted."""
    return {
        channel: "; ".join(str(p["what"]) for p in problems) for channel, problems in
        session.execute(select(Rendition.channel, Rendition.problems).where(
            Rendition.item_id == item.id, Rendition.version == item.version)) if problems}


def _on_channels(
    programme: Programme, foreseen: Foreseen, key: PinKey, unfit: Mapping[str, str]
) -> Iterator[str]:
    """Too long, black-out, quiet hours, carriers that would refuse, nobody to reach."""
    want = foreseen.at(key)
    if want is None or want.planned is None:
        return
    names = {c.id: c.name for c in programme.channels}
    by_remark: dict[str, list[str]] = {}
    for cell in want.planned.channels:
        for remark in filter(None, (unfit.get(cell.channel) or cell.problem, *cell.warned)):
            by_remark.setdefault(remark, []).append(names[cell.channel])
    for remark, channels in by_remark.items():
        yield t(f"Kênh {', '.join(channels)}: {remark}.", f"{', '.join(channels)}: {remark}.")
    if not any(cell.parcels for cell in want.planned.channels):
        yield t("Không kênh nào phát được tin này ở đây.", "No channel could air it here.")
    yield from _black_out_by_name(programme, want, names)
    yield from _quiet(programme, want, names)


def _black_out_by_name(
    programme: Programme, want: Want, names: dict[str, str]
) -> Iterator[str]:
    planned = want.planned
    for cell in planned.channels if planned else ():
        why = planned and blacked_out(programme, cell.channel, planned.priority, planned.opens_at)
        if why:
            yield t(f"Ngày ngừng phát «{why.name}», kênh {names[cell.channel]}.",
                    f"Black-out “{why.name}”, {names[cell.channel]}.")


def _quiet(programme: Programme, want: Want, names: dict[str, str]) -> Iterator[str]:
    """Quiet hours (or the law's hours for advertising) take the beginning of the slot."""
    zone = programme.zone()
    for cell in want.planned.channels if want.planned else ():
        late = [p.windows[0][0] for p in cell.parcels if p.windows[0][0] > p.opens_at]
        if late:
            begins = f"{min(late).astimezone(zone):%H:%M}"
            yield t(f"Kênh {names[cell.channel]}: vướng giờ không gửi, không phát, từ {begins} mới "
                    "bắt đầu.", f"{names[cell.channel]}: quiet hours; it begins at {begins} only.")


def _too_late(programme: Programme, foreseen: Foreseen, key: PinKey) -> Iterator[str]:
    there = occurrence_id(key.entry, key.slot, key.day, 1)
    if there in foreseen.cancelled:
        yield t("Lượt này đã hủy: xếp tin vào đây không làm nó phát lại.",
                "This airing was cancelled: a pin does not bring it back.")
    names = {c.id: c.name for c in programme.channels}
    begun = ", ".join(names.get(c, c) for c in sorted(foreseen.begun.get(there, ())))
    if begun:
        yield t(f"Đã giao hoặc đã phát trên kênh {begun}: nơi nào đổi được mới đổi.",
                f"Handed over or aired already on {begun}: only what can still change will.")


def _black_outs(programme: Programme, spot: Spot, days: Sequence[date]) -> Iterator[str]:
    """Days of a weekly repeat on which nothing airs."""
    segment = programme.segment(spot.segment) if spot.segment else None
    slot = programme.slot(spot.slot)
    channels = {c.id for c in channels_of(programme, segment, slot)}
    priority = segment.priority if segment else "thong_thuong"
    zone = programme.zone()
    for blackout in programme.blackouts:
        if priority not in blackout.priorities or not (
                not blackout.channels or channels & set(blackout.channels)):
            continue
        first, until = blackout_span(zone, blackout)
        hit = [day for day in days[1:] if first <= slot_time(programme, slot, day).opens_at < until]
        if hit:
            when = ", ".join(f"{day:%d/%m/%Y}" for day in hit[:5])
            yield t(f"Ngày ngừng phát «{blackout.name}» rơi vào {when}: hôm ấy không phát.",
                    f"Black-out “{blackout.name}” on {when}: nothing airs then.")
