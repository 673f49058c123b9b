"""A vendor's box: whole files or the old ones, over a folder, OpenSSH and Apache themselves."""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import paramiko
import pytest

from channels.box.channel import HANDED, VendorBox
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import (
    Absent,
    Accepted,
    Attachment,
    Delivered,
    Message,
    Rejected,
    Retry,
    Uncertain,
)
from channels.verdict import advice_for, proves_nothing
from channels.wire import Wire
from tests.channels.boxes import PASSWORD, USER, DavServer, Gate, Server, SftpServer
from tests.channels.conftest import RealClock

WAYS = ("folder", "sftp", "webdav")
FAR = ("sftp", "webdav")
STATION = "dai-luc-ngan"
NAME = "2026-12-08_0530_T3"
SOUND = b"ID3" + bytes(range(256)) * 1200  #: 300 KB, more than any buffer on the way
ROOT = os.getuid() == 0


@dataclass
class Bench:
    """One way to one box."""

    way: str
    files: Path  #: what the box sees
    sounds: Path
    server: Server | None = None
    gate: Gate | None = None
    timeout: float = 20.0
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
    return time.monotonic() + 20


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


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(request.param, tmp_path) as bench:
        yield bench


@pytest.fixture(params=FAR)
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(request.param, tmp_path) as bench:
        yield bench


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Bench]:
    with opened("sftp", tmp_path) as bench:
        yield bench


def text(number: int) -> bytes:
    return f"ĐÀI TRUYỀN THANH\r\nBản tin số {number}\r\n".encode("utf-8-sig")


def stands(bench: Bench, number: int, sound: bytes | None = SOUND) -> bool:
    """Text and sound of this number, whole, and nothing else of this airing."""
    there = bench.there()
    return (there.get(f"{NAME}.txt"), there.get(f"{NAME}.mp3")) == (text(number), sound)


# ---------------------------------------------------------------- a bulletin, there and gone


def test_a_bulletin_is_four_files_and_never_said_to_be_aired(bench: Bench) -> None:
    """Handed over is all that is known: Accepted, in words that nobody takes for aired."""
    sent = bench.channel().send(bench.message(), deadline=soon())

    assert sent == Accepted(f"{STATION}/{NAME}", HANDED)
    assert "chưa xác nhận" in HANDED
    assert stands(bench, 1)
    assert set(bench.there()) == {f"{NAME}.mp3", f"{NAME}.txt", "lich-phat.json", "lich-phat.csv"}
    rows = bench.there()["lich-phat.csv"].decode().splitlines()
    assert rows == ["date,time,use_until,mp3,txt,number,sha256",
                    f"2026-12-08,05:30,2026-12-08T06:00:00+07:00,{NAME}.mp3,{NAME}.txt,1,0"]


def test_a_newer_number_takes_the_place_of_the_older(bench: Bench) -> None:
    """Text first without sound: the older number's sound goes, too, for it says other words."""
    channel = bench.channel()
    channel.send(bench.message(1), deadline=soon())

    assert isinstance(channel.send(bench.message(2, None), deadline=soon()), Accepted)
    assert stands(bench, 2, None)

    channel.send(bench.message(2, SOUND * 2, minute=3), deadline=soon())
    assert stands(bench, 2, SOUND * 2)


def test_it_is_asked_for_and_taken_back_twice_like_once(bench: Bench) -> None:
    """Its own files alone, and the list names it no more."""
    channel, mine = bench.channel(), bench.message(names=(NAME, "2026-12-08_1700_T3"))
    assert isinstance(channel.find(mine), Absent)
    channel.send(mine, deadline=soon())
    assert channel.find(mine) == Accepted(f"{STATION}/{NAME}", HANDED)
    assert isinstance(channel.find(bench.message(2)), Absent)

    for _ in range(2):
        assert isinstance(channel.recall(mine, "r"), Delivered)

    assert isinstance(channel.find(mine), Absent)
    assert set(bench.there()) == {"lich-phat.json", "lich-phat.csv"}
    assert NAME.encode() not in bench.there()["lich-phat.json"] + bench.there()["lich-phat.csv"]
    assert b"2026-12-08_1700_T3.mp3" in bench.there()["lich-phat.csv"]


def test_what_took_its_place_is_not_taken_back_with_it(bench: Bench) -> None:
    """The recall of number 1 comes late: number 2 stays."""
    channel = bench.channel()
    for number in (1, 2):
        channel.send(bench.message(number), deadline=soon())

    done = channel.recall(bench.message(1), "r")

    assert isinstance(done, Delivered)
    assert "bản mới hơn" in done.detail
    assert stands(bench, 2)


