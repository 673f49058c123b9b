"""What the pages of the calendar share: words of days and channels, places in addresses."""

from collections.abc import Mapping
from datetime import date

from console.web.context import Ask
from worker.errors import UserError
from worker.i18n import t
from worker.planner.pinning import Spot
from worker.planner.wanted import PinKey
from worker.planner.week import Cell
from worker.programme.model import ChannelConfig, Programme
from worker.typed import YEARS, a_date

#: who pins, moves, repeats weekly and cancels; who lets something out once more
PLANNERS = frozenset({"nguoi_soan", "nguoi_duyet"})
APPROVERS = frozenset({"nguoi_duyet"})
#: letters by which a channel is known in a small place, beside its colour
_SHORT = {"sms_http": ("SMS", "SMS"), "sms_smpp": ("SMS", "SMS"), "facebook": ("FB", "FB"),
          "wordpress": ("Web", "Web"), "static_site": ("Web", "Web"), "zalo_oa": ("Zalo", "Zalo"),
          "loudspeaker": ("Loa", "Spk"), "box": ("Loa", "Spk"), "board": ("Bảng", "Board"),
          "cap": ("CAP", "CAP")}
#: how an airing came to be, in a word
HOW: Mapping[str, tuple[str, str]] = {
    "pin": ("đã xếp", "pinned"), "series": ("xếp hằng tuần", "weekly"),
    "rotate": ("tự chọn theo lượt", "by rotation"), "stand_by": ("tin dự phòng", "stand-by"),
    "now": ("phát ngay", "at once"), "repeat": ("phát lại", "repeated"),
    "correct": ("đính chính", "correction"),
}


def how(name: str) -> str:
    return t(*HOW[name]) if name in HOW else ""


def weekday(day: date) -> str:
    return (t("Thứ Hai", "Monday"), t("Thứ Ba", "Tuesday"), t("Thứ Tư", "Wednesday"),
            t("Thứ Năm", "Thursday"), t("Thứ Sáu", "Friday"), t("Thứ Bảy", "Saturday"),
            t("Chủ Nhật", "Sunday"))[day.weekday()]


def _letters(channel: ChannelConfig) -> str:
    return t(*_SHORT[channel.type]) if channel.type in _SHORT else channel.name[:4]


def shorts(programme: Programme) -> dict[str, tuple[str, int]]:
    """By channel: its letters, told apart by a number, and its colour."""
    seen: dict[str, int] = {}
    found = {}
    for n, channel in enumerate(c for c in programme.channels if c.enabled):
        letters = _letters(channel)
        seen[letters] = seen.get(letters, 0) + 1
        found[channel.id] = (letters if seen[letters] == 1 else f"{letters}{seen[letters]}",
                             n % 10)
    for channel in programme.channels:
        found.setdefault(channel.id, (_letters(channel), 9))
    return found


def asked_day(ask: Ask, today: date) -> tuple[date, str]:
    """The day in the address; today, and why, where it is none."""
    text = ask.query.get("ngay", "").strip()
    if not text:
        return today, ""
    try:
        return a_date(t("Ngày", "Day"), text), ""
    except UserError as error:
        return today, error.on_page()


def a_day(text: str) -> date | None:
    """A day of an address of ours."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def a_spot(programme: Programme, text: str) -> Spot:
    """
    `2026-11-24/trua/canh_giac`; without a segment: an airing of its own.

    Raises:
        UserError: there is no such place (any more).
    """
    day_text, _, place = text.partition("/")
    slot, _, segment = place.partition("/")
    day = a_day(day_text)
    known = {s.id for s in programme.slots}, {s.id for s in programme.segments}
    if day is None or slot not in known[0] or (segment and segment not in known[1]):
        raise UserError(t("Chỗ xếp", "Place"), t("không có trong lịch", "is not in the calendar"),
                        t("chọn lại trong lịch phát", "choose it in the calendar again"))
    return Spot(day, slot, segment or None)


def a_key(text: str) -> PinKey | None:
    """`2026-11-24/trua/canh_giac` or `…/pin:td-01`: where something stands."""
    day_text, _, place = text.partition("/")
    slot, _, entry = place.partition("/")
    day = a_day(day_text)
    return PinKey(entry, slot, day) if day and slot and entry else None


def places(programme: Programme) -> list[tuple[str, str]]:
    """Every slot and segment that an item may be moved to, for a form."""
    found = []
    for slot in programme.slots:
        there = [s for s in programme.segments if slot.id in s.slots]
        hours = f"{slot.start:%H:%M}-{slot.end:%H:%M}"
        found += [(f"{slot.id}/{s.id}", f"{slot.name} {hours}: {s.name}") for s in there]
        if not there:
            found.append((f"{slot.id}/", f"{slot.name} {hours}"))
    return found


def free(cell: Cell) -> bool:
    """Nothing of the programme airs here: what is pinned is an airing of its own."""
    return not any(entry.segment for entry in cell.entries)


HELPERS = {"weekday": weekday, "how": how, "free": free}
