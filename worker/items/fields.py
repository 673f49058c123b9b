"""
Fields left open in an approved text, and facts filled in before.

A field is `{{ name }}` in an item's text or a template. Approval binds the text *with* its
fields; planning fills them, each from one declared source, so a mayor's approval of one text
covers thirty communes. A value has no line break and no address: it cannot change what was
approved into something else. No condition may stand on a field, for the same reason.
"""

import re
from collections.abc import Iterable, Mapping

#: name -> (source, longest value in characters); docs/schedules.md lists the same
FIELDS: Mapping[str, tuple[str, int]] = {
    "dai": ("station", 60),
    "cong_an": ("organisation", 60),
    "ubnd": ("organisation", 60),
    "duong_day_nong": ("organisation", 20),
    "ky_ten": ("organisation", 40),
    "ngay": ("occurrence", 10),
    "gio": ("occurrence", 20),
    "ma_tin": ("delivery", 12),
    # of SMS campaigns alone: an item that names one airs nowhere else
    "ten": ("list", 60),
    "dia_chi": ("list", 60),
    "thon": ("list", 60),
    "xa": ("list", 60),
}
#: the fields that a list of recipients fills
OF_LISTS = frozenset(name for name, (source, _) in FIELDS.items() if source == "list")

PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")


def names_in(text: str) -> tuple[str, ...]:
    """The distinct placeholders of a text, in order of first appearance."""
    if "{{" not in text:
        return ()
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in; a placeholder without a value stays as it stands."""
    return PLACEHOLDER.sub(lambda m: values.get(m.group(1), m.group(0)), text)


def unknown_names(text: str, facts: Iterable[str]) -> tuple[str, ...]:
    """Placeholders that are neither a field nor one of the item's own facts."""
    allowed = FIELDS.keys() | set(facts)
    return tuple(name for name in names_in(text) if name not in allowed)
