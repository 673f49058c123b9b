"""What persons do to the calendar. What could go wrong is said first, and then left to them."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.week import place
from console.web.pages.week.common import HELPERS, a_key, a_spot
from worker import audit
from worker.errors import Refused, UserError
from worker.home import InForce, in_force
from worker.i18n import t
from worker.models import Item
from worker.outbox.acts import cancel_occurrence
from worker.planner import by_hand, pinning, series
from worker.planner.pinning import Spot
from worker.planner.store import replan
from worker.planner.wanted import PinKey
from worker.planner.warn import warnings
from worker.planner.week import Entry, calendar
from worker.slots import slot_time
from worker.typed import a_date


@dataclass(frozen=True)
class Wish:
    """What somebody wants pinned where."""

    item: str
    spot: Spot
    source: PinKey | None  #: moved away from here
    until: date | None  #: every week until this day


def pin(site: Site, ask: Ask) -> Response:
    """Pin, move, or repeat weekly; shown first with its warnings, if there are any."""
    now = site.home.clock.now()
    try:
        with site.home.store.read() as session:
            force = in_force(session)
            wish = _wish(force, ask)
            title = _allowed(site, ask, session, force, wish, now)
            said = [] if ask.form.get("sure") else _warned(session, force, wish, now)
        if said:
            slot = force.programme.slot(wish.spot.slot)
            segment = force.programme.segment(wish.spot.segment) if wish.spot.segment else None
            return site.page(ask, "week/sure", wish=wish, title=title, said=said, slot=slot,
                             segment=segment, form=ask.form, **HELPERS)
        with site.home.store.write() as session:
            force = in_force(session)
            _allowed(site, ask, session, force, wish, now)
            _pin(session, force, wish, now, ask.me.person)
    except UserError as error:
        return _again(site, ask, error)
    replan(site.home.store, now, ask.me.person)
    if ask.form.get("back") == "tuan":
        return site.go(f"/lich-phat?ngay={wish.spot.day}&xong=xep-tin")
    return site.go(f"/lich-phat/{wish.spot.day}/{wish.spot.slot}?xong=xep-tin")


def _wish(force: InForce, ask: Ask) -> Wish:
    form = ask.form
    to = form.get("to", "")
    if not to:
        day = a_date(t("Ngày", "Day"), form.get("day", "").strip())
        to = f"{day}/{form.get('place', '')}"
    until = form.get("until", "").strip()
    return Wish(form.get("item", ""), a_spot(force.programme, to), a_key(form.get("source", "")),
                a_date(t("Đến ngày", "Until"), until) if until else None)


def _allowed(
    site: Site, ask: Ask, session: Session, force: InForce, wish: Wish, now: datetime
) -> str:
    """The item's title; refused with the reason where it may not go there."""
    scope = site.scope(ask)
    item = session.get(Item, wish.item)
    if item is None or not scope.holds(item.owner):
        raise UserError(t("Tin", "Item"), t("không có tin này", "there is no such item"),
                        t("chọn trong danh sách", "choose from the list"))
    slot = force.programme.slot(wish.spot.slot)
    if slot_time(force.programme, slot, wish.spot.day).closes_at <= now:
        raise Refused(f"{slot.name} {wish.spot.day:%d/%m/%Y}",
                      t("giờ này đã qua", "this hour is over"),
                      t("chọn ngày khác", "choose another day"))
    if item.state in ("recalled", "rejected"):
        raise Refused(item.title, t("đã thu hồi hoặc không được duyệt",
                                    "was recalled or rejected"),
                      t("chọn tin khác", "choose another item"))
    pinning.needs_leave(session, force.programme, scope, wish.item, wish.spot)
    if wish.source is not None and not wish.source.entry.startswith("pin:"):
        key = wish.source
        pinning.needs_leave(session, force.programme, scope, wish.item, a_spot(
            force.programme, f"{key.day}/{key.slot}/{key.entry}"))
    return item.title


def _warned(session: Session, force: InForce, wish: Wish, now: datetime) -> list[str]:
    days: tuple[date, ...] = ()
    if wish.until is not None:
        days = series.days_of(session, force.programme, wish.spot.key(wish.item).entry, wish.item,
                              wish.spot.slot, wish.spot.day, wish.until)
    return warnings(session, force, now, wish.item, wish.spot, source=wish.source, days=days)


def _pin(session: Session, force: InForce, wish: Wish, now: datetime, by: str) -> None:
    if wish.until is not None:
        series.begin(session, force.programme, now, by, wish.item, wish.spot.slot, wish.spot.day,
                     wish.until, wish.spot.segment)
    elif wish.source is not None:
        pinning.move(session, force.programme, now, by, wish.item, wish.source, wish.spot)
    else:
        pinning.pin(session, force.programme, now, by, wish.item, wish.spot)


