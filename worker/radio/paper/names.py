"""What needs no library: how files are called, and the sheet as plain text."""

import re
from zoneinfo import ZoneInfo

from worker.radio.bulletin import Bulletin
from worker.radio.paper.sheet import sheet_of

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
#: every name that `file_name` gives
OURS = re.compile(r"\d{4}-\d\d-\d\d_\d{4}_(T[2-7]|CN)(_[a-z0-9-]+)?", re.ASCII)


def file_name(bulletin: Bulletin, zone: ZoneInfo) -> str:
    """
    2026-12-08_0530_T3: plain letters, sorted as it airs, a night's by the day it airs. Of two that
    air in one minute the second has its own words after it: 2026-12-08_0530_T3_sau-tiep-song.
    """
    local = bulletin.airs_at.astimezone(zone)
    return "_".join(filter(None, (
        f"{local:%Y-%m-%d_%H%M}", WEEKDAYS[local.weekday()], bulletin.twin)))


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
