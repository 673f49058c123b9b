"""Every evening each centre hears of its own targets: tomorrow's programme, today's failures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.given import one_of
from worker.home import Home, in_force
from worker.i18n import t
from worker.log_query import effective_state
from worker.models import Batch, Delivery, Item, Person
from worker.notices import store
from worker.notices.items import training
from worker.notices.store import EVERYBODY, Told
from worker.notices.words import channel_name, state_on, text_of
from worker.planner.view import view
from worker.programme.model import Programme
from worker.programme.targets import candidates
from worker.radio import today
from worker.radio.paper.sheet import WEEKDAYS
from worker.scope import Targets, has, scope_of, targets_held
from worker.slots import local_date, to_utc

#: what staff have to hear of
FAILED = ("rejected", "exhausted", "uncertain", "expired")
#: names told; the page shows the rest
NAMED = 5
#: states of the calendar in which nothing airs any more
_OFF = frozenset({"cancelled", "recalled"})


@dataclass(frozen=True)
class _Day:
    """What is the same for every centre."""

    programme: Programme
    today: date
    rows: Sequence[Mapping[str, Any]]  #: tomorrow's calendar, a row a channel
    training: bool

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)


def evening(home: Home, now: datetime, done: set[date]) -> int:
    """
    Once a day, after the programme's `notices_at`; gives how many centres were told. `done`: days
    that this node has finished, kept up here.
    """
    with home.store.read() as session:
        programme = in_force(session).programme
        day = local_date(programme, now)
        if day in done or now < to_utc(programme.zone(), day, programme.settings.notices_at):
            return 0
        centres = {one or EVERYBODY for one in session.scalars(
            select(Person.organisation).where(Person.active).distinct())}
        causes = {centre: f"day/{day.isoformat()}/{centre}" for centre in centres}
        told = store.known(session, causes.values())
    wanted = {c: causes[c] for c in sorted(causes) if causes[c] not in told}
    count = _tell(home, now, programme, day, wanted) if wanted else 0
    done.clear()
    done.add(day)
    return count


def _tell(
    home: Home, now: datetime, programme: Programme, day: date, causes: Mapping[str, str]
) -> int:
    rows = view(home, day + timedelta(days=1), day + timedelta(days=1))
    with home.store.write() as session:
        same = _Day(programme, day, rows, training(session))
        found = [one for centre, cause in causes.items()
                 if (one := _of(session, now, same, centre, cause)) is not None]
        store.write(session, now, found)
        store.tidy(session, now)
    return len(found)


def _of(session: Session, now: datetime, day: _Day, centre: str, cause: str) -> Told | None:
    scope = scope_of(day.programme, None if centre == EVERYBODY else centre)
    held = targets_held(day.programme, scope)
    if held is not None and not held:
        return None  # it has no page, no site, no station: nothing of this is its own
    bodies = {o.id: o.name for o in day.programme.organisations}
    name = day.programme.name if centre == EVERYBODY else bodies.get(centre, centre)
    date_ = f"{day.tomorrow:%d/%m/%Y}"
    when = t(f"{WEEKDAYS[day.tomorrow.weekday()]} {date_}", f"{day.tomorrow:%A} {date_}")
    failures = [*_failures(session, day, held), *_silent(session, now, day, held)]
    lines = [
        t(f"CHƯƠNG TRÌNH NGÀY MAI: {when}", f"TOMORROW'S PROGRAMME: {when}"), name,
        *_programme(session, day, held),
        "\n" + (t("HÔM NAY CHƯA TRỌN:", "NOT DONE TODAY:") if failures else
                t("Hôm nay không có lượt nào hỏng.", "Nothing failed today.")),
        *failures,
        t("Việc cần làm: xử lý các lượt trên, bổ sung tin cho giờ còn thiếu.",
          "To do: look after these, fill the slots that are empty.") if failures else "",
    ]
    return Told(cause, "day", t(f"Chương trình ngày mai, {when}", f"Tomorrow's programme, {when}"),
                text_of(day.training, lines, "/lich-phat"), "/lich-phat",
                organisation=centre)


def _programme(session: Session, day: _Day, held: Targets | None) -> Iterator[str]:
    """A line an airing, in order of opening, with its channels."""
    mine = _reached(session, day.tomorrow, held)
    slots = {s.id: s.name for s in day.programme.slots}
    segments = {s.id: s.name for s in day.programme.segments}
    found: dict[tuple[str, str, str], list[str]] = {}
    order = {c.id: n for n, c in enumerate(day.programme.channels)}
    for row in sorted(day.rows, key=lambda r: (r["opens_at"], order.get(r["channel"], 99))):
        empty = row["item"] is None
        ours = held is None or (row["channel"] in held if empty
                                else (row["occurrence"], row["channel"]) in mine)
        if not ours or row["state"] in _OFF:
            continue
        what = (t(f"THIẾU TIN, chuyên mục {segments.get(row['segment'], '')}",
                  f"NOTHING TO AIR in {segments.get(row['segment'], '')}") if empty
                else f"«{row['title']}»")
        place = (row["opens_at"][11:16], slots.get(row["slot"], ""), what)
        channel = channel_name(day.programme, row["channel"])
        if row["state"] == "blocked":
            channel += t(" không phát được", " cannot air it")
        found.setdefault(place, []).append(channel)
    for (clock, slot, what), channels in found.items():
        yield f"- {clock} {slot}: {what} ({', '.join(dict.fromkeys(channels))})"
    if not found:
        yield t("Ngày mai không có tin nào.", "Nothing airs tomorrow.")


def _reached(session: Session, day: date, held: Targets | None) -> set[tuple[str, str]]:
    """Occurrence and channel of what goes to targets of theirs."""
    if held is None:
        return set()
    return {(o, channel) for o, channel, target in session.execute(
        select(Delivery.occurrence_id, Delivery.channel, Delivery.target)
        .where(Delivery.day == day, Delivery.kind == "publish", one_of(Delivery.target, "ids")),
        {"ids": _ids(held)}) if has(held, channel, target)}


def _ids(held: Targets) -> list[str]:
    return sorted({target for targets in held.values() for target in targets})


def _failures(session: Session, day: _Day, held: Targets | None) -> Iterator[str]:
    """A line for each item, channel and state, with some of the names."""
    state = effective_state()
    query = (
        select(Delivery.channel, Batch.item_id, state.label("state"), Delivery.target)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.day == day.today, Delivery.kind == "publish", state.in_(FAILED)))
    if held is not None:
        query = query.where(one_of(Delivery.target, "ids"))
    found: dict[tuple[str, str, str], list[str]] = {}
    for channel, item, name, target in session.execute(
        query.order_by(Delivery.channel, Batch.item_id, Delivery.target),
        {"ids": _ids(held)} if held is not None else {},
    ):
        if has(held, channel, target):
            found.setdefault((channel, item, name), []).append(target)
    titles = dict(iter(session.execute(
        select(Item.id, Item.title).where(Item.id.in_({item for _, item, _ in found})))))
    for (channel, item, name), targets in found.items():
        config = next((c for c in day.programme.channels if c.id == channel), None)
        names = {x.id: x.name for x in candidates(day.programme, config)} if config else {}
        yield (f"- {channel_name(day.programme, channel)}, «{titles.get(item, item)}»: "
               f"{len(targets)} {state_on(day.programme, channel, name)} "
               f"({_some([names.get(x, x) for x in targets])})")


def _silent(
    session: Session, now: datetime, day: _Day, held: Targets | None
) -> Iterator[str]:
    """Stations that have not said what they aired today."""
    stations = {s.id: s.name for s in day.programme.stations}
    mine = None if held is None else {x for targets in held.values() for x in targets}
    found = [f"{stations[s]} {airing}" for s, airing in today.silent(session, now, day.today)
             if s in stations and (mine is None or s in mine)]
    if found:
        yield t(f"- Đài chưa báo «Đã phát»: {len(found)} buổi ({_some(found)})",
                f"- Airings not confirmed: {len(found)} ({_some(found)})")


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    rest = [t(f"và {more} nơi nữa", f"and {more} more")] if more > 0 else []
    return ", ".join([*names[:NAMED], *rest])
