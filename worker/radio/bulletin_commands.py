"""`giovang bulletin list|show`: a station's bulletins as its operator has them."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from worker import output
from worker.errors import UserError
from worker.home import in_force, open_home
from worker.i18n import t
from worker.people import Json
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.links import must_be_known
from worker.radio.paper.sheet import sheet_of
from worker.radio.read import bulletins_for
from worker.slots import local_date
from worker.typed import a_date

Station = Annotated[str, typer.Argument(metavar=t("ĐÀI", "STATION"), help=t("mã đài", "station"))]
Day = Annotated[str, typer.Option("--date", help=t("ngày, mặc định hôm nay", "day; today"))]


def list_(
    station: Station,
    date_: Day = "",
    days: Annotated[int, typer.Option("--days", help=t("số ngày", "number of days"))] = 8,
    json_: Json = False,
) -> None:
    if not 1 <= days <= 62:
        raise UserError("--days", t("phải từ 1 đến 62", "must be 1 to 62"))
    found, zone = _found(station, date_, days)
    rows = [_row(b, zone) for b in found]
    columns = {"date": t("Ngày", "Date"), "airing": t("Giờ phát", "Airing"),
               "number": t("Số", "Number"), "state": t("Tình trạng", "State"),
               "reads": t("Đọc", "Reads"), "accepted": t("Duyệt phát", "Accepted"),
               "items": t("Tin", "Items"), "notice": t("Thay đổi", "Changes")}
    shown = rows if json_ else [
        {**row, "date": f"{b.date:%d/%m/%Y}", "items": ", ".join(row["items"]),
         "state": t(*_STATES[row["state"]]), "number": row["number"] or "",
         "reads": f"{b.seconds}/{b.limit} s" + ("  !" if b.seconds > b.limit else "")}
        for row, b in zip(rows, found, strict=True)
    ]
    output.show(shown, columns, as_json=json_)


def show(
    station: Station,
    date_: Day = "",
    airing: Annotated[str, typer.Option("--airing", help=t("giờ phát", "airing"))] = "",
    json_: Json = False,
) -> None:
    found, zone = _found(station, date_, 1)
    if airing:
        known = [b.airing for b in found]
        found = [b for b in found if b.airing == airing]
        if not found:
            raise UserError(
                f"--airing {airing}", t("đài không phát giờ này", "there is no such airing"),
                t("các giờ phát: ", "its airings: ") + (", ".join(known) or t("không có", "none")))
    if json_:
        output.lines(to_json(b) for b in found)
        return
    for b in found:
        typer.echo(_sheet(b, zone))
    if not found:
        output.say(t("ngày này đài không có bản tin", "the station has no bulletin that day"))


#: state -> how it is called
_STATES = {"given": ("Đã giao", "given"), "planned": ("Dự kiến", "planned"),
           "stand_by": ("Dự phòng", "stand-by")}


def _found(station: str, day: str, days: int) -> tuple[list[Bulletin], ZoneInfo]:
    home = open_home()
    now = home.clock.now()
    with home.store.read() as session:
        force = in_force(session)
        must_be_known(force.programme, station)
        first: date = a_date("--date", day) if day else local_date(force.programme, now)
        found = bulletins_for(session, force, station, first, days, now)
    home.close()
    return found, force.programme.zone()


def _row(b: Bulletin, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "station": b.station, "date": b.date.isoformat(), "airing": b.airing, "number": b.number,
        "state": "stand_by" if b.stand_by else "planned" if b.planned else "given",
        "planned": b.planned, "airs_at": output.local_iso(b.airs_at, zone),
        "use_until": output.local_iso(b.use_until, zone), "priority": b.priority,
        "items": [s.item for s in b.airing_sections], "seconds": b.seconds, "limit": b.limit,
        "accepted": b.accepted.by if b.accepted else "", "replaces": b.replaces,
        "notice": b.notice,
    }


def _sheet(bulletin: Bulletin, zone: ZoneInfo) -> str:
    """The same words as on the printed sheet."""
    sheet = sheet_of(bulletin, zone)
    head = [sheet.station, f"{sheet.title}, {sheet.day}", *sheet.marks, sheet.notice,
            *(f"{name}: {value}" for name, value in sheet.facts)]
    said = [line for group in sheet.groups for line in
            (group.heading, *(f"{row.part.upper()}: {row.say}" for row in group.rows))]
    left = [t(f"Không đọc: {what}", f"Not read: {what}") for what in sheet.left_out]
    return "\n".join([*filter(None, head), "", *filter(None, said), *left, "", sheet.footer, ""])
