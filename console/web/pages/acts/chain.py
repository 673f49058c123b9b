"""«Kiểm chuỗi»: whether a row was taken out or changed afterwards, a part a request."""

import threading

from fastapi import Response

from console.web.context import Ask, Site
from worker import audit_view
from worker.home import in_force
from worker.i18n import t

#: parts checked at once: each takes a second of a core
_CHECKING = threading.BoundedSemaphore(1)


def page(site: Site, ask: Ask) -> Response:
    return _checked(site, ask, "acts/chain")


def part(site: Site, ask: Ask) -> Response:
    """The part that goes on by itself until the end is reached."""
    return _checked(site, ask, "acts/chain_now")


def _checked(site: Site, ask: Ask, template: str) -> Response:
    given = ask.query.get("tu", "0")
    after = int(given) if given.isdecimal() and len(given) < 18 else 0
    if not _CHECKING.acquire(blocking=False):
        return site.message(ask, 429, t("Đang kiểm ở một trang khác", "It is being checked"),
                            t("Chờ một phút rồi bấm lại.", "Wait a minute and try again."),
                            "/nhat-ky-thao-tac")
    try:
        with site.home.store.read() as session:
            found = audit_view.check(session, after)
            zone = in_force(session).programme.zone()
    finally:
        _CHECKING.release()
    return site.page(ask, template, checked=found, zone=zone, whole=site.scope(ask).whole)
