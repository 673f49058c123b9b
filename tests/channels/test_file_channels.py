"""The static site and the loudspeaker scripts: whole files, once, and taken back."""

import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels import files
from channels.values import Accepted, Delivered, Message, Rejected
from tests.channels.conftest import Bench, Soon, a_message

ATOM = "{http://www.w3.org/2005/Atom}"
ARTICLE = a_message("static_site")
SCRIPT = a_message("loudspeaker", text="Xin chào bà con.\nHết.")


def article(slug: str, **changes: Any) -> Message:
    return replace(ARTICLE, extra={"slug": slug, "summary": "a & b <c>"}, **changes)


def feed(bench: Bench) -> ET.Element:
    return ET.parse(bench.folder / "trang-tin" / "feed.xml").getroot()  # noqa: S314 - our own


def test_page_index_and_feed_name_the_article(bench: Bench, soon: Soon) -> None:
    """A reader finds it by address, from the index and in a feed reader."""
    outcome = bench.build("static_site").send(
        article("canh-bao", title='Giả danh "VNeID" & <công an>\x0b'), deadline=soon()
    )

    assert isinstance(outcome, Delivered)
    assert outcome.url == "https://tin.vi-du.invalid/canh-bao.html"
    folder = bench.folder / "trang-tin"
    assert ARTICLE.text in (folder / "canh-bao.html").read_text("utf-8")
    assert 'href="canh-bao.html"' in (folder / "index.html").read_text("utf-8")
    entry = feed(bench).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == 'Giả danh "VNeID" & <công an>'


