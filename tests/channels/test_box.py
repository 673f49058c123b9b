"""A vendor's box: whole files or the old ones, over a folder, OpenSSH and Apache themselves."""

import errno
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels import files
from channels.box.channel import HANDED, VendorBox
from channels.box.ways import FolderWay
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Accepted, Delivered, Message, Rejected, Retry, Uncertain
from channels.wire import Wire
from tests.channels.box_bench import NAME, SOUND, STATION, WAYS, Bench, opened, soon, stands
from tests.channels.boxes import PASSWORD, USER
from tests.channels.conftest import RealClock


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(request.param, tmp_path) as bench:
        yield bench


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Bench]:
    with opened("sftp", tmp_path) as bench:
        yield bench


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


def test_a_second_airing_of_the_minute_stands_beside_and_falls_out_alone(bench: Bench) -> None:
    channel, twin = bench.channel(), f"{NAME}_sau-tiep-song"
    channel.send(bench.message(minute=5, names=(NAME, twin)), deadline=soon())
    channel.send(bench.message(2, minute=6, name=twin, names=(NAME, twin)), deadline=soon())
    assert {f"{NAME}.mp3", f"{twin}.mp3"} <= set(bench.there())
    channel.send(bench.message(3, minute=7), deadline=soon())
    assert (f"{NAME}.mp3" in bench.there(), f"{twin}.mp3" in bench.there()) == (True, False)


@pytest.mark.parametrize("written", [
    b"\xff", b"[]", b'{"made_at": 5, "files": 7, "airings": 1}',
    b'{"made_at": "2031-01-01T00:00:00+00:00", "files": ["../nhac", 4]}',
])
def test_a_list_that_is_none_of_ours_is_written_anew(tmp_path: Path, written: bytes) -> None:
    """Broken, edited, or from a clock that was wrong; and it removes nothing that is not ours."""
    with opened("folder", tmp_path) as bench:
        (bench.files / STATION).mkdir()
        (bench.files / STATION / "lich-phat.json").write_bytes(written)
        (bench.files / "nhac.mp3").write_bytes(b"theirs")
        channel = bench.channel()
        assert isinstance(channel.recall(bench.message(), "r"), Delivered)

        assert isinstance(channel.send(bench.message(), deadline=soon()), Accepted)

        assert json.loads(bench.there()["lich-phat.json"])["files"] == [NAME]
        assert (bench.files / "nhac.mp3").is_file()


# ---------------------------------------------------------------- in between


def through(bench: Bench, before: Callable[[Path, bytes], bytes]) -> VendorBox:
    """A folder whose every writing passes `before`, which may change it, fail, or take its time."""
    channel = bench.channel()

    def write(path: Path, data: bytes) -> None:
        files.write_quick(path, before(path, data))

    channel._ways = {"chinh": FolderWay(bench.files, write)}
    return channel


def fails_at(ending: str) -> Callable[[Path, bytes], bytes]:
    def before(path: Path, data: bytes) -> bytes:
        if path.name.endswith(ending):
            raise OSError(errno.EIO, "ordered by the test")
        return data

    return before


def test_a_sound_without_its_text_is_taken_back_all_the_same(tmp_path: Path) -> None:
    """The line was cut between the two: the box would play it, so it is there, and it goes."""
    with opened("folder", tmp_path) as bench:
        bench.channel().send(bench.message(1), deadline=soon())
        mine = bench.message(2, SOUND[::-1])
        outcome = through(bench, fails_at(".txt")).send(mine, deadline=soon())
        assert isinstance(outcome, Retry)
        assert (outcome.code, outcome.scope) == ("half", "account")
        assert bench.there()[f"{NAME}.mp3"] == SOUND[::-1]

        assert isinstance(bench.channel().find(mine), Accepted)
        assert isinstance(bench.channel().recall(mine, ""), Delivered)

        assert f"{NAME}.mp3" not in bench.there()


def test_what_the_box_does_not_hold_whole_is_not_said_to_be_there(tmp_path: Path) -> None:
    """It says yes to everything, and keeps half."""
    with opened("folder", tmp_path) as bench:
        outcome = through(bench, lambda _, data: data[:-1]).send(bench.message(), deadline=soon())
        assert isinstance(outcome, Retry)
        assert outcome.code == "half"
        assert "thiếu tệp" in outcome.detail


def test_a_half_upload_that_was_welcomed_is_not_moved_into_place(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """201 to half a file: the old one stays."""
    moved: list[str] = []

    def answer(request: Request) -> Response:
        moved.extend([request.path] if request.method == "MOVE" else [])
        length = {"Content-Length": "5"} if request.method == "HEAD" else {}
        return Response(status=404 if request.method == "GET" else 201, headers=length)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    bench = Bench("webdav", tmp_path, tmp_path, options={"url": httpserver.url_for("/")},
                  secrets={"user": USER, "password": PASSWORD})

    outcome = bench.channel().send(bench.message(), deadline=soon())

    assert isinstance(outcome, Retry)
    assert moved == []


def test_a_recall_waits_for_what_is_being_put_in_its_place(tmp_path: Path) -> None:
    """One at a time in a station's folder: else it takes the newer sound for its own."""
    with opened("folder", tmp_path) as bench:
        bench.channel().send(bench.message(1), deadline=soon())
        threads: list[threading.Thread] = []

        def meanwhile(path: Path, data: bytes) -> bytes:
            if path.name.endswith(".txt"):
                threads.append(threading.Thread(
                    target=channel.recall, args=(bench.message(1), "r")))
                threads[0].start()
                threads[0].join(0.3)
            return data

        channel = through(bench, meanwhile)
        assert isinstance(channel.send(bench.message(2), deadline=soon()), Accepted)
        threads[0].join()
        assert stands(bench, 2)


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


def test_a_trial_is_one_text_and_goes_again(bench: Bench) -> None:
    """`giovang golive --test`: a file of its own; the bulletins and their lists stay."""
    channel = bench.channel()
    channel.send(bench.message(), deadline=soon())
    before = bench.there()
    trial = Message("k", STATION, "TIN THỬ, xin bỏ qua.", extra={"slug": "gv-tin-thu-1"})

    sent = channel.send(trial, deadline=soon())

    assert isinstance(sent, Accepted)
    assert set(bench.there()) - set(before) == {"gv-tin-thu-1.txt"}
    channel.recall(trial, sent.ref)
    assert bench.there() == before


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
