"""A text as a format can hold it: what no reader may be given is left out, and nothing raises."""

import re

# XML 1.0, "Char": no control characters, no halves of surrogate pairs, no U+FFFE and U+FFFF,
# not even as references: one of them makes the whole document unreadable.
_NO_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALVES = re.compile("[\ud800-\udfff]")


def for_xml(text: str) -> str:
    """Without what XML 1.0 cannot hold; every line end is a line feed, as a parser reads it."""
    return _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def for_json(text: str) -> str:
    """Halves of surrogate pairs, which have no UTF-8, as U+FFFD."""
    return _HALVES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Every run of white space as one space."""
    return " ".join(text.split())
