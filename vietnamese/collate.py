"""
Vietnamese alphabetical order, as dictionaries have it: a ă â b c d đ e ê … , tones after letters,
one syllable after another. Python and databases compare code points, which puts Đ after z.
"""

from vietnamese.fold import SortKey
from vietnamese.fold import sort_key as key

__all__ = ["key", "name_key"]


def name_key(full_name: str) -> tuple[SortKey, SortKey]:
    """Of a person: by the given name, which comes last, then by what stands before it."""
    before, _, given = " ".join(full_name.split()).rpartition(" ")
    return key(given), key(before)
