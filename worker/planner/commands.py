"""Commands over the calendar: plan, pin, unpin, publish, repeat."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.files import write_whole
from worker.errors import UserError
from worker.home import Home, acting, in_force, open_home
from worker.i18n import each, t
from worker.output import dumps, say, show
from worker.planner import by_hand, pinning, series
from worker.planner.cells import Planned
from worker.planner.pinning import Spot
from worker.planner.store import replan
from worker.planner.view import COLUMNS, view
from worker.typed import a_date

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]
Json = Annotated[bool, typer.Option("--json", help="JSON")]


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
        show(rows, each(COLUMNS), as_json=False)


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
    until: Annotated[
        str | None, typer.Option("--until", help=t("Lặp lại hằng tuần đến ngày",
                                                   "Every week until this day"))
    ] = None,
    as_: As = None,
) -> None:
    """Choose the item of one slot and date, or of every week until a day."""
    home = open_home()
    when = a_date("--date", day)
    now = home.clock.now()
    spot = Spot(when, slot, segment)
    with home.store.write() as session:
        person = acting(session, as_)
        programme = in_force(session).programme
        if until is None:
            place = pinning.pin(session, programme, now, person.id, item, spot)
            days = f"{when:%d/%m/%Y}"
        else:
            begun = series.begin(session, programme, now, person.id, item, slot, when,
                                 a_date("--until", until), segment)
            place, last = begun.place, begun.days[-1]
            days = t(f"hằng tuần từ {begun.days[0]:%d/%m/%Y} đến {last:%d/%m/%Y}",
                     f"every week from {begun.days[0]} to {last}")
    replan(home.store, now, person.id)
    say(t(f"đã xếp {item} vào {place.entry}, {slot}, {days}",
          f"pinned {item} to {place.entry}, {slot}, {days}"))
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
    onward: Annotated[
        bool, typer.Option("--onward", help=t("Kết thúc lặp lại từ ngày này",
                                              "End the weekly repeat from this day on"))
    ] = False,
    as_: As = None,
) -> None:
    """Take a pin away: the segment picks again. Of a weekly repeat, this day only."""
    home = open_home()
    when = a_date("--date", day)
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        pinning.unpin(session, now, person.id, item, Spot(when, slot, segment), onward=onward)
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
        planned = by_hand.publish(session, moment, acting(session, as_).id, item, channel)
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
        planned = by_hand.repeat(session, moment, person.id, occurrence)
    _report(home, planned, as_json=as_json)


def _report(home: Home, planned: Planned, *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"occurrence": planned.id, "item": planned.item.id, "channel": c.channel,
         "targets": sum(len(p.mails) for p in c.parcels), "problem": c.remark}
        for c in planned.channels
    ]
    show(rows, {"occurrence": t("Lượt phát", "Occurrence"), "channel": t("Kênh", "Channel"),
                "targets": t("Số nơi nhận", "Targets"),
                "problem": t("Không phát được vì", "Cannot air because")}, as_json=as_json)
    home.close()
