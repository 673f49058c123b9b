"""What somebody probably meant: the nearest known name to a mistyped one."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def folded(text: str) -> str:
    """Lower case, without accents and spaces: how two spellings are compared."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c) and not c.isspace())


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known name most like this word, or None; `likeness` from 0 (any) to 1 (the same)."""
    names = {folded(name): name for name in sorted(known)}
    found = get_close_matches(folded(word), names, n=1, cutoff=likeness)
    return names[found[0]] if found else None
