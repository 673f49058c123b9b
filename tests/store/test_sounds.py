"""Sound of a bulletin: made ahead, kept by what goes into it, never in the way of the text."""

import subprocess
import sys
import wave
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import pytest

from tests.builders import settings_for
from tests.bulletins import a_bulletin, a_section
from tests.store.world import World
from worker.errors import Refused, UserError
from worker.home import Home
from worker.models import Alarm, BulletinRow
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.speech import recordings
from worker.radio.speech.engines import Espeak, MissingError, NoVoiceError, run_sound
from worker.radio.speech.parts import parts_of, text_sha256
from worker.radio.speech.sounds import REST, Sounds
from worker.shared.here import files_of
from worker.shared.kinds import RECORDINGS


@dataclass
class Parrot:
    """Says a second of noise for each text, and remembers what it was given."""

    heard: list[str] = field(default_factory=list)
    broken: str = ""
    name: str = "vet"

    def say(self, text: str) -> bytes:
        if self.broken:
            raise NoVoiceError(self.broken, "sửa")
        self.heard.append(text)
        return a_wav()


def a_wav(seconds: float = 1.0) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(b"\x00\x10\x00\xf0" * int(11_025 * seconds))
    return out.getvalue()


def _sounds(world: World, voice: Parrot) -> Sounds:
    return Sounds(_home(world), lambda _radio, _home: voice)


def _home(world: World) -> Home:
    return Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)


def _stored(world: World, *bulletins: Bulletin) -> None:
    with world.store.write() as s:
        for b in bulletins:
            s.add(BulletinRow(station=b.station, local_date=b.date, airing=b.airing,
                              number=b.number, airs_at=b.airs_at, body=to_json(b),
                              sha256=b.sha256(), made_at=b.made_at, newest=True))


def _mp3(sounds: Sounds, bulletin: Bulletin) -> Path | None:
    found = sounds.mp3_for(sounds.home.programme().programme, bulletin)
    return found.path if found else None


def test_tomorrows_sound_is_made_once_and_shared_words_are_spoken_once(world: World) -> None:
    parrot = Parrot()
    sounds = _sounds(world, parrot)
    one, two = a_bulletin("dai-luc-ngan"), a_bulletin("dai-tan-son")
    _stored(world, one, two)
    assert _mp3(sounds, one) is None

    assert sounds.make(world.clock.now()) == 2
    assert sounds.make(world.clock.now()) == 0

    # training says so first, and each station says its own name
    assert parrot.heard == ["Tập huấn, không phát.", "Đây là dai-luc-ngan.", "Đừng chuyển tiền.",
                            "Hết.", "Đây là dai-tan-son."]
    assert _mp3(sounds, one) != _mp3(sounds, two)
    # and another text is another sound, not the old one
    assert _mp3(sounds, a_bulletin(body="Hãy chuyển tiền.")) is None


def test_no_voice_reads_another_language(world: World) -> None:
    """It would be said wrongly: a person reads it; where nothing else is left there is no sound."""
    parrot = Parrot()
    sounds, both = _sounds(world, parrot), a_bulletin()
    tay = replace(both.sections[0], language="tay",
                  lines=(replace(both.sections[0].lines[0], voice="Pi noọng chứ lai."),))
    _stored(world, replace(both, sections=(both.sections[0], tay)))

    assert sounds.make(world.clock.now()) == 1
    assert "Pi noọng chứ lai." not in parrot.heard
    assert _mp3(sounds, replace(both, sections=(tay,))) is None


def test_a_real_player_decodes_it_with_its_peak_at_minus_three(world: World) -> None:
    sounds = Sounds(_home(world))
    bulletin = a_bulletin(body="Công an không làm việc qua điện thoại.")
    _stored(world, bulletin)

    assert sounds.make(world.clock.now()) == 1
    found = sounds.mp3_for(sounds.home.programme().programme, bulletin)
    assert found is not None
    told = subprocess.run(
        ["ffmpeg", "-hide_banner", "-i", str(found.path), "-af", "volumedetect", "-f", "null",
         "-"], capture_output=True, text=True, check=True).stderr

    assert "44100 Hz, mono" in told
    assert "TẬP HUẤN, KHÔNG PHÁT - Bản tin 05:30 ngày 25/11/2026" in told
    peak = float(told.split("max_volume: ")[1].split(" dB")[0])
    assert -4.0 < peak < -2.0
    played = told.split("Duration: ")[1].split(",")[0].split(":")
    assert abs(float(played[1]) * 60 + float(played[2]) - found.seconds) < 0.5


