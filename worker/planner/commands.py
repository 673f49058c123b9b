"""Commands over the calendar: plan, pin, unpin, publish, repeat."""

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from channels.files import write_whole
from worker import audit
from worker.db import lock_for_planning
from worker.errors import Refused, UserError
from worker.home import Home, InForce, acting, in_force, open_home
from worker.i18n import t
from worker.models import Occurrence, Pin
from worker.outbox.keys import occurrence_id
from worker.output import dumps, say, show
from worker.planner import scope as reading
from worker.planner.cells import Planned
from worker.planner.pins import find_place
from worker.planner.rows import Rows
from worker.planner.store import replan
from worker.planner.view import COLUMNS, view
from worker.planner.wanted import Scope, immediately
from worker.slots import local_date
from worker.typed import a_date

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]
Json = Annotated[bool, typer.Option("--json", help="JSON")]

#: how long `publish --now` and `repeat` may try to begin
LASTS = timedelta(hours=2)


def plan(
    from_: Annotated[str, typer.Option("--from", help=t("Ngày đầu", "First day"))],
    days: Annotated[int, typer.Option("--days", help=t("Số ngày", "Number of days"))] = 7,
    ics: Annotated[
        Path | None, typer.Option("--ics", help=t("Ghi lịch ra tệp này", "Write a calendar file"))
    ] = None,
    as_json: Json = False,
) -> None:
    """One object per occurrence and channel; writes nothing but the calendar file asked for."""
    first = a_date("--from", from_)
    if not 1 <= days <= 400:
        raise UserError("--days", t("phải từ 1 đến 400", "must be 1 to 400"))
    home = open_home()
    rows = view(home, first, first + timedelta(days=days - 1))
    if ics is not None:
        _write_ics(home, rows, ics)
    home.close()
    if ics is not None:
        return
    if as_json:
        sys.stdout.write(dumps(rows) + "\n")
    else:
        show(rows, COLUMNS, as_json=False)


def _write_ics(home: Home, rows: list[dict[str, Any]], file: Path) -> None:
    from worker.planner.ics import programme_ics  # noqa: PLC0415  (4 MB, for who asks for it)

    made = programme_ics(rows, home.programme().programme, home.clock.now(),
                         home.installation().uid)
    try:
        write_whole(file, made)
    except OSError as error:
        raise UserError(str(file), t(f"không ghi được: {error.strerror}",
                                     f"cannot be written: {error.strerror}"),
                        t("chọn chỗ khác", "choose another place")) from error
    say(t(f"đã ghi lịch vào {file}", f"wrote the calendar to {file}"))


def pin(
    item: Annotated[str, typer.Argument(help=t("Mã tin", "Item"))],
    slot: Annotated[str, typer.Option("--slot", help=t("Khung giờ", "Slot"))],
    day: Annotated[str, typer.Option("--date", help=t("Ngày", "Date"))],
    segment: Annotated[
        str | None, typer.Option("--segment", help=t("Chuyên mục", "Segment"))
    ] = None,
    as_: As = None,
) -> None:
    """Choose the item of one slot and date."""
    home = open_home()
    when = a_date("--date", day)
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        place = find_place(session, in_force(session).programme, now, item, slot, when, segment)
        session.execute(delete(Pin).where(
            Pin.entry == place.entry, Pin.slot == slot, Pin.local_date == when))
        session.add(Pin(entry=place.entry, slot=slot, local_date=when, item_id=item,
                        by=person.id, at=now))
        audit.record(session, now, person.id, "pin", item,
                     {"entry": place.entry, "slot": slot, "date": when.isoformat()})
    replan(home.store, now, person.id)
    say(t(f"đã xếp {item} vào {place.entry}, {slot}, {when:%d/%m/%Y}",
          f"pinned {item} to {place.entry}, {slot}, {when}"))
    if place.warning:
        say(place.warning)
    home.close()


def unpin(
    item: Annotated[str, typer.Argument(help=t("Mã tin", "Item"))],
    slot: Annotated[str, typer.Option("--slot", help=t("Khung giờ", "Slot"))],
    day: Annotated[str, typer.Option("--date", help=t("Ngày", "Date"))],
    segment: Annotated[
        str | None, typer.Option("--segment", help=t("Chuyên mục", "Segment"))
    ] = None,
    as_: As = None,
) -> None:
    """Take a pin away: the segment picks again."""
    home = open_home()
    when = a_date("--date", day)
    now = home.clock.now()
    only = [Pin.entry == segment] if segment else []
    with home.store.write() as session:
        person = acting(session, as_)
        gone = session.execute(
            delete(Pin).where(Pin.item_id == item, Pin.slot == slot, Pin.local_date == when, *only)
            .returning(Pin.entry)
        ).all()
        if not gone:
            raise Refused(item, t("không được xếp ở chỗ này", "is not pinned there"),
                          t("xem `giovang plan`", "see `giovang plan`"))
        audit.record(session, now, person.id, "unpin", item,
                     {"slot": slot, "date": when.isoformat()})
    replan(home.store, now, person.id)
    say(t(f"đã bỏ xếp {item}", f"unpinned {item}"))
    home.close()