def test_the_feed_has_what_rfc_4287_demands(bench: Bench, soon: Soon) -> None:
    """id, title, updated for the feed and each entry, an author, tag URIs, RFC 3339 dates."""
    channel = bench.build("static_site")
    for slug in ("mot", "hai"):
        channel.send(article(slug), deadline=soon())

    root = feed(bench)
    for element in [root, *root.iter(f"{ATOM}entry")]:
        assert str(element.findtext(f"{ATOM}id")).startswith("tag:tin.vi-du.invalid,2026:")
        assert element.findtext(f"{ATOM}title")
        assert element.findtext(f"{ATOM}updated") == "2026-11-24T01:00:00Z"
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [e.findtext(f"{ATOM}id") for e in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 2


def test_a_restart_forgets_nothing(bench: Bench, soon: Soon) -> None:
    """Index and feed are made from the sidecars, not from memory."""
    bench.build("static_site").send(article("mot"), deadline=soon())

    bench.build("static_site").send(article("hai"), deadline=soon())

    assert len(list(feed(bench).iter(f"{ATOM}entry"))) == 2


def test_a_crash_between_two_files_heals_with_the_next_try(bench: Bench, soon: Soon) -> None:
    """Page and sidecar are there, index and feed are not yet: the same key mends it."""
    channel: Any = bench.build("static_site")

    def dies_at_index(path: Path, data: bytes) -> None:
        if path.name == "index.html":
            raise OSError(5, "crash")
        files.write_whole(path, data)

    channel._write = dies_at_index
    channel.send(article("mot"), deadline=soon())
    channel._write = files.write_whole
    channel.send(article("mot"), deadline=soon())

    assert len(list(feed(bench).iter(f"{ATOM}entry"))) == 1


def test_many_writers_lose_no_entry(bench: Bench, soon: Soon) -> None:
    """Two threads or processes that publish at once both stand in the feed."""
    channels = [bench.build("static_site") for _ in range(8)]
    threads = [
        threading.Thread(target=c.send, args=(article(f"tin-{n}"),), kwargs={"deadline": soon()})
        for n, c in enumerate(channels)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(feed(bench).iter(f"{ATOM}entry"))) == 8


def test_a_recalled_article_leaves_a_notice_and_no_text(bench: Bench, soon: Soon) -> None:
    """The address says that it was recalled; index, feed and sidecar no longer have the text."""
    channel: Any = bench.build("static_site")
    sent = channel.send(article("canh-bao"), deadline=soon())

    channel.recall(article("canh-bao"), sent.ref)

    folder = bench.folder / "trang-tin"
    assert "đã được" in (folder / "canh-bao.html").read_text("utf-8")
    assert "canh-bao" not in (folder / "index.html").read_text("utf-8")
    assert not list(feed(bench).iter(f"{ATOM}entry"))
    for path in folder.rglob("*"):
        assert path.is_dir() or "lừa đảo" not in path.read_text("utf-8")


def test_a_broken_sidecar_stops_nobody(bench: Bench, soon: Soon) -> None:
    """A file edited by hand costs its own entry, not the others'."""
    channel = bench.build("static_site")
    channel.send(article("mot"), deadline=soon())
    (bench.folder / "trang-tin" / "tin" / "mot.json").write_text("{")

    assert isinstance(channel.send(article("hai"), deadline=soon()), Delivered)


def test_a_slug_cannot_leave_the_folder(bench: Bench, soon: Soon) -> None:
    """Names are made from letters and digits alone."""
    bench.build("static_site").send(article("../../etc/Tin Khẩn"), deadline=soon())

    assert (bench.folder / "trang-tin" / "etc-tin-khan.html").exists()


def scripts(bench: Bench) -> Path:
    return bench.folder / "dai-truyen-thanh" / "luc-ngan" / "2026-11-24"


def airing(**extra: str) -> Message:
    given = {"slug": "canh-bao", "date": "2026-11-24", "time": "05:30", "station": "Đài Lục Ngạn"}
    return replace(SCRIPT, extra={**given, "occurrence": "o1", **extra})


def test_a_script_opens_in_an_old_notepad(bench: Bench, soon: Soon) -> None:
    """UTF-8 with BOM and CRLF, named by its time; the day's list names it."""
    outcome = bench.build("loudspeaker").send(airing(), deadline=soon())

    assert outcome == Accepted("luc-ngan/2026-11-24/0530_canh-bao.txt", "Đã giao bản tin cho đài")
    data = (scripts(bench) / "0530_canh-bao.txt").read_bytes()
    assert data == "\ufeffXin chào bà con.\r\nHết.\r\n".encode()
    listed = (scripts(bench) / "00_DANH_SACH.txt").read_text("utf-8-sig")
    assert "ĐÀI LỤC NGẠN - BẢN TIN NGÀY 24/11/2026" in listed
    assert "1. 05:30  Cảnh báo  (0530_canh-bao.txt)" in listed


TIMES = [("05:30", "0530"), ("5h30", "0530"), ("17:00", "1700"), ("sau tiếp âm", "sau-tiep-am")]


@pytest.mark.parametrize(("label", "prefix"), TIMES)
def test_an_airing_is_named_by_its_time(bench: Bench, soon: Soon, label: str, prefix: str) -> None:
    """A clock time sorts; "after the relay" stays words."""
    bench.build("loudspeaker").send(airing(time=label), deadline=soon())

    assert (scripts(bench) / f"{prefix}_canh-bao.txt").exists()


def test_a_new_version_replaces_and_names_the_old(bench: Bench, soon: Soon) -> None:
    """Nobody reads the old text by mistake: its file says so, the list has only the new."""
    channel = bench.build("loudspeaker")
    channel.send(airing(), deadline=soon())
    newer = replace(airing(slug="tin-khac", version="2"), key="k2", title="Tin khác")

    outcome = channel.send(newer, deadline=soon())

    assert isinstance(outcome, Accepted)
    new = (scripts(bench) / "0530_tin-khac.txt").read_text("utf-8-sig")
    assert new.startswith("BẢN 2, THAY CHO BẢN 1: “Cảnh báo”")
    old = (scripts(bench) / "0530_canh-bao.txt").read_text("utf-8-sig")
    assert old.startswith("ĐÃ THAY - KHÔNG PHÁT")
    assert "Xin chào" not in old
    assert "canh-bao" not in (scripts(bench) / "00_DANH_SACH.txt").read_text("utf-8-sig")


def test_the_same_new_version_twice_reads_the_same(bench: Bench, soon: Soon) -> None:
    """A second try of version 2 still names what it replaced."""
    channel = bench.build("loudspeaker")
    channel.send(airing(), deadline=soon())
    newer = replace(airing(version="2"), key="k2")
    channel.send(newer, deadline=soon())
    first = (scripts(bench) / "0530_canh-bao.txt").read_bytes()

    channel.send(newer, deadline=soon())

    assert (scripts(bench) / "0530_canh-bao.txt").read_bytes() == first


def test_an_old_version_does_not_overwrite_a_new_one(bench: Bench, soon: Soon) -> None:
    """A late retry of version 1 comes after version 2."""
    channel = bench.build("loudspeaker")
    channel.send(replace(airing(version="2"), key="k2"), deadline=soon())

    outcome = channel.send(airing(), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "newer"


def test_a_recalled_script_cannot_be_read_aloud(bench: Bench, soon: Soon) -> None:
    """The file becomes a notice and leaves the day's list; a late retry does not bring it back."""
    channel: Any = bench.build("loudspeaker")
    sent = channel.send(airing(), deadline=soon())

    channel.recall(airing(), sent.ref)

    text = (scripts(bench) / "0530_canh-bao.txt").read_text("utf-8-sig")
    assert text.startswith("THU HỒI - KHÔNG PHÁT")
    assert "Xin chào" not in text
    assert "0530" not in (scripts(bench) / "00_DANH_SACH.txt").read_text("utf-8-sig")
    assert isinstance(channel.send(airing(), deadline=soon()), Rejected)


def test_another_script_of_the_same_day_stays(bench: Bench, soon: Soon) -> None:
    """Two airings a day are two scripts; recalling one keeps the other."""
    channel: Any = bench.build("loudspeaker")
    channel.send(airing(), deadline=soon())
    evening = replace(airing(time="17:00", occurrence="o2"), key="k2")
    sent = channel.send(evening, deadline=soon())

    channel.recall(evening, sent.ref)

    listed = (scripts(bench) / "00_DANH_SACH.txt").read_text("utf-8-sig")
    assert "0530_canh-bao.txt" in listed
    assert "1700" not in listed


WRONG = [
    {"date": ""},
    {"date": "24/11/2026"},
    {"date": "../../etc"},
    {"time": ""},
]


@pytest.mark.parametrize("extra", WRONG)
def test_a_script_without_day_or_time_is_refused(
    bench: Bench, soon: Soon, extra: dict[str, str]
) -> None:
    """No file is written where nobody would look for it."""
    outcome = bench.build("loudspeaker").send(airing(**extra), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "station"


@pytest.mark.parametrize("target", ["../x", "/etc", "", "Đài A", "a/b"])
def test_a_station_cannot_name_another_folder(bench: Bench, soon: Soon, target: str) -> None:
    """A station is an id, and nothing else becomes a path."""
    channel = bench.build("loudspeaker")
    message = replace(airing(), target=target)

    assert isinstance(channel.send(message, deadline=soon()), Rejected)
    assert [p.code for p in channel.validate(message)] == ["station"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    """Replaced at once: while it is written over and over, every read is a whole version."""
    path = tmp_path / "a.txt"
    versions = {bytes([65 + n]) * 200_000 for n in range(2)}
    files.write_whole(path, next(iter(versions)))
    until = time.monotonic() + 0.3

    def write() -> None:
        while time.monotonic() < until:
            for data in versions:
                files.write_whole(path, data)

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    while time.monotonic() < until:
        seen.add(path.read_bytes())
    thread.join()

    assert seen <= versions


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    """The old page stays readable when the disk is full."""
    path = tmp_path / "a.txt"
    files.write_whole(path, b"cu")

    (tmp_path / "b").mkdir()
    with pytest.raises(OSError, match="directory"):
        files.write_whole(tmp_path / "b", b"moi")

    assert path.read_bytes() == b"cu"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b"]
