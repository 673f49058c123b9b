"""
Every address of the console, who may call it, and what answers. A test walks each route with each
role; what is not in this table is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from console.web.context import Ask, Site
from console.web.nav import ACTORS, EVERYBODY
from console.web.pages import account, alarms, door, log, overview
from worker.users.sessions import Standing

#: anyone: nobody need be logged in; else the standings of a session that will do
Needs = Literal["anyone"] | tuple[Standing, ...]

FULL: tuple[Standing, ...] = ("full",)
ANY: tuple[Standing, ...] = ("full", "code", "enrol")


@dataclass(frozen=True)
class Route:
    """One address."""

    method: Literal["GET", "POST"]
    path: str
    answer: Callable[[Site, Ask], Response]
    needs: Needs = FULL
    roles: frozenset[str] = EVERYBODY
    passive: bool = False  #: a page asks by itself: it does not keep a session from being idle


ROUTES: tuple[Route, ...] = (
    Route("GET", "/static/{name}", door.static, "anyone"),
    Route("GET", "/dang-nhap", door.login_page, "anyone"),
    Route("POST", "/dang-nhap", door.login_, "anyone"),
    Route("GET", "/lien-ket/{token}", door.link_page, "anyone"),
    Route("POST", "/lien-ket/{token}", door.link, "anyone"),
    Route("POST", "/dang-xuat", door.logout, ANY),
    Route("GET", "/ma-xac-thuc", door.code_page, ("code",)),
    Route("POST", "/ma-xac-thuc", door.code, ("code",)),
    Route("GET", "/ma-xac-thuc/thiet-lap", door.enrol_page, ("enrol", "full")),
    Route("POST", "/ma-xac-thuc/thiet-lap", door.enrol, ("enrol", "full")),
    Route("GET", "/tai-khoan", account.page),
    Route("POST", "/tai-khoan/mat-khau", account.password),
    Route("POST", "/tai-khoan/phien/{number}/ket-thuc", account.end),
    Route("POST", "/tai-khoan/thoat-het", account.end_all),
    Route("GET", "/", overview.page),
    Route("GET", "/tong-quan/moi", overview.fresh, passive=True),
    Route("POST", "/su-co/{number}/toi-xu-ly", alarms.take, roles=ACTORS),
    Route("GET", "/nhat-ky", log.page),
    Route("GET", "/nhat-ky/tep.{kind}", log.export),
    Route("GET", "/nhat-ky/{key}", log.story),
)
