"""
The MP3 of a bulletin: tune, what is read, tune. Made ahead and kept under the hash of all that
goes into it, so that it is never made twice and never the sound of another text.

A recording that a second person has heard takes the place of the voice for exactly the words
it reads; after an edit the words are others, and the voice is back.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from worker.alarms.store import close_alarm, raise_alarm
from worker.home import Home
from worker.i18n import t
from worker.models import BulletinRow
from worker.programme.model import Programme, Radio
from worker.radio.bulletin import Bulletin, from_json
from worker.radio.speech.engines import NoVoiceError, Voice, module, run_sound, voice_of
from worker.radio.speech.parts import Part, parts_of, said, text_sha256
from worker.radio.speech.recordings import folder_of, heard
from worker.slots import local_date

#: part of every key: another way of mixing is another sound
FORMAT = "1"
#: seconds of silence between two parts
PAUSE = 0.7
#: sounds nobody asked for in so many days are thrown away; they can be made again
KEEP = timedelta(days=14)
#: after a failure the same sound is tried again only after this, seconds
REST = 600.0
#: a tick makes new sounds for so long at most, seconds; the next goes on
BUDGET = 15.0
CAUSE = "speech"


@dataclass(frozen=True)
class Sound:
    """A file that is whole, and how long it plays."""

    path: Path
    seconds: float
    bytes: int


@dataclass
class Sounds:
    """Makes and finds them for one installation."""

    home: Home
    voice_for: Callable[[Radio, Path], Voice | None] = voice_of
    _failed: dict[str, float] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home.settings.var / "tieng"

    def mp3_for(self, programme: Programme, bulletin: Bulletin) -> Sound | None:
        """The sound that stands ready; None: none yet, or nothing to say. Never waits."""
        key = self._key(programme, bulletin)
        return self._ready(key) if key else None

    def make(self, now: datetime) -> int:
        """Those of today and tomorrow, the next airing first; gives how many were made."""
        programme, clock = self.home.programme().programme, self.home.clock
        end, made = clock.elapsed() + BUDGET, 0
        trouble: NoVoiceError | None = None
        for bulletin in self._wanted(programme, now):
            key = self._key(programme, bulletin)
            if not key or self._ready(key) or self._failed.get(key, 0.0) > clock.elapsed():
                continue
            if clock.elapsed() > end:
                break
            try:
                self._make(programme, bulletin, key)
                made += 1
            except NoVoiceError as error:
                trouble = error
                self._failed[key] = clock.elapsed() + REST
        self._tell(now, trouble, made)
        return made

    def tidy(self, now: datetime) -> None:
        """Throw away what nobody asked for in a fortnight, and parts after two days."""
        for path, keep in ((self.folder, KEEP), (self.folder / "manh", timedelta(days=2))):
            for file in path.glob("*.*"):
                if file.stat().st_mtime < (now - keep).timestamp():
                    file.unlink(missing_ok=True)

    # ------------------------------------------------------------------ what goes in

    def _wanted(self, programme: Programme, now: datetime) -> Iterator[Bulletin]:
        today = local_date(programme, now)
        with self.home.store.read() as session:
            rows = session.scalars(
                select(BulletinRow)
                .where(BulletinRow.newest, BulletinRow.local_date >= today,
                       BulletinRow.local_date <= today + timedelta(days=1))
                .order_by(BulletinRow.airs_at, BulletinRow.station)
            ).all()
        yield from (from_json(row.body) for row in rows)

    def _parts(self, bulletin: Bulletin) -> list[Part]:
        parts = parts_of(bulletin)
        whole = text_sha256(bulletin.voice)
        with self.home.store.read() as session:
            takes = heard(session, bulletin.station,
                          [whole, *(text_sha256(p.text) for p in parts)])
        if parts and whole in takes:
            return [Part(bulletin.voice, takes[whole])]
        found = [replace(p, recording=takes.get(text_sha256(p.text), "")) for p in parts]
        # no voice knows another language: a recording reads it, or a person does
        heard_at_all = [p for p in found if p.recording or p.language == "vi"]
        items = {said(s.lines) for s in bulletin.airing_sections}
        return heard_at_all if items & {p.text for p in heard_at_all} else []

    def _key(self, programme: Programme, bulletin: Bulletin) -> str:
        parts = self._parts(bulletin)
        voice = self.voice_for(programme.radio, self.home.settings.home)
        if not parts or (voice is None and any(not p.recording for p in parts)):
            return ""
        tune = self._tune(programme)
        given = [FORMAT, voice.name if voice else "", file_sha256(tune) if tune else "",
                 [[p.text, p.recording] for p in parts], _tags(bulletin)]
        return hashlib.sha256(json.dumps(given).encode()).hexdigest()

    def _tune(self, programme: Programme) -> Path | None:
        path = self.home.settings.home / programme.radio.tune
        return path if programme.radio.tune and path.is_file() else None

    def _ready(self, key: str) -> Sound | None:
        path = self.folder / f"{key}.mp3"
        try:
            told = json.loads(path.with_suffix(".json").read_bytes())
            size = path.stat().st_size
        except (OSError, ValueError):
            return None
        if size != told["bytes"]:
            return None  # half a file of a full disk: made again
        os.utime(path)
        os.utime(path.with_suffix(".json"))
        return Sound(path, float(told["seconds"]), size)

    # ------------------------------------------------------------------ making one

    def _make(self, programme: Programme, bulletin: Bulletin, key: str) -> None:
        voice = self.voice_for(programme.radio, self.home.settings.home)
        self.folder.mkdir(parents=True, exist_ok=True)
        tune = self._tune(programme)
        struck: dict[str, object] = {"wav": str(tune)} if tune else {"chime": True}
        job: list[dict[str, object]] = [struck, {"silence": PAUSE}]
        for part in self._parts(bulletin):
            job += [{"wav": str(self._wav(part, voice))}, {"silence": PAUSE}]
        target = self.folder / f"{key}.mp3"
        words = sum(len(part.text.split()) for part in parts_of(bulletin))
        told = run_sound(
            module("mix_process"), json.dumps({
                "parts": [*job, struck], "out": str(target), "tags": _tags(bulletin),
            }).encode(), words=words)
        target.with_suffix(".json").write_bytes(told)

    def _wav(self, part: Part, voice: Voice | None) -> Path:
        """Words that many stations share are spoken once."""
        if part.recording:
            return folder_of(self.home) / f"{part.recording}.wav"
        assert voice is not None  # noqa: S101  (_key gives none to a bulletin without a voice)
        return spoken(self.folder / "manh", voice, part.text)

    def _tell(self, now: datetime, trouble: NoVoiceError | None, made: int) -> None:
        with self.home.store.write() as session:
            if trouble is not None:
                raise_alarm(session, now, CAUSE, "speech", "warning",
                            t(f"chưa có bản tiếng: {trouble.what}",
                              f"bulletins without sound: {trouble.what}"), trouble.fix)
            elif made:
                close_alarm(session, now, CAUSE)


def spoken(folder: Path, voice: Voice, text: str) -> Path:
    """The words as WAV in this folder, made when they are not there yet. NoVoiceError."""
    name = hashlib.sha256(f"{voice.name}\n{text}".encode()).hexdigest()
    path = folder / f"{name}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".moi")
        draft.write_bytes(voice.say(text))
        draft.replace(path)
    os.utime(path)
    return path


def _tags(bulletin: Bulletin) -> dict[str, str]:
    day = f"{bulletin.date:%d/%m/%Y}"
    mark = "TẬP HUẤN, KHÔNG PHÁT - " if bulletin.training else ""
    return {"title": f"{mark}Bản tin {bulletin.airing} ngày {day} (số {bulletin.number})",
            "artist": bulletin.station_name, "album": f"Bản tin truyền thanh {day}",
            "date": f"{bulletin.date:%Y}"}


@lru_cache(maxsize=64)
def _file_sha256(path: Path, _changed: float, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def file_sha256(path: Path) -> str:
    """Of a file, read again only when it changed."""
    stat = path.stat()
    return _file_sha256(path, stat.st_mtime, stat.st_size)
