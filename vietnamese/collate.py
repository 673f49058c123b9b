"""
Vietnamese alphabetical order, as dictionaries have it: a ă â b c d đ e ê … , tones after letters,
one syllable after another. Python and databases compare code points, which puts Đ after z.
"""

from vietnamese.fold import sort_key as key

__all__ = ["key", "name_key"]


def name_key(full_name: str) -> tuple[object, object, str]:
    """Of a person: by the given name, which comes last, then by what stands before it."""
    before, _, given = " ".join(full_name.split()).rpartition(" ")
    # the letters only: large or small, the names before it decide between two of one name
    return key(given)[0], key(before)[0], full_name
