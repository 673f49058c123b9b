"""The console's door and guards, over its real listener."""

import re
import socket
from datetime import timedelta

import pytest
import requests
from fastapi import FastAPI, Response

from console.server import Servers, listen_on, serve
from console.web.app import add_console
from console.web.context import Ask, Site, local
from console.web.gate import HEADERS, LARGEST
from console.web.routes import ROUTES, Route
from tests.accounts import PASSWORD, Visitor, a_link, an_account, code_now
from worker.home import Home

NEW = "ba con mèo đuổi bướm"


def inside(person: Visitor) -> bool:
    return person.get("/tai-khoan").status_code == 200


# ---------------------------------------------------------------------------- in and out


def test_by_link_in_and_out_and_in_again(home: Home, person: Visitor) -> None:
    """The newcomer's way: one link, a password, the first page; looking does not use it up."""
    an_account(home, "an", "nguoi_soan", password=False)
    link = f"/lien-ket/{a_link(home, 'an')}"
    assert [person.get(link).status_code for _ in range(2)] == [200, 200]
    short = person.post(link, password="ngan", again="ngan")
    differ = person.post(link, password=NEW, again=NEW + "!")
    assert (short.status_code, differ.status_code) == (400, 400)

    done = person.post(link, password=NEW, again=NEW)

    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert person.get("/").status_code == 200
    assert person.get(link).status_code == 404
    out = person.post("/dang-xuat")
    assert out.headers["location"] == "/dang-nhap?xong=ra"
    assert not inside(person)
    again = person.post("/dang-nhap", name="an", password=NEW)
    assert again.headers["location"] == "/"
    assert inside(person)


def test_the_cookie_is_for_no_script_and_no_other_site(
    home: Home, servers: Servers, person: Visitor
) -> None:
    """And over https it is Secure, under a name no other host can plant."""
    an_account(home, "an", "nguoi_soan")
    plain = person.log_in().headers["set-cookie"]
    secure = requests.post(
        f"{servers.inner_url}/dang-nhap", data={"name": "an", "password": PASSWORD},
        headers={"Origin": servers.inner_url.replace("http:", "https:"),
                 "X-Forwarded-Proto": "https"},
        allow_redirects=False, timeout=20, proxies={"http": ""}).headers["set-cookie"]

    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    assert secure.startswith("__Host-giovang-phien=")
    assert "Secure" in secure.split("; ")


def test_a_token_planted_before_logging_in_is_worth_nothing(
    home: Home, servers: Servers, person: Visitor
) -> None:
    """Session fixation: logging in always makes a new token, and ends the one that was there."""
    an_account(home, "an", "nguoi_soan")
    an_account(home, "ke-gian", "nguoi_soan")
    thief = Visitor(servers.inner_url)
    thief.log_in("ke-gian")
    planted = thief.token
    person.web.cookies.set("giovang-phien", planted or "", domain="127.0.0.1", path="/")

    person.log_in()

    assert person.token != planted
    assert inside(person)
    assert not inside(thief)
    thief.web.close()


def test_a_revoked_session_is_out_at_its_next_request(
    home: Home, servers: Servers, person: Visitor
) -> None:
    an_account(home, "an", "nguoi_soan")
    other = Visitor(servers.inner_url)
    person.log_in()
    other.log_in()
    page = person.get("/tai-khoan").text
    (number,) = re.findall(r"/tai-khoan/phien/(\d+)/ket-thuc", page)

    assert person.post(f"/tai-khoan/phien/{number}/ket-thuc").status_code == 303

    assert inside(person)
    assert not inside(other)
    other.web.close()


def test_codes_are_set_up_asked_for_and_remembered(home: Home, person: Visitor) -> None:
    an_account(home, "an", "nguoi_soan")
    person.log_in()
    page = person.get("/ma-xac-thuc/thiet-lap").text
    assert "<svg" in page
    before = person.token
    assert person.post("/ma-xac-thuc/thiet-lap", code="000000").status_code == 400
    done = person.post("/ma-xac-thuc/thiet-lap", code=code_now(home, "an"))
    assert done.headers["location"] == "/tai-khoan?xong=ma"
    assert person.token != before
    person.post("/dang-xuat")
    home.clock.advance(60)  # type: ignore[attr-defined]

    person.log_in()
    assert person.get("/").headers["location"] == "/ma-xac-thuc"
    assert person.get("/nhat-ky").headers["location"] == "/ma-xac-thuc"
    assert person.post("/ma-xac-thuc", code=code_now(home, "an"), trust="1").status_code == 303
    assert inside(person)
    person.post("/dang-xuat")

    person.log_in()
    assert inside(person)


def test_locked_out_one_is_told_for_how_long(home: Home, person: Visitor) -> None:
    an_account(home, "an", "nguoi_soan")
    for _ in range(5):
        assert person.post("/dang-nhap", name="an", password="sai sai sai").status_code == 401

    locked = person.log_in()

    assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
    assert "Chờ 1 phút" in locked.text


# -------------------------------------------------------------------------------- guards


@pytest.mark.parametrize("origin", ["http://ke-gian.invalid", "null", None])
def test_a_form_of_another_site_is_not_taken(
    home: Home, person: Visitor, origin: str | None
) -> None:
    """CSRF: every POST must come from a page of ours."""
    an_account(home, "an", "nguoi_soan")
    person.log_in()

    assert person.post("/tai-khoan/thoat-het", origin=origin).status_code == 403
    assert inside(person)


