"""TLS and proxies: what breaks before the message leaves is the account's trouble."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.wire import Answer, NoAnswer, Wire
from components.tcp_fault_proxy import FaultProxy
from sandbox import Sandbox
from tests.channels.conftest import TIMEOUT, Far
from tests.channels.test_wire import post


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody signed."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install openssl"
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_certificate_nobody_signed_stops_the_account(wire: Wire, tls_port: int) -> None:
    """TLS is verified, always; a failed handshake proves that nothing was sent."""
    got = post(wire, f"https://localhost:{tls_port}")

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "tls")


def test_a_handshake_with_a_plain_server_stops_the_account(wire: Wire, proxy: FaultProxy) -> None:
    """https on a port that speaks http: nothing of the message left."""
    proxy.mode = "garbage"

    # the proxy reads on, for what it got is no HTTP: it is our time that ends it
    got = post(wire, proxy.url.replace("http:", "https:"), timeout=TIMEOUT)

    assert isinstance(got, NoAnswer)
    assert got.proves in ("account", "not_sent")


@pytest.mark.parametrize("target", ["http://127.0.0.1:9", "https://127.0.0.1:9"])
def test_a_proxy_that_refuses_stops_the_account(sandbox: Sandbox, target: str) -> None:
    """ProxyError while connecting: nothing was sent, and nothing will be."""
    gone = socket.create_server(("127.0.0.1", 0))
    port = gone.getsockname()[1]
    gone.close()
    through = {"http": f"http://127.0.0.1:{port}", "https": f"http://127.0.0.1:{port}"}

    got = post(Wire(training=False, proxies=through), target)

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "proxy")


def test_through_a_proxy_a_lost_answer_is_still_unknown(sandbox: Sandbox, far: Far) -> None:
    """The note of the first byte is kept on proxied connections, too."""
    with FaultProxy(sandbox.port) as proxy:
        proxy.mode = "reset_after_request"

        got = post(Wire(training=False, proxies={"http": proxy.url}), "http://vi-du.invalid")

    assert isinstance(got, NoAnswer)
    assert got.proves == "unknown"


def test_a_proxy_of_the_environment_is_not_used(
    wire: Wire, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a shell says must not lead our messages elsewhere."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    assert isinstance(post(wire, sandbox.base_url), Answer)
