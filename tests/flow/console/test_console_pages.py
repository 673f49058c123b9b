"""What the first pages show, and what they let nobody do."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, update

from console.web.words import span
from tests.accounts import Visitor, an_account
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.alarms.store import raise_alarm
from worker.home import Home
from worker.models import AccountRow, Attempt, Item, Node

MINUTE = timedelta(minutes=1)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
def inside(home: Home, person: Visitor) -> Visitor:
    an_account(home, "an", "dieu_phoi")
    person.log_in()
    return person


def key(n: int) -> str:
    return f"{n:08d}-1111-5111-8111-111111111111"


def deliver(home: Home, *rows: dict[str, Any], title: str = "Cảnh báo Hòa Bình") -> None:
    """One occurrence; each row is a delivery's `target`, `state` and more."""
    with home.store.write() as session:
        batch = add_batch(session, add_occurrence(session))
        session.execute(update(Item).values(title=title))
        for n, row in enumerate(rows):
            add_delivery(session, batch, key(n), **{"target": f"noi-{n}", **row})


def rows(text: str) -> list[str]:
    return re.findall(r'href="/nhat-ky/([0-9a-f-]{36})"', text)


# ------------------------------------------------------------------------------- overview


def test_a_worker_that_died_is_told_first(home: Home, inside: Visitor) -> None:
    assert "Chưa chạy lần nào" in inside.get("/").text
    with home.store.write() as session:
        session.execute(insert(Node), [{
            "id": "n", "incarnation": 1, "version": "0", "started_at": START,
            "heartbeat_at": START - 5 * MINUTE}])

    assert "không được dừng đúng cách" in inside.get("/").text
    with home.store.write() as session:
        session.execute(update(Node).values(heartbeat_at=START))
    assert "nhịp gần nhất 0 giây trước" in inside.get("/").text


def test_the_next_golden_hour_is_counted_down(inside: Visitor) -> None:
    """Eight in the morning; noon's slot opens at 11:30."""
    assert "24/11/2026 11:30, còn 3 giờ 30 phút" in inside.get("/").text
    assert [span(timedelta(seconds=s)) for s in (0, 1, 3600, 90_000)] == [
        "dưới một phút", "1 phút", "1 giờ", "1 ngày 1 giờ"]


def test_accounts_that_rest_or_are_paused_say_why(home: Home, inside: Visitor) -> None:
    with home.store.write() as session:
        session.execute(insert(AccountRow), [
            {"channel": "sms", "account": "chinh", "blocked_until": START + 10 * MINUTE,
             "blocked_code": "het-tien", "paused_at": None, "paused_by": None,
             "paused_reason": ""},
            {"channel": "facebook", "account": "*", "blocked_until": None, "blocked_code": "",
             "paused_at": START, "paused_by": "an", "paused_reason": "đang bảo trì"}])

    text = re.sub(r"\s+", " ", inside.get("/").text)

    assert "het-tien, thử lại lúc 24/11/2026 08:10" in text
    assert "tạm dừng</span> đang bảo trì" in text


def test_an_alarm_taken_twice_is_said_by_whom(home: Home, inside: Visitor) -> None:
    with home.store.write() as session:
        raise_alarm(session, START, "c", "disk", "serious", "đầy")
    number = re.findall(r"/su-co/(\d+)/toi-xu-ly", inside.get("/").text)[0]
    assert inside.post(f"/su-co/{number}/toi-xu-ly").headers["location"] == "/?xong=xu-ly"

    again = inside.post(f"/su-co/{number}/toi-xu-ly")

    assert again.status_code == 409
    assert "đã có an xử lý" in again.text


# ------------------------------------------------------------------------------------ log


def test_the_log_goes_on_page_by_page_without_a_gap_or_a_double(
    home: Home, inside: Visitor
) -> None:
    deliver(home, *[{} for _ in range(120)])
    seen, path = [], "/nhat-ky"
    while path:
        text = inside.get(path).text
        seen += rows(text)
        older = re.findall(r'href="([^"]+)">Cũ hơn', text)
        path = older[0].replace("&amp;", "&") if older else ""

    assert seen == [key(n) for n in reversed(range(120))]


