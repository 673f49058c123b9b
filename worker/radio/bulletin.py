"""
A bulletin: everything one station reads in one airing, as it was put together at one time.

The same value makes the page, the sheet, the sound, the feed and the bundle, so that no two of
them can differ. It is stored as JSON under a number that rises with each change.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from vietnamese.plain import slug

Kind = Literal["opening", "greeting", "body", "again", "todo", "hotline", "closing"]
#: `silenced`: a black-out declared since covers it
Standing = Literal["airs", "recalled", "postponed", "swapped", "silenced"]

#: first words of everything made in training, on paper and in sound
TRAINING = "TẬP HUẤN, KHÔNG PHÁT"


@dataclass(frozen=True)
class Line:
    """One thing that is said, in three writings that mean the same."""

    kind: Kind
    written: str  #: as approved
    person: str  #: for a reader: dates, documents and abbreviations in words
    voice: str  #: for a machine: every sign as it sounds


@dataclass(frozen=True)
class Section:
    """One item of the bulletin: a delivery to this station."""

    delivery: str  #: its key; "" for the stand-by bulletin, which is nobody's delivery
    item: str
    version: int
    title: str
    priority: str
    lines: tuple[Line, ...]
    approver: str
    editor: str
    language: str = "vi"
    standing: Standing = "airs"
    reason: str = ""  #: why it is not read, and by whom
    corrects: str = ""  #: the recalled item that this approved one corrects


@dataclass(frozen=True)
class Acceptance:
    """The commune's yes to airing this: it answers for it by law (Decree 49/2024)."""

    by: str
    how: Literal["standing", "page", "scan", "centre"]
    at: datetime
    document: str = ""


@dataclass(frozen=True)
class Bulletin:
    """One station, one airing, one number."""

    station: str
    station_name: str
    committee: str  #: the People's Committee that answers for the station
    date: date
    airing: str  #: "05:30" or "sau tiếp sóng", local
    airs_at: datetime
    use_until: datetime  #: "không dùng sau": the end of its slot
    number: int
    made_at: datetime
    training: bool
    opening: tuple[Line, ...]
    sections: tuple[Section, ...]  #: urgent first; those that do not air stand last
    closing: tuple[Line, ...]
    seconds: int  #: reading time with repeats
    limit: int  #: seconds the airing allows
    stand_by: bool = False
    planned: bool = False  #: not handed over yet: it may still change without a number
    notice: str = ""  #: in red on top: what was recalled or changed since an earlier number
    replaces: int | None = None  #: the number it changes
    announcer: str = ""
    accepted: Acceptance | None = None  #: not part of the hash: a yes changes no word
    twin: str = ""  #: what its files are called beside those of an airing of the same minute

    @property
    def key(self) -> str:
        """Station, date and airing as file names write it: dai-x/2026-12-08/0530."""
        return f"{self.station}/{self.date.isoformat()}/{airing_slug(self.airing)}"

    @property
    def airing_sections(self) -> tuple[Section, ...]:
        """What is really read."""
        return tuple(s for s in self.sections if s.standing == "airs")

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything that is read, in order."""
        said = [line for section in self.airing_sections for line in section.lines]
        return (*self.opening, *said, *self.closing) if said else ()

    @property
    def priority(self) -> str:
        """The highest of its items."""
        ranks = {"thong_thuong": 0, "uu_tien": 1, "khan_cap": 2}
        return max((s.priority for s in self.airing_sections), key=lambda p: ranks.get(p, 0),
                   default="thong_thuong")

    @property
    def voice(self) -> str:
        """The text for a voice, one line a breath; training says so first."""
        lines = [line.voice for line in self.lines]
        mark = ["Tập huấn, không phát."] if self.training and lines else []
        return "\n".join([*mark, *lines])

    def sha256(self) -> str:
        """Of every word and time in it; number, moment, acceptance and names of files apart."""
        plain = replace(self, accepted=None, number=0, replaces=None, planned=False,
                        made_at=self.airs_at, notice="")
        told = to_json(plain)
        del told["twin"]
        for section in told["sections"]:  # as it was before there were corrections
            if not section["corrects"]:
                del section["corrects"]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def airing_slug(airing: str) -> str:
    """As file names write it: 05:30 -> 0530, sau tiếp sóng -> sau-tiep-song."""
    return slug(airing.replace(":", ""))


def to_json(bulletin: Bulletin) -> dict[str, Any]:
    """As it is stored and served: dates and times ISO 8601, times UTC."""
    found: dict[str, Any] = _plain(bulletin)
    return found


def _plain(value: Any) -> Any:
    """`dataclasses.asdict` copies every text, and a country has 10,000 bulletins an evening."""
    if isinstance(value, Bulletin | Section | Line | Acceptance):
        return {name: _plain(part) for name, part in vars(value).items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def from_json(given: dict[str, Any]) -> Bulletin:
    """What `to_json` wrote."""
    moment = datetime.fromisoformat
    accepted = given["accepted"]
    return Bulletin(**{
        **given,
        "date": date.fromisoformat(given["date"]), "airs_at": moment(given["airs_at"]),
        "use_until": moment(given["use_until"]), "made_at": moment(given["made_at"]),
        "opening": tuple(Line(**x) for x in given["opening"]),
        "closing": tuple(Line(**x) for x in given["closing"]),
        "sections": tuple(
            Section(**{**s, "lines": tuple(Line(**x) for x in s["lines"])})
            for s in given["sections"]),
        "accepted": accepted and Acceptance(**{**accepted, "at": moment(accepted["at"])}),
    })
