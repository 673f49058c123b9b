"""«Cần gọi»: stations that have not answered, and those that still hold an old number."""

from datetime import timedelta

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from console.web.pages.stations.shown import Wrong, acting
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import each
from worker.models import StationNotice
from worker.radio import centre, notices
from worker.slots import local_date


def page(site: Site, ask: Ask, wrong: Wrong | None = None) -> Response:
    scope = site.scope(ask)
    with site.home.store.read() as session:
        programme = in_force(session).programme
        yesterday = local_date(programme, site.home.clock.now()) - timedelta(days=1)
        found = centre.calls(session, site.home, programme, scope)
        copies = centre.old_copies(session, programme, scope, yesterday)
    return site.page(ask, "stations/calls", wrong.status if wrong else 200, calls=found,
                     copies=copies, zone=programme.zone(), KINDS=each(notices.WORDS), wrong=wrong,
                     acting=acting(ask))


def answered(site: Site, ask: Ask) -> Response:
    """«Đã nhận qua điện thoại»."""
    number = str(ask.path["number"])
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise HTTPException(404)
    try:
        with site.home.store.write() as session:
            row = session.get(StationNotice, int(number))
            scope, programme = site.scope(ask), in_force(session).programme
            if row is None or centre.station_of(programme, scope, row.station) is None:
                raise HTTPException(404)
            notices.answer(session, site.home.clock.now(), row.id,
                           ask.form.get("by", "").strip()[:150], ask.me.person)
    except UserError as error:
        return page(site, ask, Wrong.of(number, error, ask))
    return site.go("/dai/can-goi?xong=dai-nhan")
