"""Bulletins for tests, as `compose` would make them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from worker.radio.bulletin import Bulletin, Line, Section

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: 25/11/2026, 05:30 in Vietnam
HALF_PAST_FIVE = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def line(text: str, kind: str = "body", *, person: str = "", voice: str = "") -> Line:
    return Line(kind, text, person or text, voice or text)  # type: ignore[arg-type]


def a_section(
    body: str = "Đừng chuyển tiền.", *, item: str = "td-01", **changes: object
) -> Section:
    return Section(**{  # type: ignore[arg-type]
        "delivery": f"k-{item}", "item": item, "version": 1, "title": f"Tin {item}",
        "priority": "thong_thuong", "lines": (line(body),), "approver": "Lãnh đạo mẫu",
        "editor": "Biên tập mẫu", **changes})


def a_bulletin(
    station: str = "dai-luc-ngan", body: str = "Đừng chuyển tiền.", **changes: object
) -> Bulletin:
    return Bulletin(**{  # type: ignore[arg-type]
        "station": station, "station_name": "Đài truyền thanh xã Lục Ngạn",
        "committee": "Ủy ban nhân dân xã Lục Ngạn", "number": 1, "date": date(2026, 11, 25),
        "airing": "05:30", "airs_at": HALF_PAST_FIVE, "training": True,
        "use_until": HALF_PAST_FIVE + timedelta(hours=1), "seconds": 129, "limit": 180,
        "made_at": HALF_PAST_FIVE - timedelta(hours=12),
        "opening": (line(f"Đây là {station}.", "opening"),), "sections": (a_section(body),),
        "closing": (line("Hết.", "closing"),), **changes})
