"""
Today and the next seven days as one HTML file: text, fonts and sound inside, so that it opens
alone in an empty folder on a PC without network. Its «Đã phát» form is sent when there is one.
"""

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from worker.radio.bulletin import Bulletin
from worker.radio.paper import FONTS
from worker.radio.paper.sheet import Sheet, sheet_of
from worker.radio.speech.sounds import Sound
from worker.settings import PRODUCT

#: what the page may show: Latin, Vietnamese, punctuation
LETTERS = [*range(0x20, 0x250), *range(0x1E00, 0x1F00), *range(0x2010, 0x2027), 0x20AB, 0x0300,
           0x0301, 0x0303, 0x0309, 0x0323]


@dataclass(frozen=True)
class Entry:
    """One airing on the page."""

    anchor: str
    sheet: Sheet
    bulletin: Bulletin
    sound: str  #: data: address, or ""


def single_html(
    bulletins: Sequence[Bulletin], sounds: Mapping[str, Sound], zone: ZoneInfo, made_at: datetime,
    page_url: str = "",
) -> bytes:
    """
    UTF-8 with everything inside. `sounds`: by `Bulletin.key`; `page_url`: the station's own
    page, to which the form is sent, or "".
    """
    entries = [Entry(f"b{n}", sheet_of(b, zone), b, _data(sounds.get(b.key)))
               for n, b in enumerate(bulletins, 1)]
    station = bulletins[0].station_name if bulletins else ""
    text = _environment().get_template("one_file.html.j2").render(
        entries=entries, station=station, page_url=page_url, fonts=_fonts(),
        made=f"{made_at.astimezone(zone):%H:%M ngày %d/%m/%Y}",
        training=any(b.training for b in bulletins),
    )
    return text.encode()


def _data(sound: Sound | None) -> str:
    if sound is None:
        return ""
    return f"data:audio/mpeg;base64,{base64.b64encode(sound.path.read_bytes()).decode()}"


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PRODUCT / "templates" / "radio"), undefined=StrictUndefined,
        autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters["lines"] = lambda text: html.escape(text).replace("\n", "<br>")
    return made


@lru_cache
def _fonts() -> tuple[tuple[int, str], ...]:
    """Weight and WOFF (base64) of the letters a bulletin may have; 60 kB each."""
    found = []
    for weight, name in ((400, "LiberationSerif-Regular.ttf"), (700, "LiberationSerif-Bold.ttf")):
        found.append((weight, base64.b64encode(_woff(FONTS / name)).decode()))
    return tuple(found)


def _woff(path: Path) -> bytes:
    # nine megabytes and a sixth of a second that no worker needs to start
    from fontTools import subset  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    options = subset.Options(flavor="woff", layout_features=["mark", "mkmk", "ccmp", "kern"],
                             notdef_outline=True)
    font = TTFont(path)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=LETTERS)
    maker.subset(font)
    font.flavor = "woff"
    out = BytesIO()
    font.save(out)
    return out.getvalue()
