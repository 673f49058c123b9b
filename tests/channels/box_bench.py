"""One way to one box for the tests of a vendor's box: a folder, OpenSSH's SFTP, Apache's WebDAV."""

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.box.channel import VendorBox
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Attachment, Message
from channels.verdict import advice_for
from channels.wire import Wire
from tests.channels.boxes import PASSWORD, USER, DavServer, Gate, Server, SftpServer
from tests.channels.conftest import RealClock

WAYS = ("folder", "sftp", "webdav")
FAR = ("sftp", "webdav")
STATION = "dai-luc-ngan"
NAME = "2026-12-08_0530_T3"
SOUND = b"ID3" + bytes(range(256)) * 1200  #: 300 KB, more than any buffer on the way


@dataclass
class Bench:
    """One way to one box."""

    way: str
    files: Path  #: what the box sees
    sounds: Path
    server: Server | None = None
    gate: Gate | None = None
    timeout: float = 60.0
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def channel(self, secrets: Mapping[str, str] | None = None, **options: Any) -> VendorBox:
        login = {n: v for n, v in {**self.secrets, **(secrets or {})}.items() if v}
        spec = ChannelSpec(
            "hop", "box", (AccountSpec("chinh", {name: name for name in login}),),
            targets={STATION: "chinh"}, options={"way": self.way, **self.options, **options},
            timeout=self.timeout)
        built = build_channel(spec, Context(
            wire=Wire(training=False), clock=RealClock(), secrets=login.__getitem__,
            folder=self.files.parent, home=self.files.parent))
        assert isinstance(built, VendorBox)
        return built

    def there(self) -> dict[str, bytes]:
        """What the player finds; a file not in place yet is none of its business."""
        folder = self.files / STATION
        found = folder.iterdir() if folder.is_dir() else ()
        return {p.name: p.read_bytes() for p in found if not p.name.endswith(".part")
                and not p.name.startswith(".")}

    def message(
        self, number: int = 1, sound: bytes | None = SOUND, *, minute: int = 0, name: str = NAME,
        names: tuple[str, ...] = (NAME,),
    ) -> Message:
        made = f"2026-12-07T10:{minute or number:02}:00+00:00"
        schedule = {
            "format": 1, "station": STATION, "made_at": made, "files": list(names), "airings": [
                {"date": n[:10], "time": "05:30", "use_until": "2026-12-08T06:00:00+07:00",
                 "mp3": f"{n}.mp3", "txt": f"{n}.txt", "number": number, "sha256": "0"}
                for n in names]}
        attachments = ()
        if sound is not None:
            sha = hashlib.sha256(sound).hexdigest()
            path = self.sounds / f"{sha}.mp3"
            path.write_bytes(sound)
            attachments = (Attachment(str(path), sha, ""),)
        return Message(
            key=f"3f1c9f0e-0000-5000-8000-00000000000{number}", target=STATION,
            text=f"ĐÀI TRUYỀN THANH\r\nBản tin số {number}", attachments=attachments,
            extra={"name": name, "schedule": json.dumps(schedule)})


def soon() -> float:
    return time.monotonic() + 60


@contextlib.contextmanager
def opened(way: str, folder: Path) -> Iterator[Bench]:
    sounds = folder / "tieng"
    sounds.mkdir()
    if way == "folder":
        (folder / "hop").mkdir()
        yield Bench(way, folder / "hop", sounds, options={"folder": str(folder / "hop")})
        return
    server = SftpServer() if way == "sftp" else DavServer()
    gate = Gate(server.port)
    try:
        server.start()
        bench = Bench(way, server.files, sounds, server, gate)
        if isinstance(server, SftpServer):
            bench.options = {"host": "127.0.0.1", "port": gate.port, "root": str(server.files),
                             "fingerprint": server.fingerprint}
            bench.secrets = {"user": server.user, "key": server.key}
        else:
            bench.options = {"url": f"http://127.0.0.1:{gate.port}/"}
            bench.secrets = {"user": USER, "password": PASSWORD}
        yield bench
    finally:
        gate.close()
        server.remove()


def text(number: int) -> bytes:
    return f"ĐÀI TRUYỀN THANH\r\nBản tin số {number}\r\n".encode("utf-8-sig")


def stands(bench: Bench, number: int, sound: bytes | None = SOUND) -> bool:
    """Text and sound of this number, whole, and nothing else of this airing."""
    there = bench.there()
    return (there.get(f"{NAME}.txt"), there.get(f"{NAME}.mp3")) == (text(number), sound)


def holds(channel: VendorBox, outcome: Any) -> None:
    """A code somebody explains, and no secret in the words."""
    assert advice_for(outcome.code, channel.codes), outcome.code
    assert not [s for s in channel.secrets if s in outcome.detail]
