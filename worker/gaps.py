"""
What the coming days lack: slots with the stand-by item or nothing, pins not approved, texts that
do not fit a channel. One Sự cố a cause, named after the nearest such slot, closed by itself once
nothing is lacking.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.alarms.store import Severity, close_alarm, raise_alarm
from worker.i18n import t
from worker.models import Alarm
from worker.planner.store import Report
from worker.planner.wanted import Want

KIND = "empty_slot"


class Gap(NamedTuple):
    """One thing lacking, and the step that mends it."""

    cause: str
    severity: Severity
    what: str
    fix: str


def tell_gaps(session: Session, now: datetime, report: Report) -> None:
    """Raise what is lacking, close what is not any more."""
    found: dict[str, Gap] = {}
    for want in sorted(report.wants, key=lambda w: w.opens_at):
        if want.closes_at > now:
            for gap in gaps(want):
                found.setdefault(gap.cause, gap)
    for gap in found.values():
        raise_alarm(session, now, gap.cause, KIND, gap.severity, gap.what, gap.fix)
    told = session.scalars(select(Alarm.cause).where(Alarm.kind == KIND, Alarm.closed_at.is_(None)))
    for cause in set(told) - found.keys():
        close_alarm(session, now, cause)


def gaps(want: Want) -> Iterator[Gap]:
    """What this slot lacks."""
    place = f"«{want.segment.name}»" if want.segment else f"«{want.slot.name}»"
    entry = want.segment.id if want.segment else f"pin:{want.slot.id}"
    missing, how = want.choice.missing, want.choice.how
    if missing and how != "stand_by":
        yield _pin_not_approved(want, entry, place, missing)
    elif want.planned is None:
        yield Gap(
            f"empty:{entry}", "serious",
            t(f"{place} ngày {want.day:%d/%m/%Y} không có tin nào, kể cả tin dự phòng",
              f"{place} on {want.day} has nothing to air"),
            t("duyệt thêm tin, hoặc `giovang pin`", "approve items, or pin one"))
    elif how == "stand_by":
        yield Gap(
            f"empty:{entry}", "warning",
            t(f"{place} ngày {want.day:%d/%m/%Y} phải dùng tin dự phòng (thiếu: {missing})",
              f"{place} on {want.day} airs its stand-by (missing: {missing})"),
            t("duyệt thêm tin thuộc chủ đề còn thiếu", "approve items of the missing theme"))
    for cell in want.planned.channels if want.planned else ():
        if cell.problem != "; ".join(cell.refused):  # of templates smstemplates/ahead.py tells
            yield Gap(
                f"unfit:{entry}:{cell.channel}", "warning",
                t(f"{place} không phát được trên kênh {cell.channel}: {cell.problem}",
                  f"{place} cannot air on {cell.channel}: {cell.problem}"),
                t("sửa tin rồi duyệt lại, hoặc pin tin khác",
                  "mend and approve the item, or pin another"))


def _pin_not_approved(want: Want, entry: str, place: str, item: str) -> Gap:
    return Gap(
        f"pin:{entry}:{want.day}", "warning",
        t(f"tin {item} được xếp vào {place} ngày {want.day:%d/%m/%Y} nhưng chưa duyệt",
          f"item {item}, pinned to {place} on {want.day}, is not approved"),
        t("duyệt tin, hoặc `giovang unpin`", "approve the item, or unpin it"))
