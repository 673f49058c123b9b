"""Ready patterns: items in words of our own with places to fill, shipped with the product."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from worker.items.fields import PLACEHOLDER
from worker.items.model import ItemContent
from worker.items.written import form_of
from worker.programme.model import Programme

FILE = Path(__file__).with_name("patterns.toml")
_TEXTS = ("sms", "facebook", "website", "loudspeaker", "board")


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def fact_label(name: str) -> str:
    """How a fact is called on a page; its name where nothing says so."""
    label: str = _file()["labels"].get(name, name)
    return label


def pieces(text: str) -> list[tuple[str, bool]]:
    """A text in pieces as people read it: what stands there, and the names of its blanks."""
    parts = PLACEHOLDER.split(text)
    return [(fact_label(part) if n % 2 else part, bool(n % 2)) for n, part in enumerate(parts)]


@lru_cache(maxsize=1)
def patterns() -> dict[str, tuple[str, ItemContent]]:
    """By id: how it is called, and what it says."""
    found = {}
    for entry in _file()["pattern"]:
        given = {key: value.strip() if isinstance(value, str) else value
                 for key, value in entry.items()}
        name = given.pop("name")
        texts = {key: given.pop(key) for key in _TEXTS if key in given}
        found[given["id"]] = (
            name, ItemContent.model_validate({"theme": "chua_chon", "texts": texts, **given}))
    return found


def pattern_form(programme: Programme, pattern: str) -> dict[str, list[str]] | None:
    """The form filled in with a pattern; None when there is no such one."""
    found = patterns().get(pattern)
    if found is None:
        return None
    form = form_of(found[1])
    if found[1].theme not in programme.themes:  # a theme that only its author can choose
        form["theme"] = [""]
    return form
