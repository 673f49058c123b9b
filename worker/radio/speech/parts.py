"""What is heard one after another, and the words a recording is bound to. Pure."""

import hashlib
from dataclasses import dataclass

from worker.radio.bulletin import Bulletin, Line


@dataclass(frozen=True)
class Part:
    """What is heard one after another: words, or the recording that reads them."""

    text: str
    recording: str = ""  #: SHA-256 of its file
    language: str = "vi"


def parts_of(bulletin: Bulletin) -> list[Part]:
    """What is heard, piece by piece; one recording may read each of them."""
    if not bulletin.lines:
        return []
    mark = [Part("Tập huấn, không phát.")] if bulletin.training else []
    sections = [Part(said(s.lines), language=s.language) for s in bulletin.airing_sections]
    found = [*mark, Part(said(bulletin.opening)), *sections, Part(said(bulletin.closing))]
    return [part for part in found if part.text]


def said(lines: tuple[Line, ...]) -> str:
    """A line a breath."""
    return "\n".join(line.voice for line in lines)


def text_sha256(text: str) -> str:
    """What a recording is bound to."""
    return hashlib.sha256(text.encode()).hexdigest()
