"""
A gateway nobody has heard of, from its TOML file alone: form body, answers in words, a rule that
beats a success, receipts by GET to our listener. The far side is a raw socket of the test's.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from sqlalchemy import select

from console.server import Servers
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import PROGRAMME
from worker.home import Home
from worker.models import Batch, Delivery
from worker.receipt_secret import receipt_url

OPENS = START + timedelta(hours=3, minutes=30)

GATEWAY = r"""
name = "Rồng Vàng"
base = "https://sms.rong-vang.example"
url = "{base}/gui"
method = "POST"
phone = "84"
unicode = ["0", "1"]
drop_empty = true
answer = "text"
pattern = 'KQ=(?P<kq>\d+);(?:MA=(?P<ma>\w+);)?LOI=(?P<loi>.*)'
id = "ma"
code = "kq"
message = "loi"
auth = ["{secret:user}", "{secret:password}"]

[form]
so = "{phone}"
noidung = "{text}"
dau = "{unicode}"
ten = "{sender}"
khoa = "{key}"
bao = "{callback}"

[success]
path = "kq"
equals = ["0"]

[[errors]]
path = "loi"
equals = ["cho duyet"]
code = "cho-duyet"

[codes.5]
outcome = "rejected"
meaning = "Số không hợp lệ"
todo = "Sửa số ở danh bạ"

[codes.cho-duyet]
outcome = "uncertain"
meaning = "Cổng giữ tin chờ duyệt"
todo = "Gọi cổng hỏi"

[receipt]
key = "khoa"
message = "vi"

[[receipt.rules]]
when = { tt = "1" }
outcome = "delivered"

[[receipt.rules]]
when = { tt = ">=2" }
outcome = "rejected"
"""

CHANNEL = """
[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
timeout = 20
options = {{ gateway = "rong-vang.toml", url = "{url}", max_parts = 3, plain = false }}
[[channels.accounts]]
id = "chinh"
options = {{ sender = "LUC NGAN" }}
secrets = {{ user = "file:rv-user", password = "file:rv-mk", callback = "file:rv-bao" }}
"""
#: what the gateway says to each number, and what the delivery becomes without a receipt
SAYS = {
    "0950000101": ("KQ=0;MA=rv01;LOI=", "accepted"),
    "0950000102": ("KQ=0;MA=rv02;LOI=", "accepted"),
    "0950000103": ("KQ=5;LOI=so sai", "rejected"),
    "0950000104": ("KQ=0;MA=rv04;LOI=cho duyet", "uncertain"),
    "0950000105": ("KQ=77;LOI=ma la", "uncertain"),  # a code nobody has described
    "0950000106": ("<html>bao tri</html>", "uncertain"),
}


class RongVang:
    """Reads requests off a raw socket; `forms`: what was in each, in order."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.heads: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None
        while len(body) < int(length[1]):
            body += connection.recv(65536)
        form = dict(parse_qsl(body.decode()))
        self.heads.append(head.decode())
        self.forms.append(form)
        said = SAYS["0" + form["so"].removeprefix("84")][0].encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(said), said))

    def receipt(self, number: str, tt: str, vi: str = "") -> None:
        """Calls the address that came with the message."""
        form = next(f for f in self.forms if f["so"] == "84" + number[1:])
        query = urlencode({"khoa": form["khoa"], "tt": tt, "vi": vi})
        answer = requests.get(f"{form['bao']}?{query}", timeout=60)
        assert answer.status_code == 200


@pytest.fixture
def gateway() -> Iterator[RongVang]:
    far = RongVang()
    yield far
    far.close()


Sent = Callable[[], dict[str, Delivery]]


@pytest.fixture
def sent(
    tmp_path: Path, sqlite_url: str, install: Install, gateway: RongVang,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Sent]:
    """The slot is sent; gives the deliveries by number as they stand now."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))  # where the description is looked for
    for name in ("user", "mk", "bao"):
        (tmp_path / f"rv-{name}").write_text("http://127.0.0.1:9/", encoding="utf-8")
    (tmp_path / "rong-vang.toml").write_text(GATEWAY, encoding="utf-8")
    flow = install(tmp_path, sqlite_url, _programme(gateway.url))
    settings = replace(flow.home.settings, inner_port=0, public_port=0)
    servers = Servers(Home(settings, flow.home.store, flow.home.clock), lambda: flow.office)
    servers.start()
    (tmp_path / "rv-bao").write_text(
        receipt_url(flow.home, servers.public_url, "sms", "chinh"), encoding="utf-8")
    flow = flow.again()  # secrets are read at the start
    flow.to(OPENS)
    flow.turn()

    def now() -> dict[str, Delivery]:
        with flow.home.store.read() as session:
            rows = session.scalars(select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
                                   .where(Batch.opens_at == OPENS))
            return {d.target.removeprefix("to-"): d for d in rows}

    yield now
    servers.stop()


def _programme(url: str) -> str:
    """The flow's programme with this channel and nothing else."""
    head = PROGRAMME.split('[[channels]]\nid = "facebook"')[0]
    head = re.sub(r"^channels = .*$", 'channels = ["sms"]', head, flags=re.MULTILINE)
    station = head[head.index("[[stations]]"):head.index("[[segments]]")]
    targets = "".join(
        f'[[channels.targets]]\nid = "to-{n}"\nname = "Tổ"\naddress = "{n}"\n' for n in SAYS)
    return head.replace(station, "") + CHANNEL.format(url=url) + targets


def test_a_gateway_needs_no_code(sent: Sent, gateway: RongVang) -> None:
    """Called as described, once each; every answer proves what its description says."""
    found = sent()

    assert {n: d.state for n, d in found.items()} == {n: state for n, (_, state) in SAYS.items()}
    assert sorted(form["so"] for form in gateway.forms) == sorted("84" + n[1:] for n in SAYS)
    form = gateway.forms[0]
    assert (form["dau"], form["ten"]) == ("1", "LUC NGAN")
    assert "Công an không làm việc qua điện thoại" in form["noidung"]
    assert len({form["khoa"] for form in gateway.forms}) == len(SAYS)
    assert all("authorization: basic " in head.lower() for head in gateway.heads)
    assert found["0950000103"].code == "sms-5"
    assert found["0950000104"].code == "sms-cho-duyet"


def test_its_receipts_by_get_end_what_was_open(sent: Sent, gateway: RongVang) -> None:
    """At the address that came with the message: arrived, failed, and one that ends a doubt."""
    sent()
    gateway.receipt("0950000101", "1")
    gateway.receipt("0950000102", "3", "may tat")
    gateway.receipt("0950000104", "1")
    gateway.receipt("0950000101", "1")  # twice is once

    found = sent()

    assert [found[n].state for n in ("0950000101", "0950000102", "0950000104", "0950000105")] == [
        "delivered", "rejected", "delivered", "uncertain"]
    assert "may tat" in found["0950000102"].detail
    assert len(gateway.forms) == len(SAYS)  # nobody was sent to again
