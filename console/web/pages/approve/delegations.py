"""Ủy quyền duyệt: who approves for whom, until when, by which document."""

from dataclasses import dataclass
from datetime import date

from fastapi import HTTPException, Response
from sqlalchemy import select

from console.web.context import Ask, Site
from console.web.pages.approve.waiting import NOTHING, Desk, Typed, shared, words_of
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items import authority
from worker.items.authority import Wish
from worker.models import Delegation, Person
from worker.programme.model import PRIORITIES
from worker.slots import local_date
from worker.typed import a_date

#: characters of a document's number
LONGEST = 200


@dataclass(frozen=True)
class Shown:
    """One delegation in names."""

    row: Delegation
    delegator: str
    delegate: str
    made_by: str
    priorities: tuple[str, ...]
    state: str  #: now, ahead, over, revoked
    revocable: bool


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask, NOTHING)


def delegate(site: Site, ask: Ask) -> Response:
    try:
        wish = _wish(ask)
        with site.home.store.write() as session:
            desk = Desk.of(site, ask, session)
            authority.delegate(session, desk.now, desk.person, wish)
    except UserError as error:
        mistakes = {m.where: words_of(UserError(m.where, m.what, m.fix)) for m in error.mistakes}
        return _page(site, ask, Typed("moi", mistakes=mistakes, values=ask.form), 400)
    return site.go("/duyet/uy-quyen?xong=uy-quyen")


def revoke(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    with site.home.store.write() as session:
        desk = Desk.of(site, ask, session)
        rows = {d.id for d in authority.known(session, desk.person)}
        if not number.isdecimal() or len(number) > 9 or int(number) not in rows:
            raise HTTPException(404)
        authority.revoke(session, desk.now, desk.person, int(number))
    return site.go("/duyet/uy-quyen?xong=thoi-uy-quyen")


def _wish(ask: Ask) -> Wish:
    """The form's values; every date that is none is told at its field."""
    dates: dict[str, date] = {}
    wrong = []
    for name in ("first_day", "last_day", "document_date"):
        try:
            dates[name] = a_date(name, ask.form.get(name, "").strip())
        except UserError as error:
            wrong.append(error.mistakes[0])
    document = ask.form.get("document", "")
    if len(document) > LONGEST:
        wrong.append(Mistake("document", t("dài quá 200 ký tự", "over 200 characters")))
    if wrong:
        raise UserError.many(tuple(wrong))
    return Wish(ask.form.get("delegator", ""), ask.form.get("delegate", ""), dates["first_day"],
                dates["last_day"], tuple(p for p in PRIORITIES if p in ask.all("priorities")),
                document, dates["document_date"])


def _page(site: Site, ask: Ask, typed: Typed, status: int = 200) -> Response:
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        today = local_date(desk.programme, desk.now)
        names = dict(session.execute(select(Person.id, Person.name)).all())
        lenders = authority.lenders(session, desk.person)
        rows = [_shown(d, names, today, {p.id for p in lenders})
                for d in authority.known(session, desk.person)]
        borrowers = authority.borrowers(session, desk.person) if lenders else []
    ticked = ask.all("priorities") if typed.act else ["thong_thuong", "uu_tien"]
    return site.page(
        ask, "approve/delegations", status, **shared(desk, typed), rows=rows, today=today,
        lenders=[(p.id, p.name) for p in lenders], ticked=ticked,
        borrowers=[("", t("chọn người", "choose")), *(
            (p.id, p.name) for p in borrowers if p.id != desk.person.id)])


def _shown(row: Delegation, names: dict[str, str], today: date, lenders: set[str]) -> Shown:
    state = "revoked" if row.revoked_at else "over" if row.last_day < today else (
        "ahead" if row.first_day > today else "now")
    return Shown(row, names.get(row.delegator, row.delegator),
                 names.get(row.delegate, row.delegate), names.get(row.made_by, row.made_by),
                 tuple(p for p in PRIORITIES if authority.lends(row, p)), state,
                 state in ("now", "ahead") and row.delegator in lenders)