def test_a_late_list_leaves_the_newer_and_a_fallen_out_airing_is_removed(bench: Bench) -> None:
    """Deliveries of one station overtake each other; last week's sound must not be played."""
    channel, later = bench.channel(), "2026-12-09_0530_T4"
    channel.send(bench.message(minute=5), deadline=soon())
    channel.send(bench.message(2, minute=7, name=later, names=(later,)), deadline=soon())
    assert {f"{NAME}.mp3", f"{NAME}.txt"}.isdisjoint(bench.there())

    channel.send(bench.message(minute=6), deadline=soon())  # tried again, older list

    assert json.loads(bench.there()["lich-phat.json"])["files"] == [later]


@pytest.mark.parametrize("written", [
    b"\xff", b"[]", b'{"made_at": 5, "files": 7, "airings": 1}',
    b'{"made_at": "2031-01-01T00:00:00+00:00", "files": ["../../etc/passwd", 4]}',
])
def test_a_list_that_is_none_of_ours_is_written_anew(tmp_path: Path, written: bytes) -> None:
    """Broken, edited, or from a clock that was wrong; and it removes nothing that is not ours."""
    with opened("folder", tmp_path) as bench:
        (bench.files / STATION).mkdir()
        (bench.files / STATION / "lich-phat.json").write_bytes(written)
        channel = bench.channel()
        assert isinstance(channel.recall(bench.message(), "r"), Delivered)

        assert isinstance(channel.send(bench.message(), deadline=soon()), Accepted)

        assert json.loads(bench.there()["lich-phat.json"])["files"] == [NAME]


# ---------------------------------------------------------------- what goes wrong on the way


def holds(channel: VendorBox, outcome: Any) -> None:
    """A code somebody explains, and no secret in the words."""
    assert advice_for(outcome.code, channel.codes), outcome.code
    assert not [s for s in channel.secrets if s in outcome.detail]


def test_killed_in_the_middle_the_old_file_stays_whole(far: Bench) -> None:
    """Half of the new sound is at the box when it dies: the player never sees it."""
    assert far.gate is not None
    assert far.server is not None
    channel = far.channel()
    channel.send(far.message(1), deadline=soon())
    far.gate.limit, far.gate.then = far.gate.passed + 150_000, far.server.kill

    outcome = channel.send(far.message(2, SOUND[::-1]), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, proves_nothing("half", channel.codes)) == ("half", True)
    holds(channel, outcome)
    assert far.there()[f"{NAME}.mp3"] == SOUND
    assert isinstance(channel.find(far.message(2, SOUND[::-1])), Uncertain)
    far.server.start()
    assert isinstance(channel.find(far.message(2, SOUND[::-1])), Absent)
    assert isinstance(channel.send(far.message(2, SOUND[::-1]), deadline=soon()), Accepted)
    assert stands(far, 2, SOUND[::-1])


def test_a_box_that_stalls_ends_with_the_deadline(far: Bench) -> None:
    """It has the line open and takes nothing more."""
    assert far.gate is not None
    far.timeout = 1.5
    channel = far.channel()
    waiting = threading.Event()
    far.gate.limit, far.gate.then = 100_000, waiting.wait

    outcome = channel.send(far.message(), deadline=time.monotonic() + 1.5)
    waiting.set()

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.counts) == ("half", True)
    assert f"{NAME}.mp3" not in far.there()
    assert isinstance(channel.send(replace(far.message(), attempt=2), deadline=soon()), Accepted)
    assert stands(far, 1)


def test_a_box_that_is_off_lets_everything_wait(far: Bench) -> None:
    """Switched off for the night: no try is spent, the account rests."""
    assert far.server is not None
    assert far.gate is not None
    far.server.kill()
    options = {"port": far.server.port} if far.way == "sftp" else {
        "url": f"http://127.0.0.1:{far.server.port}/"}
    channel = far.channel(**options)

    outcome = channel.send(far.message(), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope, outcome.counts) == ("unreachable", "account", False)
    assert channel.check("chinh").code == "unreachable"
    assert isinstance(channel.find(far.message()), Uncertain)
    assert isinstance(channel.recall(far.message(), "r"), Retry)
    holds(channel, outcome)


def test_another_machine_is_not_spoken_to(sftp: Bench) -> None:
    """The key is not the one told: nothing goes there, not even the login."""
    channel = sftp.channel(fingerprint="SHA256:" + "A" * 43)

    outcome = channel.send(sftp.message(), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope, outcome.counts) == ("host-key", "account", False)
    assert channel.check("chinh").code == "host-key"
    assert sftp.there() == {}
    holds(channel, outcome)


