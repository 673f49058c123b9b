"""What a station takes along: signed, whole, opened alone, and never an old bulletin beside."""

import errno
import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import chromium  # noqa: F401  (a fixture)
from tests.builders import settings_for
from tests.bulletins import HALF_PAST_FIVE, ZONE, a_bulletin
from tests.store.world import World
from worker.home import Home
from worker.models import BulletinRow
from worker.radio import links
from worker.radio.acceptance import Yes, accept
from worker.radio.airing_commands import stock_of
from worker.radio.bulletin import to_json
from worker.radio.paper.bundle import Stock, bundle, public_pem, usb, usb_zip
from worker.radio.paper.onefile import single_html
from worker.radio.paper.sheet import NOT_ACCEPTED, sheet_of
from worker.radio.speech.sounds import Sound


@pytest.fixture
def home(world: World) -> Home:
    return Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    path = tmp_path_factory.mktemp("tieng") / "a.mp3"
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i",
                    "sine=frequency=440:duration=2", "-ac", "1", "-b:a", "64k", path], check=True)
    return Sound(path, 2.0, path.stat().st_size)


def _stock(sound: Sound, **changes: object) -> Stock:
    today = a_bulletin(**changes)  # type: ignore[arg-type]
    tomorrow = a_bulletin(date=today.date + timedelta(days=1),
                          airs_at=HALF_PAST_FIVE + timedelta(days=1))
    return Stock((today, tomorrow), {today.key: sound}, ZONE, HALF_PAST_FIVE,
                 "https://loa.example/stations/x/")


def test_openssl_agrees_that_the_bundle_is_ours_and_every_file_is_as_signed(
    home: Home, sound: Sound, tmp_path: Path
) -> None:
    bundle(home, _stock(sound), tmp_path / "dai.zip")

    with zipfile.ZipFile(tmp_path / "dai.zip") as archive:
        archive.extractall(tmp_path / "ra")
    (tmp_path / "khoa.pem").write_bytes(public_pem(home))
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "khoa.pem", "-rawin",
             "-in", tmp_path / "ra/manifest.json", "-sigfile", tmp_path / "ra/manifest.sig"]
    subprocess.run(check, check=True, capture_output=True)
    manifest = json.loads((tmp_path / "ra/manifest.json").read_bytes())
    for name, told in manifest["files"].items():
        done = subprocess.run(["sha256sum", tmp_path / "ra" / name], capture_output=True,
                              text=True, check=True)
        assert done.stdout.split()[0] == told["sha256"]
    assert set(manifest["files"]) == {
        "MO-TEP-NAY.html", "2026-11-25_0530_T4.mp3", "2026-11-25_0530_T4.txt",
        "2026-11-26_0530_T5.txt"}
    # and a changed word is seen
    (tmp_path / "ra/manifest.json").write_bytes(json.dumps(manifest).encode())
    assert subprocess.run(check, check=False, capture_output=True).returncode != 0


def test_a_full_disk_leaves_the_bundle_that_stood_there(
    home: Home, sound: Sound, tmp_path: Path
) -> None:
    out = tmp_path / "day" / "dai.zip"
    out.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", out.parent], check=True)
    try:
        bundle(home, _stock(sound), out)
        whole = out.read_bytes()
        big = tmp_path / "b.mp3"
        big.write_bytes(os.urandom(900_000))
        with pytest.raises(OSError) as caught:
            bundle(home, _stock(Sound(big, 1.0, 900_000)), out)
        assert caught.value.errno == errno.ENOSPC
        assert out.read_bytes() == whole
        assert [p.name for p in out.parent.iterdir()] == ["dai.zip"]
    finally:
        subprocess.run(["umount", out.parent], check=True)


def test_a_usb_stick_holds_this_weeks_sounds_and_no_old_one(sound: Sound, tmp_path: Path) -> None:
    for old in ("2026-11-20_0530_T6.mp3", "2026-11-20_0530_T6_sau-tiep-song.mp3"):
        (tmp_path / old).write_bytes(b"old")
    theirs = {"nhac.mp3", "2026-11-20_0530_T6 (1).mp3"}
    for name in theirs:
        (tmp_path / name).write_bytes(b"theirs")

    assert usb(_stock(sound), tmp_path) == ["2026-11-25_0530_T4.mp3"]

    assert {p.name for p in tmp_path.iterdir()} == {"2026-11-25_0530_T4.mp3", *theirs}


