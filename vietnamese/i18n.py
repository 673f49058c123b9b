"""Vietnamese by default, English with GIOVANG_LANG=en: both texts stand where they are used."""

import os


def english() -> bool:
    """True when messages are wanted in English."""
    return os.environ.get("GIOVANG_LANG", "vi").lower().startswith("en")


def t(vi: str, en: str) -> str:
    """The message in the language asked for."""
    return en if english() else vi