def test_a_voice_that_fails_leaves_an_alarm_and_is_tried_again_later(world: World) -> None:
    parrot = Parrot(broken="giọng máy dừng")
    sounds, bulletin = _sounds(world, parrot), a_bulletin()
    _stored(world, bulletin)

    assert sounds.make(world.clock.now()) == 0
    with world.store.read() as s:
        assert [(a.kind, a.closed_at) for a in s.query(Alarm)] == [("speech", None)]
    parrot.broken = ""
    assert sounds.make(world.clock.now()) == 0  # not in every tick
    world.clock.advance(REST + 1)

    assert sounds.make(world.clock.now()) == 1
    with world.store.read() as s:
        assert s.query(Alarm).one().closed_at is not None


def test_half_a_sound_of_a_full_disk_is_made_again(world: World) -> None:
    sounds, bulletin = _sounds(world, Parrot()), a_bulletin()
    _stored(world, bulletin)
    sounds.make(world.clock.now())
    path = _mp3(sounds, bulletin)
    assert path is not None

    path.write_bytes(path.read_bytes()[:1000])

    assert _mp3(sounds, bulletin) is None
    assert sounds.make(world.clock.now()) == 1


@pytest.mark.parametrize(("command", "kind"), [
    ("import time; time.sleep(60)", NoVoiceError),
    ("import os; os.kill(os.getpid(), 9)", NoVoiceError),
    ("import sys; sys.exit(3)", MissingError),
])
def test_a_voice_that_hangs_dies_or_is_missing_is_said_so(
    command: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        run_sound([sys.executable, "-c", command], b"", patience=0.5)


@pytest.mark.parametrize("words", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_long_text_is_read_to_the_end(words: int) -> None:
    wav = Espeak().say("Công an không làm việc. " * (words // 5))
    with wave.open(BytesIO(wav)) as file:
        assert file.getnframes() / file.getframerate() > 0.18 * words


# ------------------------------------------------------------------ recordings


def _recorded(world: World, sounds: Sounds, text: str, data: bytes | None = None) -> int:
    return recordings.add(sounds.home, world.clock.now(), recordings.Take(
        "dai-luc-ngan", text_sha256(text), "Phát thanh viên", data or a_wav(2)))


def test_a_recording_is_used_once_a_second_person_has_heard_it(world: World) -> None:
    parrot = Parrot()
    sounds, bulletin = _sounds(world, parrot), a_bulletin()
    _stored(world, bulletin)
    body = parts_of(bulletin)[2].text
    number = _recorded(world, sounds, body)
    assert _recorded(world, sounds, body) == number  # sent twice is one

    with world.store.write() as s, pytest.raises(Refused):
        recordings.hear(s, world.clock.now(), number, "phát thanh viên")
    sounds.make(world.clock.now())
    assert body in parrot.heard
    by_voice = _mp3(sounds, bulletin)
    with world.store.write() as s:
        recordings.hear(s, world.clock.now(), number, "Chị Hà")

    assert _mp3(sounds, bulletin) is None
    sounds.make(world.clock.now())
    assert _mp3(sounds, bulletin) not in (None, by_voice)
    with world.store.read() as s:
        assert text_sha256(body) in recordings.texts_asked_for(s, bulletin.date)
    # an edit of the words: the voice takes its place, and the take must be made again
    edited = replace(bulletin, sections=a_bulletin(body="Lời khác.").sections)
    assert [p.recording for p in sounds._parts(edited)] == [""] * 4
    with world.store.write() as s:
        s.query(BulletinRow).one().body = to_json(edited)
    with world.store.read() as s:
        assert text_sha256(body) not in recordings.texts_asked_for(s, bulletin.date)


def test_what_has_no_sound_in_it_is_refused(world: World) -> None:
    sounds = _sounds(world, Parrot())
    with pytest.raises(UserError, match="âm thanh"):
        _recorded(world, sounds, "lời", b"<html>no sound</html>")
    assert not list(files_of(sounds.home.settings).entries(RECORDINGS))


def test_another_language_is_heard_from_a_person_or_not_at_all(world: World) -> None:
    parrot = Parrot()
    sounds = _sounds(world, parrot)
    tay = a_section("Slứ lẹo.", item="td-01", language="tay")
    bulletin = a_bulletin(sections=(a_section(), tay))
    _stored(world, bulletin)

    sounds.make(world.clock.now())
    assert "Slứ lẹo." not in parrot.heard
    number = _recorded(world, sounds, "Slứ lẹo.")
    with world.store.write() as s:
        recordings.hear(s, world.clock.now(), number, "Chị Hà")

    assert [bool(p.recording) for p in sounds._parts(bulletin)] == [False] * 3 + [True, False]
