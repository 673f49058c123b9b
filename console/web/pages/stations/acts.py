"""What the centre does for a station: its link, its commune's yes, «Đã phát», its recordings."""

from collections.abc import Callable
from datetime import date
from typing import cast

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.stations import shown
from console.web.pages.stations.shown import Wrong
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import Recording, StandingAcceptance
from worker.programme.model import Station
from worker.radio import acceptance, aired, links
from worker.radio.speech import recordings
from worker.typed import a_date

#: a day of airings in one form
MOST = 60


def _station(site: Site, ask: Ask) -> Station:
    with site.home.store.read() as session:
        return shown.station_asked(site, ask, in_force(session).programme)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise HTTPException(404)
    return int(text)


def _done(
    site: Site, ask: Ask, form: str, done: str, act: Callable[[Session], None]
) -> Response:
    """Do it and go back to the station; a form that was not taken is shown again."""
    try:
        with site.home.store.write() as session:
            act(session)
    except UserError as error:
        return shown.one(site, ask, Wrong.of(form, error, ask))
    return site.go(f"/dai/{ask.path['station']}?xong={done}")


def link(site: Site, ask: Ask) -> Response:
    """The address is in this answer and in no address: no log and no history keeps it."""
    station = _station(site, ask)
    address = links.link_for(site.home, site.home.clock.now(), station.id, ask.me.person)
    return shown.one(site, ask, secret=address)


def revoke(site: Site, ask: Ask) -> Response:
    station = _station(site, ask)
    links.revoke(site.home, site.home.clock.now(), station.id, ask.me.person)
    return site.go(f"/dai/{station.id}?xong=khoa-dai")


def allow(site: Site, ask: Ask) -> Response:
    """A standing acceptance of one priority."""
    station, form = _station(site, ask), ask.form

    def act(session: Session) -> None:
        given = StandingAcceptance(
            station=station.id, priority=form.get("priority", ""),
            signer=form.get("signer", "").strip()[:150], document=form.get("document", ""),
            valid_from=a_date(t("Từ ngày", "From"), form.get("first", "")),
            valid_until=a_date(t("Đến ngày", "Until"), form.get("last", "")),
            scan_sha256=_scan(site, ask))
        acceptance.record_standing(session, site.home.clock.now(), ask.me.person, given)

    return _done(site, ask, "chap-thuan", "chap-thuan", act)


def _scan(site: Site, ask: Ask) -> str:
    file = ask.file("scan")
    if file is None:
        return ""
    # one byte more than may be: what is larger is refused there, not cut off here
    return acceptance.keep_scan(site.home, file.stream.read(acceptance.LARGEST_SCAN + 1))


def disallow(site: Site, ask: Ask) -> Response:
    station, number = _station(site, ask), _number(str(ask.path["number"]))

    def act(session: Session) -> None:
        row = session.get(StandingAcceptance, number)
        if row is None or row.station != station.id:
            raise HTTPException(404)
        acceptance.revoke_standing(session, site.home.clock.now(), ask.me.person, number)

    return _done(site, ask, "chap-thuan", "thoi-chap-thuan", act)


def aired_(site: Site, ask: Ask) -> Response:
    """«Đã phát» for the station: one airing in detail, or several that were aired in full."""
    station, form = _station(site, ask), ask.form
    one = form.get("slug", "")
    try:
        with site.home.store.write() as session:
            answers = _answers(ask, station)
            aired.report_many(session, site.home.clock.now(), answers)
    except UserError as error:
        wrong = Wrong.of("da-phat", error, ask)
        if not one:
            return shown.one(site, ask, wrong)
        return _bulletin_again(site, ask, one, wrong)
    return site.go(f"/dai/{station.id}?xong=da-phat")


def _answers(ask: Ask, station: Station) -> list[aired.Answer]:
    form, places = ask.form, ask.all("place")[:MOST]
    if not places:
        raise UserError("place", t("chưa chọn buổi phát nào", "no airing is chosen"),
                        t("đánh dấu các buổi đã phát", "tick those that were aired"))
    if not form.get("learned"):
        raise UserError("learned", t("chưa ghi biết qua đâu", "it is not said how you know"),
                        t("chọn trong danh sách", "choose from the list"))
    silent = tuple(c for c in ask.all("cluster") if c in station.clusters)
    times, number = form.get("times", ""), form.get("number", "")
    return [
        aired.Answer(
            station.id, day, airing, cast("aired.Extent", form.get("extent") or "full"),
            form.get("by", "").strip()[:150], "centre",
            number=int(number) if number.isdecimal() and len(number) < 6 else None,
            clusters=silent, times=int(times) if times in ("1", "2") else None,
            reason=form.get("reason", ""), note=form.get("note", "")[:300],
            said_to=ask.me.person, learned=form["learned"])
        for day, airing in map(_place, places)]


def _place(text: str) -> tuple[date, str]:
    """2026-11-25|05:30, as the pages write it."""
    day, _, airing = text.partition("|")
    try:
        return date.fromisoformat(day), airing
    except ValueError:
        raise UserError("place", t("không rõ buổi phát nào", "no such airing"),
                        t("tải lại trang rồi làm lại", "load the page again")) from None


def _bulletin_again(site: Site, ask: Ask, slug: str, wrong: Wrong) -> Response:
    day, _, airing = slug.partition("/")
    ask.request.path_params.update(day=day, airing=airing)
    return shown.bulletin(site, ask, wrong)


def accept(site: Site, ask: Ask) -> Response:
    """«Duyệt phát» for the commune: by its signed paper, or as it told us."""
    form = ask.form
    with site.home.store.read() as session:
        station, entry, _ = shown.entry_asked(session, site, ask)
    number = form.get("number", "")
    try:
        if entry.row is None or number != str(entry.bulletin.number):
            raise UserError("number", t("đã có bản khác", "there is another number now"),
                            t("đọc bản này rồi duyệt lại", "read this one, then accept it"))
        sha = _scan(site, ask)
        with site.home.store.write() as session:
            acceptance.accept(session, site.home.clock.now(), entry.row, acceptance.Yes(
                form.get("by", "").strip()[:150], "scan" if sha else "centre", ask.me.person,
                form.get("document", "")[:300], sha))
    except UserError as error:
        return shown.bulletin(site, ask, Wrong.of("duyet-phat", error, ask))
    return site.go(f"/dai/{station.id}/buoi/{entry.slug}?xong=duyet-phat")


def hear(site: Site, ask: Ask) -> Response:
    """Released, or refused with a reason, by whoever heard it to the end."""
    station, number = _station(site, ask), _number(str(ask.path["number"]))
    refuse = ask.form.get("refuse", "").strip()[:300]

    def act(session: Session) -> None:
        row = session.get(Recording, number)
        if row is None or row.station not in ("", station.id):
            raise HTTPException(404)
        if row.heard_by is not None:
            raise UserError("recording", t(f"{row.heard_by} đã nghe duyệt bản thu này",
                                           f"{row.heard_by} has heard it already"),
                            t("không phải làm gì", "nothing to do"))
        if ask.form.get("what") == "refuse" and not refuse:
            raise UserError("refuse", t("chưa ghi lý do không dùng", "no reason is given"),
                            t("ghi lý do", "say why"))
        recordings.hear(session, site.home.clock.now(), number, ask.me.name,
                        refuse=refuse if ask.form.get("what") == "refuse" else "")

    return _done(site, ask, f"ban-thu-{number}", "ban-thu", act)
