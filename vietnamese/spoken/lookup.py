"""Words of the dictionary: abbreviations, in their context, and names of the net."""

import re

from vietnamese.spoken.dictionary import Context, Entry
from vietnamese.spoken.letters import CAPITALS
from vietnamese.spoken.spans import Reading
from vietnamese.syllables import is_syllable

_TOKEN = re.compile(r"[^\W_]+")
_SPACE_NAME = re.compile(rf"\s+[{CAPITALS}]")
_NAME_OR_NUMBER = re.compile(rf"\s?[{CAPITALS}\d]")
_NUMBER_NEXT = re.compile(r"\s*,?\s*(?:số\s*:?\s*)?\d")
_YEAR_NEXT = re.compile(r"\s*:?\s*(?:\d{1,2}/\d{1,2}/)?(?:19|20)\d{2}(?!\d)")
_END_NEXT = re.compile(r"\s*(?:$|[.;:!?\n])")
_PLACE_NEXT = re.compile(r"\s+([^\W\d_]+)(?:\s+([^\W\d_]+))?")


def read_with_figures(line: Reading) -> None:
    """Claim entries that hold figures or signs, before the numbers take those: "Covid-19"."""
    _read(line, plain=False)


def read(line: Reading) -> None:
    """Claim all other entries."""
    _read(line, plain=True)


def _read(line: Reading, *, plain: bool) -> None:
    entries = line.dictionary.entries
    for token in _TOKEN.finditer(line.text):
        candidates = entries.get(token[0].lower())
        if not candidates or not line.free(token.start(), token.end()):
            continue
        for entry in candidates:
            simple = not any(c.isdigit() for c in entry.written)
            if simple == plain and _claim(line, token.start(), entry):
                break


def _claim(line: Reading, start: int, entry: Entry) -> bool:
    end = start + len(entry.written)
    there = (line.text if entry.exact else line.lower)[start:end]
    if there != entry.written or not line.free(start, end) or not _whole(line, start, end):
        return False
    proven = next((c.said for c in entry.contexts if _holds(line, start, end, c)), None)
    said = proven or entry.said
    if said is None or (entry.exact and not proven and _is_word(line, start, end)):
        return False
    if _defined_before(line, start, end, said):
        return True
    form = "said" if entry.kind == "abbreviation" else "kept"
    return line.claim(start, end, said, entry.kind, form)  # type: ignore[arg-type]


def _whole(line: Reading, start: int, end: int) -> bool:
    text = line.text
    if text[end - 1] == ".":  # "TP." belongs to a name; the dot of "… TP." ends the sentence
        return bool(_NAME_OR_NUMBER.match(text, end))
    if start and text[start - 1] == "'":
        return False
    return end >= len(text) or not (text[end].isalnum() or text[end] == "_")


def _holds(line: Reading, start: int, end: int, context: Context) -> bool:
    if context.next and not any(_next(line, end, one) for one in context.next):
        return False
    before = line.before(start)
    return not context.previous or any(
        before.rstrip(" ,(:").endswith(one.lower()) or before.rstrip(" (").endswith(one.lower())
        for one in context.previous
    )


def _next(line: Reading, end: int, wanted: str) -> bool:
    text = line.text
    if wanted == "<số>":
        return bool(_NUMBER_NEXT.match(line.lower, end))
    if wanted == "<năm>":
        return bool(_YEAR_NEXT.match(text, end))
    if wanted == "<tên>":
        return bool(_SPACE_NAME.match(text, end)) or text[end - 1 : end] == "."
    if wanted == "<hết>":
        return bool(_END_NEXT.match(text, end))
    if wanted == "<nơi>":
        place = _PLACE_NEXT.match(line.lower, end)
        one = place and place[1]
        two = place and place[2] and f"{place[1]} {place[2]}"
        return bool({one, two} & line.dictionary.places)
    if wanted == "<điện thoại>":
        following = re.compile(r"[\s:.(]*").match(text, end)
        spot = following.end() if following else end
        phone = line.starting(spot) or line.starting(spot - 1)
        return phone is not None and phone.kind == "phone"
    behind = text[end : end + len(wanted) + 8].lstrip(" -:")
    if wanted.isupper():
        found = behind.startswith(wanted)
    else:
        found = behind.lower().startswith(wanted.lower())
    return found and not behind[len(wanted) : len(wanted) + 1].isalnum()


def _is_word(line: Reading, start: int, end: int) -> bool:
    """Whether capitals that look like a syllable stand in a row of capital words: "CA SĨ"."""
    if not is_syllable(line.text[start:end]):
        return False
    left = re.search(r"([^\W\d_]+)\s$", line.text[max(0, start - 12) : start])
    right = re.compile(r"\s([^\W\d_]+)").match(line.text, end)
    return any(
        m and len(m[1]) > 1 and m[1].isupper() and is_syllable(m[1]) and not m[1].isascii()
        for m in (left, right)
    )


def _defined_before(line: Reading, start: int, end: int, said: str) -> bool:
    """Whether it repeats what stands before: "Ủy ban nhân dân (UBND)" is said once."""
    if line.text[start - 1 : start] != "(" or line.text[end : end + 1] != ")":
        return False
    before = line.before(start - 1, len(said) + 8)
    told = before.rstrip()
    if not told.endswith(said.lower()):
        return False
    return line.claim(start - 1 - len(before) + len(told), end + 1, "", "skip")
