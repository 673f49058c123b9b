"""What the API takes, and what it refuses before anything is written."""

import socket
import unicodedata
from urllib.parse import urlsplit

import pytest

from console.api.app import api_app
from console.api.guard import LARGEST
from console.server import Servers, listen_on, serve
from console.stations.limits import RIGHT, Limits
from tests.api import ITEM, MEDIA, Program, a_key, count
from worker.home import Home
from worker.models import Item


def test_an_item_goes_from_a_program_to_the_approvers_desk(home: Home, call: Program) -> None:
    new = call.put("/items/td-09", ITEM)
    assert (new.status_code, new.json()["change"]) == (200, "new")
    assert call.put("/items/td-09", ITEM).json()["change"] == "unchanged"
    whole = call.get("/items/td-09").json()
    assert call.put("/items/td-09", whole["content"]).json()["change"] == "unchanged"
    stale = call.put("/items/td-09?version=7", {**ITEM, "title": "Khác"})
    assert (stale.status_code, stale.json()["mistakes"][0]["where"]) == (409, "td-09")

    sent = call.post("/items/td-09/submit").json()

    waits = call.get("/approvals").json()["items"]
    assert [(w["item"], w["renditions_sha256"]) for w in waits] == [
        ("td-09", sent["renditions_sha256"])]
    assert call.get("/items/td-09/preview?channel=sms").json()[0]["parts"] == 1
    other = {"reason": "x", "renditions_sha256": "0" * 64}
    assert call.post("/items/td-09/return", other).status_code == 409
    back = call.post("/items/td-09/return", {
        "reason": "thiếu số", "renditions_sha256": sent["renditions_sha256"]})
    assert back.json() == {"item": "td-09", "state": "returned"}


def test_every_mistake_is_named_at_its_field(call: Program) -> None:
    wrong = call.put("/items/td-09", {
        **ITEM, "theme": "khong-co", "valid_from": "2026-12-02", "valid_to": "2026-12-01"})

    assert (wrong.status_code, wrong.headers["content-type"]) == (422, MEDIA)
    assert {m["where"] for m in wrong.json()["mistakes"]} == {"theme", "valid_to"}
    assert wrong.json()["status"] == 422
    assert call.get("/items/td-09").status_code == 404


@pytest.mark.parametrize(("raw", "status"), [
    (rb'{"title": "a\u0000b", "theme": "thu_doan"}', 422),
    (rb'{"title": "\ud800", "theme": "thu_doan"}', 422),
    (rb'{"title": "a", "theme": "thu_doan", "facts": {"a\u0000": "b"}}', 422),
    (b'{"title": "a", "theme": "thu_doan", "la": 1}', 422),
    (b'{"title": ' + b"9" * 5000 + b"}", 400),
    (b"[" * 100_000, 400), (b'{"title":', 400), (b"\xff\xfe", 400), (b"", 422),
    (b'{"title": "a", "theme": "thu_doan", "hotline": ["' + b'","' * 5001 + b'"]}', 422),
])
def test_hostile_text_is_refused_and_nothing_is_written(
    home: Home, call: Program, raw: bytes, status: int
) -> None:
    answer = call.web.put(f"{call.url}/items/td-09", data=raw, timeout=30,
                          headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA)
    assert count(home, Item) == 0


def test_what_a_mac_writes_is_composed(call: Program) -> None:
    """NFD is the same words: kept as everything else is, so that it is found and counted."""
    call.put("/items/td-09", {**ITEM, "title": unicodedata.normalize("NFD", "Cảnh báo")})

    assert call.get("/items/td-09").json()["title"] == unicodedata.normalize("NFC", "Cảnh báo")


def test_numbers_beyond_any_database_are_refused(call: Program) -> None:
    for path in (f"/campaigns/{2**31}", f"/lists/{10**30}", "/items?limit=201", "/plan?days=32",
                 "/deliveries?first=0001-01-01", "/plan?first=9999-12-31", "/items?limit=0"):
        assert call.get(path).status_code == 422, path
    assert call.get("/items/%00").status_code == 400
    assert call.get("/items?theme=%0d%0a").status_code == 400


def test_bodies_too_large_or_of_unknown_length_are_not_read(
    call: Program, servers: Servers
) -> None:
    large = call.web.put(f"{call.url}/items/td-09", data=b"x" * (LARGEST + 1), timeout=30)
    at = urlsplit(servers.inner_url)
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=10) as line:
        line.sendall(b"PUT /api/v1/items/td-09 HTTP/1.1\r\nHost: x\r\nAuthorization: "
                     + str(call.web.headers["Authorization"]).encode()
                     + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        unknown = line.recv(64)

    assert (large.status_code, large.headers["content-type"]) == (413, MEDIA)
    assert unknown.startswith(b"HTTP/1.1 411")


def test_who_guesses_keys_has_to_wait(call: Program, servers: Servers) -> None:
    guesser = Program(servers.inner_url, "gv_" + "x" * 43)
    guesses = [guesser.get("/items").status_code for _ in range(32)]
    assert (guesses[0], guesses[-1]) == (401, 429)
    assert call.get("/channels").status_code == 200  # whose key is right need not wait


def test_a_key_calls_so_often_a_minute_and_then_waits(home: Home) -> None:
    limits, key = Limits(home.clock.elapsed), a_key(home)
    for _ in range(RIGHT - 1):
        limits.busy("key 1")
    listening = listen_on("127.0.0.1", 0, "GIOVANG_PORT")
    running = serve(api_app(home, dict, limits), listening, "thu")
    program = Program("", key)
    program.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    answers = [program.get("/channels") for _ in range(2)]
    home.clock.advance(60)  # type: ignore[attr-defined]
    answers.append(program.get("/channels"))
    running.server.should_exit = True
    running.thread.join(10)

    assert [a.status_code for a in answers] == [200, 429, 200]
    assert (answers[1].headers["retry-after"], answers[1].headers["content-type"]) == ("60", MEDIA)
