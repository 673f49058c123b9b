"""What a campaign will be, told before anybody says yes to it."""

from dataclasses import dataclass
from datetime import datetime

from worker.i18n import t
from worker.models import Campaign
from worker.programme.model import Programme
from worker.slots import local_date

from .forecast import ahead, planned_rate
from .queueing import Queued
from .registered import warnings
from .words import number, reason


@dataclass(frozen=True)
class Estimate:
    """Text, numbers, who is left out, parts, cost, when it will be through."""

    text: str
    numbers: int
    waiting: int  #: messages that would go, our own handsets too
    handsets: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]  #: reason and how many, the most first
    carriers: tuple[tuple[str, int], ...]
    parts: int  #: of one message at its longest
    all_parts: int
    dong: int  #: 0: no price was told
    ahead: str  #: when it begins and is through, or that it will not be
    late: bool  #: it will not be through before it closes
    warnings: tuple[str, ...]  #: carriers that would drop it


def estimate(programme: Programme, now: datetime, queued: Queued) -> Estimate:
    """Of rows that are there and do not count yet."""
    row = Campaign(**{**queued.draft.campaign, "state": "draft"})
    parts = queued.waiting * row.parts
    coming = ahead(programme, now, row, parts, planned_rate(programme, row))
    carriers = queued.figures()["carriers"]
    return Estimate(
        row.text, queued.total - len(queued.draft.handsets), queued.waiting,
        queued.draft.handsets,
        tuple((reason(code, {}), count) for code, count in queued.left_out().items()),
        tuple(carriers.items()), row.parts, parts, parts * row.dong_per_part, coming.sentence,
        bool(coming.sentence) and coming.at is None,
        tuple(warnings(programme, row, carriers, local_date(programme, row.starts_at))))


def lines(programme: Programme, now: datetime, queued: Queued) -> list[str]:
    """The same, a line each."""
    e, n = estimate(programme, now, queued), number
    told = [
        e.text,
        t(f"{n(e.numbers)} số, {n(e.waiting)} tin sẽ gửi",
          f"{n(e.numbers)} numbers, {n(e.waiting)} messages to go"),
    ]
    if e.handsets:
        told.append(t("gửi trước tới máy của ta: ", "first to our own handsets: ")
                    + ", ".join(e.handsets))
    told += [f"{t('để ngoài', 'left out')}: {n(count)}, {why}" for why, count in e.left_out]
    told.append(t(f"mỗi tin dài nhất {e.parts} phần, cả đợt không quá {n(e.all_parts)} phần",
                  f"{e.parts} parts each at most, {n(e.all_parts)} in all"))
    if e.dong:
        told.append(t(f"giá không quá {n(e.dong)} đồng", f"costs {n(e.dong)} VND at most"))
    told += [e.ahead] if e.ahead else []
    return told + list(e.warnings)