def test_two_airings_of_one_minute_are_two_files(
    home: Home, sound: Sound, tmp_path: Path
) -> None:
    """On the stick, in its ZIP and in the bundle alike."""
    first = a_bulletin()
    second = a_bulletin(airing="sau tiếp sóng", twin="sau-tiep-song")
    stock = Stock((first, second), {b.key: sound for b in (first, second)}, ZONE, HALF_PAST_FIVE)
    names = ["2026-11-25_0530_T4.mp3", "2026-11-25_0530_T4_sau-tiep-song.mp3"]
    assert usb(stock, tmp_path / "usb") == names
    usb_zip(stock, tmp_path / "usb.zip")
    bundle(home, stock, tmp_path / "goi.zip")
    for made in ("usb.zip", "goi.zip"):
        with zipfile.ZipFile(tmp_path / made) as archive:
            assert [n for n in archive.namelist() if n.endswith(".mp3")] == names


def test_what_the_centre_copies_has_the_form_where_the_station_has_a_page(
    world: World, tmp_path: Path
) -> None:
    """Its own address, made before; none is made by copying, and a revoked one is left out."""
    home = Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)
    programme, station = home.programme().programme, "dai-luc-ngan"
    b = a_bulletin()
    with world.store.write() as s:
        s.add(BulletinRow(station=station, local_date=b.date, airing=b.airing, number=1,
                          airs_at=b.airs_at, body=to_json(b), sha256=b.sha256(),
                          made_at=b.made_at, newest=True))

    def page() -> str:
        bundle(home, stock_of(home, programme, station), tmp_path / "goi.zip")
        with zipfile.ZipFile(tmp_path / "goi.zip") as archive:
            return archive.read("MO-TEP-NAY.html").decode()

    assert "<form" not in page()
    link = links.link_for(home, world.clock.now(), station, "soan")
    assert f'<form method="post" action="{link}aired">' in page()
    links.revoke(home, world.clock.now(), station, "soan")
    assert "<form" not in page()


def test_what_the_centre_copies_says_what_the_commune_accepted(world: World) -> None:
    home = Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)
    b = a_bulletin()
    with world.store.write() as s:
        row = BulletinRow(station=b.station, local_date=b.date, airing=b.airing, number=1,
                          airs_at=b.airs_at, body=to_json(b), sha256=b.sha256(),
                          made_at=b.made_at, newest=True)
        s.add(row)
        s.flush()
        accept(s, world.clock.now(), row.id, Yes("Phó Chủ tịch", "page", b.station))
    [copied] = stock_of(home, home.programme().programme, b.station).bulletins
    assert copied.accepted is not None
    assert NOT_ACCEPTED not in sheet_of(copied, ZONE).marks


def test_the_one_file_opens_alone_and_plays(
    sound: Sound, tmp_path: Path, chromium: Browser  # noqa: F811
) -> None:
    """In an empty folder, without a network: text, letters and sound are all inside."""
    stock = _stock(sound)
    alone = tmp_path / "trong"
    alone.mkdir()
    (alone / "a.html").write_bytes(
        single_html(stock.bulletins, stock.sounds, ZONE, HALF_PAST_FIVE, stock.page_url))
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url[:60]))

    page.goto(f"file://{alone}/a.html")
    page.evaluate("document.fonts.ready")
    seconds = page.evaluate(
        "async () => { const a = document.querySelector('audio'); a.muted = true; "
        "await a.play(); return a.duration; }")

    assert abs(seconds - 2.0) < 0.2
    assert page.evaluate("document.fonts.check('20px \"Ban tin\"')")
    assert page.inner_text("h1") == "Đài truyền thanh xã Lục Ngạn"
    assert page.locator("text=TẬP HUẤN, KHÔNG PHÁT").count() >= 3
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    page.close()
    shutil.rmtree(alone)
