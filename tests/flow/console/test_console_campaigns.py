"""Campaigns made, approved, run and watched from pages; whose they are."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.values import Rejected
from console.server import GRACE, Servers
from console.web.pages import campaigns
from tests.accounts import Visitor, acts, an_account
from tests.awake import Awake
from tests.builders import an_item
from tests.flow.console.patience import over
from tests.store.area.bed import TEXT, Areas
from tests.store.campaigns.world import Campaigns, by_the_worker
from tests.store.lists import Lists
from tests.store.world import World
from worker import nodes
from worker.home import Home
from worker.models import Campaign, Item, Person, RecipientList, UserSession
from worker.people import ROLES

HERE = "/dot-nhan-tin"
NUMBERS = ["0950001001", "0950001002", "0950001003"]
VISITORS: list[Visitor] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while VISITORS:
        VISITORS.pop().web.close()


@pytest.fixture
def made(home: Home, servers: Servers, tmp_path: Path) -> Campaigns:
    """A dispatcher, an approver, an approved item, and how a test makes campaigns."""
    an_account(home, "phoi", "dieu_phoi")
    an_account(home, "duyet", "nguoi_duyet")
    an_account(home, "soan", "nguoi_soan")
    world = World(home.store, home.clock, tmp_path)  # type: ignore[arg-type]
    world.approved(an_item())
    return Campaigns(world, Lists(home, tmp_path))


def logged(servers: Servers, name: str) -> Visitor:
    visitor = Visitor(servers.inner_url)
    VISITORS.append(visitor)
    assert visitor.log_in(name).headers["location"] == "/"
    return visitor


def state(home: Home, number: int) -> str:
    with home.store.read() as session:
        return session.get_one(Campaign, number).state


def test_a_campaign_is_reckoned_made_approved_by_another_run_paused_resumed_stopped(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    """Nothing counts before the yes; each act is audited under who pressed it."""
    made.wish(NUMBERS[2], "opt_out")
    number = made.a_list(NUMBERS)
    phoi, duyet = logged(servers, "phoi"), logged(servers, "duyet")

    reckoned = phoi.post(f"{HERE}/moi", item="td-01", list=str(number), trial="1",
                         dong_per_part="350", channel="sms")
    page = over(phoi, reckoned.headers["location"]).text
    assert "Cong an khong lam viec qua dien thoai" in page
    assert "1: người nhận đã từ chối" in page
    assert "không quá <b>700</b> đồng" in page
    assert state(home, 1) == "queuing"
    assert phoi.get(HERE).text.count("<tr>") == 0

    done = phoi.post(reckoned.headers["location"] + "/lap")

    assert done.headers["location"] == f"{HERE}/1?xong=dot-lap"
    assert phoi.post(f"{HERE}/1/duyet").status_code == 403
    assert "Chờ người duyệt" in phoi.get(f"{HERE}/1").text
    for who, act, now in [(duyet, "duyet", "approved"), (phoi, "chay", "running"),
                          (phoi, "chay-tiep", "running"), (phoi, "tam-dung", "paused"),
                          (phoi, "tiep-tuc", "running"), (phoi, "dung", "stopped")]:
        assert who.post(f"{HERE}/1/{act}", reason="thử").status_code == 303, act
        assert state(home, 1) == now
    assert made.states(1) == ["cancelled", "cancelled", "left_out opt-out"]
    assert acts(home)[-7:] == ["campaign", "campaign_approve", "campaign_run",
                               "campaign_continue", "campaign_pause", "campaign_resume",
                               "campaign_stop"]
    again = phoi.post(f"{HERE}/1/tiep-tuc")
    assert again.status_code == 409
    assert "giovang " not in again.text


def test_a_wrong_form_is_shown_again_with_each_mistake_at_its_field(
    servers: Servers, made: Campaigns
) -> None:
    number = made.a_list(NUMBERS)
    phoi = logged(servers, "phoi")

    answer = phoi.post(f"{HERE}/moi", name="Tên «tôi» gõ", closes="25:00", trial="nhiều",
                       list=str(number))

    assert answer.status_code == 400
    for field in ("item", "closes", "trial"):
        assert f'id="loi-{field}"' in answer.text
    assert 'value="Tên «tôi» gõ"' in answer.text
    assert re.search(rf'name="list" value="{number}" checked', answer.text)
    assert "--" not in re.sub(r"<!--|-->", "", answer.text)


def test_what_the_rules_refuse_keeps_the_form(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    """The item lost its approval while the form was open."""
    number = made.a_list(NUMBERS)
    phoi = logged(servers, "phoi")
    with home.store.write() as session:
        session.execute(update(Item).values(state="returned"))

    answer = phoi.post(f"{HERE}/moi", item="td-01", list=str(number), name="giữ lại")

    assert answer.status_code == 409
    assert "chưa được duyệt" in answer.text
    assert 'value="giữ lại"' in answer.text
    assert "giovang " not in answer.text
    assert made.numbers() == []


def test_no_keeps_nothing_of_it_but_what_was_typed(
    servers: Servers, made: Campaigns
) -> None:
    number = made.a_list(NUMBERS)
    phoi = logged(servers, "phoi")
    where = phoi.post(f"{HERE}/moi", item="td-01", list=str(number), name="tên").headers["location"]
    over(phoi, where)
    other = logged(servers, "soan")

    assert other.post(where + "/lap").status_code == 403
    back = phoi.post(where + "/sua")

    assert back.status_code == 200
    assert 'value="tên"' in back.text
    assert made.numbers() == []
    assert phoi.get(where).headers["location"] == f"{HERE}/moi?xong=dot-het"


def test_others_campaigns_and_lists_are_not_there(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    """Whoever works for an organisation sees, sends and uses its own alone."""
    theirs = made.a_list(NUMBERS)
    campaign = made.draft(theirs)
    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == "phoi").values(
            organisation="luc-ngan"))
        session.execute(update(Item).values(owner="luc-ngan"))
    mine = made.a_list(["0950002001"])
    with home.store.write() as session:
        session.execute(update(RecipientList).where(RecipientList.id == mine).values(
            owner="luc-ngan"))
    phoi = logged(servers, "phoi")

    for path in (f"{HERE}/{campaign}", f"{HERE}/{campaign}/tien-do",
                 f"{HERE}/{campaign}/ket-qua.csv", f"{HERE}/danh-sach/{theirs}"):
        assert phoi.get(path).status_code == 404, path
    for path in (f"{HERE}/{campaign}/dung", f"{HERE}/danh-sach/{theirs}/ket-thuc"):
        assert phoi.post(path, reason="x").status_code == 404, path
    assert f"{HERE}/{campaign}" not in phoi.get(HERE).text
    assert f"{HERE}/danh-sach/{theirs}" not in phoi.get(f"{HERE}/danh-sach").text
    stolen = phoi.post(f"{HERE}/moi", item="td-01", list=str(theirs))
    assert stolen.status_code == 400
    assert f"danh sách {theirs}: không có" in stolen.text
    own = phoi.post(f"{HERE}/moi", item="td-01", list=str(mine))
    over(phoi, own.headers["location"])
    assert phoi.post(own.headers["location"] + "/lap").status_code == 303
    assert [made.row(n).owner for n in made.numbers()] == [None, "luc-ngan"]


# ------------------------------------------------------------------------------------- live


def test_figures_come_by_themselves_and_the_stream_ends_with_the_session(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    number = made.running(made.a_list(NUMBERS))
    phoi = logged(servers, "phoi")
    stream = phoi.get(f"{HERE}/{number}/tien-do", stream=True,
                      headers={"Accept": "text/event-stream"})
    lines = stream.iter_lines(chunk_size=1)

    def next_data() -> tuple[str, dict[str, str]]:
        name = ""
        for line in lines:
            if line.startswith(b"event: "):
                name = line[7:].decode()
            if line.startswith(b"data: "):
                return name, json.loads(line[6:])
        return "", {}

    assert stream.headers["content-type"].startswith("text/event-stream")
    first = next_data()
    made.reached(number, "delivered", 1)
    second = next_data()
    with home.store.write() as session:
        session.execute(update(UserSession).values(revoked_at=home.clock.now()))
    third = next_data()

    assert (first[0], first[1]["state"]) == ("moi", "running")
    assert "0 / 3 số" in first[1]["html"]
    assert "1 / 3 số" in second[1]["html"]
    assert third[0] == "het"
    stream.close()


def test_streams_end_at_once_when_the_server_stops_and_are_few(
    home: Home, made: Campaigns, servers: Servers
) -> None:
    number = made.running(made.a_list(NUMBERS))
    phoi = logged(servers, "phoi")
    accept = {"Accept": "text/event-stream"}
    streams = [phoi.get(f"{HERE}/{number}/tien-do", stream=True, headers=accept)
               for _ in range(5)]
    lines = [s.iter_lines(chunk_size=1) for s in streams]  # kept: one that goes hangs up
    assert [next(x) for x in lines].count(b"retry: 2000") == 4
    once = phoi.get(f"{HERE}/{number}/tien-do").text
    assert "0 / 3 số" in once
    assert '<p class="todo">trạm phát không chạy</p>' in once

    with Awake() as awake:
        servers.stop()
    assert awake.seconds() < GRACE - 2
    for stream in streams:
        stream.close()


# ------------------------------------------------------------------- one number, files, tests


def test_a_number_is_found_by_post_alone_and_stands_in_no_answer_or_audit(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    an_account(home, "kiem", "kiem_tra")
    campaign = made.running(made.a_list(NUMBERS))
    made.reached(campaign, "delivered", 1)
    kiem, soan = logged(servers, "kiem"), logged(servers, "soan")

    answer = kiem.post(f"{HERE}/tim-so", number="0950 001 001")

    assert answer.status_code == 200
    assert "•••••••001" in answer.text
    assert f'{HERE}/{campaign}"' in answer.text
    assert "Đã đến" in answer.text
    assert "950001001" not in re.sub(r"\D", "", answer.text.replace("0950 001 001", ""))
    assert acts(home)[-1] == "find"
    assert soan.post(f"{HERE}/tim-so", number="0950001001").status_code == 403
    wrong = kiem.post(f"{HERE}/tim-so", number="095000100x")
    assert wrong.status_code == 400
    assert "095000100x" not in wrong.text
    assert kiem.post(f"{HERE}/tim-so/xoa", number="0950001001").status_code == 403


def test_a_number_is_erased_from_all_lists(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    made.a_list(NUMBERS)
    phoi = logged(servers, "phoi")

    done = phoi.post(f"{HERE}/tim-so/xoa", number="0950001001")

    assert "Đã xóa •••••••001 ở 1 danh sách" in " ".join(done.text.split())
    assert "Không ở danh sách nào" in phoi.post(f"{HERE}/tim-so", number="0950001001").text


def test_results_come_masked_and_in_clear_only_for_a_reason(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    campaign = made.running(made.a_list(NUMBERS))
    made.reached(campaign, "delivered", 1)
    phoi, duyet = logged(servers, "phoi"), logged(servers, "duyet")

    masked = duyet.get(f"{HERE}/{campaign}/ket-qua.csv").content.decode("utf-8-sig")
    none = phoi.post(f"{HERE}/{campaign}/ket-qua", kind="csv")
    clear = phoi.post(f"{HERE}/{campaign}/ket-qua", kind="csv", reason="đối soát")

    assert "•••••••001" in masked
    assert "0950001001" not in masked
    assert none.status_code == 400
    assert "0950001001" in clear.content.decode("utf-8-sig")
    assert acts(home)[-1] == "campaign_export"
    assert duyet.post(f"{HERE}/{campaign}/ket-qua", reason="x").status_code == 403


def test_failures_are_sent_again_and_doubts_resolved_from_the_page(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    campaign = made.running(made.a_list(NUMBERS))
    made.reached(campaign, "exhausted", 1)
    made.reached(campaign, "uncertain", 2)
    phoi = logged(servers, "phoi")
    page = phoi.get(f"{HERE}/{campaign}").text
    assert "Gửi lại số chưa thành công" in page

    again = phoi.post(f"{HERE}/{campaign}/gui-lai", code="")
    resolved = phoi.post(f"{HERE}/{campaign}/xac-dinh", how="chua-gui", reason="hỏi nhà mạng")

    assert again.headers["location"].endswith("xong=dot-gui-lai")
    assert resolved.headers["location"].endswith("xong=dot-xac-dinh")
    assert made.states(campaign) == ["waiting", "cancelled", "waiting"]
    assert phoi.post(f"{HERE}/{campaign}/xac-dinh", how="la", reason="x").status_code == 400


def test_a_reason_in_a_campaign_is_text_and_no_markup(
    servers: Servers, made: Campaigns
) -> None:
    campaign = made.running(made.a_list(NUMBERS))
    phoi = logged(servers, "phoi")
    phoi.post(f"{HERE}/{campaign}/tam-dung", reason="<script>alert(1)</script>")

    page, part = (phoi.get(f"{HERE}/{campaign}{x}").text for x in ("", "/tien-do"))

    for text in (page, part):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_text_is_tried_on_a_named_phone_and_says_what_the_gateway_said(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    """By the worker, not by this page; ten numbers at most, no slip of one repeated."""
    campaign = made.draft(made.a_list(NUMBERS))
    phoi = logged(servers, "phoi")
    made.world.fakes["sms"].script = [Rejected("spam", "noi dung bi chan")]
    path = f"{HERE}/{campaign}/gui-thu"
    with home.store.write() as session:
        nodes.register(session, home.clock.now(), "may")

    tried = phoi.post(path, numbers="0950 000 101\n0950000102")
    slip = phoi.post(path, numbers="09500001O2")
    many = phoi.post(path, numbers="\n".join(f"0950000{n:03d}" for n in range(11)))

    assert (slip.status_code, many.status_code) == (400, 400)
    assert "số thứ 1: " in slip.text
    assert tried.headers["location"].endswith("xong=gui-thu#gui-thu")
    assert made.world.fakes["sms"].sent == []
    by_the_worker(made)
    page = phoi.get(f"{HERE}/{campaign}").text
    assert "noi dung bi chan" in page and "•••••••102" in page  # noqa: PT018
    assert [m.target for m in made.world.fakes["sms"].sent] == ["+84950000101", "+84950000102"]
    assert acts(home).count("campaign_test") == 1
    assert (state(home, campaign), set(made.states(campaign))) == ("draft", {"waiting"})


def test_an_order_by_area_is_approved_by_another_and_handed_over_as_files(
    home: Home, servers: Servers, tmp_path: Path
) -> None:
    an_account(home, "phoi", "dieu_phoi")
    an_account(home, "duyet", "nguoi_duyet")
    an_account(home, "soan", "nguoi_soan")
    world = World(home.store, home.clock, tmp_path)  # type: ignore[arg-type]
    world.programme(TEXT)
    areas = Areas(world)
    areas.approved_item()
    number = areas.order().id
    phoi, duyet = logged(servers, "phoi"), logged(servers, "duyet")
    there = f"{HERE}/vung/{number}"
    assert f'href="{there}"' in phoi.get(f"{HERE}/vung").text
    assert "Xã Lục Ngạn" in phoi.get(there).text
    early = phoi.post(f"{there}/giao")

    assert duyet.post(f"{there}/duyet").headers["location"] == f"{there}?xong=don-duyet"
    given = phoi.post(f"{there}/giao")

    assert early.status_code == 409
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        assert [name.rsplit(".")[-1] for name in archive.namelist()] == ["xlsx", "docx"]
    assert "đã giao nhà mạng" in phoi.get(there).text
    assert duyet.post(f"{there}/giao").status_code == 403
    assert phoi.post(f"{there}/huy", reason="sai vùng").status_code == 303


def test_every_page_opens_for_whoever_may_and_for_nobody_else(
    home: Home, servers: Servers, made: Campaigns
) -> None:
    """With a real campaign and a real list behind the addresses; GETs only, so none is changed."""
    campaign = made.running(made.a_list(NUMBERS))
    for role in ROLES:
        an_account(home, f"la-{role}".replace("_", "-"), role)
        visitor = logged(servers, f"la-{role}".replace("_", "-"))
        for route in campaigns.ROUTES:
            if route.method != "GET" or "/vung/" in route.path:
                continue
            path = route.path.format(number=campaign, kind="csv", token="x" * 32)
            status = visitor.get(path).status_code
            assert status in ((200, 303) if role in route.roles else (403,)), (role, path)
