"""What a change of the programme would do, as people read it before they agree to it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.models import Item
from worker.planner.cells import Planned
from worker.planner.preview import HOURS, Move, moves
from worker.programme.check_segments import warnings
from worker.programme.choices import Choices
from worker.programme.compare import Difference, differences
from worker.programme.edit import Data, data_of
from worker.programme.model import Programme

#: how far ahead a change is looked at
AHEAD = timedelta(days=7)
#: lines shown; the rest is counted
MOST = 40


@dataclass(frozen=True)
class Effect:
    """Airings that are added, dropped or changed alike, on one day or several."""

    kind: str  #: add, drop, change
    clock: str
    days: tuple[date, ...]
    name: str  #: of the segment, or of the item where there is none
    slot: str
    lines: tuple[str, ...]

    @property
    def when(self) -> str:
        return f"{self.clock}, {', '.join(f'{day:%d/%m}' for day in self.days)}"

    @property
    def verb(self) -> str:
        return {"add": t("Thêm", "Adds"), "drop": t("Bỏ", "Drops"),
                "change": t("Đổi", "Changes")}[self.kind]


@dataclass(frozen=True)
class Effects:
    """What to agree to."""

    said: list[Difference]
    airings: list[Effect]
    more: int  #: rows beyond those shown
    near: int  #: within a day
    warnings: list[str]  #: of the check, new with this change
    confirm: bool  #: the programme asks for a person's word where something near changes


def effects(
    session: Session, now: datetime, before: Data, old: Programme, new: Programme, text: str
) -> Effects:
    """Compared with the version in force."""
    choices = Choices(session, data_of(text))
    found = sorted(moves(session, new, now, AHEAD), key=lambda m: (m.opens_at, m.key))
    titles = _titles(session)
    told = {str(mistake) for mistake in warnings(old)}
    rows = _alike([_effect(move, old, new, titles) for move in found])
    near = sum(move.opens_at <= now + HOURS for move in found)
    return Effects(
        differences(before, data_of(text), choices),
        rows[:MOST], max(0, len(rows) - MOST), near,
        [str(m) for m in warnings(new) if str(m) not in told],
        (old.settings.confirm_edits or new.settings.confirm_edits) and near > 0)


def _titles(session: Session) -> dict[str, str]:
    return {item.id: item.title for item in session.execute(select(Item.id, Item.title))}


def _effect(move: Move, old: Programme, new: Programme, titles: dict[str, str]) -> Effect:
    kind = "add" if move.old is None else "drop" if move.new is None else "change"
    planned = move.new or move.old
    assert planned is not None  # noqa: S101  (one of the two is there)
    programme = new if move.new else old
    segment = next((s.name for s in programme.segments if s.id == planned.segment), "")
    slot = next((s.name for s in programme.slots if s.id == planned.slot), planned.slot)
    if move.old is not None and move.new is not None:
        lines = tuple(_change(move.old, move.new, old, new, titles))
    else:
        lines = (_said(planned, programme, titles),)
    opens = move.opens_at.astimezone(programme.zone())
    return Effect(kind, f"{opens:%H:%M}", (opens.date(),), segment
                  or titles.get(planned.item.id, planned.item.id), slot, lines)


def _alike(effects: list[Effect]) -> list[Effect]:
    """What is the same on several days stands once."""
    found: dict[Effect, tuple[date, ...]] = {}
    for effect in effects:
        key = replace(effect, days=())
        found[key] = (*found.get(key, ()), *effect.days)
    return [replace(effect, days=days) for effect, days in found.items()]


def _said(planned: Planned, programme: Programme, titles: dict[str, str]) -> str:
    return f"«{titles.get(planned.item.id, planned.item.id)}»: {_channels(planned, programme)}"


def _change(
    was: Planned, will: Planned, old: Programme, new: Programme, titles: dict[str, str]
) -> list[str]:
    pairs = (
        (t("giờ", "hours"), _hours(was, old), _hours(will, new)),
        (t("tin", "item"), titles.get(was.item.id, was.item.id),
         titles.get(will.item.id, will.item.id)),
        (t("kênh", "channels"), _channels(was, old), _channels(will, new)),
    )
    lines = [f"{name}: {a} → {b}" for name, a, b in pairs if a != b]
    for channel in new.channels:
        targets_was, targets_will = _targets(was, channel.id), _targets(will, channel.id)
        if targets_was and targets_will and targets_was != targets_will:
            lines.append(t(f"{channel.name}: {len(targets_was)} → {len(targets_will)} nơi nhận",
                           f"{channel.name}: {len(targets_was)} → {len(targets_will)} targets"))
    return lines or [t("giờ phát của đài, hoặc tên, số máy điền vào tin",
                       "a station's time, or names and numbers filled into the text")]


def _hours(planned: Planned, programme: Programme) -> str:
    opens, closes = (x.astimezone(programme.zone()) for x in (planned.opens_at, planned.closes_at))
    return f"{opens:%H:%M}–{closes:%H:%M}"


def _channels(planned: Planned, programme: Programme) -> str:
    names = {channel.id: channel.name for channel in programme.channels}
    return ", ".join(names.get(c.channel, c.channel) for c in planned.channels if c.parcels) or "–"


def _targets(planned: Planned, channel: str) -> frozenset[str]:
    return frozenset(mail.target for cell in planned.channels if cell.channel == channel
                     for parcel in cell.parcels for mail in parcel.mails)
