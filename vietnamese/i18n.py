"""
Both texts stand where they are used (docs/adr/0021). Vietnamese by default; English with
GIOVANG_LANG=en, or where whoever reads a page chose it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = ("vi", "en")

#: what the reader of this one page chose; empty: the installation's language
_CHOSEN: ContextVar[str] = ContextVar("language", default="")


def english() -> bool:
    """True when messages are wanted in English."""
    return (_CHOSEN.get() or os.environ.get("GIOVANG_LANG", "vi")).lower().startswith("en")


def t(vi: str, en: str) -> str:
    """The message in the language asked for."""
    return en if english() else vi


def each(pairs: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Every pair of a table, by its key, in the language asked for."""
    return {key: t(*pair) for key, pair in pairs.items()}


def choose(language: str) -> None:
    """For the present request and what it calls; what is none of LANGUAGES chooses nothing."""
    _CHOSEN.set(language if language in LANGUAGES else "")


@contextmanager
def written() -> Iterator[None]:
    """
    What is written down is read by all: it is in the installation's language, whatever whoever
    caused it reads. Around texts that are stored, or over a function that stores them.
    """
    before = _CHOSEN.set("")
    try:
        yield
    finally:
        _CHOSEN.reset(before)
