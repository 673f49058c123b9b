"""A whole week on one page, to tick several items and approve them together."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fastapi import Response

from console.web.context import Ask, Site
from console.web.pages.approve.waiting import Desk, shared, words_of
from worker.errors import UserError
from worker.i18n import t
from worker.items import approval, queue_
from worker.items.queue_ import Airing, Placed
from worker.items.review import Review
from worker.models import Item
from worker.slots import local_date
from worker.typed import a_date

DAY = timedelta(days=1)
#: weeks ahead that can be looked at: the planner is asked for every day up to there
AHEAD = 8


@dataclass(frozen=True)
class Line:
    """An item on its first day of this week."""

    placed: Placed
    review: Review | None  #: of what waits

    @property
    def day(self) -> date | None:
        return self.placed.airs[0].day if self.placed.airs else None

    @property
    def later(self) -> tuple[Airing, ...]:
        return self.placed.airs[1:]


@dataclass(frozen=True)
class Failure:
    """One that could not be approved."""

    title: str
    why: str


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask)


def approve(site: Site, ask: Ask) -> Response:
    """Each by itself: what cannot be approved keeps none of the others."""
    ticked = list(dict.fromkeys(ask.all("tin")))
    if not ticked:
        return _page(site, ask, why=t("Chưa tích tin nào. Tích vào ô trước tên tin rồi bấm Duyệt.",
                                      "Nothing is ticked. Tick items, then approve."), status=400)
    done, failed = [], []
    for one in ticked:
        item_id, _, sha256 = one.partition(":")
        title = item_id
        try:
            with site.home.store.write() as session:
                desk = Desk.of(site, ask, session)
                found = session.get(Item, item_id)
                if found is None or not desk.reads(found.owner):
                    raise UserError(item_id, t("không có tin này", "no such item"))
                title = found.title
                approval.approve(session, desk.now, item_id, desk.person, expected=sha256 or "-")
        except UserError as error:
            failed.append(Failure(title, words_of(error)))
        else:
            done.append(title)
    if not failed:
        return site.go(f"/duyet/tuan?xong=duyet&ngay={ask.form.get('ngay', '')}"
                       if _monday_typed(ask.form.get("ngay", "")) else "/duyet/tuan?xong=duyet")
    return _page(site, ask, done=done, failed=failed, status=409)


def _monday_typed(text: str) -> date | None:
    try:
        return a_date("", text) if text else None
    except UserError:
        return None


def _page(
    site: Site, ask: Ask, why: str = "", done: list[str] | None = None,
    failed: list[Failure] | None = None, status: int = 200,
) -> Response:
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        today = local_date(desk.programme, desk.now)
        wanted = _monday_typed(ask.form.get("ngay", "") or ask.query.get("ngay", "")) or today
        this = today - today.weekday() * DAY
        first = min(max(wanted - wanted.weekday() * DAY, this), this + AHEAD * 7 * DAY)
        reviewer = desk.reviewer()
        lines = [Line(p, reviewer.review(p.waits) if p.waits else None)
                 for p in queue_.week(session, desk.now, desk.programme, first)
                 if desk.reads(p.owner)]
    days = [(day, list(on)) for day, on in groupby(lines, lambda line: line.day)]
    return site.page(
        ask, "approve/week", status, **shared(desk), days=days, first=first, last=first + 6 * DAY,
        before=first - 7 * DAY if first > this else None,
        after=first + 7 * DAY if first < this + AHEAD * 7 * DAY else None, why=why,
        approved=done or [], failed=failed or [],
        open=sum(1 for x in lines if x.review and not x.review.why_not), weekdays=WEEKDAYS)


WEEKDAYS = (("Thứ Hai", "Monday"), ("Thứ Ba", "Tuesday"), ("Thứ Tư", "Wednesday"),
            ("Thứ Năm", "Thursday"), ("Thứ Sáu", "Friday"), ("Thứ Bảy", "Saturday"),
            ("Chủ nhật", "Sunday"))
