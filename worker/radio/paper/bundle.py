"""
What a station takes along: a signed ZIP of eight days (one HTML file that holds everything, a
text and a sound for each airing), and the MP3 files of a USB stick.

The manifest names every file with its SHA-256 and says until when it holds; `manifest.sig` is
its Ed25519 signature, raw, which `openssl pkeyutl -verify -rawin` checks.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from worker.home import Home
from worker.radio.bulletin import Bulletin
from worker.radio.paper.names import OURS, file_name, plain_text
from worker.radio.paper.onefile import single_html
from worker.radio.speech.sounds import Sound
from worker.receipt_secret import derived


@dataclass(frozen=True)
class Stock:
    """What goes in: the bulletins of one station and the sounds that stand ready, by key."""

    bulletins: Sequence[Bulletin]
    sounds: Mapping[str, Sound]
    zone: ZoneInfo
    made_at: datetime
    page_url: str = ""


def bundle(home: Home, stock: Stock, out: Path) -> None:
    """Write the ZIP whole or not at all: an older one stays until this one is complete."""
    files: dict[str, bytes] = {
        "MO-TEP-NAY.html": single_html(stock.bulletins, stock.sounds, stock.zone, stock.made_at,
                                       stock.page_url)}
    for b in stock.bulletins:
        name = file_name(b, stock.zone)
        files[f"{name}.txt"] = plain_text(b, stock.zone)
        if b.key in stock.sounds:
            files[f"{name}.mp3"] = stock.sounds[b.key].path.read_bytes()
    manifest = _manifest(stock, files)
    key = signing_key(home)
    with whole_file(out) as draft, zipfile.ZipFile(draft, "w") as archive:
        for name, data in files.items():
            kind = zipfile.ZIP_STORED if name.endswith(".mp3") else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, kind)
        archive.writestr("manifest.json", manifest)
        archive.writestr("manifest.sig", key.sign(manifest))
        archive.writestr("khoa-cong-khai.pem", public_pem(home))


def usb(stock: Stock, folder: Path) -> list[str]:
    """
    One MP3 an airing, and nothing else that a car radio or an amplifier would stumble on; gives
    the names. Files of ours from earlier copies are removed: an old bulletin must not be played.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{file_name(b, stock.zone)}.mp3": stock.sounds[b.key]
              for b in stock.bulletins if b.key in stock.sounds}
    for name, sound in wanted.items():
        with whole_file(folder / name) as draft:
            draft.write_bytes(sound.path.read_bytes())
    for old in folder.glob("????-??-??_????_*.mp3"):
        if old.name not in wanted and OURS.fullmatch(old.stem):
            old.unlink()
    return sorted(wanted)


def usb_zip(stock: Stock, out: Path) -> None:
    """The same files in a ZIP, to be unpacked onto a stick."""
    with whole_file(out) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for b in stock.bulletins:
            if b.key in stock.sounds:
                archive.write(stock.sounds[b.key].path, f"{file_name(b, stock.zone)}.mp3")


def signing_key(home: Home) -> Ed25519PrivateKey:
    """Of this installation, from the key that its backup holds: the same after a restore."""
    return Ed25519PrivateKey.from_private_bytes(derived(home, "bundle"))


def public_pem(home: Home) -> bytes:
    """What a receiver checks the signature with; give it to them once, by another way."""
    return signing_key(home).public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _manifest(stock: Stock, files: Mapping[str, bytes]) -> bytes:
    last = max((b.use_until for b in stock.bulletins), default=stock.made_at)
    return json.dumps({
        "format": 1,
        "station": stock.bulletins[0].station if stock.bulletins else "",
        "made_at": stock.made_at.astimezone(stock.zone).isoformat(timespec="seconds"),
        "use_until": last.astimezone(stock.zone).isoformat(timespec="seconds"),
        "files": {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                  for name, data in sorted(files.items())},
        "bulletins": [
            {"date": b.date.isoformat(), "airing": b.airing, "number": b.number,
             "sha256": b.sha256(), "use_until": b.use_until.isoformat(), "training": b.training}
            for b in stock.bulletins],
    }, ensure_ascii=False, indent=1).encode()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A draft beside it, forced to disk and moved into place; an error leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.moi")
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
