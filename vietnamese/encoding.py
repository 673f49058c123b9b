"""Which encoding a text file of a Vietnamese office is in: nobody can be asked for it."""

from vietnamese import legacy
from vietnamese.syllables import is_syllable


def encoding_of(data: bytes) -> str:
    """
    Python's name of the encoding, by the byte order mark, else by what reads as Vietnamese.

    cp1258 is Vietnamese Windows. Text in a legacy font (TCVN3, VNI) stands as cp1252 signs.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data[1:2] == b"\0" or data[:1] == b"\0":  # UTF-16 without a mark: heads begin in ASCII
        return "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    if _decodes(data, "utf-8-sig"):
        return "utf-8-sig"
    # latin-1 knows every byte; the legacy fonts use the odd ones.
    return max(
        (code if _decodes(data, code) else "latin-1" for code in ("cp1252", "cp1258")),
        key=lambda code: _vietnamese(data.decode(code)),
    )


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _vietnamese(text: str) -> int:
    """How much of the text reads as Vietnamese, legacy code read as what it means."""
    code = legacy.detect(text)
    words = legacy.accented_words(legacy.to_unicode(text, code) if code else text)
    return sum(1 if is_syllable(word) else -1 for word in words)
