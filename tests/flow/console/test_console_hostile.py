"""
Attacks on the console: hostile text in every place that stores some, addresses that lead outside,
names of files, formulas. One installation, one server; the walks find new pages by themselves.
"""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from lxml import html
from openpyxl import load_workbook
from sqlalchemy import text as sql

from console.web.routes import ROUTES
from tests import hostile
from tests.accounts import Visitor
from tests.everything import Everything, everything, filled

#: pages looked at of one route: links of a calendar go on for ever
ENOUGH = 3
#: forms that end the session they are sent with
ENDS = {"/dang-xuat", "/tai-khoan/thoat-het", "/tai-khoan/phien/{number}/ket-thuc",
        "/ma-xac-thuc/thiet-lap"}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944"
                    "4154789c6360000002000001e221bc330000000049454e44ae426082")


@pytest.fixture(scope="module")
def inn(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    made = everything(migrated_sqlite, tmp_path_factory.mktemp("thu-dich"))
    hostile.everywhere(made)
    yield made
    made.close()


@pytest.fixture
def an(inn: Everything) -> Iterator[Visitor]:
    inn.later()
    one = inn.visitor("an")
    yield one
    one.web.close()


def crawled(
    inn: Everything, an: Visitor
) -> Iterator[tuple[str, requests.Response, bool]]:
    """Every page, then what is linked there: route, answer, and whether a link led to it."""
    todo = [inn.path(r) for r in ROUTES if r.method == "GET" and r.needs != "anyone"]
    samples, seen, count = len(todo), set(todo), Counter[str]()
    for n in itertools.count(1):
        if not todo:
            return
        path = todo.pop(0)
        route = hostile.led(path, hostile.GETS)
        count[route] += 1
        if n > samples and count[route] > ENOUGH:
            continue
        if n % 300 == 0:
            inn.later()
        answer = an.get(path)
        yield route, answer, n > samples
        if is_page(answer):
            fresh = dict.fromkeys(links(answer))
            todo += [p for p in fresh if p not in seen]
            seen |= set(fresh)


def is_page(answer: requests.Response) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html") and bool(answer.text)


def links(page: requests.Response) -> Iterator[str]:
    for href in html.fromstring(page.text).xpath("//a/@href"):
        where = urlsplit(urljoin(page.url, href))
        if where.netloc == urlsplit(page.url).netloc:
            yield where.path + (f"?{where.query}" if where.query else "")


def forms(page: requests.Response) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each form of the page is sent, and what somebody hostile types into it."""
    for form in html.fromstring(page.text).xpath("//form[@method='post']"):
        yield urlsplit(urljoin(page.url, form.get("action"))).path, {
            f.get("name"): f.get("value", "") if f.get("type") in ("hidden", "checkbox", "radio")
            else next(iter(f.xpath("option[@selected]/@value | option[2]/@value")), hostile.TEXT)
            for f in form.xpath(".//input[@name][not(@type='file')] | .//textarea | .//select")}


def test_hostile_words_stay_words_on_every_page_and_no_link_is_dead(
    inn: Everything, an: Visitor
) -> None:
    """XSS; and every address in a page, of a link, a form or a file, leads to a route."""
    wrong, shown, sent = {}, set(), {}
    for route, answer, linked in crawled(inn, an):
        found = list(hostile.faults(answer))
        if linked and answer.status_code >= 400:
            found.append(f"dead: {answer.status_code}")
        if found:
            wrong[answer.url] = found
        if is_page(answer):
            (main,) = html.fromstring(answer.text).xpath("//main") or [None]
            written = answer.text if main is None else main.text_content() + " ".join(
                main.xpath(".//@value"))
            if "onerror=a" in written:
                shown.add(route)
            sent |= {hostile.led(to, hostile.POSTS): (to, form) for to, form in forms(answer)}

    assert wrong == {}
    assert len(shown) > 40  # else the rest proves nothing
    _typed(inn, an, sent)


def _typed(inn: Everything, an: Visitor, sent: dict[str, tuple[str, dict[str, str]]]) -> None:
    """Every form of those pages, hostile in all its fields: shown again or taken, never run."""
    inn.later()
    wrong = {}
    for route, (to, form) in sent.items():
        if route not in ENDS:
            found = list(hostile.faults(an.post(to, **form)))
            if found:
                wrong[route] = found

    assert len(sent) > 30
    assert wrong == {}


# ------------------------------------------------------------------------ addresses and names

#: what nobody may read, beside each folder that files are read from
SECRET = b"KHO'NG-AI-DOC-DUOC"
OUTSIDE = ["..%2f..%2fbi-mat.png", "td%00", "1" * 30, "x" * 3000]


def files(inn: Everything) -> set[str]:
    return {str(p.relative_to(inn.world.var)) for p in inn.world.var.rglob("*")
            if p.is_file() and not p.name.startswith("giovang.sqlite3")}


def test_no_address_leads_outside(inn: Everything, an: Visitor) -> None:
    """Path traversal: every parameter of every route, read and sent."""
    home = inn.home.settings
    for folder in (home.home, home.var, home.images, home.var / "tieng"):
        folder.mkdir(parents=True, exist_ok=True)
        for ending in ("png", "wav"):
            (folder / f"bi-mat.{ending}").write_bytes(SECRET)
    before, wrong = files(inn), {}
    for value in OUTSIDE:
        inn.later()
        for route in ROUTES:
            if "{" not in route.path:
                continue
            path = filled(route, dict.fromkeys(
                ("name", "token", "number", "key", "kind", "item", "version", "station", "day",
                 "airing", "person", "section", "mark", "channel", "slot"), value))
            answer = an.get(path) if route.method == "GET" else an.post(path)
            gone = answer.status_code == 303 and "{token}" in route.path  # "it is over, begin anew"
            if not (400 <= answer.status_code < 500 or gone) or SECRET in answer.content:
                wrong[f"{route.method} {path[:80]}"] = answer.status_code

    assert wrong == {}
    assert files(inn) == before


def test_a_nul_is_refused_before_any_database_sees_it(inn: Everything, an: Visitor) -> None:
    """PostgreSQL takes none, and would say that the server is busy."""
    assert an.get("/nhat-ky?text=a%00b").status_code == 404
    answer = an.post("/kenh/sms/tam-dung", reason="a\0b")
    assert answer.status_code == 400
    assert "ký tự" in answer.text


NAMES = ["../../../bi-mat.csv", "/etc/cron.d/x", "..\\..\\x.csv", "a\0b.csv", "x" * 3000 + ".csv",
         "bi-mat.csv\r\nX: y", hostile.TEXT]


def test_no_name_of_a_file_is_a_path(inn: Everything, an: Visitor) -> None:
    """Uploads: whatever the browser calls it, it lies below var or the pictures, named by us."""
    inn.later()
    with inn.home.store.write() as s:
        s.execute(sql("UPDATE person SET organisation = NULL"))
    before, statuses = files(inn), []
    for name in NAMES:
        for path, field, data, form in (
            ("/dot-nhan-tin/danh-sach/moi", "file", "SĐT\n0950000101\n".encode(), {"x": "1"}),
            ("/dot-nhan-tin/tu-choi/tep", "file", "SĐT\n0950000101\n".encode(),
             {"kind": "opt_out", "source": "thử"}),
            ("/soan-tin/gop-y", "evidence", PNG, {"title": "Việc lạ", "theme": "thu_doan",
                                                  "what": "x", "where": "x", "source": "x"}),
        ):
            answer = an.web.post(an.url + path, data=form, files={field: (name, data)},
                                 headers={"Origin": an.url}, allow_redirects=False, timeout=20)
            statuses.append(answer.status_code)
            assert list(hostile.faults(answer)) == [], name
            if answer.status_code == 303:
                assert list(hostile.faults(an.get(answer.headers["location"]))) == [], name
    new = files(inn) - before

    assert set(statuses) <= {303, 400}
    assert statuses.count(303) > len(NAMES)
    assert {Path(f).parts[:2] for f in new} <= {("var", "tai-len"), ("var", "bang-chung"),
                                                ("var", "khoa"), ("var", "khoa-danh-sach")}
    assert not [f for f in new if Path(f).name not in ("ve.json", "danh-sach.csv") and
                ("bi-mat" in f or "cron" in f or "\\" in f)]


# ---------------------------------------------------------------------------------- formulas

EXPORTS = ["/nhat-ky/tep", "/nhat-ky-thao-tac/tep", "/dot-nhan-tin/1/ket-qua",
           "/dot-nhan-tin/1/de-ngoai"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_no_export_holds_a_formula(inn: Everything, an: Visitor, start: str) -> None:
    """Excel runs what begins so, in a CSV; in a workbook what is not stored as text."""
    said = f'{start}HYPERLINK("http://ke-gian.invalid")'
    with inn.home.store.write() as s:
        for what in ("delivery SET detail = :t, url = :t", "item SET title = :t",
                     "person SET name = :t", "audit SET subject = :t",
                     "campaign_message SET detail = :t, code = :t WHERE state <> 'waiting'"):
            s.execute(sql(f"UPDATE {what}"), {"t": said})
    held = Counter[str]()
    for path in EXPORTS:
        for kind in ("csv", "xlsx"):
            answer = an.get(f"{path}.{kind}")
            assert answer.status_code == 200
            for value, is_text in cells(answer.content, kind):
                held[path] += said.strip() in value
                assert is_text, (path, kind, value)

    assert min(held["/nhat-ky/tep"], held["/nhat-ky-thao-tac/tep"]) > 0


def cells(data: bytes, kind: str) -> Iterator[tuple[str, bool]]:
    """Each cell that is text, and whether a spreadsheet takes it as such."""
    if kind == "xlsx":
        book: Any = load_workbook(io.BytesIO(data))
        for cell in itertools.chain.from_iterable(book.active.iter_rows()):
            if isinstance(cell.value, str):
                yield cell.value, cell.data_type == "s"
        return
    words = data.decode("utf-8-sig")
    for line in csv.reader(io.StringIO(words), delimiter=";" if ";" in words[:80] else ","):
        for value in line:
            yield value, value[:1] not in ("=", "+", "-", "@", "\t", "\r")
