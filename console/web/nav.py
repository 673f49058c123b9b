"""The menu: every page there is, in one order; a page that is not built is not linked."""

from collections.abc import Iterable
from typing import NamedTuple

from worker.i18n import t
from worker.people import ROLES

EVERYBODY = frozenset(ROLES)
#: whoever reads may not always act: Kiểm tra changes nothing
ACTORS = EVERYBODY - {"kiem_tra"}


class Entry(NamedTuple):
    """A page of the menu."""

    path: str
    vi: str
    en: str
    roles: frozenset[str] = EVERYBODY

    @property
    def name(self) -> str:
        return t(self.vi, self.en)


MENU: tuple[Entry, ...] = (
    Entry("/", "Tổng quan", "Overview"),
    Entry("/nhat-ky", "Nhật ký phát", "Delivery log"),
)


def menu(roles: Iterable[str]) -> tuple[Entry, ...]:
    """What somebody with these roles may open."""
    mine = frozenset(roles)
    return tuple(entry for entry in MENU if entry.roles & mine)
