"""The menu: every page there is, in one order; a page that is not built is not linked."""

from collections.abc import Iterable
from typing import NamedTuple

from worker.i18n import t
from worker.people import ROLES

EVERYBODY = frozenset(ROLES)
#: whoever reads may not always act: Kiểm tra changes nothing
ACTORS = EVERYBODY - {"kiem_tra"}
#: who looks after users and the set-up, and who may see it
ADMIN = frozenset({"quan_tri"})
ADMIN_READS = ADMIN | {"kiem_tra"}
#: who answers for texts that are out: takes them back, puts them right
ANSWER_FOR_TEXTS = frozenset({"nguoi_soan", "nguoi_duyet", "quan_tri"})


class Entry(NamedTuple):
    """A page of the menu; `under`: a tab of that page's section."""

    path: str
    vi: str
    en: str
    roles: frozenset[str] = EVERYBODY
    under: str = ""

    @property
    def name(self) -> str:
        return t(self.vi, self.en)

    def holds(self, here: str) -> bool:
        """Whether this address is the entry's page, or one below it."""
        return here == self.path or (self.path != "/" and here.startswith(f"{self.path}/"))


MENU: tuple[Entry, ...] = (
    Entry("/", "Tổng quan", "Overview"),
    Entry("/lich-phat", "Lịch phát", "Calendar"),
    Entry("/soan-tin", "Soạn tin", "Compose"),
    Entry("/duyet", "Duyệt", "Approve"),
    Entry("/dot-nhan-tin", "Đợt nhắn tin", "Campaigns"),
    Entry("/dai", "Đài truyền thanh", "Stations"),
    Entry("/nhat-ky", "Nhật ký phát", "Delivery log"),
    Entry("/cau-hinh", "Cấu hình", "Settings"),
    Entry("/kenh", "Kênh", "Channels", under="/cau-hinh"),
    Entry("/nguoi-dung", "Người dùng", "Users", ADMIN_READS, "/cau-hinh"),
    Entry("/nhat-ky-thao-tac", "Nhật ký thao tác", "Acts", ADMIN_READS, "/cau-hinh"),
    Entry("/khoa-api", "Khóa API", "API keys", ADMIN_READS, "/cau-hinh"),
)


def menu(roles: Iterable[str]) -> tuple[Entry, ...]:
    """What somebody with these roles may open."""
    mine = frozenset(roles)
    return tuple(entry for entry in MENU if entry.roles & mine and not entry.under)


def tabs(roles: Iterable[str], here: str) -> tuple[Entry, ...]:
    """The pages beside this one in its section; none where it stands alone."""
    mine = frozenset(roles)
    at = [entry for entry in MENU if entry.holds(here)]
    section = {entry.under or entry.path for entry in at} - {"/"}
    found = tuple(entry for entry in MENU
                  if entry.roles & mine and (entry.under or entry.path) in section)
    return found if len(found) > 1 else ()


def section_holds(entry: Entry, here: str) -> bool:
    """Whether the menu marks this entry at that address: its own page, or a tab's."""
    return entry.holds(here) or any(
        one.holds(here) for one in MENU if one.under == entry.path)
