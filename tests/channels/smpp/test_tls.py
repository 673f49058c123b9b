"""TLS: the certificate and the name in it are checked, always; then all is as without."""

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.smpp.connect import tls_context
from channels.values import Accepted
from sandbox import Sandbox
from sandbox.smpp import Connection, Smsc
from sandbox.store import Store
from tests.channels.smpp.conftest import SILENCE, MakeLine, drained, message, until
from tests.channels.smpp.peers import node

NAME = "smpp.vi-du.invalid"


@dataclass
class Certificate:
    key: Path
    cert: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Of an authority nobody knows, for one name."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install openssl"
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "key.pem", folder / "cert.pem")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "1", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", str(made.key), "-out", str(made.cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


@dataclass
class TlsSmsc:
    port: int
    store: Store
    smsc: Smsc


@pytest.fixture
def gateway(certificate: Certificate) -> Iterator[TlsSmsc]:
    """The sandbox's SMSC behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # a client that refuses us is no accident here
    smsc = Smsc(Store())
    serving = loop.run_until_complete(
        loop.create_server(lambda: Connection(smsc), "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield TlsSmsc(serving.sockets[0].getsockname()[1], smsc.store, smsc)
    loop.call_soon_threadsafe(smsc.drop)
    until(lambda: not smsc.connections)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    serving.close()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()


def test_a_gateway_with_the_right_name_is_trusted(
    gateway: TlsSmsc, certificate: Certificate, line: MakeLine
) -> None:
    """A window full of messages, receipts, unbind: through TLS as without."""
    one = line(gateway.port, tls=tls_context(str(certificate.cert)), tls_name=NAME, window=500)
    window = one.ready(size=3000)

    found = drained(window, *[message(n) for n in range(3000)])

    assert {type(outcome) for outcome in found.values()} == {Accepted}
    assert set(gateway.store.by_key.values()) == {1}
    until(lambda: window.confirm(window.receipts()) or gateway.smsc.confirmed == 3000)
    one.session.close()
    assert gateway.smsc.unbinds == 1


@pytest.mark.parametrize(("known", "name"), [(False, NAME), (True, ""), (True, "khac.invalid")],
                         ids=["nobody signed it", "no name asked", "another name"])  # fmt: skip
def test_anybody_else_is_not(
    gateway: TlsSmsc, certificate: Certificate, line: MakeLine, known: bool, name: str
) -> None:
    """Not even the password is told to it; the account rests until somebody looks."""
    context = tls_context(str(certificate.cert) if known else "")
    window = line(gateway.port, tls=context, tls_name=name).window()

    trouble = window.ready(60)

    assert trouble is not None
    assert (trouble.code, trouble.scope, trouble.counts) == ("tls", "account", False)
    assert gateway.smsc.binds_seen == 0


def test_a_port_without_tls_gets_no_password(sandbox: Sandbox, line: MakeLine) -> None:
    """It says nothing to a handshake: nothing was sent."""
    one = line(sandbox.port, tls=tls_context(), connect_timeout=SILENCE)
    trouble = one.window().ready(60)

    assert trouble is not None
    assert not trouble.detail.count("mat-khau")
    assert sandbox.smsc.binds_seen == 0


def test_somebody_elses_tls(certificate: Certificate, line: MakeLine) -> None:
    """Node's server, its own TLS."""
    with node(str(certificate.key), str(certificate.cert)) as peer:
        window = line(
            peer.port, tls=tls_context(str(certificate.cert)), tls_name=NAME
        ).ready()

        outcome = drained(window, message(1))["khoa-1"]

        assert isinstance(outcome, Accepted)
        until(lambda: [one["to"] for one in peer.heard("submit")] == ["84950001001"])
