"""
The sheet an announcer reads from, before it is a DOCX, a PDF or a page: who answers for it,
and every line with the words to say and the words that were approved.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from worker.radio.bulletin import TRAINING, Bulletin, Line

NOT_ACCEPTED = "CHƯA DUYỆT PHÁT"
STAND_BY = "BẢN TIN DỰ PHÒNG"
PLANNED = "DỰ KIẾN, CÓ THỂ THAY ĐỔI"

#: Circular 39/2020/TT-BTTTT: three classes of bulletin
PRIORITIES = {"thong_thuong": "Thông thường", "uu_tien": "Ưu tiên", "khan_cap": "KHẨN CẤP"}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
KINDS = {"opening": "Xướng", "greeting": "Chào", "body": "Thân bài", "again": "Nhắc lại",
         "todo": "Cần nhớ", "hotline": "Số máy", "closing": "Kết"}


@dataclass(frozen=True)
class Row:
    """One line of the sheet."""

    part: str  #: Xướng, Thân bài, …
    say: str
    approved: str  #: the words as approved; "" where only pause marks were added


#: where the signature tune is played
TUNE = Row("Nhạc hiệu", "[Nhạc hiệu]", "")


@dataclass(frozen=True)
class Group:
    """An item with its heading; opening and closing have none."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything that stands on it, in order."""

    station: str
    committee: str
    title: str
    day: str
    marks: tuple[str, ...]  #: in large letters on top: training, not accepted, stand-by
    notice: str  #: in red
    facts: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    left_out: tuple[str, ...]  #: what does not air: title and reason
    footer: str


def sheet_of(bulletin: Bulletin, zone: ZoneInfo) -> Sheet:
    """The same for every form, so that no two of them can differ."""
    b = bulletin
    day = f"{WEEKDAYS[b.date.weekday()]}, ngày {b.date:%d/%m/%Y}"
    number = "dự kiến" if b.planned else f"số {b.number}"
    return Sheet(
        station=b.station_name.upper(), committee=b.committee,
        title=f"BẢN TIN {b.airing.upper()}", day=day, marks=_marks(b), notice=b.notice,
        facts=_facts(b, zone),
        groups=tuple(g for g in (
            Group("", (TUNE, *_rows(b.opening))),
            *(Group(f"{n}. {s.title}", _rows(s.lines))
              for n, s in enumerate(b.airing_sections, 1)),
            Group("", (*_rows(b.closing), TUNE)),
        ) if g.rows) if b.lines else (),
        left_out=tuple(f"{s.title}: {s.reason}" for s in b.sections if s.standing != "airs"),
        footer=f"{b.station_name}, bản tin {b.airing} ngày {b.date:%d/%m/%Y}, {number}. "
               f"Không dùng sau {_local(b.use_until, zone)}.",
    )


def _marks(b: Bulletin) -> tuple[str, ...]:
    found = [TRAINING] if b.training else []
    found += [PLANNED] if b.planned else []
    found += [STAND_BY] if b.stand_by else []
    found += [NOT_ACCEPTED] if b.accepted is None and b.lines and not b.planned else []
    return tuple(found)


def _facts(b: Bulletin, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    sections = b.airing_sections
    accepted = "" if b.accepted is None else (
        f"{b.accepted.by}, {_local(b.accepted.at, zone)}"
        + (f" ({b.accepted.document})" if b.accepted.document else ""))
    number = "dự kiến" if b.planned else str(b.number)
    if b.replaces is not None:
        number += f" (thay bản số {b.replaces})"
    return (
        ("Bản tin số", number), ("Loại bản tin", PRIORITIES.get(b.priority, b.priority)),
        ("Giờ phát", f"{b.airing}, {b.date:%d/%m/%Y}"), ("Thời lượng", reading_time(b.seconds)),
        ("Người biên tập", ", ".join(dict.fromkeys(s.editor for s in sections if s.editor))),
        ("Người duyệt tin", ", ".join(dict.fromkeys(s.approver for s in sections if s.approver))),
        ("Duyệt phát", accepted), ("Phát thanh viên", b.announcer),
    )


def reading_time(seconds: int) -> str:
    """2 phút 05 giây."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} phút {rest:02d} giây" if minutes else f"{rest} giây"


def _rows(lines: tuple[Line, ...]) -> tuple[Row, ...]:
    return tuple(Row(KINDS[line.kind], line.person,
                     "" if _words(line.person) == _words(line.written) else line.written)
                 for line in lines)


def _words(text: str) -> list[str]:
    """Without the marks that only say where to breathe."""
    return [word for word in text.split() if word.strip("/")]


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M ngày %d/%m/%Y}"