@pytest.mark.parametrize(("query", "found"), [
    ("text=hoa+binh", 3), ("text=HO%C3%80+b%C3%ACnh", 3), ("text=td-01", 3), ("text=lang+son", 0),
    ("text=to+1", 1), ("state=uncertain", 1), ("channel=facebook", 0), ("channel=sms", 3),
    ("first=24/11/2026&last=24/11/2026", 3), ("last=23/11/2026", 0), ("first=2026-11-25", 0),
])
def test_filters_find_what_they_say(
    home: Home, inside: Visitor, query: str, found: int
) -> None:
    deliver(home, {"target": "to-1"}, {"state": "uncertain"}, {"state": "delivered"})

    assert len(rows(inside.get(f"/nhat-ky?{query}").text)) == found


@pytest.mark.parametrize(("query", "why"), [
    ("first=31/02/2026", "không phải là ngày"), ("first=25/11/2026&last=24/11/2026", "đổi chỗ"),
    ("state=la", "không có trạng thái này"), ("channel=la", "Không có kênh"),
    (f"after={key(99)}", "không có lượt gửi này"),
])
def test_a_wrong_filter_is_explained_and_is_no_empty_log(
    home: Home, inside: Visitor, query: str, why: str
) -> None:
    """A slip of the hand must not read as "nothing went out"."""
    deliver(home, {})

    answer = inside.get(f"/nhat-ky?{query}")

    assert answer.status_code == 400
    assert why in answer.text
    assert "Không có lượt nào như vậy" not in answer.text


def test_a_story_has_the_gateways_words_and_the_next_step(home: Home, inside: Visitor) -> None:
    deliver(home, {"state": "uncertain", "code": "timeout", "detail": "không trả lời"})
    with home.store.write() as session:
        session.execute(insert(Attempt), [{
            "delivery_id": key(0), "day": START.date(), "number": 1, "account": "chinh",
            "node": "n", "lease_token": "l", "begun_at": START, "deadline_at": START + MINUTE,
            "ended_at": START + MINUTE,
            "outcome": "uncertain", "counted": True, "code": "timeout",
            "detail": "cổng không trả lời", "ref": ""}])

    text = re.sub(r"\s+", " ", inside.get(f"/nhat-ky/{key(0)}").text)

    assert "Thử lần 1</strong>: Chưa rõ kết quả" in text
    assert "timeout: cổng không trả lời" in text
    assert "rồi xác định kết quả" in text
    assert inside.get(f"/nhat-ky/{key(7)}").status_code == 404


def test_hostile_words_stay_words(home: Home, inside: Visitor) -> None:
    """XSS: a title, an answer of a gateway, a filter, an address that runs something."""
    deliver(home, {"code": "x", "detail": HOSTILE, "url": "javascript:alert(1)"}, title=HOSTILE)
    with home.store.write() as session:
        raise_alarm(session, START, "c", "disk", "serious", HOSTILE)

    for path in ("/", "/nhat-ky", f"/nhat-ky/{key(0)}", "/nhat-ky?text=%22%3E%3Cimg+src%3Dx%3E"):
        text = inside.get(path).text
        assert "<img src=x" not in text
        assert "<script>alert" not in text
        assert "javascript:" not in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_for_excel_has_no_formula_in_it(
    home: Home, inside: Visitor, kind: str
) -> None:
    formula = '=HYPERLINK("http://ke-gian.invalid","x")'
    deliver(home, {"detail": formula}, title="+84 gọi lại")

    answer = inside.get(f"/nhat-ky/tep.{kind}?state=accepted")

    assert "attachment" in answer.headers["content-disposition"]
    if kind == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbf")
        head, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert (head[0], line[0]) == ("Ngày", "24/11/2026")
        assert [v for v in line if v.startswith(("=", "+", "@"))] == []
    else:
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        cells = {c.value: c.data_type for c in sheet[2]}
        assert cells[formula] == "s"


def test_what_is_wanted_of_no_file_is_not_there(inside: Visitor) -> None:
    assert inside.get("/nhat-ky/tep.exe").status_code == 404
