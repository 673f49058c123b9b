"""
The carrier's result file, CSV or XLSX: whose columns are found by their heads, in Vietnamese or
English, below a title if there is one. Read whole or refused whole, with every mistake.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from vietnamese.plain import slug
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.files.csvfile import unguard
from worker.items.files.places import Found
from worker.items.files.read import read_bytes
from worker.models import AreaOrder

from .papers import zone_of

#: of the sheet that the carrier fills in, in the order of `_KNOWN`
HEADS = ("Mã đơn", "Mã vùng", "Vùng", "Đã gửi", "Thành công", "Thất bại", "Thời gian gửi")
_KNOWN = {
    "order": "ma-don order order-code",
    "code": "ma-vung ma-xa ma-dia-ban ma-don-vi ma area-code code",
    "area": "vung ten-vung xa phuong xa-phuong phuong-xa ten-xa huyen thon dia-ban khu-vuc don-vi "
            "area commune ward district",
    "sent": "da-gui gui gui-di da-gui-di sent submitted total-sent",
    "delivered": "thanh-cong gui-thanh-cong da-den den den-may nhan-duoc delivered success "
                 "successful",
    "failed": "that-bai gui-that-bai khong-thanh-cong gui-khong-thanh-cong loi gui-loi khong-den "
              "failed fail error undelivered",
    "at": "thoi-gian thoi-gian-gui ngay-gui gio-gui ngay-gio luc ket-thuc thoi-gian-ket-thuc time "
          "sent-at finished-at",
}  # fmt: skip
_KEYS = {head: key for key, heads in _KNOWN.items() for head in heads.split()}
#: "Tổng số tin gửi", "Số lượng thành công", "Thất bại (tin)"
_BEFORE = re.compile(r"^(?:tong-)?(?:so-)?(?:luong-)?(?:tin-nhan-|tin-|sms-|thue-bao-)?")
_AFTER = re.compile(r"-(?:tin-nhan|tin|sms|thue-bao)$")
_TOTAL = re.compile(r"tong(?:-.*)?|cong|total(?:-.*)?")
_WITHIN = 15  #: rows in which the heads stand
_NUMBER = re.compile(r"\d{1,3}(?:[., \u00a0]\d{3})+|\d+")
_DAY_FIRST = re.compile(
    r"(?:(?P<h>\d{1,2})[:hg](?P<m>\d{2})(?::\d{2})?\s+)?(?P<d>\d{1,2})[/-](?P<mo>\d{1,2})[/-]"
    r"(?P<y>\d{4})(?:\s+(?P<h2>\d{1,2})[:hg](?P<m2>\d{2})(?::\d{2})?)?")
_FIGURES = ("sent", "delivered", "failed")


class Line(NamedTuple):
    """What one row says; None: nothing."""

    code: str
    area: str
    sent: int
    delivered: int | None
    failed: int | None
    at: datetime | None


@dataclass
class _Table:
    """The rows below the heads, and what was found wrong."""

    file: str
    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[object]]]
    mistakes: list[Mistake] = field(default_factory=list)

    def cell(self, row: Sequence[object], key: str) -> object:
        position = self.columns.get(key, -1)
        return row[position] if 0 <= position < len(row) else None

    def text(self, row: Sequence[object], key: str) -> str:
        value = self.cell(row, key)
        return " ".join(str(value).split()) if value is not None else ""

    def wrong(self, number: int, what: str, fix: str = "") -> None:
        where = t(f"{self.file}: dòng {number}", f"{self.file}: row {number}")
        self.mistakes.append(Mistake(where, what, fix))


def read(path: Path, order: AreaOrder) -> dict[str, Any]:
    """
    The figures as they are stored: `totals` (sent, delivered, failed, no_result), `rows`, and what
    a person should look at: `blank` (areas without a figure), `foreign` (areas that the order does
    not name), `outside` (rows sent outside the ordered hours).

    Raises:
        UserError: with every mistake of the file; nothing of it is taken.
    """
    table = _table(path)
    lines: list[Line] = []
    blank: list[str] = []
    sums: list[tuple[int, dict[str, int | None]]] = []
    seen: set[tuple[str, datetime | None]] = set()
    for number, row in table.rows:
        if _is_total(table, row):
            sums.append((number, {k: _count(table, number, row, k) for k in _FIGURES}))
            continue
        _of_this_order(table, number, row, order)
        if not any(table.text(row, key) for key in _FIGURES):
            blank += filter(None, [table.text(row, "area") or table.text(row, "code")])
            continue
        line = _line(table, number, row, order)
        if line is None:
            continue
        place = (slug(line.code or line.area), line.at)
        if place in seen:
            table.wrong(number, t("vùng này có hai lần", "this area stands twice"),
                        t("mỗi vùng một dòng", "a row for each area"))
        seen.add(place)
        lines.append(line)
    totals = {key: _sum(lines, key) for key in _FIGURES}
    _sums_fit(table, sums, totals)
    if not lines and not table.mistakes:
        table.mistakes.append(Mistake(path.name, t("không có số liệu nào", "holds no figures"),
                                      t("xem lại tệp nhà mạng gửi", "look at the file again")))
    if table.mistakes:
        raise UserError.many(tuple(table.mistakes))
    return _kept(order, lines, blank, totals)


def _kept(
    order: AreaOrder, lines: Sequence[Line], blank: list[str], totals: dict[str, int | None]
) -> dict[str, Any]:
    known = {slug(word) for area in order.areas for word in area if word}
    ended = (totals["delivered"] or 0) + (totals["failed"] or 0)
    return {
        "totals": {**totals, "no_result": (totals["sent"] or 0) - ended},
        "rows": [[*line[:5], line.at.isoformat() if line.at else None] for line in lines],
        "blank": blank,
        "foreign": list(dict.fromkeys(
            line.area or line.code for line in lines
            if (line.area or line.code) and not known & {slug(line.code), slug(line.area)})),
        "outside": sum(line.at is not None and not order.opens_at <= line.at <= order.closes_at
                       for line in lines),
    }


def _table(path: Path) -> _Table:
    found = [_below(path.name, rows) for rows in _sheets(path)]
    tables = [table for table in found if table is not None]
    if len(tables) != 1:
        what = (t("có nhiều trang giống bảng kết quả", "has several sheets of results") if tables
                else t("không thấy cột «Đã gửi»", "has no column of what was sent"))
        raise UserError(path.name, what, t(
            f"để một bảng, tên cột: {', '.join(HEADS)}",
            "keep one table, with columns: order, code, area, sent, delivered, failed, time"))
    return tables[0]


def _sheets(path: Path) -> Iterator[Sequence[Sequence[object]]]:
    data = read_bytes(path)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        from worker.items.files.xlsxfile import read_xlsx  # noqa: PLC0415  (the Excel library)

        wrong = Found()
        grids = read_xlsx(data, path.name, wrong)
        if wrong.mistakes:
            raise UserError.many(tuple(wrong.mistakes))
        yield from ([[cell.value for cell in row] for row in grid.rows] for grid in grids)
        return
    from worker.lists.csvsource import open_csv  # noqa: PLC0415

    yield [[unguard(value) for value in row] for row in open_csv(path).rows()]


def _below(file: str, rows: Sequence[Sequence[object]]) -> _Table | None:
    """The table whose heads are the first row that has `sent` and one more we know."""
    for number, row in enumerate(rows[:_WITHIN]):
        keys = [_key(value) for value in row]
        known = [key for key in keys if key]
        if "sent" not in known or len(known) < 2:
            continue
        if len(set(known)) < len(known):
            twice = ", ".join(str(v) for v, k in zip(row, keys, strict=True) if known.count(k) > 1)
            raise UserError(file, t(f"nhiều cột cùng nghĩa: {twice}", f"columns alike: {twice}"),
                            t("giữ một cột", "keep one of them"))
        columns = {key: position for position, key in enumerate(keys) if key}
        below = [(n, r) for n, r in enumerate(rows[number + 1:], start=number + 2)
                 if any(str(v).strip() for v in r if v is not None)]
        return _Table(file, columns, below)
    return None


def _key(value: object) -> str:
    head = slug(value) if isinstance(value, str) else ""
    short = _AFTER.sub("", head)
    return _KEYS.get(head) or _KEYS.get(short) or _KEYS.get(_BEFORE.sub("", short), "")


def _is_total(table: _Table, row: Sequence[object]) -> bool:
    named = (v for v in row if isinstance(v, str) and v.strip())
    first = slug(next(named, ""))
    return bool(_TOTAL.fullmatch(first)) or bool(_TOTAL.fullmatch(slug(table.text(row, "area"))))


def _of_this_order(
    table: _Table, number: int, row: Sequence[object], order: AreaOrder
) -> None:
    told = table.text(row, "order")
    if told and told.upper() != order.code:
        table.wrong(number, t(f"là của đơn {told}, không phải {order.code}",
                              f"is of order {told}, not {order.code}"),
                    t("nhập cho đúng đơn", "bring it in for its own order"))


def _line(
    table: _Table, number: int, row: Sequence[object], order: AreaOrder
) -> Line | None:
    before = len(table.mistakes)
    code, area = table.text(row, "code"), table.text(row, "area")
    if not code and not area and table.columns.keys() & {"code", "area"}:
        table.wrong(number, t("không ghi vùng nào", "names no area"))
    sent, delivered, failed = (_count(table, number, row, key) for key in _FIGURES)
    at = _moment(table, number, row, order)
    if sent is None and len(table.mistakes) == before:
        table.wrong(number, t("không ghi đã gửi bao nhiêu", "does not say how many were sent"))
    if len(table.mistakes) > before or sent is None:
        return None
    if (delivered or 0) + (failed or 0) > sent:
        table.wrong(number, t(
            f"thành công {delivered or 0} + thất bại {failed or 0} nhiều hơn đã gửi {sent}",
            f"delivered {delivered or 0} + failed {failed or 0} are more than sent {sent}"),
            t("hỏi lại nhà mạng", "ask the carrier"))
    return Line(code, area, sent, delivered, failed, at)


def _count(table: _Table, number: int, row: Sequence[object], key: str) -> int | None:
    value = table.cell(row, key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value >= 0 and float(value).is_integer():
            return int(value)
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(re.sub(r"\D", "", value))
    elif not isinstance(value, str | bool) and _is_total(table, row):
        return None  # a formula over the rows above: it cannot say anything else than they do
    shown = getattr(value, "what", value)
    table.wrong(number, t(f"{HEADS[list(_KNOWN).index(key)]}: «{shown}» không phải số đếm",
                          f"{key}: «{shown}» is no count"),
                t("gõ số nguyên, như 12345 hoặc 12.345", "type a whole number, as 12345"))
    return None


def _moment(
    table: _Table, number: int, row: Sequence[object], order: AreaOrder
) -> datetime | None:
    value, zone = table.cell(row, "at"), zone_of(order)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = str(value).strip()
    try:
        if isinstance(value, datetime):
            moment = value
        elif found := _DAY_FIRST.fullmatch(text):
            moment = datetime(int(found["y"]), int(found["mo"]), int(found["d"]),  # noqa: DTZ001
                              int(found["h"] or found["h2"] or 0),
                              int(found["m"] or found["m2"] or 0))
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        table.wrong(number, t(f"«{text}» không phải ngày giờ", f"«{text}» is no date and time"),
                    t("viết 25/11/2026 08:30", "write 25/11/2026 08:30"))
        return None
    if moment.time() == time():
        return None  # a day without its hour says nothing of the hours ordered
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _sum(lines: Sequence[Line], key: str) -> int | None:
    told = [getattr(line, key) for line in lines if getattr(line, key) is not None]
    return sum(told) if told else None


def _sums_fit(
    table: _Table, sums: Sequence[tuple[int, dict[str, int | None]]],
    totals: Mapping[str, int | None],
) -> None:
    for number, told in sums:
        for key, value in told.items():
            if value is not None and value != (totals[key] or 0):
                head = HEADS[list(_KNOWN).index(key)]
                table.wrong(number, t(f"{head}: ghi tổng {value}, cộng các dòng được "
                                      f"{totals[key] or 0}",
                                      f"{key}: says {value}, the rows make {totals[key] or 0}"),
                            t("hỏi lại nhà mạng", "ask the carrier"))
