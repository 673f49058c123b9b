"""
Every address of the console, who may call it, and what answers: each area's own table, one
after the other. A test walks each route with each role; what is not in a table is not there.
"""

from console.web.nav import ACTORS, ADMIN
from console.web.pages import (
    account,
    acts,
    alarms,
    approve,
    campaigns,
    compose,
    config,
    desk,
    door,
    keys,
    log,
    notices,
    oidc,
    overview,
    playing,
    stations,
    users,
    week,
)
from console.web.route import ANY, Route

DOOR: tuple[Route, ...] = (
    Route("GET", "/static/{name}", door.static, "anyone"),
    Route("GET", "/dang-nhap", door.login_page, "anyone"),
    Route("POST", "/dang-nhap", door.login_, "anyone"),
    Route("GET", "/dang-nhap/co-quan", oidc.begin, "anyone"),
    Route("GET", oidc.BACK, oidc.back, "anyone"),
    Route("GET", "/lien-ket/{token}", door.link_page, "anyone"),
    Route("POST", "/lien-ket/{token}", door.link, "anyone"),
    Route("POST", "/dang-xuat", door.logout, ANY),
    Route("POST", "/ngon-ngu", door.language, "anyone"),
    Route("GET", "/ma-xac-thuc", door.code_page, ("code",)),
    Route("POST", "/ma-xac-thuc", door.code, ("code",)),
    Route("GET", "/ma-xac-thuc/thiet-lap", door.enrol_page, ("enrol", "full")),
    Route("POST", "/ma-xac-thuc/thiet-lap", door.enrol, ("enrol", "full")),
    Route("GET", "/tai-khoan", account.page),
    Route("POST", "/tai-khoan/mat-khau", account.password),
    Route("POST", "/tai-khoan/phien/{number}/ket-thuc", account.end),
    Route("POST", "/tai-khoan/thoat-het", account.end_all),
    Route("POST", "/dong-vai", playing.play, roles=ADMIN),
    Route("POST", "/thoi-dong-vai", playing.stop),
)
OVERVIEW: tuple[Route, ...] = (
    Route("GET", "/", overview.page),
    Route("GET", "/tong-quan/moi", overview.fresh, passive=True),
    Route("POST", "/su-co/{number}/toi-xu-ly", alarms.take, roles=ACTORS),
)
LOG: tuple[Route, ...] = (
    Route("GET", "/nhat-ky", log.page),
    Route("GET", "/nhat-ky/tep.{kind}", log.export),
    Route("GET", "/nhat-ky/{key}", log.story),
)

ROUTES: tuple[Route, ...] = (
    *DOOR, *OVERVIEW, *LOG, *week.ROUTES, *desk.ROUTES, *compose.ROUTES, *stations.ROUTES,
    *notices.ROUTES, *users.ROUTES, *acts.ROUTES, *config.ROUTES, *approve.ROUTES,
    *campaigns.ROUTES,
    *keys.ROUTES,
)
