"""
Look-up values gathered and given back in their order, 20 bytes each.

Written in the order of the file they would touch a page of the table for nearly every number;
in their own order a chunk touches a few.
"""

from collections.abc import Iterator
from itertools import islice

from worker.models.lists import LOOKUP

#: Rows a short transaction writes.
STEP = 2_000

_TAIL = 4
_SIZE = LOOKUP + _TAIL


class Gathered:
    """(value, number beside it below 2³²), in any order in; sorted out."""

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(256)]

    def add(self, lookup: bytes, tail: int) -> None:
        self._parts[lookup[0]] += lookup + tail.to_bytes(_TAIL, "big")

    def __len__(self) -> int:
        return sum(map(len, self._parts)) // _SIZE

    def chunks(self, size: int) -> Iterator[list[tuple[bytes, int]]]:
        """Sorted by value; gives its memory back on the way."""
        entries = self._sorted()
        while chunk := list(islice(entries, size)):
            yield chunk

    def _sorted(self) -> Iterator[tuple[bytes, int]]:
        for n, part in enumerate(self._parts):
            self._parts[n] = bytearray()
            data = bytes(part)
            for entry in sorted(data[at : at + _SIZE] for at in range(0, len(data), _SIZE)):
                yield entry[:LOOKUP], int.from_bytes(entry[LOOKUP:], "big")
