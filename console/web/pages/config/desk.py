"""What the pages of the programme have in common: who may, what stands there, what came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from worker.home import in_force
from worker.models import ProgrammeVersion
from worker.programme import private, saving
from worker.programme.choices import Choices
from worker.programme.draft import Draft, marks, number_of
from worker.programme.edit import Data, data_of, entry_of
from worker.programme.effects import Effects, effects
from worker.programme.filled import known_numbers
from worker.programme.sections import BY_SLUG, PRIVATE, SECTIONS, Field, Section

#: of the whole installation: not shown to those who work for one organisation
WHOLE_ONLY = frozenset({"truc-ban", "bao-su-co"})
#: may change a station of their own organisation
STATION_ROLES = frozenset({"quan_tri", "truc_dai"})


@dataclass
class Desk:
    """One request's view of the programme in force."""

    site: Site
    ask: Ask
    session: Session
    force: ProgrammeVersion = field(init=False)
    data: Data = field(init=False)
    choices: Choices = field(init=False)
    file: saving.FileNow = field(init=False)
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = in_force(self.session).programme.zone()
        self.force = saving.newest(self.session)
        self.data = data_of(self.force.text)
        self.choices = Choices(self.session, self.data)
        self.file = saving.look(self.session, self.site.home)

    @property
    def whole(self) -> bool:
        """Whether whoever asks works for the whole installation."""
        return self.ask.me.organisation is None

    @property
    def administers(self) -> bool:
        return self.whole and "quan_tri" in self.ask.me.roles

    def may(self, section: Section, entry: Mapping[str, Any] | None) -> bool:
        """Whether they may change this entry (None: add one)."""
        if self.administers:
            return True
        return (section.slug == "dai" and entry is not None
                and bool(STATION_ROLES & self.ask.me.roles)
                and self.site.scope(self.ask).holds(entry["organisation"]))

    def sections(self) -> list[Section]:
        return [s for s in SECTIONS if self.whole or s.slug not in WHOLE_ONLY]

    def section(self) -> Section:
        """That of the address; one that is not theirs is not there."""
        found = BY_SLUG.get(str(self.ask.path["section"]))
        if found is None or found not in self.sections():
            raise HTTPException(404)
        return found

    def entries(self, section: Section) -> list[tuple[str, Data]]:
        """What they may see of an array, with each entry's name in addresses."""
        found = entry_of(self.data, section.path) or []
        scope = self.site.scope(self.ask)
        return [(mark, entry) for mark, entry in zip(marks(section, found), found, strict=True)
                if section.slug != "dai" or scope.holds(entry["organisation"])]

    def entry(self, section: Section, mark: str | None) -> Data:
        """One of them; {} for a new one and for a table that is not there yet."""
        if section.single:
            return dict(entry_of(self.data, section.path))
        if mark is None:
            return {}
        if number_of(section, self.data, mark) is None:
            raise HTTPException(404)
        entry = dict(self.entries(section)).get(mark)
        if entry is None:
            raise HTTPException(404)
        return entry

    def options(self, f: Field, state: Any) -> list[tuple[str, str]]:
        """What may be chosen, and what stands there though it no longer may."""
        pairs = list(self.choices.of(f.options))
        known = {value for value, _ in pairs}
        now = (state,) if isinstance(state, str) else state
        pairs += [(value, value) for value in now if value and value not in known]
        return pairs if f.kind == "many" else [("", "–"), *pairs]

    def masks(self, section: Section, entry: Mapping[str, Any]) -> dict[str, str]:
        """What may be shown of stored numbers: by field, and by mark for rows."""
        home = self.site.home.settings.home
        found = {f.key: private.masked(home, str(entry.get(f.key, "")))
                 for f in section.fields if f.kind in PRIVATE}
        for f in section.fields:
            if f.kind == "rows":
                found |= {mark: private.masked(home, reference)
                          for mark, reference in known_numbers(f, entry).items()}
        return found

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        return self.site.page(
            self.ask, f"config/{template}", status, desk=self, disk=self.file, sections=SECTIONS,
            zone=self.zone, **values)

    def effects(self, made: Draft) -> Effects:
        assert made.programme is not None  # noqa: S101  (asked of a good draft only)
        return effects(self.session, self.site.home.clock.now(), made.before,
                       in_force(self.session).programme, made.programme, made.text)


def base_of(ask: Ask) -> int:
    """The version that the form was filled from."""
    text = ask.form.get("ban", "")
    if not text.isdecimal() or len(text) > 9:
        raise saving.Moved
    return int(text)

