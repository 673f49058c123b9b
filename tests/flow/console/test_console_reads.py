"""
Every page of one installation with something of everything, and every kind of Sự cố open: no
command line where there is none, days and hours as staff write them, either language.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from console.web.routes import ROUTES
from tests.accounts import Visitor
from tests.everything import Everything, everything
from worker.alarms.kinds import KINDS
from worker.alarms.store import raise_alarm
from worker.models import Alarm, Person

PAGES = [r for r in ROUTES if r.method == "GET" and r.needs != "anyone"
         and not r.path.endswith((".docx", ".pdf", ".wav", ".mp3", ".{kind}"))]
CAUSES = {
    "account": "account:sms/chinh", "token": "check:sms/chinh", "recall": "recall:td-01/facebook",
    "alone_approval": "approved-alone/td-01", "campaign_paused": "campaign-paused:1",
}
COMMAND = re.compile(r"giovang \w|\bmake run\b|(?<![\w-])--[a-z]+\b")
ISO = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
TWELVE = re.compile(r"\b\d{1,2}(:\d\d)? ?([ap]\.?m\b|SA\b|CH\b)", re.IGNORECASE)


@pytest.fixture(scope="module")
def inn(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    made = everything(migrated_sqlite, tmp_path_factory.mktemp("loi-noi"))
    now = made.world.clock.now()
    with made.home.store.write() as s:
        for kind in KINDS:
            raise_alarm(s, now, CAUSES.get(kind, f"{kind}-x"), kind, "serious", f"thử {kind}")
    yield made
    made.close()


@pytest.fixture
def an(inn: Everything) -> Iterator[Visitor]:
    inn.later()
    one = inn.visitor("an")
    yield one
    one.web.close()


def words(html: str) -> str:
    """What is read on a page: no tags, no addresses, no text that somebody types."""
    html = re.sub(r"<(script|style|textarea)\b.*?</\1>", " ", html, flags=re.DOTALL)
    seen = re.findall(r'(?:aria-label|placeholder|title|alt|data-name)="([^"]*)"', html)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", html), *seen]))


def without_codes(html: str) -> str:
    """Keys of the machine and its file stand as they are."""
    return re.sub(r"<(code|pre)\b.*?</\1>", " ", html, flags=re.DOTALL)


def shown(inn: Everything, one: Visitor) -> dict[str, str]:
    found = {}
    for route in PAGES:
        answer = one.get(inn.path(route))
        if "text/html" in answer.headers.get("content-type", ""):
            found[route.path] = answer.text
    assert len(found) > 45
    return found


def hits(pages: dict[str, str], pattern: re.Pattern[str]) -> dict[str, list[str]]:
    return {path: near for path, text in pages.items()
            if (near := [text[max(0, m.start() - 40):m.end() + 30] for m in
                         pattern.finditer(text)])}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_page_tells_a_command_an_iso_date_or_a_twelve_hour_time(
    inn: Everything, an: Visitor, language: str
) -> None:
    an.post("/ngon-ngu", language=language, back="/")
    pages = shown(inn, an)

    read = {path: words(html) for path, html in pages.items()}
    assert hits(read, COMMAND) == {}
    read = {path: words(without_codes(html)) for path, html in pages.items()}
    assert hits(read, ISO) == {}
    assert hits(read, TWELVE) == {}


def test_each_alarm_says_what_to_do_here_and_where(inn: Everything, an: Visitor) -> None:
    text = an.get("/").text
    for kind, words_of in KINDS.items():
        part = text.partition(f"thử {kind}</p>")[2].partition("</li>")[0]
        where = words_of.where(CAUSES.get(kind, f"{kind}-x"))
        assert words_of.page_vi in unescape(part), kind
        assert (f'href="{where}"' in part) == bool(where), kind
        if where:
            assert an.get(where).status_code == 200, where


def test_an_alarms_own_step_is_kept_without_its_command() -> None:
    account = KINDS["account"]

    assert account.step("nạp tiền ở cổng") == "nạp tiền ở cổng"
    assert account.step("xem nhật ký; rồi `giovang resume sms`").startswith("xem nhật ký; sửa khóa")
    assert account.where("account:sms-2/chinh") == "/kenh/sms-2"
    assert account.where("khác") == "/kenh"


def test_persons_stand_by_given_name_in_the_vietnamese_alphabet(
    inn: Everything, an: Visitor
) -> None:
    names = ["Vũ Thị An", "Lê Văn Dũng", "Zoãn Thị Đào", "Bế Văn Ước"]
    with inn.home.store.write() as s:
        s.add_all([Person(id=f"ten-{n}", name=name, roles=["nguoi_duyet"], active=True,
                          created_at=inn.world.clock.now())
                   for n, name in enumerate(reversed(names))])

    for path in ("/khoa-api", "/nguoi-dung", "/duyet/uy-quyen", "/nhat-ky-thao-tac",
                 "/cau-hinh/them/truc-ban"):
        text = an.get(path).text
        assert sorted(names, key=text.index) == names, path


# ---------------------------------------------------------------------------- languages


def test_each_reader_chooses_a_language_and_comes_back_to_the_page(
    inn: Everything, an: Visitor
) -> None:
    page = an.get("/nhat-ky?state=accepted&xong=ra").text
    assert '<html lang="vi">' in page
    back = re.findall(r'action="/ngon-ngu"><input type="hidden" name="back" value="([^"]*)"', page)
    assert back == ["/nhat-ky?state=accepted"]

    answer = an.post("/ngon-ngu", language="en", back=back[0])

    assert (answer.status_code, answer.headers["location"]) == (303, back[0])
    assert '<html lang="en">' in an.get("/nhat-ky").text
    assert "Delivery log" in an.get("/nhat-ky").text
    other = inn.visitor("khac")
    assert "Nhật ký phát" in other.get("/nhat-ky").text
    other.web.close()


def test_the_log_in_page_can_be_read_in_english(inn: Everything) -> None:
    stranger = Visitor(inn.servers.inner_url)
    stranger.post("/ngon-ngu", language="en", back="/dang-nhap")
    page = stranger.get("/dang-nhap").text
    refused = stranger.post("/dang-nhap", name="an", password="sai").text
    stranger.web.close()

    assert "Password" in page
    assert "Mật khẩu" not in refused


@pytest.mark.parametrize(("language", "to"), [
    ("fr", "/nhat-ky"), ("en", "http://ke-gian.invalid/"), ("en", "//ke-gian.invalid"), ("", "")])
def test_an_unknown_language_and_another_site_lead_nowhere(
    an: Visitor, language: str, to: str
) -> None:
    answer = an.post("/ngon-ngu", language=language, back=to)

    assert answer.headers["location"] == (to if to.startswith("/n") else "/")
    assert ("ngon-ngu" in answer.headers.get("set-cookie", "")) == (language == "en")


def test_what_an_english_reader_writes_down_is_in_the_installations_language(
    inn: Everything, an: Visitor
) -> None:
    an.post("/ngon-ngu", language="en", back="/")
    assert "STOPPED" in an.get(
        an.post("/dung-khan-cap", channel="sms", reason="thử").headers["location"]).text

    with inn.home.store.read() as s:
        what = s.scalars(select(Alarm.what).where(Alarm.cause == "stop:sms")).one()
    assert what.startswith("DỪNG KHẨN CẤP (sms)")
