"""
A vendor's play log (CSV, XLSX) as answers "Đã phát": each row is one airing of one station.

Columns, by their Vietnamese or English heads: station (its code or name), when it played, and
either how long, how long it should, or a state in words. Read whole or refused whole.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.plain import slug
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.files.csvfile import read_csv
from worker.items.files.days import day_typed
from worker.items.files.grid import Cell, Grid, head_row, head_text
from worker.items.files.places import Found
from worker.items.files.read import read_bytes
from worker.models import BulletinRow
from worker.programme.model import Programme
from worker.radio.aired import Answer, Extent

HEADS: dict[str, tuple[str, ...]] = {
    "station": ("dai", "ma-dai", "ten-dai", "diem-phat", "thiet-bi", "station", "device"),
    "at": ("thoi-gian", "thoi-gian-phat", "bat-dau", "gio-phat", "time", "started", "start"),
    "played": ("thoi-luong", "da-phat-giay", "so-giay", "duration", "played"),
    "wanted": ("thoi-luong-tep", "do-dai-tep", "length"),
    "state": ("trang-thai", "ket-qua", "status", "result"),
}
STATES: dict[str, Extent] = {
    "thanh-cong": "full", "da-phat": "full", "hoan-thanh": "full", "ok": "full",
    "completed": "full", "success": "full", "mot-phan": "part", "gian-doan": "part",
    "partial": "part", "interrupted": "part", "loi": "not", "that-bai": "not", "khong-phat": "not",
    "failed": "not", "error": "not", "offline": "not",
}
#: a box's clock and an announcer's patience: how far from its time an airing may be
NEAR = timedelta(minutes=20)
_MOMENT = re.compile(r"(\S+)[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?")


def read_play_log(
    session: Session, path: Path, programme: Programme, said_to: str
) -> list[Answer]:
    """The answers of a file. UserError: every row that cannot be understood, none is taken."""
    found = Found()
    grids = _grids(path, found)
    answers = [a for grid in grids for a in _answers(session, grid, programme, said_to, found)]
    if found.mistakes:
        raise UserError.many(tuple(found.mistakes))
    if not answers:
        raise UserError(path.name, t("không có dòng nào", "no rows"),
                        t("xem lại tệp xuất từ hệ thống loa", "look at the exported file"))
    return answers


def _grids(path: Path, found: Found) -> Sequence[Grid]:
    data = read_bytes(path)
    if path.suffix.lower() == ".xlsx":
        from worker.items.files.xlsxfile import read_xlsx  # noqa: PLC0415  (the Excel library)

        return read_xlsx(data, path.name, found)
    grid = read_csv(data, path.name, found)
    return [grid] if grid is not None else []


def _answers(
    session: Session, grid: Grid, programme: Programme, said_to: str, found: Found
) -> Iterator[Answer]:
    if not grid.rows:
        return
    start = head_row([[cell.value for cell in row] for row in grid.rows])
    columns = _columns(grid.rows[start])
    missing = [name for name in ("station", "at") if name not in columns]
    if missing or not columns.keys() & {"state", "played"}:
        found.mistakes.append(grid.place.mistake(
            t("thiếu cột đài, thời gian, hoặc trạng thái", "no station, time or state column"),
            t("đặt tên cột: Đài; Thời gian; Trạng thái", "name columns: Station; Time; Status")))
        return
    for row in grid.rows[start + 1:]:
        if any(cell.filled() for cell in row):
            answer = _answer(session, row, columns, programme, said_to, found)
            if answer is not None:
                yield answer


def _columns(heads: Sequence[Cell]) -> dict[str, int]:
    names = {slug(head_text(cell.value)): n for n, cell in enumerate(heads) if cell.filled()}
    return {name: names[head] for name, known in HEADS.items() for head in known if head in names}


def _answer(
    session: Session, row: Sequence[Cell], columns: dict[str, int], programme: Programme,
    said_to: str, found: Found,
) -> Answer | None:
    station = _station(row[columns["station"]], programme, found)
    at = _moment(row[columns["at"]], programme, found)
    extent = _extent(row, columns, found)
    if station is None or at is None or extent is None:
        return None
    bulletin = session.scalars(
        select(BulletinRow)
        .where(BulletinRow.newest, BulletinRow.station == station,
               BulletinRow.airs_at >= at - NEAR, BulletinRow.airs_at <= at + NEAR)
        .order_by(BulletinRow.airs_at.desc()).limit(1)).first()
    if bulletin is None:
        found.mistakes.append(row[columns["at"]].place.mistake(
            t("đài không có buổi phát nào gần giờ này", "no airing of this station is near"),
            t("xem lại giờ của thiết bị, hoặc bỏ dòng này", "look at the box's clock")))
        return None
    reason = "" if extent == "full" else "hong_may"
    return Answer(station, bulletin.local_date, bulletin.airing, extent, "hệ thống loa", "log",
                  aired_at=at, number=bulletin.number, reason=reason, said_to=said_to)


def _station(cell: Cell, programme: Programme, found: Found) -> str | None:
    wanted = slug(str(cell.value or ""))
    for station in programme.stations:
        if wanted and wanted in (station.id, slug(station.name)):
            return station.id
    found.mistakes.append(cell.place.mistake(
        t(f"không có đài «{cell.value}»", f"no station “{cell.value}”"),
        t("ghi mã hoặc tên đài như trong schedules.toml", "as in schedules.toml")))
    return None


def _moment(cell: Cell, programme: Programme, found: Found) -> datetime | None:
    if isinstance(cell.value, datetime):
        return cell.value.replace(tzinfo=programme.zone())
    typed = _MOMENT.fullmatch(str(cell.value or "").strip())
    day = day_typed(typed[1], cell.place, found) if typed else None
    if typed is None:
        found.mistakes.append(cell.place.mistake(
            t(f"«{cell.value}» không phải ngày giờ", f"“{cell.value}” is no date and time"),
            t("viết 25/11/2026 05:30", "write 25/11/2026 05:30")))
    if typed is None or day is None:
        return None
    try:
        return datetime(day.year, day.month, day.day, int(typed[2]), int(typed[3]),
                        int(typed[4] or 0), tzinfo=programme.zone())
    except ValueError:
        found.mistakes.append(cell.place.mistake(t("không có giờ này", "no such time")))
        return None


def _extent(row: Sequence[Cell], columns: dict[str, int], found: Found) -> Extent | None:
    if "state" in columns and row[columns["state"]].filled():
        cell = row[columns["state"]]
        known = STATES.get(slug(str(cell.value)))
        if known is None:
            found.mistakes.append(cell.place.mistake(
                t(f"không hiểu trạng thái «{cell.value}»", f"unknown state “{cell.value}”"),
                t("ghi: thành công, một phần, hoặc lỗi", "write: success, partial or failed")))
        return known
    if "played" not in columns or not row[columns["played"]].filled():
        found.mistakes.append(Mistake(row[columns["at"]].place.words,
                                      t("không có trạng thái", "no state")))
        return None
    played = _seconds(row[columns["played"]].value)
    wanted = _seconds(row[columns["wanted"]].value) if "wanted" in columns else 0.0
    if played <= 0:
        return "not"
    return "part" if played < 0.95 * wanted else "full"


def _seconds(value: object) -> float:
    """Seconds as a number, 90, or as a clock, 00:01:30."""
    parts = str(value or "0").strip().replace(",", ".").split(":")
    try:
        return float(sum(float(p) * 60 ** n for n, p in enumerate(reversed(parts))))
    except ValueError:
        return 0.0
