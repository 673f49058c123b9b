"""What a campaign will be, told before anybody says yes to it."""

from datetime import datetime

from worker.i18n import t
from worker.models import Campaign
from worker.programme.model import Programme
from worker.slots import local_date

from .forecast import ahead, planned_rate
from .queueing import Queued
from .registered import warnings
from .words import number, reason


def lines(programme: Programme, now: datetime, queued: Queued) -> list[str]:
    """Text, numbers, who is left out, parts, cost, when it will be through: a line each."""
    row = Campaign(**{**queued.draft.campaign, "state": "draft"})
    waiting, n = queued.waiting, number
    parts = waiting * row.parts
    told = [
        row.text,
        t(f"{n(queued.total - len(queued.draft.handsets))} số, {n(waiting)} tin sẽ gửi",
          f"{n(queued.total - len(queued.draft.handsets))} numbers, {n(waiting)} messages to go"),
    ]
    if queued.draft.handsets:
        told.append(t("gửi trước tới máy của ta: ", "first to our own handsets: ")
                    + ", ".join(queued.draft.handsets))
    told += [f"{t('để ngoài', 'left out')}: {n(count)}, {reason(code, {})}"
             for code, count in queued.left_out().items()]
    told.append(t(f"mỗi tin dài nhất {row.parts} phần, cả đợt không quá {n(parts)} phần",
                  f"{row.parts} parts each at most, {n(parts)} in all"))
    if row.dong_per_part:
        cost = n(parts * row.dong_per_part)
        told.append(t(f"giá không quá {cost} đồng", f"costs {cost} đồng at most"))
    sentence = ahead(programme, now, row, parts, planned_rate(programme, row)).sentence
    told += [sentence] if sentence else []
    carriers = queued.figures()["carriers"]
    return told + warnings(programme, row, carriers, local_date(programme, row.starts_at))