def _again(site: Site, ask: Ask, error: UserError) -> Response:
    """The form as it was filled in, and what is wrong with it."""
    status, why = 409 if isinstance(error, Refused) else 400, error.on_page()
    form = ask.form
    if form.get("shown") == "chon":
        day, _, rest = form.get("to", "").partition("/")
        slot, _, segment = rest.partition("/")
        return place.choosing(site, ask, day, slot, segment, status=status, why=why,
                              until=form.get("until", ""))
    key = a_key(form.get("source", ""))
    if form.get("shown") == "chuyen" and key is not None:
        return place.show(site, ask, key.day.isoformat(), key.slot, status=status, why=why,
                          typed=form)
    raise error


def unpin(site: Site, ask: Ask) -> Response:
    """This place airs what comes in turn; of a series this day, or `tu-nay`: all to come."""
    now, key = site.home.clock.now(), _key(ask)
    item = ask.form.get("item", "")
    with site.home.store.write() as session:
        spot = _mine(site, ask, session, item, key)
        pinning.unpin(session, now, ask.me.person, item, spot,
                      onward=ask.form.get("how") == "tu-nay")
    replan(site.home.store, now, ask.me.person)
    return site.go(f"/lich-phat/{key.day}/{key.slot}?xong=bo-xep")


def put_back(site: Site, ask: Ask) -> Response:
    """A day left out belongs to its series again."""
    now, key = site.home.clock.now(), _key(ask)
    with site.home.store.write() as session:
        found = series.at(session, key)
        if found is None:
            raise HTTPException(404)
        _mine(site, ask, session, found.item, key)
        series.put_back(session, now, ask.me.person, key)
    replan(site.home.store, now, ask.me.person)
    return site.go(f"/lich-phat/{key.day}/{key.slot}?xong=xep-tin")


def _key(ask: Ask) -> PinKey:
    key = a_key(ask.form.get("source", ""))
    if key is None:
        raise HTTPException(404)
    return key


def _mine(site: Site, ask: Ask, session: Session, item: str, key: PinKey) -> Spot:
    """Where the pin stands, once it is known to be theirs."""
    programme, scope = in_force(session).programme, site.scope(ask)
    found = session.get(Item, item)
    if found is None or not scope.holds(found.owner):
        raise HTTPException(404)
    spot = Spot(key.day, key.slot, key.entry)
    # an airing of its own is the item's: nobody else's is touched
    if key.slot in {s.id for s in programme.slots} \
            and key.entry in {s.id for s in programme.segments}:
        pinning.needs_leave(session, programme, scope, item, spot)
    return spot


def cancel(site: Site, ask: Ask) -> Response:
    """What of this airing has not begun."""
    now, reason = site.home.clock.now(), ask.form.get("reason", "").strip()
    with site.home.store.write() as session:
        entry, day, slot = _airing(site, ask, session)
        if not reason:
            raise UserError(t("Lý do", "Why"), t("còn trống", "is missing"),
                            t("ghi vì sao hủy lượt này", "say why it is cancelled"))
        cancel_occurrence(session, now, ask.me.person, entry.occurrence, reason)
        audit.record(session, now, ask.me.person, "cancel", entry.occurrence, {"reason": reason})
    return site.go(f"/lich-phat/{day}/{slot}?xong=huy-luot")


def repeat(site: Site, ask: Ask) -> Response:
    """The same item once more, at once."""
    now = site.home.clock.now()
    with site.home.store.write() as session:
        entry, day, slot = _airing(site, ask, session)
        by_hand.repeat(session, now, ask.me.person, entry.occurrence)
    return site.go(f"/lich-phat/{day}/{slot}?xong=phat-lai")


def _airing(site: Site, ask: Ask, session: Session) -> tuple[Entry, date, str]:
    """The airing that a form names; one of others is not there."""
    name = ask.form.get("occurrence", "")
    parts = name.rsplit("/", 3)
    key = a_key(f"{parts[2]}/{parts[1]}/{parts[0]}") if len(parts) == 4 else None
    if key is None:
        raise HTTPException(404)
    found = calendar(session, in_force(session).programme, site.home.clock.now(), key.day, key.day,
                     site.scope(ask), only=key.slot)
    cell = found.cells.get((key.day, key.slot))
    entries = cell.entries if cell else found.at_once.get(key.day, ())
    entry = next((e for e in entries if e.occurrence == name), None)
    if entry is None:
        raise HTTPException(404)
    if not entry.mine:
        raise Refused(entry.title, t("còn phát đến nơi của đơn vị khác",
                                     "also airs to places of other organisations"),
                      t("nhờ người phụ trách chung", "ask whoever works for all"))
    return entry, key.day, key.slot
