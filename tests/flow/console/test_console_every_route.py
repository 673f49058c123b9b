"""
Every route of the console × who asks: nobody, one who owes a code, each role, another site. One
installation with something of everything for all of it; a new line of the table is walked by
itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from console.web.route import Route
from console.web.routes import ROUTES
from tests.accounts import Visitor, an_account, with_codes
from tests.everything import Everything, everything, filled
from worker.models import Audit, Event
from worker.people import ROLES

GETS = [r for r in ROUTES if r.method == "GET"]
POSTS = [r for r in ROUTES if r.method == "POST"]
INSIDE = [r for r in ROUTES if r.needs != "anyone" and "full" in r.needs]
#: Kiểm tra sends these: the own account, and a number to look for, so that no address has it
OF_AUDITORS = ("/tai-khoan/", "/ma-xac-thuc", "/dang-xuat", "/thoi-dong-vai",
               "/dot-nhan-tin/tim-so")
#: empty forms, and what is chosen for them: the auditor has nothing to send by them
FORMS = {"/soan-tin/mau", "/soan-tin/gop-y", "/soan-tin/moi", "/cau-hinh/them/{section}",
         "/thu-hoi/{item}", "/lich-phat/{day}/{slot}/chon-tin", "/lich-phat/tin/{item}"}
#: after these one has to come in again
ENDS = ("/dang-xuat", "/tai-khoan/thoat-het", "/thoi-dong-vai")


@pytest.fixture(scope="module")
def inn(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    made = everything(migrated_sqlite, tmp_path_factory.mktemp("moi-duong"))
    for role in ROLES:
        an_account(made.home, f"nguoi-{role.replace('_', '-')}", role)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _again(inn: Everything) -> None:
    inn.later()


def told(route: Route) -> str:
    return f"{route.method} {route.path}"


def written(inn: Everything) -> tuple[int, int]:
    """How much was done: acts and events."""
    with inn.home.store.read() as s:
        return (s.scalars(select(func.count()).select_from(Audit)).one(),
                s.scalars(select(func.count()).select_from(Event)).one())


def test_nobody_is_let_in_without_logging_in(inn: Everything) -> None:
    nobody, before = Visitor(inn.servers.inner_url), written(inn)
    wrong = {}
    for route in ROUTES:
        answer = getattr(nobody, route.method.lower())(inn.path(route))
        where = answer.headers.get("location", "")
        if route.needs == "anyone":
            right = answer.status_code in (200, 401, 404) or route.path == "/ngon-ngu"
        else:
            right = answer.status_code == 303 and where.startswith("/dang-nhap")
        if not right:
            wrong[told(route)] = (answer.status_code, where)
    nobody.web.close()

    assert wrong == {}
    assert written(inn) == before


def test_a_session_that_owes_a_code_opens_no_page(inn: Everything) -> None:
    an_account(inn.home, "no-ma", *ROLES)
    with_codes(inn.home, "no-ma")
    owing = inn.visitor("no-ma")
    wrong = {}
    for route in ROUTES:
        if route.needs == "anyone" or route.path == "/dang-xuat":
            continue
        answer = getattr(owing, route.method.lower())(inn.path(route))
        sent_on = answer.headers.get("location") == "/ma-xac-thuc"
        if sent_on != ("code" not in route.needs):
            wrong[told(route)] = answer.status_code
    owing.web.close()

    assert wrong == {}


def test_every_form_of_another_site_is_refused(inn: Everything) -> None:
    """CSRF: with the session of somebody who may do everything, whatever says where it is from."""
    an, before = inn.visitor("an"), written(inn)
    wrong = {}
    for route in POSTS:
        answer = an.post(inn.path(route), origin="http://ke-gian.invalid")
        if answer.status_code != 403:
            wrong[told(route)] = answer.status_code
    an.web.close()

    assert wrong == {}
    assert written(inn) == before


@pytest.mark.parametrize("target", ["//ke-gian.invalid", "https://ke-gian.invalid", "/\\\\x"])
def test_no_form_leads_to_another_site(inn: Everything, target: str) -> None:
    """Open redirect: whatever form is told where to go on, by the name of log-in's field."""
    an, wrong = inn.visitor("an"), {}
    for route in (r for r in POSTS if "{" not in r.path):
        answer = an.post(route.path, next=target, back=target, language="en")
        where = answer.headers.get("location", "/")
        if not where.startswith("/") or where[1:2] in ("/", "\\"):
            wrong[told(route)] = where
        inn.let_in(an, "an")
    an.web.close()

    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    inn: Everything, role: str
) -> None:
    """
    What it may not, with things that are there: nothing is written. What it may, with things
    that are not, so that the next role finds all as it was; the auditor sees what is there.
    """
    name = f"nguoi-{role.replace('_', '-')}"
    one, before, wrong = inn.visitor(name), written(inn), {}
    for route in INSIDE:
        if role not in route.roles and _asked(one, route, inn.path(route)) != 403:
            wrong[told(route)] = "let in"
    assert written(inn) == before
    for route in sorted(INSIDE, key=lambda r: r.path in ENDS):
        if role in route.roles:
            real = role == "kiem_tra" and route.method == "GET"
            answer = _asked(one, route, inn.path(route) if real else filled(route, {}))
            if answer not in (200, 303, 400, 404, 409):
                wrong[told(route)] = answer
            if route.path in ENDS:
                inn.let_in(one, name)
    one.web.close()

    assert wrong == {}


def _asked(one: Visitor, route: Route, path: str) -> int:
    return (one.get(path) if route.method == "GET" else one.post(path)).status_code


def test_the_auditor_reads_all_and_changes_nothing() -> None:
    acts = {r.path for r in POSTS if r.needs != "anyone" and "kiem_tra" in r.roles}
    closed = {r.path for r in GETS if "kiem_tra" not in r.roles}

    assert {path for path in acts if not path.startswith(OF_AUDITORS)} == set()
    assert closed <= FORMS
