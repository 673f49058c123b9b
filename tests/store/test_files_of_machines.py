"""Backups that hold all files, files moved to a bucket and back, sounds that machines share."""

import hashlib
import io
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.bucket import BucketServer, a_bucket, on_bucket
from tests.builders import settings_for
from tests.bulletins import a_bulletin
from tests.store.test_sounds import Parrot
from tests.store.world import NOON, World
from worker.alarms.store import open_alarms
from worker.backup import opened, write_backup
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline
from worker.errors import UserError
from worker.home import Home
from worker.models import BulletinRow, Content, Delivery, Evidence, Item, Recording
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.speech.sounds import ASK, Sounds
from worker.shared import archive, watch
from worker.shared.bucket import Bucket
from worker.shared.commands import copy_all
from worker.shared.folder import Folder
from worker.shared.here import files_of
from worker.shared.kinds import EVIDENCE, PICTURES, RECORDINGS, SCANS, SOUNDS


@pytest.fixture
def planned_url(tmp_path: Path, planned_sqlite: Path) -> str:
    """Files, not rows: tests/process/test_restore.py has both databases."""
    return f"sqlite:///{shutil.copy(planned_sqlite, tmp_path / 'world.sqlite3')}"


def _name(data: bytes, kind: str) -> str:
    return f"{hashlib.sha256(data).hexdigest()}.{kind}"


KEPT = {EVIDENCE: (b"%PDF chung cu", "pdf"), SCANS: (b"%PDF phieu", "pdf"),
        RECORDINGS: (b"RIFF thu am", "wav"), PICTURES: (b"\x89PNG anh", "png")}


def _home(world: World, files: bool) -> Home:
    settings = settings_for(world.var)
    return Home(on_bucket(settings, world.var / "may-a") if files else settings,
                world.store, world.clock)


def _filled(home: Home) -> None:
    files = files_of(home.settings)
    for kind, (data, ending) in KEPT.items():
        files.put(kind, _name(data, ending), data)
    (home.settings.images).mkdir(parents=True, exist_ok=True)
    (home.settings.images / "poster.png").write_bytes(b"cu")
    now = home.clock.now()
    with home.store.write() as session:
        item = session.query(Item.id).first()[0]
        session.add(Evidence(item_id=item, name="x.pdf", kind="pdf", by="soan", at=now,
                             sha256=_name(KEPT[EVIDENCE][0], "").rstrip(".")))
        session.add(Recording(station="", text_sha256="a" * 64, seconds=1, made_by="soan",
                              file_sha256=_name(KEPT[RECORDINGS][0], "").rstrip("."),
                              made_at=now))


@pytest.fixture(params=["folder", "bucket"])
def home(request: pytest.FixtureRequest, world: World) -> Home:
    if request.param == "bucket":
        request.getfixturevalue("s3")
    home = _home(world, files=request.param == "bucket")
    _filled(home)
    return home


def test_a_backup_brings_every_file_back(home: Home, tmp_path: Path) -> None:
    """Onto a machine that has none, and beside a picture of the same name that changed."""
    assert write_backup(home, tmp_path / "b.tar.gz") == []
    new = replace(settings_for(tmp_path / "moi"), files="")
    new.images.mkdir(parents=True)
    (new.images / "poster.png").write_bytes(b"moi")

    with opened(tmp_path / "b.tar.gz") as (file, meta):
        archive.verify(file, meta)
        assert archive.put_back(file, meta, new, home.clock.now()) == 5
        assert archive.put_back(file, meta, new, home.clock.now()) == 0

    for kind, (data, ending) in KEPT.items():
        assert files_of(new).read(kind, _name(data, ending)) == data
    assert (new.images / "poster.png").read_bytes() == b"cu"
    assert [p.read_bytes() for p in new.images.glob("poster.png.truoc-*")] == [b"moi"]


def test_a_backup_says_what_is_missing_or_changed(home: Home, tmp_path: Path) -> None:
    """The rest is backed up all the same."""
    files = files_of(home.settings)
    files.drop(EVIDENCE, _name(*KEPT[EVIDENCE]))
    recording = _name(*KEPT[RECORDINGS])
    if isinstance(files, Bucket):
        files.drop(RECORDINGS, recording)
    else:
        files.at(RECORDINGS, recording).write_bytes(b"RI")

    bad = write_backup(home, tmp_path / "b.tar.gz")

    assert [line.partition("/")[0] for line in sorted(bad)] == ["bang-chung", "thu-am"]
    with opened(tmp_path / "b.tar.gz") as (_, meta):
        assert SCANS.path(_name(*KEPT[SCANS])) in meta["files"]
        assert meta["missing"] == bad


def test_a_bucket_that_is_away_says_nothing_about_a_file(
    world: World, s3: BucketServer, tmp_path: Path
) -> None:
    """The backup has the tables and what is on this machine, and calls no file gone."""
    home = _home(world, files=True)
    _filled(home)
    s3.stop()

    bad = write_backup(home, tmp_path / "b.tar.gz")

    assert [line.partition(":")[0] for line in bad] == [k.folder for k in KEPT]
    assert not [line for line in bad if "không còn" in line]
    with opened(tmp_path / "b.tar.gz") as (_, meta):
        assert list(meta["files"]) == ["anh/poster.png"]


