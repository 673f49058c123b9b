"""A vendor's box on a bad day: the old files stay whole, and what is said of it is true."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from channels.values import Absent, Accepted, Retry, Uncertain
from channels.verdict import proves_nothing
from tests.channels.box_bench import (
    FAR,
    NAME,
    SOUND,
    STATION,
    WAYS,
    Bench,
    holds,
    opened,
    soon,
    stands,
)
from tests.channels.boxes import PASSWORD, USER, SftpServer

LOGGED_IN = 4.0  #: seconds in which a slow machine, too, has logged in and begun to upload


@pytest.fixture(params=FAR)
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(request.param, tmp_path) as bench:
        yield bench


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Bench]:
    with opened("sftp", tmp_path) as bench:
        yield bench


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(request.param, tmp_path) as bench:
        yield bench


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
    again = replace(far.message(2, SOUND[::-1]), attempt=2)
    assert isinstance(channel.send(again, deadline=soon()), Accepted)
    assert stands(far, 2, SOUND[::-1])
    assert list((far.files / STATION).glob("*.part")) == []  # nor does the half stay there


def test_a_box_that_stalls_ends_with_the_deadline(far: Bench) -> None:
    """It has the line open and takes nothing more."""
    assert far.gate is not None
    channel = far.channel()
    waiting = threading.Event()
    far.gate.limit, far.gate.then = 100_000, waiting.wait

    outcome = channel.send(far.message(), deadline=time.monotonic() + LOGGED_IN)
    waiting.set()

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.counts) == ("half", True)
    assert f"{NAME}.mp3" not in far.there()
    assert isinstance(channel.send(replace(far.message(), attempt=2), deadline=soon()), Accepted)
    assert stands(far, 1)


def test_a_box_that_trickles_ends_with_the_deadline(far: Bench) -> None:
    """Every answer comes, and every one late: together they would hold a try for ever."""
    assert far.gate is not None
    gate, channel = far.gate, far.channel()
    gate.limit, gate.then = 50_000, lambda: setattr(gate, "pace", 0.002 * LOGGED_IN)

    outcome = channel.send(far.message(), deadline=time.monotonic() + LOGGED_IN)

    assert isinstance(outcome, Retry)
    assert outcome.code == "half"


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
    assert (outcome.code, outcome.scope) == ("unreachable", "account")


def test_a_line_cut_while_logging_in_is_no_wrong_password(tmp_path: Path) -> None:
    """Else somebody changes a password that was right."""
    host = paramiko.Ed25519Key.from_private_key_file(str(_a_key(tmp_path)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_ssh_without_sftp, args=(listener, host, None),
                         daemon=True).start()
        bench = Bench("sftp", tmp_path, tmp_path, options={
            "host": "127.0.0.1", "port": listener.getsockname()[1], "root": "/",
            "fingerprint": host.fingerprint}, secrets={"user": USER, "password": PASSWORD})
        outcome = bench.channel().send(bench.message(), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("unreachable", "account")


def _a_key(folder: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "k"], check=True)
    return folder / "k"


def _ssh_without_sftp(
    listener: socket.socket, host: paramiko.PKey, seen: list[tuple[str, str]] | None
) -> None:
    """Remembers who came; None: hangs up on whoever does."""

    class Doorman(paramiko.ServerInterface):
        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_auth_password(self, username: str, password: str) -> int:
            if seen is None:
                line.close()
                return int(paramiko.AUTH_FAILED)
            seen.append((username, password))
            return int(paramiko.AUTH_SUCCESSFUL)

    line, _ = listener.accept()
    with line, contextlib.closing(paramiko.Transport(line)) as transport:
        transport.add_server_key(host)
        # by an event: without one it waits itself, and raises when the guest has gone meanwhile
        transport.start_server(event=threading.Event(), server=Doorman())
        transport.join(60)


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