@pytest.mark.parametrize("target", [
    "//ke-gian.invalid", "https://ke-gian.invalid", "/\\ke-gian.invalid", "\\\\ke-gian.invalid",
    "javascript:alert(1)", "/\t/ke-gian.invalid", "ke-gian.invalid", "",
])
def test_after_logging_in_one_stays_here(home: Home, person: Visitor, target: str) -> None:
    """Open redirect: `next` is a path of ours or nothing."""
    an_account(home, "an", "nguoi_soan")

    assert person.log_in(next=target).headers["location"] == "/"
    assert local("/nhat-ky?state=uncertain") == "/nhat-ky?state=uncertain"


def test_one_goes_on_where_one_wanted_to(home: Home, person: Visitor) -> None:
    an_account(home, "an", "nguoi_soan")
    asked = person.get("/nhat-ky?state=uncertain").headers["location"]
    assert asked == "/dang-nhap?next=%2Fnhat-ky%3Fstate%3Duncertain"
    page = person.get(asked).text
    target = re.findall(r'name="next" value="([^"]*)"', page)[0]

    assert person.log_in(next=target).headers["location"] == "/nhat-ky?state=uncertain"


def test_every_answer_tells_the_browser_what_it_may_not_do(person: Visitor) -> None:
    for path in ("/dang-nhap", "/khong-co", "/static/console.css", "/lien-ket/x"):
        headers = person.get(path).headers
        assert headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_form_too_large_and_one_of_unknown_length_are_not_read(person: Visitor) -> None:
    headers = {"Origin": person.url}
    large = person.web.post(f"{person.url}/dang-nhap", data=b"x" * (LARGEST + 1), headers=headers)
    unknown = person.web.post(f"{person.url}/dang-nhap", data=iter([b"x"]), headers=headers)

    assert (large.status_code, unknown.status_code) == (413, 411)


def test_who_asks_too_often_has_to_wait_but_machines_do_not(person: Visitor) -> None:
    # one connection, every request at once: 620 by themselves take long
    ask = b"GET /static/giovang.svg HTTP/1.1\r\nHost: x\r\n"
    with socket.create_connection(("127.0.0.1", int(person.url.rpartition(":")[2]))) as line:
        line.sendall((ask + b"\r\n") * 619 + ask + b"Connection: close\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(1 << 16), b""))

    assert (said.count(b"HTTP/1.1 200"), said.count(b"HTTP/1.1 429")) == (600, 20)
    assert person.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", ["..%2fapp.py", "%2e%2e/app.py", "..\\app.py", "khong-co.css"])
def test_no_file_but_those_shipped_is_given(person: Visitor, name: str) -> None:
    assert person.get(f"/static/{name}").status_code == 404


def test_what_is_not_there_is_said_in_words(home: Home, person: Visitor) -> None:
    an_account(home, "an", "nguoi_soan")
    person.log_in()

    missing = person.get("/khong-co")

    assert missing.status_code == 404
    assert "Không có trang này" in missing.text
    assert "Nhật ký phát" in missing.text  # the menu leads on


def test_a_database_in_trouble_is_said_without_its_words(home: Home, person: Visitor) -> None:
    an_account(home, "an", "nguoi_soan")
    person.log_in()
    with home.store.write() as session:
        session.connection().exec_driver_sql("DROP TABLE login_guard")

    failed = person.post("/dang-nhap", name="an", password=PASSWORD)

    assert failed.status_code == 503
    assert "login_guard" not in failed.text


def test_a_bug_of_ours_is_a_page_without_a_traceback(home: Home) -> None:
    def broken(_site: Site, _ask: Ask) -> Response:
        raise KeyError("bí mật bên trong")

    app = FastAPI()
    add_console(app, home, dict, [*ROUTES, Route("GET", "/hong", broken, "anyone")])
    listening = listen_on("127.0.0.1", 0, "GIOVANG_PORT")
    running = serve(app, listening, "thu")
    with requests.Session() as web:
        web.trust_env = False
        failed = web.get(f"http://127.0.0.1:{listening.getsockname()[1]}/hong", timeout=20)
    running.server.should_exit = True
    running.thread.join(10)

    assert failed.status_code == 500
    assert "Việc phát tin không bị ảnh hưởng" in failed.text
    assert "bí mật" not in failed.text


def test_a_page_that_asks_by_itself_keeps_no_session_from_being_idle(
    home: Home, person: Visitor
) -> None:
    an_account(home, "an", "nguoi_soan")
    person.log_in()
    for _ in range(13):
        home.clock.advance(timedelta(hours=1).total_seconds())  # type: ignore[attr-defined]
        last = person.get("/tong-quan/moi", headers={"HX-Request": "true"})

    assert (last.status_code, last.headers.get("hx-refresh")) == (403, "true")
    assert not inside(person)


def test_nothing_of_the_door_is_on_the_public_listener(servers: Servers) -> None:
    host, _, port = servers.public_url.removeprefix("http://").partition(":")
    for path in ("/dang-nhap", "/", "/nhat-ky", "/static/console.css"):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert line.recv(64).startswith(b"HTTP/1.1 404")


