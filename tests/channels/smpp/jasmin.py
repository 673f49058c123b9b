"""Jasmin 0.11.1 as an SMPP server: our client binds to it, and it binds to our sandbox."""

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Final

from tests.kannel import ports

ROOT = Path(__file__).parents[3]
VENV = ROOT / "build" / "jasmin"
USER, PASSWORD = "giovang", "mat-khau"
PATIENCE: Final = 60.0  #: seconds for what takes it five

_CFG = """
[amqp-broker]
host=127.0.0.1
port={amqp}
spec={spec}
log_level=ERROR
[redis-client]
host=127.0.0.1
port={redis}
log_level=ERROR
[http-api]
bind=127.0.0.1
port={http}
access_log={folder}/http.log
[router]
bind=127.0.0.1
port={router}
[client-management]
bind=127.0.0.1
port={management}
[jcli]
bind=127.0.0.1
port={console}
authentication=False
[smpp-server]
bind=127.0.0.1
port={smpp}
[smpp-server-pb]
bind=127.0.0.1
port={pb}
[interceptor-client]
host=127.0.0.1
port={interceptor}
"""
_PORTS = (
    "amqp", "distribution", "epmd", "redis", "http", "router", "management", "console", "smpp",
    "pb", "interceptor",
)  # fmt: skip
_CONSOLE = """group -a
gid xa
ok
user -a
username {user}
password {password}
gid xa
uid xa
ok
smppccm -a
cid hop-thu
host 127.0.0.1
port {smsc}
username jasmin
password mat-khau
submit_throughput 0
ok
smppccm -1 hop-thu
mtrouter -a
type DefaultRoute
connector smppc(hop-thu)
rate 0.00
ok
"""


class Jasmin:
    """Redis, RabbitMQ and Jasmin in one folder, on free ports; routes everything to `smsc`."""

    def __init__(self, folder: Path, smsc: int) -> None:
        subprocess.run(["bash", ".ci/smpp-jasmin"], cwd=ROOT, check=True)
        self._folder, self._smsc = folder, smsc
        self._ports = _free(len(_PORTS))
        self.port = self._ports["smpp"]
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> "Jasmin":
        self._run("redis", ["redis-server", "--port", str(self._ports["redis"]), "--bind",
                            "127.0.0.1", "--save", "", "--dir", str(self._folder)])
        self._rabbit()
        for port in ("redis", "amqp"):
            _until_open(self._ports[port])
        self._jasmin()
        for port in ("console", "smpp"):
            _until_open(self._ports[port])
        self._configure()
        return self

    def stop(self) -> None:
        for process in reversed(self._running):
            # its own group: RabbitMQ's script has the real server as a child
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _run(self, name: str, command: list[str], **environment: str) -> None:
        with (self._folder / f"{name}.out").open("ab") as out:
            self._running.append(subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self._folder, start_new_session=True,
                env={**os.environ, **environment},
            ))

    def _rabbit(self) -> None:
        ports, folder = self._ports, self._folder
        (folder / "plugins").write_text("[].")
        (folder / "rabbitmq.conf").write_text(
            f"loopback_users.guest = true\nlisteners.tcp.local = 127.0.0.1:{ports['amqp']}\n")
        # Erlang starts it where it is missing, and leaves it behind: it must be ours.
        self._run("epmd", ["epmd", "-port", str(ports["epmd"]), "-address", "127.0.0.1"])
        _until_open(ports["epmd"])
        self._run("rabbit", ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
            HOME=str(folder), RABBITMQ_NODENAME=f"gv{ports['amqp']}@localhost",
            RABBITMQ_DIST_PORT=str(ports["distribution"]), ERL_EPMD_PORT=str(ports["epmd"]),
            ERL_EPMD_ADDRESS="127.0.0.1", RABBITMQ_MNESIA_BASE=str(folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(folder / "rabbit-log"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "plugins"),
            RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
        )  # fmt: skip

    def _jasmin(self) -> None:
        for below in ("store", "resource"):
            (self._folder / "etc" / below).mkdir(parents=True)
        (self._folder / "log").mkdir()
        python = VENV / "bin" / "python"
        package = subprocess.run(
            [python, "-c", "import txamqp; print(txamqp.__path__[0])"], check=True,
            capture_output=True, text=True,
        ).stdout.strip()
        cfg = self._folder / "jasmin.cfg"
        spec = f"{package}/specs/standard/amqp0-9-1.stripped.xml"
        cfg.write_text(_CFG.format(folder=self._folder, spec=spec, **self._ports))
        # It locks one file in /tmp for the whole machine; killed, it would never start again.
        daemon = self._folder / "jasmind.py"
        whole = (VENV / "bin" / "jasmind.py").read_text()
        daemon.write_text(whole.replace('"/tmp/jasmind"', repr(str(self._folder / "jasmind"))))
        self._run("jasmin", [str(python), str(daemon), "-c", str(cfg),
                             "--enable-dlr-thrower", "--enable-dlr-lookup"],
                  ROOT_PATH=str(self._folder), CONFIG_PATH=str(self._folder / "etc"),
                  LOG_PATH=str(self._folder / "log"), STORE_PATH=str(self._folder / "etc/store"))

    def _configure(self) -> None:
        """Its console takes one line at a time."""
        with socket.create_connection(("127.0.0.1", self._ports["console"])) as console:
            console.settimeout(PATIENCE)
            _expect(console, b"Session ref:")
            words = _CONSOLE.format(user=USER, password=PASSWORD, smsc=self._smsc)
            for line in words.splitlines():
                console.sendall(line.encode() + b"\r\n")
                _expect(console, b"\njcli : ", b"\n> ")


def _free(count: int) -> dict[str, int]:
    return dict(zip(_PORTS, ports(count), strict=True))


def _expect(console: socket.socket, *prompts: bytes) -> None:
    heard = b""
    while not any(prompt in heard for prompt in prompts):  # control sequences may follow
        data = console.recv(4096)
        assert data, heard
        heard += data


def _until_open(port: int) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            pause.wait(0.1)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")
