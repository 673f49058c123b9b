"""Shared files: one contract for a folder and for a bucket, and what only a bucket can suffer."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.values import Attachment, Message
from tests.bucket import NAME, SECRET, BucketServer, a_bucket, on_bucket
from tests.builders import settings_for
from worker.errors import UserError
from worker.shared.bucket import REST
from worker.shared.cache import Cache
from worker.shared.folder import Folder
from worker.shared.here import bring, files_at, files_of
from worker.shared.kinds import (
    EVIDENCE,
    PICTURES,
    SCANS,
    SOUNDS,
    FileGone,
    FilesAway,
    Kind,
    SharedFiles,
)
from worker.shared.watch import at_start

DATA = b"%PDF-1.7 chung tu"
NAME_OF = f"{hashlib.sha256(DATA).hexdigest()}.pdf"
Spoil = Callable[[bytes], None]


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[SharedFiles, Spoil]:
    """The files, and a way to leave something else where DATA should be."""
    if request.param == "folder":
        folder = Folder(tmp_path, tmp_path / "images")
        return folder, folder.at(EVIDENCE, NAME_OF).write_bytes
    server: BucketServer = request.getfixturevalue("s3")
    return a_bucket(tmp_path), lambda data: server.overwrite(EVIDENCE.path(NAME_OF), data)


def test_what_was_put_is_read_whole_by_name(kept: tuple[SharedFiles, Spoil]) -> None:
    files, _ = kept
    files.put(EVIDENCE, NAME_OF, DATA)
    files.put(EVIDENCE, NAME_OF, DATA)

    assert files.read(EVIDENCE, NAME_OF) == DATA
    assert files.local(EVIDENCE, NAME_OF).read_bytes() == DATA
    assert [(e.name, e.size) for e in files.entries(EVIDENCE)] == [(NAME_OF, len(DATA))]
    assert not list(files.entries(SCANS))
    files.probe()


def test_a_missing_file_is_said_to_be_gone(kept: tuple[SharedFiles, Spoil]) -> None:
    """Evidence is made again by nobody: it comes from a backup."""
    files, _ = kept
    files.put(EVIDENCE, NAME_OF, DATA)
    files.drop(EVIDENCE, NAME_OF)
    files.drop(EVIDENCE, NAME_OF)

    for look in (files.read, files.local):
        with pytest.raises(FileGone, match="sao lưu"):
            look(EVIDENCE, NAME_OF)


def test_half_a_file_is_never_taken_for_the_file(kept: tuple[SharedFiles, Spoil]) -> None:
    """Whatever left it there; writing it again mends it."""
    files, spoil = kept
    files.put(EVIDENCE, NAME_OF, DATA)
    spoil(DATA[:5])
    with pytest.raises(FileGone, match="đã khác"):
        files.read(EVIDENCE, NAME_OF)

    files.put(EVIDENCE, NAME_OF, DATA)

    assert files.read(EVIDENCE, NAME_OF) == DATA


@pytest.mark.parametrize("name", ["../khoa", "/etc/passwd", "a/../../khoa", ".an", "", "a\x00b"])
def test_a_name_never_leads_elsewhere(kept: tuple[SharedFiles, Spoil], name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        kept[0].put(EVIDENCE, name, b"x")


def test_what_is_too_large_is_refused(kept: tuple[SharedFiles, Spoil]) -> None:
    files, spoil = kept
    small = Kind(EVIDENCE.folder, 100, kept=True)
    with pytest.raises(UserError, match="lớn hơn"):
        files.put(small, NAME_OF, bytes(101))
    files.put(small, NAME_OF, DATA)
    spoil(bytes(10_000))
    with pytest.raises(FileGone):
        files.read(small, NAME_OF)


def test_two_machines_read_each_others(s3: BucketServer, tmp_path: Path) -> None:
    """Their folders are two; a picture uploaded here is read there, one put by hand is not."""
    a, b = a_bucket(tmp_path / "a"), a_bucket(tmp_path / "b")
    picture = f"{hashlib.sha256(b'anh').hexdigest()}.png"
    a.put(PICTURES, picture, b"anh")

    assert b.local(PICTURES, picture).read_bytes() == b"anh"
    with pytest.raises(FileGone):
        b.local(PICTURES, "poster.png")


def test_a_bucket_that_is_away_costs_one_wait_and_comes_back(
    s3: BucketServer, tmp_path: Path
) -> None:
    """What was brought is read on; the rest is told at once, until it is asked again."""
    time = [0.0]
    files = a_bucket(tmp_path)
    files.elapsed = lambda: time[0]
    files.put(EVIDENCE, NAME_OF, DATA)
    s3.stop()
    with pytest.raises(FilesAway) as told:
        files.read(EVIDENCE, NAME_OF)
    assert SECRET not in str(told.value)
    assert files.local(EVIDENCE, NAME_OF).read_bytes() == DATA
    s3.start()
    with pytest.raises(FilesAway):  # without asking
        files.read(EVIDENCE, NAME_OF)

    time[0] += REST

    assert files.read(EVIDENCE, NAME_OF) == DATA


def test_a_machine_without_room_says_that_it_cannot_bring(
    s3: BucketServer, tmp_path: Path
) -> None:
    """What was put is in the bucket all the same, and nobody calls it gone."""
    (tmp_path / "kho-tam").write_bytes(b"")  # no folder can be made there
    files = a_bucket(tmp_path)
    files.put(EVIDENCE, NAME_OF, DATA)

    assert files.read(EVIDENCE, NAME_OF) == DATA
    with pytest.raises(FilesAway):
        files.local(EVIDENCE, NAME_OF)


def test_a_message_with_a_picture_waits_and_one_without_goes(
    s3: BucketServer, tmp_path: Path
) -> None:
    """`bring` is asked before a try: FilesAway is a try that is made again."""
    settings = on_bucket(settings_for(tmp_path), tmp_path / "may-a")
    path = files_of(settings).at(PICTURES, f"{'a' * 64}.png")
    s3.stop()

    bring(settings, _message())
    with pytest.raises(FilesAway):
        bring(settings, _message(Attachment(str(path), "a" * 64, "ảnh")))


def _message(*attachments: Attachment) -> Message:
    return Message(key="k" * 36, target="t", text="x", title="", tag="", attempt=1,
                   first_try_at=None, opens_at=None, expires_at=None, attachments=attachments,
                   extra={}, ref="")  # type: ignore[arg-type]


def _nothing(_server: BucketServer, _set: pytest.MonkeyPatch) -> None:
    pass


def _no_key(_server: BucketServer, patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.delenv(name)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/khong-co")
    patch.setenv("AWS_CONFIG_FILE", "/khong-co")


def _bad_key(server: BucketServer, _set: pytest.MonkeyPatch) -> None:
    server.refuse_keys()


def _in_clear(_server: BucketServer, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example.vn")


@pytest.mark.parametrize(("url", "wrong", "says"), [
    ("s3://kho-khong-co/x", _nothing, "không có kho «kho-khong-co»"),
    (f"s3://{NAME}/x", _no_key, "chưa có khóa"),
    (f"s3://{NAME}/x", _bad_key, "từ chối khóa"),
    (f"s3://{NAME}/x", _in_clear, "không phải https"),
    (f"s3://ai:{SECRET}@{NAME}", _nothing, "không dùng được"),
    ("https://kho.example.vn", _nothing, "không dùng được"),
], ids=["bucket", "no key", "bad key", "http", "key in url", "scheme"])
def test_what_a_person_has_to_mend_is_said_at_the_start(
    s3: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str,
    wrong: Callable[[BucketServer, pytest.MonkeyPatch], None], says: str,
) -> None:
    """Exit code 2, in Vietnamese, without the key."""
    wrong(s3, monkeypatch)
    with pytest.raises(UserError, match=says) as told:
        files_at(url, tmp_path, tmp_path, 1).probe()

    assert told.value.exit_code == 2
    assert SECRET not in str(told.value)


def test_away_at_the_start_is_told_and_passes(s3: BucketServer, tmp_path: Path) -> None:
    """Texts go on without it, so a worker starts."""
    s3.stop()
    assert "kho tệp chung" in at_start(on_bucket(settings_for(tmp_path), tmp_path / "may-b"))


def test_a_rush_for_one_sound_asks_once(tmp_path: Path) -> None:
    cache, asked, start = Cache(tmp_path, 1 << 20), [], threading.Barrier(20)

    def fetch() -> bytes:
        asked.append(1)
        threading.Event().wait(0.2)  # as a bucket takes its time
        return b"mp3"

    def one() -> None:
        start.wait()
        assert cache.bring(SOUNDS, "a.mp3", fetch).read_bytes() == b"mp3"

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(asked) == 1


def test_the_cache_keeps_within_its_size_and_what_was_used_last(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    for n in range(30):
        path = cache.bring(SOUNDS, f"{n}.mp3", lambda: bytes(100))
        os.utime(path, (n, n))  # else many are as old, to a file system that counts by hundredths
        left = sum(p.stat().st_size for p in tmp_path.rglob("*.mp3"))
        assert left <= 1000

    assert cache.at(SOUNDS, "29.mp3").is_file()
    assert not cache.at(SOUNDS, "0.mp3").exists()


def test_without_a_bucket_files_stand_where_they_stood(tmp_path: Path) -> None:
    files = files_of(settings_for(tmp_path))
    assert files.at(EVIDENCE, "a.pdf") == tmp_path / "var" / "bang-chung" / "a.pdf"
    assert files.at(PICTURES, "a.png") == tmp_path / "content" / "images" / "a.png"
    assert at_start(settings_for(tmp_path)) == ""
