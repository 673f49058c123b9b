"""Nhà mạng tự gửi theo vùng: orders, their yes, their papers, the carrier's answer."""

import io
import zipfile
from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from worker.campaigns.area import acts, papers, view
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import AreaOrder, Item

from .common import HERE, number_of, scope_in
from .one import refused

AREAS = f"{HERE}/vung"
TONES = {"draft": "wait", "approved": "wait", "handed_over": "ok", "reported": "ok",
         "cancelled": "off"}


def _order(ask: Ask, session: Session) -> AreaOrder:
    """An order is its item's: whoever holds the text holds it."""
    row = session.get(AreaOrder, number_of(ask))
    if row is None or not _held(ask, session, row.item_id):
        raise HTTPException(404)
    return row


def _held(ask: Ask, session: Session, item_id: str) -> bool:
    item = session.get(Item, item_id)
    return scope_in(session, ask).holds(item.owner if item is not None else None)


def page(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        rows = [row for row in view.every(session, site.home.clock.now())
                if _held(ask, session, row["item"])]
    return site.page(ask, "campaigns/areas", rows=rows, tones=TONES, **_words())


def one(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        row = _order(ask, session)
        whole = view.whole(session, row, now)
    return site.page(
        ask, "campaigns/one_area", row=row, whole=whole, tones=TONES, **_words(),
        result=list(view.result_lines(row.result)) if row.result else [])


def _words() -> dict[str, Any]:
    return {"states": {k: t(*v) for k, v in acts.STATES.items()}}


def approve(site: Site, ask: Ask) -> Response:
    number = number_of(ask)
    try:
        with site.home.store.write() as session:
            _order(ask, session)
            acts.approve(session, site.home.clock.now(), in_force(session).programme, number,
                         ask.me.person)
    except UserError as error:
        return refused(site, ask, error, f"{AREAS}/{number}")
    return site.go(f"{AREAS}/{number}?xong=don-duyet")


def cancel(site: Site, ask: Ask) -> Response:
    number = number_of(ask)
    try:
        with site.home.store.write() as session:
            _order(ask, session)
            acts.cancel(session, site.home.clock.now(), number, ask.me.person,
                        ask.form.get("reason", ""))
    except UserError as error:
        return refused(site, ask, error, f"{AREAS}/{number}")
    return site.go(f"{AREAS}/{number}?xong=don-huy")


def hand_over(site: Site, ask: Ask) -> Response:
    """Both files for the carrier in one; from now on the order is with it."""
    number = number_of(ask)
    try:
        with site.home.store.read() as session:
            files = papers.made(_order(ask, session))
        with site.home.store.write() as session:
            now, row = site.home.clock.now(), acts.order_of(session, number)
            acts.may_go(session, now, row)
            acts.hand_over(session, now, row, ask.me.person, papers.sums(files))
            name = papers.file_name(row)
    except UserError as error:
        return refused(site, ask, error, f"{AREAS}/{number}")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    return Response(out.getvalue(), media_type="application/zip", headers={
        "Content-Disposition": f'attachment; filename="{name}.zip"'})
