"""
Every route × owner: what belongs to another organisation is answered like what is not there, and
nothing of it changes. A route with a parameter stands in one of the two tables, or the first test
fails: so nobody adds a page without saying whose things it shows.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from console.web.route import Route
from console.web.routes import ROUTES
from tests.accounts import Visitor
from tests.builders import an_item
from tests.conftest import START
from tests.deliveries import DAY, add_batch, add_delivery, add_occurrence
from tests.organisations import A, B, somebody, two_organisations
from worker.alarms.store import raise_alarm
from worker.home import Home
from worker.items.store import import_items
from worker.models import (
    ApiKey,
    Audit,
    Campaign,
    Event,
    Item,
    RecipientList,
)
from worker.people import ROLES

KEY = "00000001-1111-5111-8111-111111111111"
#: the numbers that B's list, campaign, alarm and key have
NUMBER = "1"

COUNTS = {"rows": 1, "accepted": 1, "doubles": 0, "refused": {}, "mended": {}, "several": 0,
          "carriers": {}, "blank_fields": {}, "elsewhere": 0, "barred": 0}

#: what is owned: a pattern of paths -> the parameters that lead to something of B
OWNED: dict[str, dict[str, str]] = {
    r"/nhat-ky/{key}.*": {"key": KEY},
    r"/(thu-hoi|soan-tin|duyet|lich-phat/tin)/{item}.*": {
        "item": "td-b", "number": "1", "version": "1"},
    r"/dai/{station}.*": {"station": "dai-bien-dong", "number": "1", "day": DAY.isoformat(),
                          "airing": "1130"},
    r"/nguoi-dung/{person}.*": {"person": "ba", "number": "1"},
    r"/dot-nhan-tin/danh-sach/{number}.*": {"number": NUMBER},
    r"/dot-nhan-tin/{number}.*": {"number": NUMBER, "kind": "csv"},
    r"/su-co/{number}/.*": {"number": NUMBER},
    r"/khoa-api/{number}/.*": {"number": NUMBER},
}
#: what is owned by nobody, or guarded otherwise, and how
OTHERWISE: dict[str, str] = {
    r"/static/.*": "the product's own files",
    r"/lien-ket/{token}": "the token is the right to it",
    r"/tai-khoan/phien/{number}/ket-thuc": "of one's own sessions only (store test)",
    r"/nhat-ky(-thao-tac)?/tep\.{kind}": "a list; what is in it: test_console_users.py",
    r"/lich-phat/{day}/{slot}.*": "a place of the programme, which is everybody's",
    r"/cau-hinh/.*": "the programme is one for all: test_console_config.py",
    r"/kenh/{channel}.*": "channels are of the whole: test_console_config.py",
    r"/soan-tin/(tieng|anh)/.*": "files under their own hash: test_console_compose.py",
    r"/soan-tin/bang-chung/.*": "evidence, of its item: test_console_of_items.py",
    r"/dot-nhan-tin/(moi|tu-choi/tep|danh-sach/tep)/{token}.*": "an upload of whoever sent it",
    r"/dot-nhan-tin/vung/{number}.*": "area orders, of their item: test_console_of_items.py",
    r"/dai/can-goi/{number}": "notices of stations: test_console_stations.py",
    r"/duyet/uy-quyen/{number}/thoi": "delegations, of persons: test_console_approve.py",
    r"/thong-bao/{number}/da-xem": "one's own notices: test_console_notices.py",
}
WITH_PARAMETERS = [r for r in ROUTES if "{" in r.path]


def rule(route: Route) -> dict[str, str] | None:
    """The parameters of something of B; None: not owned."""
    if any(re.fullmatch(_pattern(p), route.path) for p in OTHERWISE):
        return None
    return next((given for p, given in OWNED.items()
                 if re.fullmatch(_pattern(p), route.path)), None)


def _pattern(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"\\{\1\\}", path)


def test_every_route_with_a_parameter_says_whose_it_is() -> None:
    otherwise = [r for r in WITH_PARAMETERS
                 if any(re.fullmatch(_pattern(p), r.path) for p in OTHERWISE)]

    assert [r.path for r in WITH_PARAMETERS if r not in otherwise and rule(r) is None] == []


OWNED_ROUTES = [(r, given) for r in WITH_PARAMETERS if (given := rule(r)) is not None]


@pytest.fixture
def of_b(home: Home) -> None:
    """One thing of B of each kind; `an` of A may do everything there is to do."""
    two_organisations(home.store)
    somebody(home, "an", A, *(r for r in ROLES if r != "kiem_tra"))
    somebody(home, "chu", None, *(r for r in ROLES if r != "kiem_tra"))
    somebody(home, "ba", B, "nguoi_soan")
    with home.store.write() as session:
        import_items(session, START, [an_item("td-b")], "ba")
        batch = add_batch(session, add_occurrence(session, item="td-b"))
        add_delivery(session, batch, KEY, target="to-b", state="uncertain")
        raise_alarm(session, START, "station/dai-bien-dong", "station", "serious", "gọi đài")
        session.execute(insert(RecipientList), [{
            "purpose": "cong_ich", "basis": "consent", "organisation": "UBND", "document": "1/CV",
            "document_date": DAY, "source": "s", "expires": DAY + timedelta(days=99),
            "file": "a.csv", "fields": [], "counts": COUNTS, "state": "ready", "imported_by": "ba",
            "imported_at": START, "touched_at": START, "ready_at": START, "owner": B}])
        session.execute(insert(Campaign), [{
            "id": int(NUMBER), "name": "Đợt của B", "occurrence_id": batch.occurrence_id,
            "nonce": "0" * 32, "channel": "sms", "item_id": "td-b", "item_version": 1,
            "priority": "thong_thuong", "priority_rank": 2, "purpose": "cong_ich", "text": "x",
            "fields": [], "parts": 1, "weights": {"chinh": 1}, "state": "draft",
            "state_at": START, "state_by": "ba", "starts_at": START,
            "closes_at": START + timedelta(hours=9), "counts": {}, "created_by": "ba",
            "created_at": START, "queued_at": START, "owner": B}])
        session.execute(insert(ApiKey), [{
            "token_sha256": "0" * 64, "prefix": "gv_000000", "name": "máy", "person_id": "ba",
            "scopes": ["read"], "made_at": START, "made_by": "chu",
            "expires_at": START + timedelta(days=30)}])


def _state(home: Home) -> tuple[object, ...]:
    """What an act would have changed."""
    with home.store.read() as session:
        acts = session.scalars(select(func.count()).select_from(Audit).where(
            Audit.act.not_in(["login"]))).one()
        events = session.scalars(select(func.count()).select_from(Event)).one()
        return (acts, events, session.get_one(Item, "td-b").state,
                session.get_one(Campaign, int(NUMBER)).state)


def test_what_is_of_others_is_not_there_and_does_not_change(
    home: Home, person: Visitor, of_b: None
) -> None:
    """Every such route, by somebody of A who has every role, in one session."""
    person.log_in("an")
    before = _state(home)
    wrong = {}
    for route, given in OWNED_ROUTES:
        path = re.sub(r"\{(\w+)\}", lambda m, given=given: given[m[1]], route.path)
        ask = person.get if route.method == "GET" else person.post
        answer = ask(path)
        missing = path.replace(f"/{NUMBER}/", "/999/")
        same = missing != path and answer.status_code == 400 and ask(missing).status_code == 400
        if answer.status_code not in (403, 404) and not same:
            wrong[f"{route.method} {route.path}"] = answer.status_code

    assert wrong == {}
    assert _state(home) == before


THERE = [f"/nhat-ky/{KEY}", "/soan-tin/td-b", "/dai/dai-bien-dong", "/nguoi-dung/ba",
         f"/dot-nhan-tin/danh-sach/{NUMBER}", f"/dot-nhan-tin/{NUMBER}"]


def test_these_things_are_there_for_whoever_works_for_the_whole(
    home: Home, person: Visitor, of_b: None
) -> None:
    """Else the test above would prove nothing."""
    person.log_in("chu")

    assert {path: person.get(path).status_code for path in THERE} == dict.fromkeys(THERE, 200)
