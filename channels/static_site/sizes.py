"""Width and height of a PNG, GIF or JPEG, so that a page does not jump while it loads."""

from collections.abc import Iterator

_NONE = (0, 0)
#: markers of a JPEG that begin a frame: ITU-T T.81, table B.1, without DHT, JPG and DAC
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def pixels(data: bytes) -> tuple[int, int]:
    """Width and height; (0, 0) where the file does not say."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return _number(data[16:20]), _number(data[20:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if data.startswith(b"\xff\xd8"):
        return next((size for marker, size in _segments(data) if marker in _FRAMES), _NONE)
    return _NONE


def _segments(data: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Each segment's marker, and what its bytes would mean if it were a frame."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xDA:  # the picture itself begins
            return
        yield marker, (_number(data[at + 7:at + 9]), _number(data[at + 5:at + 7]))
        at += 2 + max(_number(data[at + 2:at + 4]), 2)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
