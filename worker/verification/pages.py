"""The pages for everybody, as HTML: they are whole without script (templates/verification/)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from worker.settings import PRODUCT
from worker.verification.entry import Entry
from worker.verification.records import record

_SHIPPED = PRODUCT / "templates" / "verification"
#: messages on the first page
FIRST = 50


@dataclass(frozen=True)
class Pages:
    """Pages of one organisation; all links are relative."""

    organisation: str
    hotline: str
    training: bool
    zone: ZoneInfo

    def index(self, newest: Sequence[Entry], months: Sequence[str]) -> bytes:
        """The first page; `months` as "2026-11", newest first."""
        return self._page("index", "", entries=self._shown(newest), months=months)

    def month(self, month: str, days: Sequence[str]) -> bytes:
        return self._page("thang", "../", month=month, days=days)

    def day(self, day: date, entries: Sequence[Entry], number: int, of: int) -> bytes:
        """Page `number` of `of` of a day."""
        return self._page("ngay", "../", day=day.isoformat(), entries=self._shown(entries),
                          number=number, of=of)

    def assets(self) -> Mapping[str, bytes]:
        """The script and the style, ours and complete."""
        return _assets()

    def _shown(self, entries: Sequence[Entry]) -> list[dict[str, object]]:
        return [record(entry, self.zone) for entry in entries]

    def _page(self, template: str, up: str, **values: object) -> bytes:
        page = _environment().get_template(f"{template}.j2")
        return page.render(site=self, up=up, **values).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_SHIPPED), undefined=StrictUndefined,
                       autoescape=True, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=1)
def _assets() -> Mapping[str, bytes]:
    return {name: (_SHIPPED / name).read_bytes() for name in ("xac-minh.js", "xac-minh.css")}
