"""
What a station takes along, made when it asks. The libraries for it are some 40 MB: they are
loaded with the first paper, not with the worker.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.stations.view import View
from worker.home import Home
from worker.radio.bulletin import Bulletin
from worker.radio.paper.names import plain_text

if TYPE_CHECKING:
    from worker.radio.paper.bundle import Stock

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: form -> media type
SHEETS = {"docx": WORD, "pdf": "application/pdf", "txt": "text/plain; charset=utf-8"}


def sheet(bulletin: Bulletin, zone: ZoneInfo, kind: str) -> tuple[bytes, str]:
    """The sheet in one of `SHEETS`, and its media type."""
    if kind == "docx":
        from worker.radio.paper.word import docx  # noqa: PLC0415

        return docx(bulletin, zone), SHEETS[kind]
    if kind == "pdf":
        from worker.radio.paper.print import pdf  # noqa: PLC0415

        return pdf(bulletin, zone), SHEETS[kind]
    return plain_text(bulletin, zone), SHEETS["txt"]


def one_file(view: View, base: str) -> bytes:
    """Eight days in one HTML file."""
    from worker.radio.paper.onefile import single_html  # noqa: PLC0415

    stock = _stock(view, base)
    return single_html(stock.bulletins, stock.sounds, stock.zone, stock.made_at, stock.page_url)


def bundle(home: Home, view: View, base: str, out: Path) -> None:
    """The signed ZIP."""
    from worker.radio.paper.bundle import bundle as write  # noqa: PLC0415

    write(home, _stock(view, base), out)


def usb(view: View, out: Path) -> None:
    """The MP3 files in a ZIP."""
    from worker.radio.paper.bundle import usb_zip  # noqa: PLC0415

    usb_zip(_stock(view, ""), out)


def _stock(view: View, base: str) -> "Stock":
    from worker.radio.paper.bundle import Stock  # noqa: PLC0415

    sounds = {e.bulletin.key: e.sound for e in view.entries if e.sound is not None}
    return Stock([e.bulletin for e in view.entries], sounds, view.zone, view.made_at, base)