@pytest.mark.parametrize(("way", "secrets", "code"), [
    ("sftp", {"key": "", "password": "sai-mat-khau"}, "login"),
    ("sftp", {"key": "không phải khóa"}, "login"),
    ("webdav", {"password": "sai-mat-khau"}, "http-401"),
])
def test_a_login_refused_stops_the_account(
    tmp_path: Path, way: str, secrets: dict[str, str], code: str
) -> None:
    """No message is to blame, and check() finds it before the slot does."""
    with opened(way, tmp_path) as bench:
        channel = bench.channel(secrets)

        outcome = channel.send(bench.message(), deadline=soon())

        assert isinstance(outcome, Retry)
        assert (outcome.code, outcome.scope, outcome.counts) == (code, "account", False)
        assert channel.check("chinh").code == code
        assert bench.there() == {}
        holds(channel, outcome)


def test_a_password_opens_where_there_is_no_key(tmp_path: Path) -> None:
    """As most boxes have it; this one has no SFTP behind the login, and that is what is told."""
    host = paramiko.Ed25519Key.from_private_key_file(str(_a_key(tmp_path)))
    seen: list[tuple[str, str]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_ssh_without_sftp, args=(listener, host, seen),
                         daemon=True).start()
        bench = Bench("sftp", tmp_path, tmp_path, options={
            "host": "127.0.0.1", "port": listener.getsockname()[1], "root": "/",
            "fingerprint": host.fingerprint}, secrets={"user": USER, "password": PASSWORD})
        outcome = bench.channel().send(bench.message(), deadline=soon())

    assert seen == [(USER, PASSWORD)]
    assert isinstance(outcome, Retry)
    assert outcome.code == "unreachable"


def _a_key(folder: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "k"], check=True)
    return folder / "k"


def _ssh_without_sftp(
    listener: socket.socket, host: paramiko.PKey, seen: list[tuple[str, str]]
) -> None:
    class Doorman(paramiko.ServerInterface):
        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_auth_password(self, username: str, password: str) -> int:
            seen.append((username, password))
            return int(paramiko.AUTH_SUCCESSFUL)

    line, _ = listener.accept()
    with line, contextlib.closing(paramiko.Transport(line)) as transport:
        transport.add_server_key(host)
        transport.start_server(server=Doorman())
        transport.join(20)


@contextlib.contextmanager
def full_disk(bench: Bench) -> Iterator[Callable[[], None]]:
    """What the box sees is a disk of 1 MB; the call given makes room."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", bench.files],
                   check=True)
    filler = bench.files / "day"
    try:
        filler.write_bytes(b"\0" * 450_000)
        yield filler.unlink
    finally:
        subprocess.run(["umount", "-l", bench.files], check=True)


def test_a_full_disk_leaves_the_old_sound_and_takes_the_new_one_once_there_is_room(
    bench: Bench,
) -> None:
    with full_disk(bench) as make_room:
        channel = bench.channel()
        assert isinstance(channel.send(bench.message(1), deadline=soon()), Accepted)
        newer = bench.message(2, SOUND[::-1])

        outcome = channel.send(newer, deadline=soon())

        assert isinstance(outcome, Retry)
        assert outcome.code == "half"
        assert bench.there()[f"{NAME}.mp3"] == SOUND
        holds(channel, outcome)
        make_room()
        assert isinstance(channel.send(newer, deadline=soon()), Accepted)
        assert stands(bench, 2, SOUND[::-1])


def test_a_folder_that_may_not_be_written_is_said_so(sftp: Bench) -> None:
    """The vendor gave a login and no right: the account is not to blame, this folder is."""
    (sftp.files / STATION).mkdir()  # not the server's own
    (sftp.files / STATION).chmod(0o555)
    channel = sftp.channel()

    outcome = channel.send(sftp.message(), deadline=soon())

    assert isinstance(outcome, Retry)
    assert outcome.code == "half"
    assert "không cho ghi" in outcome.detail
    assert isinstance(sftp.channel(root=str(sftp.files / "khong-co")).check("chinh").code, str)
    assert sftp.channel(root=str(sftp.files / "khong-co")).check("chinh").code == "denied"


def test_a_server_that_renames_over_no_file_still_gets_the_newer(tmp_path: Path) -> None:
    """Old boxes lack OpenSSH's rename: the older file goes first."""
    server = SftpServer(" -P posix-rename")
    try:
        server.start()
        bench = Bench("sftp", server.files, tmp_path, server, options={
            "host": "127.0.0.1", "port": server.port, "root": str(server.files),
            "fingerprint": server.fingerprint},
            secrets={"user": server.user, "key": server.key})
        channel = bench.channel()
        for number in (1, 2):
            assert isinstance(channel.send(bench.message(number), deadline=soon()), Accepted)
        assert stands(bench, 2)
    finally:
        server.remove()


