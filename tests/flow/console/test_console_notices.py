"""Thông báo: whose they are, what anybody may do with them, and that a text in them stays text."""

import re

from sqlalchemy import select

from tests.accounts import Visitor, an_account
from worker.home import Home
from worker.models import Notice, Person
from worker.notices import store

HOSTILE = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'


def test_a_notice_is_shown_to_whom_it_is_for_and_nothing_in_it_acts(
    home: Home, person: Visitor
) -> None:
    an_account(home, "an", "nguoi_soan")
    with home.store.write() as s:
        store.write(s, home.clock.now(), [
            store.Told("a", "aired", f"Của tôi {HOSTILE}", HOSTILE, "/nhat-ky", person="an"),
            store.Told("b", "aired", "Của người khác", "x", person="quan-tri"),
            store.Told("c", "day", "Của xã", "x", organisation="luc-ngan"),
            store.Told("d", "day", "Của cả hệ thống", "x", organisation="*")])
        numbers = {n.cause: n.id for n in s.scalars(select(Notice))}
    person.log_in()

    text = person.get("/thong-bao").text

    assert "Của tôi" in text
    assert "Của cả hệ thống" in text
    assert "Của người khác" not in text
    assert "Của xã" not in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    for cause in "bcda":
        assert person.post(f"/thong-bao/{numbers[cause]}/da-xem").status_code == 303
    assert person.post("/thong-bao/x/da-xem").status_code == 404
    with home.store.read() as s:
        seen = {n.cause for n in s.scalars(select(Notice)) if n.seen_at is not None}
    assert seen == {"a", "d"}


def test_pages_of_notices_go_back_and_an_auditor_changes_none(
    home: Home, person: Visitor
) -> None:
    an_account(home, "kt", "kiem_tra")
    with home.store.write() as s:
        s.get_one(Person, "kt").organisation = "luc-ngan"
        store.write(s, home.clock.now(), [
            store.Told(f"n{n}", "aired", f"Tin {n:02d}.", "x", person="kt") for n in range(25)])
        store.write(s, home.clock.now(), [
            store.Told("d", "day", "Của xã", "x", organisation="luc-ngan")])
    person.log_in("kt")
    first = person.get("/thong-bao").text
    last = min(int(n) for n in re.findall(r'id="tb-(\d+)"', first))

    older = person.get(f"/thong-bao?truoc={last}").text

    assert "Tin 24." in first
    assert "Tin 00." not in first
    assert "Tin 00." in older
    assert "Của xã" not in first  # nobody waits for an auditor to look after a programme
    assert "Đã xem" not in first
    assert person.post(f"/thong-bao/{last}/da-xem").status_code == 403
