"""What the pages of Soạn tin share: the item of an address, its scope, its words."""

import re
from dataclasses import dataclass, field

from fastapi import HTTPException
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from worker.errors import Mistake
from worker.i18n import t
from worker.items.approval import STATES
from worker.items.edit import Clash
from worker.items.files.columns import BY_KEY
from worker.items.model import ItemContent
from worker.items.patterns import fact_label
from worker.items.written import FACT, OWN
from worker.models import Item

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
STATE_TONES = {"draft": "off", "submitted": "wait", "approved": "ok", "returned": "bad",
               "rejected": "bad", "recalled": "off"}


@dataclass
class Sheet:
    """A form on a page: what is typed, where it came from, and what is wrong with it."""

    key: str  #: of its draft; the item's id where there is one
    form: dict[str, list[str]]
    item: Item | None = None
    base: int | None = None  #: the version the form started from
    old: ItemContent | None = None  #: what that version says
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    why: str = ""  #: what is wrong and has no field
    said: list[str] = field(default_factory=list)  #: what was done or put right on the way
    clash: Clash | None = None
    from_draft: bool = False  #: what is shown was not saved yet
    sound: str = ""

    @property
    def address(self) -> str:
        return f"/soan-tin/{self.item.id if self.item else 'moi'}"


def item_of(site: Site, ask: Ask, session: Session) -> Item:
    """The item the address names; of others like one that does not exist."""
    name = str(ask.path["item"])
    item = session.get(Item, name) if _ID.fullmatch(name) else None
    if item is None or not site.scope(ask).holds(item.owner):
        raise HTTPException(404)
    return item


def may_write(ask: Ask) -> bool:
    return "nguoi_soan" in ask.me.roles


def label(name: str) -> str:
    """How a field is called."""
    if name in ("images", "image_alts"):
        return t("Ảnh", "Pictures")
    if name == "waived":
        return t("Từ được đọc như đã viết", "Words read as they stand")
    key = name.removeprefix(OWN)
    if name.startswith(FACT):
        return fact_label(name.removeprefix(FACT))
    return t(BY_KEY[key].head, key.replace("_", " ").capitalize()) if key in BY_KEY else key


def shared() -> dict[str, object]:
    """What every template here is given."""
    return {"STATES": STATES, "STATE_TONES": STATE_TONES, "label": label,
            "fact_label": fact_label}
