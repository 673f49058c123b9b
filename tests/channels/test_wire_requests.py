"""What the wire writes: each request whole and by itself, whatever went before it."""

import base64
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from channels.wire import Answer, Wire
from tests.channels.conftest import PATIENCE, Soon


class Listener:
    """Answers every piece that arrives with 204 and a cookie; `pieces`: what arrived."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/gui"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._socket.accept()
        with client:
            while piece := client.recv(1 << 20):
                self.pieces.append(piece)
                client.sendall(b"HTTP/1.1 204 -\r\nSet-Cookie: phien=1\r\n\r\n")

    def stop(self) -> None:
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


@pytest.fixture
def ask(listener: Listener, wire: Wire, soon: Soon) -> Iterator[Any]:
    """One request; gives its first line, its headers and its body as they arrived."""

    def ask(method: str = "POST", **given: Any) -> tuple[str, dict[str, str], bytes]:
        got = wire.request(
            method, given.pop("url", listener.url), deadline=soon(), timeout=PATIENCE, **given)
        assert isinstance(got, Answer)
        head, _, body = listener.pieces[-1].partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        return first, dict(line.split(": ", 1) for line in lines), body

    yield ask
    for line in wire._local.lines.values():
        line.adapter.close()


def test_head_and_body_leave_in_one_piece(listener: Listener, ask: Any) -> None:
    """One write: the note "a byte has left" and the request cannot come apart."""
    _, headers, body = ask(json={"text": "Cảnh báo"})

    assert len(listener.pieces) == 1
    assert int(headers["Content-Length"]) == len(body) > 0


def test_nothing_of_the_request_before_goes_out_again(listener: Listener, ask: Any) -> None:
    """Also when the caller changes what it gave, in place, and asks again."""
    params, headers = {"trang": "1"}, {"Authorization": "Bearer mot"}
    ask("GET", params=params, headers=headers)
    params["trang"] = "2"
    first = ask("GET", params=params, headers=headers)
    headers["Authorization"] = "Bearer hai"
    second = ask("GET", params=params, headers=headers)
    third = ask(data={"so": "1"}, auth=("nguoi", "khoa"))
    fourth = ask(url=f"{listener.url}/khac", data=b"xyz")

    assert (first[0], first[1]["Authorization"]) == ("GET /gui?trang=2 HTTP/1.1", "Bearer mot")
    assert (second[0], second[1]["Authorization"]) == ("GET /gui?trang=2 HTTP/1.1", "Bearer hai")
    basic = "Basic " + base64.b64encode(b"nguoi:khoa").decode()
    assert (third[0], third[1]["Authorization"]) == ("POST /gui HTTP/1.1", basic)
    assert (third[1]["Content-Type"], third[2]) == ("application/x-www-form-urlencoded", b"so=1")
    assert (fourth[0], fourth[2]) == ("POST /gui/khac HTTP/1.1", b"xyz")
    assert {"Authorization", "Content-Type"}.isdisjoint(fourth[1])


def test_equal_requests_carry_each_its_own_body(listener: Listener, ask: Any) -> None:
    """A thousand numbers, one text: only the body differs, and its length."""
    bodies = [ask(json={"so": number})[2] for number in ("1", "22", "333")]

    assert bodies == [b'{"so": "1"}', b'{"so": "22"}', b'{"so": "333"}']
    assert len(listener.pieces) == 3


def test_no_cookie_is_kept(ask: Any) -> None:
    """What one message brought back is not told with the next."""
    ask("GET")
    _, headers, _ = ask("GET")

    assert "Cookie" not in headers
