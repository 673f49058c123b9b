"""One's own account: sessions, password, codes."""

from fastapi import Response

from console.web.context import Ask, Site
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.users import login, passwords, sessions


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask)


def _page(site: Site, ask: Ask, why: str = "", status: int = 200) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        mine = sessions.sessions_of(session, now, ask.me.person)
        zone = in_force(session).programme.zone()
    return site.page(ask, "account", status, sessions=mine, this=ask.me.session, zone=zone,
                     why=why, shortest=passwords.SHORTEST)


def password(site: Site, ask: Ask) -> Response:
    if ask.form.get("new", "") != ask.form.get("again", ""):
        return _page(site, ask, t("Hai lần gõ mật khẩu mới khác nhau. Gõ lại.",
                                  "The two new passwords differ. Type them again."), 400)
    try:
        login.change(site.home, ask.me, ask.form.get("old", ""), ask.form.get("new", ""))
    except UserError as error:
        return _page(site, ask, error.on_page(), 409 if error.exit_code == 1 else 400)
    return site.go("/tai-khoan?xong=mat-khau")


def end(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    now = site.home.clock.now()
    with site.home.store.write() as session:
        sessions.revoke(session, now, ask.me.person,
                        int(number) if number.isdecimal() and len(number) < 10 else 0,
                        ask.me.person)
    return site.go("/tai-khoan?xong=phien")


def end_all(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    with site.home.store.write() as session:
        sessions.revoke_all(session, now, ask.me.person, ask.me.person)
    answer = site.forget(ask, site.go("/dang-nhap?xong=ra"), "phien")
    return site.forget(ask, answer, "may")
