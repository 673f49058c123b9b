"""
One airing's bulletin put together: what was handed over, what was withdrawn since, what the
commune put off or swapped, what a black-out silences, corrections, and the stand-by item where
nothing else is left.

Words once under a number stay as they are: only what is added, or must not be read any more,
makes another number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from worker.models import StationChange
from worker.programme.model import Priority, Programme, Station
from worker.programme.values import field_values, own_hotline
from worker.radio.airings import Place, StationAiring, loudspeakers
from worker.radio.bulletin import Bulletin, Section, Standing
from worker.radio.compose import (
    Frame,
    Piece,
    Said,
    compose,
    follows,
    order_of,
    pieces,
    same_words,
)
from worker.radio.given import Given, ItemKey, Shelf, newest_versions
from worker.slots import Span, blacked_out

#: how the title of a correction begins
CORRECTION = "Đính chính: "


@dataclass(frozen=True)
class Recalled:
    """An item recalled after a station had aired it: its next airing says so."""

    key: ItemKey
    at: datetime
    by: ItemKey | None = None  #: the approved correction that is read instead of a bare notice


@dataclass(frozen=True)
class Airing:
    """Everything that bears on one bulletin."""

    place: Place
    station: Station
    given: Sequence[Given] = ()  #: deliveries for this airing, whatever became of them
    changes: Mapping[str, StationChange] = field(default_factory=dict)
    arrived: Sequence[Given] = ()  #: put off from another airing to this one
    recalled: Sequence[Recalled] = ()  #: to be corrected in this airing
    times: StationAiring | None = None  #: by the programme; None: it has no such airing
    earlier: Bulletin | None = None  #: the newest number there is
    twin: str = ""  #: its words in names of files, where another airs in the same minute

    @property
    def span(self) -> Span | None:
        """When it airs: as its bulletin says, else its deliveries, else the programme."""
        if self.earlier is not None:
            return self.earlier.airs_at, self.earlier.use_until
        if self.given:
            return min(g.opens_at for g in self.given), max(g.closes_at for g in self.given)
        return (self.times.opens_at, self.times.closes_at) if self.times is not None else None


@dataclass
class Assembler:
    """Puts bulletins together within one transaction."""

    shelf: Shelf
    programme: Programme
    training: bool
    now: datetime

    def bulletin(self, airing: Airing, *, planned: bool = False) -> Bulletin | None:
        """
        The next number of this airing; None when nothing has changed, or there is nothing to
        read. `planned`: of what is not handed over yet, without a number.
        """
        frame = self._frame(airing)
        if frame is None:
            return None
        earlier = airing.earlier
        found = [*self._sections(airing, planned=planned), *self._corrections(airing),
                 *self._still_silent(airing)]
        found = self._hushed(airing, frame, found)
        stand_by = not any(p.section.standing == "silenced" or (
            p.section.standing == "airs" and not _corrects(p.section)) for p in found)
        if stand_by and frame.use_until > self.now:
            found += self._hushed(airing, frame, self._stand_by(airing))
        if not found:
            return None
        found = [_kept(piece, earlier) for piece in found]
        new = compose(frame, found, number=0 if planned else 1, made_at=self.now,
                      stand_by=stand_by, planned=planned)
        if earlier is None:
            return new
        new = replace(new, opening=earlier.opening or new.opening,
                      closing=earlier.closing or new.closing)
        return None if same_words(earlier, new) else follows(earlier, new)

    def _frame(self, airing: Airing) -> Frame | None:
        if airing.span is None:
            return None
        (opens, closes), times = airing.span, airing.times
        station, place = airing.station, airing.place
        body = self.programme.organisation_on(station.organisation, place.date)
        return Frame(
            station=station.id, station_name=station.name,
            committee=body.committee if body else "", date=place.date, airing=place.airing,
            airs_at=opens, use_until=closes, training=self.training,
            limit=times.seconds if times else int((closes - opens).total_seconds()),
            twin=airing.twin,
        )

    # ------------------------------------------------------------------ what is said

    def _sections(self, airing: Airing, *, planned: bool) -> Iterator[Piece]:
        had = {s.delivery for s in _earlier(airing)}
        recalled = {s.delivery for s in _earlier(airing) if s.standing == "recalled"}
        stages = ("pending", "handed") if planned else ("handed",)
        # returned, then edited: the item is a draft now, but nobody said yes to this version again
        given = [replace(g, stage="withdrawn") if g.id in recalled else g for g in airing.given]
        stands = [g for g in given
                  if g.stage in stages or g.stage == "withdrawn"
                  or (g.stage == "gone" and g.id in had)]
        for g in newest_versions(stands):
            if g.stage != "withdrawn":
                yield from self._with_change(airing, g)
        for g in stands:
            if g.stage == "withdrawn" and g.id in had:
                yield from self._silent(g, "recalled", self.shelf.why_withdrawn(g.key.item))
        for g in airing.arrived:
            if g.stage == "withdrawn" and g.id in had:
                yield from self._silent(g, "recalled", self.shelf.why_withdrawn(g.key.item))
            elif g.stage in stages or g.id in had:
                yield from self._said(airing, g)

    def _with_change(self, airing: Airing, given: Given) -> Iterator[Piece]:
        change = airing.changes.get(given.id)
        if change is None or given.priority != "thong_thuong":
            yield from self._said(airing, given)  # the rest airs whoever wants it otherwise
        elif change.kind == "postpone":
            yield from self._silent(given, "postponed", _because(change))
        else:
            key = self.shelf.approved(change.item_id)
            if key is None:  # recalled since: what was to air airs after all
                yield from self._said(airing, given)
                return
            yield from self._silent(given, "swapped", _because(change))
            yield from self._said(airing, replace(given, id="", key=key))

    def _said(self, airing: Airing, given: Given) -> Iterator[Piece]:
        facts = self.shelf.facts(given.key)
        if facts is None:
            return
        yield from pieces(Said(
            delivery=given.id, item=given.key.item, version=given.key.version,
            title=facts.title, priority=given.priority, editor=facts.editor,
            approver=facts.approver, script=facts.script, fields=given.fields,
            hotline=given.hotline, text=given.text,
            order=(given.opens_at.isoformat(), given.occurrence),
        ), airing.station.languages)

    def _silent(self, given: Given, standing: Standing, reason: str) -> Iterator[Piece]:
        """What is not read is named, and none of its words are served."""
        facts = self.shelf.facts(given.key)
        section = Section(
            given.id, given.key.item, given.key.version, facts.title if facts else "",
            given.priority, (), facts.approver if facts else "", facts.editor if facts else "",
            standing=standing, reason=reason)
        yield _at_the_end(section)

    def _still_silent(self, airing: Airing) -> Iterator[Piece]:
        """Recalled in an earlier number: said in every later one, for whoever holds the first."""
        known = {g.id for g in (*airing.given, *airing.arrived)}
        for s in _earlier(airing):
            if s.delivery in known or (_corrects(s) and s.standing == "airs"):
                continue
            if s.standing == "recalled":
                yield _at_the_end(s)
            elif not s.delivery and self.shelf.no_more(s.item, s.version):
                yield _at_the_end(replace(s, lines=(), standing="recalled",
                                          reason=self.shelf.why_withdrawn(s.item)))

    def _corrections(self, airing: Airing) -> Iterator[Piece]:
        there = [s for s in _earlier(airing) if _corrects(s) and s.standing == "airs"]
        told = set[tuple[str, str]]()
        for section in there:
            if section.corrects and self.shelf.no_more(section.item, section.version):
                yield from self._correction_recalled(section)
                continue
            told.add((section.item, section.corrects))
            yield Piece(section, (), (), order_of(section, True, (section.item,)))
        for recalled in airing.recalled:
            item, by = recalled.key.item, recalled.by
            if by is not None and self.shelf.facts(by) is not None:
                if (by.item, item) not in told:
                    yield from self._without_delivery(airing, by, corrects=item)
            elif (item, "") not in told and self.shelf.facts(recalled.key) is not None:
                yield from self._without_delivery(airing, recalled.key, correction=True)

    def _correction_recalled(self, section: Section) -> Iterator[Piece]:
        yield _at_the_end(replace(section, lines=(), standing="recalled",
                                  reason=self.shelf.why_withdrawn(section.item)))

    def _hushed(self, airing: Airing, frame: Frame, found: Sequence[Piece]) -> list[Piece]:
        """Whatever a black-out covers is named and not read, as what was recalled."""
        channels = {g.id: (g.key.channel,) for g in (*airing.given, *airing.arrived)}
        every = tuple(c.id for c in loudspeakers(self.programme))
        had = {s.item for s in _earlier(airing)}
        silent: dict[tuple[str, str], Piece] = {}
        aloud = []
        for piece in found:
            s = piece.section
            reason = "" if s.standing != "airs" else self._black_out(
                airing, frame, s, channels.get(s.delivery, every))
            if not reason:
                aloud.append(piece)
            elif s.delivery or s.item in had:
                silent.setdefault((s.delivery, s.item), _at_the_end(
                    replace(s, lines=(), standing="silenced", reason=reason)))
        return [*aloud, *silent.values()]

    def _black_out(
        self, airing: Airing, frame: Frame, section: Section, channels: Sequence[str]
    ) -> str:
        """The one in force when it airs, "" for none. What is over stays as it was aired."""
        if frame.use_until <= self.now:
            return next((s.reason for s in _earlier(airing) if s.standing == "silenced"
                         and (s.delivery, s.item) == (section.delivery, section.item)), "")
        priority = cast("Priority", section.priority)
        found = [blacked_out(self.programme, c, priority, frame.airs_at) for c in channels]
        return f"Ngừng phát: {found[0].name}" if found and all(found) and found[0] else ""

    def _stand_by(self, airing: Airing) -> list[Piece]:
        """Nothing is left to read: the stand-by item, so that there is no dead air."""
        key = self.shelf.approved(self.programme.radio.stand_by or "")
        return list(self._without_delivery(airing, key)) if key else []

    def _without_delivery(
        self, airing: Airing, key: ItemKey, *, correction: bool = False, corrects: str = ""
    ) -> Iterator[Piece]:
        facts = self.shelf.facts(key)
        if facts is None:
            return
        station, place = airing.station, airing.place
        fields = {
            **field_values(self.programme, station.organisation, station, place.date),
            "ngay": f"{place.date:%d/%m/%Y}", "gio": place.airing,
        }
        yield from pieces(Said(
            delivery="", item=key.item, version=key.version,
            title=CORRECTION + facts.title if correction or corrects else facts.title,
            priority=facts.priority, editor=facts.editor, approver=facts.approver,
            script=facts.script, fields=fields, correction=correction, order=(key.item,),
            corrects=corrects,
            hotline="" if correction else own_hotline(
                self.programme, station.organisation, place.date, facts.hotlines),
        ), station.languages)


def _earlier(airing: Airing) -> tuple[Section, ...]:
    return airing.earlier.sections if airing.earlier else ()


def _corrects(section: Section) -> bool:
    return not section.delivery and section.title.startswith(CORRECTION)


def _at_the_end(section: Section) -> Piece:
    return Piece(section, (), (), order_of(section, False, (section.delivery, section.item)))


def _kept(piece: Piece, earlier: Bulletin | None) -> Piece:
    """The very words of the earlier number, whatever names or templates were edited since."""
    s = piece.section
    for old in earlier.sections if earlier else ():
        if (old.delivery, old.item, old.version, old.language, old.standing, old.title) == (
                s.delivery, s.item, s.version, s.language, s.standing, s.title):
            return replace(piece, section=old)
    return piece


def _because(change: StationChange) -> str:
    to = f"sang {change.to_airing} ngày {change.to_date:%d/%m/%Y}" if change.to_date else ""
    return ", ".join(filter(None, (to, change.reason, change.by)))
