"""In and out: log-in, one-time link, code, log-out; and the files every page needs."""

import io

import segno
from fastapi import HTTPException, Response

from console.web.context import (
    DEVICE_AGE,
    LANGUAGE,
    LANGUAGE_AGE,
    OWN,
    SESSION_AGE,
    Ask,
    Site,
    local,
)
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import LANGUAGES, t
from worker.users import links, login, passwords, sessions, totp


def static(site: Site, ask: Ask) -> Response:
    file = site.files.get(ask.path["name"])
    if file is None:
        raise HTTPException(404)
    return Response(file.data, media_type=file.kind,
                    headers={"Cache-Control": "public, max-age=31536000, immutable"})


def login_page(site: Site, ask: Ask) -> Response:
    if ask.who is not None:
        return site.go("/")
    return _login(site, ask)


def _login(site: Site, ask: Ask, why: str = "", status: int = 200) -> Response:
    target = local(ask.form.get("next") or ask.query.get("next", "/"))
    return site.page(ask, "login", status, why=why, next=target, name=ask.form.get("name", ""),
                     oidc=site.oidc_name)


def login_(site: Site, ask: Ask) -> Response:
    came = login.enter(site.home, ask.form.get("name", ""), ask.form.get("password", ""),
                       ask.browser, ask.cookie("may"))
    if not came.token:
        return _refused(_login(site, ask, came.why, 429 if came.wait else 401), came)
    end_old(site, ask)
    return _in(site, ask, came, local(ask.form.get("next", "/")))


def _refused(answer: Response, came: login.Came) -> Response:
    if came.wait is not None:
        answer.headers["Retry-After"] = str(max(1, round(came.wait.total_seconds())))
    return answer


def end_old(site: Site, ask: Ask) -> None:
    """Whoever logs in over a session leaves none behind."""
    if ask.who is not None:
        now = site.home.clock.now()
        with site.home.store.write() as session:
            sessions.revoke(session, now, ask.who.person, ask.who.session, ask.who.person)


def _in(site: Site, ask: Ask, came: login.Came, target: str) -> Response:
    return site.keep(ask, site.go(target), "phien", came.token, SESSION_AGE)


def logout(site: Site, ask: Ask) -> Response:
    end_old(site, ask)
    if own := ask.cookie(OWN):  # whoever plays a part leaves with both
        with site.home.store.write() as session:
            sessions.revoke_token(session, site.home.clock.now(), own)
    return site.forget(ask, site.forget(ask, site.go("/dang-nhap?xong=ra"), "phien"), OWN)


def language(site: Site, ask: Ask) -> Response:
    """Pages in the other language, for this browser."""
    chosen = ask.form.get("language", "")
    answer = site.go(local(ask.form.get("back", "/")))
    return site.keep(ask, answer, LANGUAGE, chosen, LANGUAGE_AGE) \
        if chosen in LANGUAGES else answer


def link_page(site: Site, ask: Ask) -> Response:
    return _link(site, ask)


def _link(site: Site, ask: Ask, why: str = "", status: int = 200) -> Response:
    with site.home.store.read() as session:
        person = links.whose(session, site.home.clock.now(), ask.path["token"])
    if person is None:
        return site.message(
            ask, 404, t("Đường dẫn không mở được", "The link does not open"),
            t("Đường dẫn đã dùng, đã được thay bằng đường dẫn mới hơn, hoặc quá 24 giờ. Xin quản "
              "trị một đường dẫn mới.",
              "It is used, replaced by a newer one, or older than 24 hours. Ask an administrator "
              "for a new one."), "/dang-nhap")
    return site.page(ask, "link", status, why=why, person=person, shortest=passwords.SHORTEST)


def link(site: Site, ask: Ask) -> Response:
    password = ask.form.get("password", "")
    if password != ask.form.get("again", ""):
        return _link(site, ask, t("Hai lần gõ mật khẩu khác nhau. Gõ lại cả hai.",
                                  "The two passwords differ. Type both again."), 400)
    try:
        came = login.set_by_link(site.home, ask.path["token"], password, ask.browser)
    except UserError as error:
        return _link(site, ask, error.on_page(), 400)
    if not came.token:
        return _link(site, ask)
    return _in(site, ask, came, "/")


def code_page(site: Site, ask: Ask) -> Response:
    return site.page(ask, "code", why="", name=ask.me.name)


def code(site: Site, ask: Ask) -> Response:
    came = login.show_code(site.home, ask.me.session, ask.me.person, ask.form.get("code", ""),
                           trust=ask.form.get("trust") == "1")
    if not came.token:
        status = 429 if came.wait else 400
        return _refused(site.page(ask, "code", status, why=came.why, name=ask.me.name), came)
    answer = _in(site, ask, came, "/")
    if came.device:
        site.keep(ask, answer, "may", came.device, DEVICE_AGE)
    return answer


def enrol_page(site: Site, ask: Ask) -> Response:
    return _enrol(site, ask)


def _enrol(site: Site, ask: Ask, why: str = "", status: int = 200) -> Response:
    if ask.me.has_code:
        return site.go("/tai-khoan")
    secret = login.secret_to_enrol(site.home, ask.me.person)
    with site.home.store.read() as session:
        issuer = in_force(session).programme.name
    out = io.BytesIO()
    segno.make(totp.address(secret, ask.me.person, issuer), error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#fff",
        title=t("Mã QR của mã xác thực", "QR code"))
    spaced = " ".join(secret[n:n + 4] for n in range(0, len(secret), 4))
    return site.page(ask, "enrol", status, why=why, qr=out.getvalue().decode(), secret=spaced,
                     must=ask.me.standing == "enrol")


def enrol(site: Site, ask: Ask) -> Response:
    came = login.show_code(site.home, ask.me.session, ask.me.person, ask.form.get("code", ""),
                           trust=False)
    if not came.token:
        return _refused(_enrol(site, ask, came.why, 429 if came.wait else 400), came)
    return _in(site, ask, came, "/tai-khoan?xong=ma")
