"""What may be chosen in the forms of the programme, as pairs of value and words."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese import collate
from worker.i18n import t
from worker.models import Item, Person
from worker.programme.edit import Data
from worker.programme.model import PRIORITIES, WEEKDAYS

Pairs = Sequence[tuple[str, str]]

_WEEKDAYS = (("Thứ hai", "Monday"), ("Thứ ba", "Tuesday"), ("Thứ tư", "Wednesday"),
             ("Thứ năm", "Thursday"), ("Thứ sáu", "Friday"), ("Thứ bảy", "Saturday"),
             ("Chủ nhật", "Sunday"))
_PRIORITIES = (("Thông thường", "ordinary"), ("Ưu tiên", "priority"), ("Khẩn cấp", "urgent"))


class Choices:
    """The lists of one programme; items and persons come from the database."""

    def __init__(self, session: Session, data: Data) -> None:
        self._data = data
        self._items = [(item.id, item.title) for item in session.execute(
            select(Item.id, Item.title).where(Item.state == "approved").order_by(Item.id))]
        self._people = [(person.id, person.name) for person in session.execute(
            select(Person.id, Person.name).where(Person.active))]
        self._people.sort(key=lambda pair: (collate.name_key(pair[1]), pair[0]))

    def of(self, name: str) -> Pairs:
        """The pairs of a list, by the name a field gives it."""
        if name in ("audiences", "themes", "areas"):
            named = list(self._data.get(name, {}).items())
            return [("tat_ca", t("Mọi người", "Everybody")), *named] if name == "audiences" \
                else named
        if name in ("channels", "slots", "segments", "organisations"):
            return list({x["id"]: x["name"] for x in self._data.get(name, ())}.items())
        if name == "items":
            return [(key, f"{title} ({key})") for key, title in self._items]
        if name == "people":
            return self._people
        if name == "sms_channels":
            return [(c["id"], c["name"]) for c in self._data["channels"]
                    if c["type"] in ("sms_http", "sms_smpp")]
        return _FIXED[name]()

    def words(self, name: str, value: str) -> str:
        """What people call this value."""
        return dict(self.of(name)).get(value, value)


def _fixed(pairs: Mapping[str, tuple[str, str]]) -> Callable[[], Pairs]:
    return lambda: [(value, t(*words)) for value, words in pairs.items()]


_FIXED: Mapping[str, Callable[[], Pairs]] = {
    "weekdays": _fixed(dict(zip(WEEKDAYS, _WEEKDAYS, strict=True))),
    "every_priority": _fixed(dict(zip(PRIORITIES, _PRIORITIES, strict=True))),
    "priorities": _fixed(dict(zip(PRIORITIES[:2], _PRIORITIES[:2], strict=True))),
    "purposes": _fixed({"cong_ich": ("Công ích", "public good"),
                        "quang_cao": ("Quảng cáo", "advertising")}),
    "picks": _fixed({"rotate": ("Tự chọn tin lâu chưa phát", "least recently aired"),
                     "pinned": ("Chỉ tin được xếp tay", "only what is pinned")}),
    "lates": _fixed({"publish": ("Còn trong khung giờ thì vẫn phát", "still publish within it"),
                     "skip": ("Thôi không phát", "do not publish")}),
    "doubts": _fixed({"hold": ("Chờ người quyết", "wait for a person"),
                      "resend": ("Gửi lại, có thể trùng", "send again, may be double")}),
}