@pytest.mark.parametrize("damage", ["changed", "left out"])
def test_a_damaged_file_in_a_backup_is_named(
    world: World, tmp_path: Path, damage: str
) -> None:
    home = _home(world, files=False)
    _filled(home)
    write_backup(home, tmp_path / "b.tar.gz")
    wanted = archive.TOP + SCANS.path(_name(*KEPT[SCANS]))
    with tarfile.open(tmp_path / "b.tar.gz") as old, \
            tarfile.open(tmp_path / "hong.tar.gz", "w:gz") as new:
        for member in old:
            data = old.extractfile(member)
            if member.name == wanted and damage == "left out":
                continue
            if member.name == wanted:
                data, member.size = io.BytesIO(b"khac"), 4
            new.addfile(member, data)

    with opened(tmp_path / "hong.tar.gz") as (file, meta), \
            pytest.raises(UserError, match=r"van-ban/.*đã hỏng") as told:
        archive.verify(file, meta)
    assert told.value.exit_code == 2


def test_files_move_to_a_bucket_and_back_and_a_cut_one_goes_on(
    world: World, s3: BucketServer, tmp_path: Path
) -> None:
    home = _home(world, files=False)
    _filled(home)
    here, there = files_of(home.settings), a_bucket(tmp_path / "may-a")
    half = EVIDENCE.path(_name(*KEPT[EVIDENCE]))
    s3.overwrite(half, b"%P")

    first, bad = copy_all(here, there)
    again, _ = copy_all(here, there)
    back, _ = copy_all(there, Folder(tmp_path / "ve", tmp_path / "ve" / "anh"))

    assert (sum(c.copied for c in first), bad) == (4, [])
    assert sum(c.copied for c in again) == 0
    assert sum(c.copied for c in back) == sum(c.files for c in again) == 4
    assert (tmp_path / "ve" / half).read_bytes() == KEPT[EVIDENCE][0]


def test_a_delivery_whose_picture_is_away_waits_and_the_try_does_not_count(
    world: World, s3: BucketServer
) -> None:
    """What needs no file goes meanwhile; once the bucket is back the picture goes, too."""
    name = _name(b"anh", "png")
    a_bucket(world.var / "may-b").put(PICTURES, name, b"anh")
    with world.store.write() as session:
        keys = select(Delivery.content_sha256).where(Delivery.channel == "facebook")
        for row in session.scalars(select(Content).where(Content.sha256.in_(keys))):
            row.payload = {**row.payload, "attachments": [
                {"path": name, "sha256": name.partition(".")[0], "alt": "ảnh"}]}
    office = world.office()
    office.settings = on_bucket(office.settings, world.var / "may-a")
    dispatcher = Dispatcher(office, "facebook", world.worker(), Inline(), world.seen)
    world.to(NOON)
    s3.stop()

    assert dispatcher.turn()
    dispatcher.turn()
    world.run("sms")

    waits = world.one("facebook")
    assert (waits.state, waits.code, waits.counted) == ("ready", "files", 0)
    assert world.states("sms") == ["delivered"]
    s3.start()
    files_of(office.settings)._away = (float("-inf"), "")
    world.clock.advance(600)
    world.run("facebook", dispatcher)
    assert world.states("facebook") == ["delivered"]
    [message] = world.fakes["facebook"].sent
    assert Path(message.attachments[0].path).read_bytes() == b"anh"


# ------------------------------------------------------------------ sounds


def _stored(world: World, bulletin: Bulletin) -> None:
    with world.store.write() as s:
        s.add(BulletinRow(station=bulletin.station, local_date=bulletin.date,
                          airing=bulletin.airing, number=bulletin.number,
                          airs_at=bulletin.airs_at, body=to_json(bulletin),
                          sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True))


def _machine(world: World, name: str) -> tuple[Sounds, Parrot]:
    parrot = Parrot()
    settings = on_bucket(settings_for(world.var), world.var / name)
    return Sounds(Home(settings, world.store, world.clock), lambda _radio, _home: parrot), parrot


def test_a_sound_made_by_one_worker_is_served_by_the_other(
    world: World, s3: BucketServer, tmp_path: Path
) -> None:
    """With the bucket away it is heard from where it was made, and offered when it is back."""
    (a, _), (b, parrot) = _machine(world, "may-a"), _machine(world, "may-b")
    programme, bulletin = a.home.programme().programme, a_bulletin()
    _stored(world, bulletin)
    s3.stop()
    assert a.make(world.clock.now()) == 1
    assert a.mp3_for(programme, bulletin) is not None
    assert b.mp3_for(programme, bulletin) is None
    watch.look(a.home, "may-a")
    with world.store.read() as session:
        assert "files:may-a" in {alarm.cause for alarm in open_alarms(session)}

    s3.start()
    for one in (a, b):
        one.files._away = (float("-inf"), "")
    assert a.make(world.clock.now()) == 0
    world.clock.advance(ASK)
    found = b.mp3_for(programme, bulletin)

    assert found is not None
    assert found.path.is_relative_to(world.var / "may-b")
    assert b.make(world.clock.now()) == 0
    assert parrot.heard == []
    watch.look(a.home, "may-a")
    with world.store.read() as session:
        assert "files:may-a" not in {alarm.cause for alarm in open_alarms(session)}
    _gone_from_the_bucket(a, b, programme, bulletin)


def _gone_from_the_bucket(a: Sounds, b: Sounds, programme: object, bulletin: Bulletin) -> None:
    """A sound may go at any time: it is made again."""
    for entry in list(a.files.entries(SOUNDS)):
        a.files.drop(SOUNDS, entry.name)
        b.files.drop(SOUNDS, entry.name)
    b._missed.clear()
    b._offered.clear()
    assert b.make(b.home.clock.now()) == 1
