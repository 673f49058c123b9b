"""
Kannel 1.4.5 as it runs at a customer's, on free loopback ports: bearerbox, smsbox, and Kannel's
own fake SMSC, whose log is the far side's count.
"""

import random
import re
import socket
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.postgres import share

BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
FAKE_SMSC = Path("/usr/lib/kannel/test/fakesmsc")
USER, PASSWORD = "giovang", "mat-khau-kannel"
PATIENCE = 60.0  #: seconds for what takes Kannel one

_CONF = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 1
store-type = file
store-location = "{folder}/kannel.store"
dlr-storage = internal
sms-resend-freq = 1
{core}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
access-log = "{folder}/door.log"
log-level = 1
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
{account}

group = smsc
smsc = fake
smsc-id = gia
our-host = 127.0.0.1
port = {smsc}
connect-allow-ip = 127.0.0.1
throughput = {rate}
"""

#: `Got message 7: <SENDER NUMBER text WORDS>`; a long one in parts: `udh HEADER data OCTETS`
_LINE = re.compile(
    rb"Got message \d+: <(?P<sender>.*?) (?P<number>\d+) "
    rb"(?P<kind>text|ucs-2|udh (?P<header>\S+) data) ?(?P<words>.*)>$"
)

#: what smsbox has taken from us, in its own words
_TAKEN = re.compile(r"send-SMS request added - .* target:84(\d+) request:")

#: of bearerbox's page: nothing queued, nothing in the store, and how many went to the SMSC
_EMPTY = re.compile(r"^SMS: .* sent (\d+) \(0 queued\), store size 0$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """One SMS as the SMSC got it. `octets`: UTF-8 of a 7-bit one, UTF-16 of a UCS-2 one."""

    sender: str
    number: str
    kind: str  #: text, ucs-2 or udh (a part of a long one)
    octets: bytes
    header: bytes = b""


class Kannel:
    """One installation in its own folder; the store survives whatever is killed."""

    def __init__(
        self,
        folder: Path,
        *,
        core: str = "",
        account: str = "concatenation = true\nmax-messages = 10",
        rate: int = 1000,
    ) -> None:
        for program in (BEARERBOX, SMSBOX, FAKE_SMSC):
            if not program.exists():
                raise RuntimeError(f"{program} is missing: `make test` installs it (.ci/packages)")
        self.folder = folder
        self.port, self._admin, self._box, self._smsc = ports(4)
        self._conf = folder / "kannel.conf"
        self._conf.write_text(
            _CONF.format(
                folder=folder, port=self.port, admin=self._admin, box=self._box, smsc=self._smsc,
                core=core, account=account, rate=rate, user=USER, password=PASSWORD,
            )
        )
        self._log = folder / "fakesmsc.log"
        self._log.touch()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._earlier = 0  #: messages the SMSC had before this life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, smsc: bool = True) -> "Kannel":
        """Every box, ready: bearerbox knows smsbox and (when asked for) the SMSC."""
        self._earlier = self.counts().total()
        self._run("bearerbox", BEARERBOX, self._conf)
        until(self._answers)
        self._run("smsbox", SMSBOX, self._conf)
        until(lambda: "smsbox:(none), IP 127.0.0.1" in self.status())
        if smsc:
            self.connect()
        return self

    def connect(self) -> None:
        """The SMSC comes; it is Kannel's fake one that does the calling."""
        self._run("fakesmsc", FAKE_SMSC, "-H", "127.0.0.1", "-r", self._smsc, "-m", 0, "1 2 text x")
        until(lambda: "(online" in self.status())

    def crash(self) -> None:
        """SIGKILL, as when the machine's memory is full; the SMSC loses its line."""
        gone = [process for name in ("bearerbox", "smsbox")
                if (process := self._running.pop(name, None))]
        for process in gone:  # at once: neither goes on for a while without the other
            process.kill()
        for process in gone:
            process.wait(PATIENCE)
        smsc = self._running.pop("fakesmsc", None)
        if smsc is not None:  # ends without its line, once it has read what came over it
            with suppress(subprocess.TimeoutExpired):
                smsc.wait(5)
            smsc.kill()
            smsc.wait(PATIENCE)

    def stop(self) -> None:
        """As an operator stops it: smsbox first, then bearerbox, which drains its queues."""
        for name in ("smsbox", "bearerbox"):
            process = self._running.pop(name)
            process.terminate()
            process.wait(PATIENCE)
        self.crash()

    def status(self) -> str:
        """Bearerbox's own page."""
        url = f"http://127.0.0.1:{self._admin}/status.txt?password={PASSWORD}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.read().decode("utf-8", "replace")

    def drained(self) -> None:
        """Wait until the SMSC has logged everything that Kannel took in this life."""
        def empty() -> bool:
            told = _EMPTY.search(self.status())
            return told is not None and int(told[1]) == self.counts().total() - self._earlier

        until(empty)

    def parts(self) -> list[Part]:
        """Every SMS the SMSC has logged, in order, over all lives of this installation."""
        found = [m for line in self._log.read_bytes().splitlines() if (m := _LINE.search(line))]
        return [
            Part(
                m["sender"].decode(), m["number"].decode(), m["kind"].split()[0].decode(),
                m["words"] if m["kind"] == b"text" else unquote_to_bytes(
                    m["words"].replace(b"+", b" ")),
                unquote_to_bytes(m["header"] or b""),
            )
            for m in found
        ]

    def to(self, number: str) -> list[Part]:
        """What the SMSC got for this number (0950…)."""
        return [part for part in self.parts() if part.number == f"84{number[1:]}"]

    def counts(self) -> Counter[str]:
        """Messages by number (0950…): of a long one only its first part is counted."""
        return Counter(
            f"0{part.number[2:]}" for part in self.parts()
            if not part.header or part.header[-1] == 1
        )

    def taken(self) -> Counter[str]:
        """Requests by number (0950…) that smsbox took from us, over all lives."""
        door = self.folder / "door.log"
        words = door.read_text(encoding="utf-8", errors="replace") if door.exists() else ""
        return Counter(f"0{number}" for number in _TAKEN.findall(words))

    def _answers(self) -> bool:
        if self._running["bearerbox"].poll() is not None:
            raise RuntimeError((self.folder / "bearerbox.out").read_text(errors="replace"))
        try:
            return bool(self.status())
        except OSError:
            return False

    def _run(self, name: str, *command: object) -> None:
        log = self._log if name == "fakesmsc" else self.folder / f"{name}.out"
        with log.open("ab") as out:
            self._running[name] = subprocess.Popen(
                [str(word) for word in command], stdout=out, stderr=out, cwd=self.folder
            )


def ports(count: int) -> list[int]:
    """
    Free ports below those that outgoing connections take: they are still free after a crash.
    All are held until the last is found, else one might be found twice.
    """
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", random.choice(share(20_000, 32_000))))
                found.append(int(probe.getsockname()[1]))
    return found


def until(true: Callable[[], object]) -> None:
    """Look again until it is true; the time is a limit, not a measure."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("Kannel did not get there")