def test_a_lost_drive_is_not_written_to(tmp_path: Path) -> None:
    """The box's share is not mounted: our own disk must not fill with what nobody plays."""
    with opened("folder", tmp_path) as bench:
        channel = bench.channel(folder=str(tmp_path / "o-mang"))

        outcome = channel.send(bench.message(), deadline=soon())

        assert isinstance(outcome, Retry)
        assert (outcome.code, outcome.scope) == ("away", "account")
        assert channel.check("chinh").code == "away"
        assert not (tmp_path / "o-mang").exists()


# ---------------------------------------------------------------- our own side


def test_only_the_sound_that_was_handed_over_goes_out(tmp_path: Path) -> None:
    """Another file under that name is another sound; one that is gone is made again."""
    with opened("folder", tmp_path) as bench:
        channel, message = bench.channel(), bench.message()
        Path(message.attachments[0].path).write_bytes(b"khac")
        assert isinstance(channel.send(message, deadline=soon()), Rejected)
        Path(message.attachments[0].path).unlink()
        outcome = channel.send(message, deadline=soon())
        assert isinstance(outcome, Retry)
        assert outcome.code == "sound"
        assert isinstance(channel.find(message), Uncertain)
        assert bench.there() == {}


@pytest.mark.parametrize("address", ["/etc", "../x", "a/../b", "", "a\\b", "a//b", "file:x"])
def test_a_folder_beyond_the_box_is_refused(tmp_path: Path, address: str) -> None:
    with opened("folder", tmp_path) as bench:
        message = replace(bench.message(), target=address)
        channel = bench.channel()
        assert [p.code for p in channel.validate(message)] == ["folder"]
        assert isinstance(channel.send(message, deadline=soon()), Rejected)


def test_one_at_a_time_in_a_stations_folder(bench: Bench) -> None:
    """Sent and taken back at one moment: the newest stands whole, or nothing of the recalled."""
    channel = bench.channel()
    channel.send(bench.message(1), deadline=soon())
    acts = [
        threading.Thread(target=channel.send, args=(bench.message(2),),
                         kwargs={"deadline": soon()}),
        *(threading.Thread(target=channel.recall, args=(bench.message(1), "r"))
          for _ in range(3)),
    ]
    for act in acts:
        act.start()
    for act in acts:
        act.join()
    assert stands(bench, 2)


def test_in_training_the_box_of_the_programme_is_never_reached(sftp: Bench) -> None:
    """A folder of ours instead, for each account its own."""
    spec = ChannelSpec("hop", "box", (AccountSpec("chinh", {"user": "u", "key": "k"}),),
                       targets={STATION: "chinh"}, options={"way": "sftp", **sftp.options})
    channel = build_channel(spec, Context(
        wire=Wire(training=True), clock=RealClock(), secrets={}.__getitem__,
        folder=sftp.sounds, home=sftp.sounds, training=True))

    assert isinstance(channel.send(sftp.message(), deadline=soon()), Accepted)
    assert sftp.there() == {}
    assert (sftp.sounds / "tap-huan/hop-phat/hop/chinh" / STATION / f"{NAME}.mp3").is_file()


def test_each_account_may_have_a_box_of_its_own(tmp_path: Path) -> None:
    """A commune's box with its own address beside the vendor's; no message goes to the other."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    spec = ChannelSpec(
        "hop", "box",
        (AccountSpec("chinh"), AccountSpec("b", options={"folder": str(tmp_path / "b")})),
        targets={"dai-a": "chinh", "dai-b": "b"},
        options={"way": "folder", "folder": str(tmp_path / "a")})
    bench = Bench("folder", tmp_path, tmp_path)
    channel = build_channel(spec, Context(
        wire=Wire(training=False), clock=RealClock(), secrets=str, folder=tmp_path,
        home=tmp_path))
    for target in ("dai-a", "dai-b"):
        channel.send(replace(bench.message(), target=target), deadline=soon())
    assert sorted(p.parent.name + "/" + p.name for p in tmp_path.glob("?/*") if p.is_dir()) == [
        "a/dai-a", "b/dai-b"]