def publish(
    item: Annotated[str, typer.Argument(help=t("Mã tin", "Item"))],
    now_: Annotated[bool, typer.Option("--now", help=t("Phát ngay", "At once"))] = False,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help=t("Chỉ kênh này", "Only this channel"))
    ] = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """An occurrence at once, outside slots; same approval, same log."""
    if not now_:
        raise UserError("publish", t("chưa nói khi nào", "does not say when"),
                        t("thêm --now, hoặc xếp vào khung giờ bằng `giovang pin`",
                          "add --now, or pin it to a slot"))
    home = open_home()
    moment = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        force = in_force(session)
        day = local_date(force.programme, moment)
        entry = f"now:{item}"
        if session.get(Occurrence, occurrence_id(entry, "-", day, 1)) is not None:
            raise Refused(
                item, t("hôm nay đã phát ngay tin này rồi", "was published at once today already"),
                t(f"muốn phát lần nữa: giovang repeat {entry}/-/{day}/1",
                  f"to air it again: giovang repeat {entry}/-/{day}/1"))
        planned, scope = at_once(session, force, moment, item, entry, 1, day, channel, "now")
        _write(session, force, scope, moment, person.id, planned)
    _report(home, planned, as_json=as_json)


def repeat(
    occurrence: Annotated[str, typer.Argument(help=t("Mã lượt phát", "Occurrence"))],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """The same item again, at once, on the same channels: a person's decision, run 2, 3 …"""
    home = open_home()
    moment = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        force = in_force(session)
        old = session.get(Occurrence, occurrence)
        if old is None:
            raise UserError(occurrence, t("không có lượt phát này", "no such occurrence"),
                            t("lấy mã ở `giovang plan`", "take it from `giovang plan`"))
        if old.picked_by == "campaign":  # the same
            raise Refused(occurrence, t("là đợt nhắn tin", "is an SMS campaign"),
                          t("lập đợt mới: giovang campaign create",
                            "make another: giovang campaign create"))
        if old.picked_by == "area":  # no channel of ours: it would go out on all of them
            raise Refused(occurrence, t("là đơn theo vùng, nhà mạng gửi", "is sent by a carrier"),
                          t("lập đơn khác: giovang area order --again",
                            "order it anew: giovang area order --again"))
        highest = session.scalars(select(func.max(Occurrence.run)).where(
            Occurrence.entry == old.entry, Occurrence.slot == old.slot,
            Occurrence.local_date == old.local_date)).one()
        channels = list(reading.standing(session, old.local_date)[old.id].plans)
        planned, scope = at_once(session, force, moment, old.item_id, old.entry, highest + 1,
                                 old.local_date, channels, "repeat", slot=old.slot)
        _write(session, force, scope, moment, person.id, planned)
    _report(home, planned, as_json=as_json)


def at_once(
    session: Session, force: InForce, now: datetime, item: str, entry: str, run: int, day: date,
    channels: list[str] | None, picked_by: str, *, slot: str = "-",
) -> tuple[Planned, Scope]:
    """What would go out now; refused with the reason when nothing could."""
    scope: Scope = reading.scope(session, force, now, day, {})
    candidate = scope.items.get(item)
    if candidate is None:
        raise Refused(item, t("chưa được duyệt (hoặc không có tin này)",
                              "is not approved (or there is no such item)"),
                      t("xem `giovang items`; trình và duyệt trước",
                        "see `giovang items`; submit and approve it first"))
    known = {c.id: c for c in force.programme.channels if c.enabled}
    for name in channels or ():
        if name not in known:
            raise UserError("--channel", t(f"không có kênh «{name}»", f"no channel “{name}”"),
                            t(f"dùng: {', '.join(known)}", f"use: {', '.join(known)}"))
    chosen = tuple(c for c in known.values()
                   if (c.id in channels if channels else c.id in candidate.channels))
    planned = immediately(scope, candidate, entry, now, day, run, chosen, LASTS, picked_by, slot)
    if not any(c.parcels for c in planned.channels):
        why = "; ".join(dict.fromkeys(c.problem for c in planned.channels if c.problem))
        raise Refused(item, t(f"không phát được bây giờ: {why}", f"cannot air now: {why}"),
                      t("chờ khung giờ, hoặc đặt mức khẩn cấp rồi duyệt lại",
                        "wait for a slot, or make it khan_cap and approve it again"))
    return planned, scope


def _write(
    session: Session, force: InForce, scope: Scope, now: datetime, actor: str, planned: Planned
) -> None:
    lock_for_planning(session)
    rows = Rows(now, actor, force.version, scope.writer)
    rows.occurrence(planned)
    for cell in planned.channels:
        rows.cell(planned, cell, 1)
    rows.write(session)
    audit.record(session, now, actor, planned.picked_by, planned.id, {"item": planned.item.id})


def _report(home: Home, planned: Planned, *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"occurrence": planned.id, "item": planned.item.id, "channel": c.channel,
         "targets": sum(len(p.mails) for p in c.parcels), "problem": c.remark}
        for c in planned.channels
    ]
    show(rows, {"occurrence": "Lượt phát", "channel": "Kênh", "targets": "Số nơi nhận",
                "problem": "Không phát được vì"}, as_json=as_json)
    home.close()
