"""Categories by number or by name. WordPress takes a number it does not have, and says nothing."""

from html import escape, unescape
from typing import NamedTuple

from channels.values import Outcome
from channels.wordpress.options import WordPressOptions
from channels.wordpress.rest import Rest
from vietnamese.plain import nfc


class Categories(NamedTuple):
    """Numbers of those that there are, and words for those that there are not."""

    numbers: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


def resolve(
    rest: Rest, options: WordPressOptions, account: str, deadline: float, *, create: bool
) -> Categories | Outcome:
    """Every category of the options; those that are missing are made only where told so."""
    numbers: list[int] = []
    missing: list[str] = []
    for wanted in options.categories:
        asked = {"include": str(wanted)} if isinstance(wanted, int) else {
            "search": escape(wanted, quote=False)}  # WordPress keeps "&amp;"
        found = rest.things("categories", account, deadline, _fields="id,name", **asked)
        if not isinstance(found, tuple):
            return found
        hits = [c["id"] for c in found[0] if isinstance(wanted, int) or _same(c, wanted)]
        if not hits and create and options.create_categories and isinstance(wanted, str):
            made = rest.thing("POST", "categories", account, deadline, json={"name": wanted})
            hits = [made["id"]] if isinstance(made, dict) else []
        numbers += hits[:1]
        missing += [] if hits else [str(wanted)]
    return Categories(tuple(numbers), tuple(missing))


def _same(category: dict[str, object], name: str) -> bool:
    return nfc(unescape(str(category.get("name")))).casefold() == nfc(name).strip().casefold()
