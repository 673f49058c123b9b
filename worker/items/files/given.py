"""An item as a program gives it: the rules of a file, each mistake told by its field."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.model import ItemContent
from worker.programme.model import Programme

from .columns import BY_KEY, CHANNEL_TEXTS, EVERYONE, variant
from .judge import Known, judge
from .names import Names
from .places import Found, Place
from .tomlfile import entry_of


def read_given(
    item_id: str, given: Mapping[str, Any], programme: Programme, images: Path,
    brought: Path | None = None,
) -> ItemContent:
    """
    The item of these fields, `texts` by channel as in `ItemContent`.

    Raises:
        UserError: every mistake.
    """
    texts = dict(given.get("texts") or {})
    values: dict[str, Any] = {"id": item_id, **{
        key: value for key, value in given.items() if key != "texts" and value not in (None, ())}}
    unknown = [key for key in texts if key not in CHANNEL_TEXTS and variant(key) is None]
    if unknown:
        known = ", ".join(CHANNEL_TEXTS)
        raise UserError.many(tuple(
            Mistake(f"texts.{key}", t("không có lời cho kênh này", "no channel has such a text"),
                    t(f"dùng: {known}, loudspeaker_…", f"use: {known}, loudspeaker_…"))
            for key in unknown))
    values |= texts
    found = Found()
    places = {key: Place(f"texts.{key}" if key in texts else key) for key in (*BY_KEY, *values)}
    items = judge([entry_of(values, Place("item"), places, found)],
                  Known(Names(programme.themes), Names({**EVERYONE, **programme.audiences}),
                        Names(programme.areas), images, brought), found)
    if found.mistakes or not items:
        raise UserError.many(tuple(found.mistakes))
    return _with_pictures(items[0], given.get("images") or ())


def _with_pictures(content: ItemContent, given: Any) -> ItemContent:
    """With whose pictures they are, which the rules of a file know nothing of."""
    return content.model_copy(update={"images": tuple(
        image.model_copy(update={"source": said.get("source", ""),
                                 "permission": said.get("permission", "")})
        for image, said in zip(content.images, given, strict=True))})
