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
from contextlib import suppress
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
from worker.radio.speech.recordings import heard
from worker.shared.here import files_of
from worker.shared.kinds import RECORDINGS, SOUNDS, TRIALS, FileGone, FilesAway
from worker.slots import local_date

#: part of every key: another way of mixing is another sound
FORMAT = "1"
#: seconds of silence between two parts
PAUSE = 0.7
#: what the bucket did not have is asked for again after so long, seconds
ASK = 30.0
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
    _missed: dict[str, float] = field(default_factory=dict)  #: not in the bucket, asked until then
    _offered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.files = files_of(self.home.settings)

    @property
    def folder(self) -> Path:
        """Words spoken on this machine stand below it, whole sounds where all find them."""
        return self.home.settings.var / "tieng"

    def mp3_for(self, programme: Programme, bulletin: Bulletin) -> Sound | None:
        """
        The sound that stands ready; None: none yet, or nothing to say. Waits for no voice, and
        for the bucket once: what it does not have is not asked again for half a minute.
        """
        key = self._key(programme, bulletin)
        return self._ready(key) if key else None

    def make(self, now: datetime) -> int:
        """Those of today and tomorrow, the next airing first; gives how many were made."""
        programme, clock = self.home.programme().programme, self.home.clock
        end, made = clock.elapsed() + BUDGET, 0
        trouble: NoVoiceError | FilesAway | None = None
        for bulletin in self._wanted(programme, now):
            key = self._key(programme, bulletin)
            if not key or (key in self._offered and self._ready(key)) \
                    or self._failed.get(key, 0.0) > clock.elapsed():
                continue
            if clock.elapsed() > end:
                break
            try:
                if self._ready(key) is None:
                    self._make(programme, bulletin, key)
                    made += 1
                self._offer(key)
            except FilesAway as error:
                trouble = error  # it is heard from this machine meanwhile, and offered again
            except NoVoiceError as error:
                trouble = error
                self._failed[key] = clock.elapsed() + REST
        self._tell(now, trouble, made)
        return made

    def tidy(self, now: datetime) -> None:
        """Throw away what nobody asked for in a fortnight, and parts after two days."""
        for file in (*(self.folder / "manh").glob("*.*"), *self.folder.glob("*.moi")):
            if file.stat().st_mtime < (now - timedelta(days=TRIALS.days)).timestamp():
                file.unlink(missing_ok=True)
        self._missed.clear()
        self._offered.clear()
        with suppress(FilesAway):  # tomorrow again
            for kind in (SOUNDS, TRIALS):
                old = now - timedelta(days=kind.days)
                for entry in list(self.files.entries(kind)):
                    if entry.at < old:
                        self.files.drop(kind, entry.name)

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
        return self._here(key) or (self._here(key) if self._brought(key) else None)

    def _brought(self, key: str) -> bool:
        """Whether another machine has made it."""
        if not self.home.settings.files or self._missed.get(key, 0.0) > self.home.clock.elapsed():
            return False
        try:
            self.files.local(SOUNDS, f"{key}.json")
            self.files.local(SOUNDS, f"{key}.mp3")
        except (FileGone, FilesAway) as error:
            for name in (f"{key}.json", f"{key}.mp3"):
                self.files.at(SOUNDS, name).unlink(missing_ok=True)  # half of it is none
            if isinstance(error, FileGone):
                self._missed[key] = self.home.clock.elapsed() + ASK
            return False
        return True

    def _offer(self, key: str) -> None:
        if key not in self._offered:
            for ending in ("mp3", "json"):  # what says how it should be comes last
                self.files.offer(SOUNDS, self.files.at(SOUNDS, f"{key}.{ending}"))
            self._offered.add(key)

    def _here(self, key: str) -> Sound | None:
        path = self.files.at(SOUNDS, f"{key}.mp3")
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
        target = self.files.at(SOUNDS, f"{key}.mp3")
        target.parent.mkdir(parents=True, exist_ok=True)
        tune = self._tune(programme)
        struck: dict[str, object] = {"wav": str(tune)} if tune else {"chime": True}
        job: list[dict[str, object]] = [struck, {"silence": PAUSE}]
        for part in self._parts(bulletin):
            job += [{"wav": str(self._wav(part, voice))}, {"silence": PAUSE}]
        words = sum(len(part.text.split()) for part in parts_of(bulletin))
        told = run_sound(
            module("mix_process"), json.dumps({
                "parts": [*job, struck], "out": str(target), "tags": _tags(bulletin),
            }).encode(), words=words)
        target.with_suffix(".json").write_bytes(told)

    def _wav(self, part: Part, voice: Voice | None) -> Path:
        """Words that many stations share are spoken once."""
        if part.recording:
            try:
                return self.files.local(RECORDINGS, f"{part.recording}.wav")
            except FileGone as error:
                raise NoVoiceError(error.mistakes[0].what, error.mistakes[0].fix) from error
        assert voice is not None  # noqa: S101  (_key gives none to a bulletin without a voice)
        return spoken(self.folder / "manh", voice, part.text)

    def _tell(
        self, now: datetime, trouble: NoVoiceError | FilesAway | None, made: int
    ) -> None:
        if isinstance(trouble, FilesAway):
            return  # an alarm of its own tells it: watch.py of the shared files
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
