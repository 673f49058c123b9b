"""
Voices: text goes in, WAV comes out, in a process that may be killed. A voice that is missing,
dead or too slow is a `NoVoiceError` with what to do; the text of the bulletin waits for none.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from worker.i18n import t
from worker.programme.model import Radio
from worker.settings import PRODUCT

#: seconds a process may take at all, and more for every word it reads
PATIENCE, PER_WORD = 60.0, 0.05


class NoVoiceError(Exception):
    """Why there is no sound, and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


class MissingError(NoVoiceError):
    """The packages for sound are not installed here."""


class Voice(Protocol):
    """Text to sound."""

    @property
    def name(self) -> str:
        """Part of the cache's key: another voice or speed is another sound."""
        ...

    def say(self, text: str) -> bytes:
        """WAV, 16 bit. NoVoiceError."""
        ...


def voice_of(radio: Radio, home: Path) -> Voice | None:
    """The voice that the programme names; None: it wants none."""
    if radio.speech == "none":
        return None
    if radio.speech == "piper":
        return Piper(home / radio.speech_model)
    return Espeak(radio.speech_rate)


@dataclass(frozen=True)
class Espeak:
    """Understandable, robotic, always there; `words` a minute."""

    words: int = 140

    @property
    def name(self) -> str:
        return f"espeak-vi-{self.words}"

    def say(self, text: str) -> bytes:
        return run_sound([*module("espeak_process"), "vi", str(self.words)], text.encode(),
                         words=len(text.split()))


@dataclass(frozen=True)
class Piper:
    """A better voice that the customer supplies as a model; the package piper-tts too."""

    model: Path

    @property
    def name(self) -> str:
        return f"piper-{self.model.name}"

    def say(self, text: str) -> bytes:
        if not self.model.is_file():
            raise NoVoiceError(
                t(f"không có tệp giọng {self.model}", f"no voice file {self.model}"),
                t('đặt tệp .onnx vào đó, hoặc radio.speech = "espeak"',
                  'put the .onnx there, or radio.speech = "espeak"'))
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "loi.wav"
            run_sound([sys.executable, "-m", "piper", "-m", str(self.model), "-f", str(out)],
                      text.encode(), words=len(text.split()))
            return out.read_bytes()


def module(name: str) -> list[str]:
    """The command of one of our sound processes."""
    return [sys.executable, "-m", f"worker.radio.speech.{name}"]


def run_sound(
    command: list[str], given: bytes, *, words: int = 0, patience: float = PATIENCE
) -> bytes:
    """
    What one of our sound processes printed. It is killed when it takes longer than `patience`
    seconds and a little for each word; the code that it ends with says what is missing.
    """
    limit = patience + PER_WORD * words
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=limit,  # noqa: S603
                              cwd=PRODUCT, check=False)
    except subprocess.TimeoutExpired:
        raise NoVoiceError(
            t(f"giọng máy không xong trong {limit:.0f} giây", f"no voice within {limit:.0f} s"),
            t("xem máy có quá tải không; bản chữ vẫn dùng được",
              "is the machine overloaded? the text can be used")) from None
    if done.returncode == 3:
        raise MissingError(
            t("chưa cài phần giọng máy", "the speech packages are not installed"),
            t('chạy `make setup`, hoặc pip install "giovang[speech]"',
              'run `make setup`, or pip install "giovang[speech]"'))
    if done.returncode != 0:
        words_of_it = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        raise NoVoiceError(
            t(f"giọng máy dừng với mã {done.returncode} {words_of_it[0]}",
              f"the voice ended with code {done.returncode} {words_of_it[0]}"),
            t("xem lại lời đọc; bản chữ vẫn dùng được", "look at the text; it can be used"))
    return done.stdout
