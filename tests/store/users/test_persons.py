"""Who may add and change whom, and what an organisation's people see. Both databases."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests.accounts import a_link, acts, an_account, entered, who
from tests.builders import an_item
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from tests.organisations import ABOVE, A, B, somebody, two_organisations
from worker import audit, audit_view, log_query
from worker.alarms.held import alarms_held
from worker.alarms.store import raise_alarm
from worker.coverage import this_week
from worker.errors import Refused, UserError
from worker.home import Home, in_force
from worker.items.store import import_items
from worker.log_query import Filters
from worker.models import Item, Person, UserSession
from worker.people import Change, add_person, change_person, free_id
from worker.scope import scope_of, scope_of_person, targets_held
from worker.status import gather
from worker.users import desk, directory, links
from worker.users import store as accounts

NOW = START
Act = Callable[[Home], Any]


@pytest.fixture
def two(home: Home) -> Home:
    """`chu` looks after everything, `chu-2` as well; `an` after commune A; `ba` is of B."""
    two_organisations(home.store)
    somebody(home, "chu", None, "quan_tri", account=False)
    somebody(home, "chu-2", None, "quan_tri", account=False)
    somebody(home, "an", A, "quan_tri", "nguoi_soan")
    somebody(home, "ba", B, "nguoi_soan")
    return home


def change(home: Home, person: str, by: str, **wish: Any) -> bool:
    with home.store.write() as session:
        return change_person(session, NOW, person, Change(**wish), by)


def add(home: Home, organisation: str | None, by: str, *roles: str) -> str:
    with home.store.write() as session:
        add_person(session, home, "moi", "Trần Mới", roles or ("nguoi_soan",), by, organisation)
        return session.get_one(Person, "moi").roles[0]


def person(home: Home, person_id: str) -> Person:
    with home.store.read() as session:
        found = session.get_one(Person, person_id)
        session.expunge(found)
    return found


# --------------------------------------------------------------------- adding and changing


@pytest.mark.parametrize(("by", "organisation", "works"), [
    ("an", A, True), ("an", B, False), ("an", ABOVE, False), ("an", None, False),
    ("chu", B, True), ("chu", None, True), ("chu", "khong-co", False), ("ba", B, False),
])
def test_persons_are_added_below_oneself_only(
    two: Home, by: str, organisation: str | None, works: bool
) -> None:
    """So nobody makes an administrator above their own scope."""
    if works:
        assert add(two, organisation, by, "quan_tri") == "quan_tri"
        assert person(two, "moi").organisation == organisation
    else:
        with pytest.raises(UserError):
            add(two, organisation, by, "quan_tri")


@pytest.mark.parametrize("act", [
    lambda h: change(h, "ba", "an", name="Khác"),
    lambda h: change(h, "chu", "an", active=False),
    lambda h: _in(h, lambda s: desk.new_link(s, NOW, "ba", "an")),
    lambda h: _in(h, lambda s: desk.lock(s, NOW, "ba", "an")),
    lambda h: _in(h, lambda s: desk.unlock(s, NOW, "ba", "an")),
], ids=["name", "active", "link", "lock", "unlock"])
def test_a_person_of_others_is_not_there(two: Home, act: Act) -> None:
    before = acts(two)
    with pytest.raises(UserError, match="không có người này"):
        act(two)
    assert acts(two) == before


@pytest.mark.parametrize("wish", [
    {"roles": ("quan_tri", "nguoi_duyet")}, {"organisation": B},
    {"active": False}, {"roles": ("nguoi_soan",)},
], ids=str)
def test_nobody_changes_what_they_may_do_themselves(two: Home, wish: dict[str, Any]) -> None:
    for one in ("an", "chu"):
        with pytest.raises((Refused, UserError)):
            change(two, one, one, **wish)
    assert change(two, "chu", "chu", name="Chủ Mới")
    with pytest.raises(Refused, match="không tự"), two.store.write() as session:
        accounts.disable(session, NOW, "an", "an")
    with pytest.raises(Refused, match="không tự"), two.store.write() as session:
        desk.new_link(session, NOW, "an", "an", new_totp=True)


def test_an_administrator_below_moves_nobody_up(two: Home) -> None:
    somebody(two, "em", A, "nguoi_soan", account=False)
    for where in ("", B, ABOVE):
        with pytest.raises(UserError):
            change(two, "em", "an", organisation=where)
    assert person(two, "em").organisation == A


@pytest.mark.parametrize("wish", [{"roles": ("kiem_tra",)}, {"organisation": A},
                                  {"active": False}], ids=str)
def test_the_last_administrator_of_the_whole_stays(two: Home, wish: dict[str, Any]) -> None:
    an_account(two, "chu")
    an_account(two, "chu-2")
    with two.store.write() as session:
        accounts.disable(session, NOW, "chu-2", "chu")  # locked out: no longer counts

    with pytest.raises(Refused, match="cuối cùng"):
        change(two, "chu", "chu-2", **wish)
    with pytest.raises(Refused, match="cuối cùng"), two.store.write() as session:
        accounts.disable(session, NOW, "chu", "chu-2")

    assert person(two, "chu").roles == ["quan_tri"]
    assert person(two, "chu").active


def test_two_who_demote_each_other_at_once_leave_one(two: Home) -> None:
    ready, said = threading.Barrier(2), []

    def demote(whom: str, by: str) -> None:
        ready.wait()
        try:
            change(two, whom, by, roles=("kiem_tra",))
        except UserError as error:
            said.append(error)

    both = [threading.Thread(target=demote, args=pair) for pair in (("chu", "chu-2"),
                                                                    ("chu-2", "chu"))]
    for one in both:
        one.start()
    for one in both:
        one.join()

    with two.store.read() as session:
        left = [p.id for p in session.scalars(select(Person))
                if "quan_tri" in p.roles and p.organisation is None]
    assert len(left) == 1
    assert len(said) == 1


def test_a_change_holds_from_the_next_request(two: Home) -> None:
    token = entered(two, "an").token
    change(two, "an", "chu", roles=("kiem_tra",), organisation=B)

    me = who(two, token)

    assert me is not None
    assert (me.roles, me.organisation) == ({"kiem_tra"}, B)


def test_who_is_locked_is_out_and_comes_back_by_a_new_link_only(two: Home) -> None:
    token, link = entered(two, "ba").token, a_link(two, "ba")
    with two.store.write() as session:
        desk.lock(session, NOW, "ba", "chu")

    assert who(two, token) is None
    assert not entered(two, "ba").token
    with two.store.read() as session:
        assert links.whose(session, NOW, link) is None
        assert session.scalars(select(func.count()).select_from(UserSession)
                               .where(UserSession.revoked_at.is_(None))).one() == 0
    new = _in(two, lambda s: desk.unlock(s, NOW, "ba", "chu"))
    assert not entered(two, "ba").token
    with two.store.read() as session:
        assert links.whose(session, NOW, new) is not None


def test_an_id_is_made_of_the_name(two: Home) -> None:
    with two.store.write() as session:
        assert free_id(session, "Nguyễn  Văn Đạt") == "nguyen-van-dat"
        add_person(session, two, "nguyen-van-dat", "Nguyễn Văn Đạt", ["nguoi_soan"], "chu")
        assert free_id(session, "Nguyễn Văn Đạt") == "nguyen-van-dat-2"
        assert free_id(session, "!!") == "nguoi"


def test_the_list_is_in_vietnamese_order_and_of_those_held(two: Home) -> None:
    for n, name in enumerate(["Trần Đức", "Lê Dũng", "Bùi Ân", "Vũ An"]):
        with two.store.write() as session:
            add_person(session, two, f"p{n}", name, ["nguoi_soan"], "chu", A)
    with two.store.read() as session:
        scope = scope_of_person(session, "an")
        found = directory.listed(session, NOW, scope, directory.Wish())
        dung = directory.listed(session, NOW, scope, directory.Wish(text="DUNG le"))

    assert [e.name for e in found] == ["Người an", "Vũ An", "Bùi Ân", "Lê Dũng", "Trần Đức"]
    assert [e.name for e in dung] == ["Lê Dũng"]


def _in(home: Home, act: Callable[..., Any]) -> Any:
    with home.store.write() as session:
        return act(session)


# ------------------------------------------------------------------------------ whose it is


def test_what_somebody_makes_is_their_organisations(two: Home) -> None:
    with two.store.write() as session:
        import_items(session, NOW, [an_item("td-a")], "an")
        import_items(session, NOW, [an_item("td-chu")], "chu")
    with two.store.read() as session:
        assert session.get_one(Item, "td-a").owner == A
        assert session.get_one(Item, "td-chu").owner is None
    for item in ("td-a", "td-chu"):
        with pytest.raises(Refused, match="đơn vị khác"), two.store.write() as session:
            import_items(session, NOW, [an_item(item, title="Đè lên")], "ba")


def key(n: int) -> str:
    return f"{n:08d}-1111-5111-8111-111111111111"


@pytest.fixture
def sent(two: Home) -> Home:
    """A delivery to each group of numbers, one to the page, one to a group long gone."""
    with two.store.write() as session:
        occurrence = add_occurrence(session)
        sms = add_batch(session, occurrence)
        for n, target in enumerate(("to-1", "to-b", "to-cu")):
            add_delivery(session, sms, key(n), target=target, state="uncertain")
        add_delivery(session, add_batch(session, occurrence, channel="facebook"), key(3),
                     target="trang", state="delivered")
    return two


@pytest.mark.parametrize(("organisation", "keys"), [
    (None, {0, 1, 2, 3}), (A, {0}), (B, {1}), (ABOVE, {0, 1}), ("khong-con", set())])
def test_the_log_the_figures_and_the_week_are_of_the_targets_held(
    sent: Home, organisation: str | None, keys: set[int]
) -> None:
    with sent.store.read() as session:
        force = in_force(session)
        scope = scope_of(force.programme, organisation)
        held = targets_held(force.programme, scope)
        rows = log_query.page(session, Filters(held=held), limit=10)
        week = this_week(session, force.programme, NOW, held)
        status = gather(session, NOW, force, sent, scope)

    doubts = len(keys - {3})
    assert {row.id for row in rows} == {key(n) for n in keys}
    assert sum(c.uncertain for c in week.channels) == doubts
    assert status["uncertain"] == doubts
    assert sum(status["today"].values()) == len(keys)


def test_alarms_are_of_what_is_held(sent: Home) -> None:
    causes = {"disk": None, "station/dai-luc-ngan": A, "station/dai-bien-dong": B,
              "stop:*": "*", "recall:td-a": A, "recall:td-a/sms": A, f"unpin:{key(1)}": B,
              "missed:s/sang/2026-11-24/1:sms": "AB", "campaign-paused:7": None,
              "approved-alone/td-01": None}
    with sent.store.write() as session:
        import_items(session, NOW, [an_item("td-a")], "an")
        for cause in causes:
            raise_alarm(session, NOW, cause, "disk", "warning", "x")
    with sent.store.read() as session:
        programme = in_force(session).programme
        seen = {o: {a.cause for a in alarms_held(session, programme, scope_of(programme, o))}
                for o in (None, A, B)}

    assert seen[None] == set(causes)
    assert seen[A] == {c for c, whose in causes.items() if whose in (A, "*", "AB")}
    assert seen[B] == {c for c, whose in causes.items() if whose in (B, "*", "AB")}


# -------------------------------------------------------------------------------- the chain


def test_the_chain_is_checked_in_parts_and_shows_the_first_break(two: Home) -> None:
    with two.store.write() as session:
        for n in range(20):
            audit.record(session, NOW, "chu", "pin", f"td-{n}")
    with two.store.read() as session:
        last = audit_view.check(session).last
        first = audit_view.check(session, 0, 5)
        rest = audit_view.check(session, first.upto, 1000)
    assert (first.upto, first.whole, rest.whole) == (5, False, True)

    with two.store.write() as session:
        session.execute(text("DROP TRIGGER audit_no_update" if two.store.sqlite
                             else "ALTER TABLE audit DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE audit SET subject = 'td-99' WHERE seq = 9"))
    with two.store.read() as session:
        assert audit_view.check(session, 0, 5).broken is None
        broken = audit_view.check(session, 5, 1000)
        assert audit_view.check(session, 9, 1000).upto == last
    assert broken.broken is not None
    assert (broken.upto, broken.broken.seq) == (8, 9)


def test_acts_are_read_by_filters_and_of_those_held(two: Home) -> None:
    with two.store.write() as session:
        audit.record(session, NOW, "an", "pin", "td-1")
        audit.record(session, NOW, "ba", "pin", "td-2")
        audit.record(session, NOW, "chu", "user_link", "user/an")
    with two.store.read() as session:
        held = audit_view.held_persons(session, scope_of_person(session, "an"))
        mine = audit_view.page(session, audit_view.Filters(held=held, since=NOW), limit=99)
        pins = audit_view.page(session, audit_view.Filters(act="pin", subject="td"), limit=1)
        older = audit_view.page(session, audit_view.Filters(act="pin"), limit=9,
                                before=pins[0].seq)

    assert {(a.actor, a.subject) for a in mine} >= {("an", "td-1"), ("chu", "user/an")}
    assert "td-2" not in {a.subject for a in mine}
    assert [a.subject for a in (*pins, *older)] == ["td-2", "td-1"]
