"""What needs no library: how files are called, and the sheet as plain text."""

from zoneinfo import ZoneInfo

from worker.radio.bulletin import Bulletin
from worker.radio.paper.sheet import sheet_of

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


def file_name(bulletin: Bulletin, zone: ZoneInfo) -> str:
    """2026-12-08_0530_T3: plain letters, and sorted as it airs."""
    local = bulletin.airs_at.astimezone(zone)
    return f"{bulletin.date:%Y-%m-%d}_{local:%H%M}_{WEEKDAYS[bulletin.date.weekday()]}"


def plain_text(bulletin: Bulletin, zone: ZoneInfo) -> bytes:
    """For Notepad on an old Windows: BOM, CRLF, training and acceptance first."""
    sheet = sheet_of(bulletin, zone)
    lines = [sheet.station, f"{sheet.title} - {sheet.day}", *sheet.marks]
    lines += [sheet.notice] if sheet.notice else []
    lines += [f"{name}: {value}" for name, value in sheet.facts if value]
    for group in sheet.groups:
        lines += ["", group.heading] if group.heading else [""]
        lines += [row.say for row in group.rows]
    lines += ["", sheet.footer]
    return ("\r\n".join("\n".join(lines).splitlines()) + "\r\n").encode("utf-8-sig")
