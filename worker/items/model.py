"""
What staff write: one warning, in words for every channel or in one body for all.

Everything here is content. Where it stands in its life (draft, approved …) is in the database.
"""

import hashlib
import json
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from worker.programme.model import Id, Priority, Purpose


class Image(BaseModel):
    """A picture and the words that stand for it where it cannot be seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str  #: below the home's `content/images/`
    alt: str
    sha256: str = ""  #: filled in at import from the file's bytes
    source: str = ""  #: whose picture it is
    permission: str = ""  #: by what right we show it


class ItemContent(BaseModel):
    """One version of an item. Text may hold `{{ name }}` for a field or a fact to fill in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    title: Annotated[str, Field(min_length=1, max_length=150)]
    theme: Id
    body: str = ""  #: used by every channel that has no text of its own
    #: template folder (sms, facebook, website, loudspeaker, board); loudspeaker_tay: in Tày
    texts: dict[str, str] = {}
    summary: str = ""
    what_to_do: str = ""
    audience: tuple[Id, ...] = ("tat_ca",)
    area: tuple[Id, ...] = ()
    priority: Priority = "thong_thuong"
    purpose: Purpose = "cong_ich"
    language: str = "vi"
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    legal_basis: tuple[str, ...] = ()
    hotline: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    requires: tuple[str, ...] = ()  #: facts to fill in before it may be submitted
    facts: dict[str, str] = {}  #: what was filled in
    note: str = ""  #: an open remark; must be cleared by name before it may be submitted
    scam: str = ""
    waived: dict[str, str] = {}  #: words the lint of the spoken text may let pass: who said so

    def sha256(self) -> str:
        """Hash of everything that is said; equal content is the same version."""
        said = self.model_dump(mode="json", exclude=None if self.waived else {"waived"})
        for image in said["images"]:  # as hashes were taken before these could be written
            for name in ("source", "permission"):
                if not image[name]:
                    del image[name]
        data = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(data.encode()).hexdigest()

    def unfilled(self) -> tuple[str, ...]:
        """Facts still missing."""
        return tuple(name for name in self.requires if not self.facts.get(name, "").strip())
