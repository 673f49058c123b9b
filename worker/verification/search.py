"""A code, a pasted text or a sender's name looked for in the database, as the page does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from sqlalchemy import select

from worker.models import AreaOrder, Campaign, Delivery, Occurrence
from worker.verification.compare import PART, closeness, likeness
from worker.verification.entry import Entry
from worker.verification.normal import GRAM, codes_in, letters
from worker.verification.published import Reader

Kind = Literal["code", "same", "part", "near", "borrowed", "sender", "none"]

_RANK = {"same": 3, "part": 2, "near": 1, "other": 0}
SHOWN = 3  #: messages shown of one answer
OF_SENDER = 20


@dataclass(frozen=True)
class Found:
    """What it is; `code`: only that was compared, `borrowed`: it is another message's code."""

    kind: Kind
    entries: Sequence[Entry] = ()

    @property
    def genuine(self) -> bool:
        """It was said by us, and nobody took it back."""
        return self.kind in ("code", "same", "part") and not any(
            e.recalled or e.correction for e in self.entries)


def search(reader: Reader, given: str) -> Found:
    """Reads every day until a text is found that is the same: staff ask, not the public."""
    codes, flat = codes_in(given), letters(given)
    of_codes = _by_codes(reader, codes)
    if codes and len(flat) < PART + len(codes) * 10:
        return Found("code", of_codes) if of_codes else Found("none")
    best, kept = _by_text(reader, given, flat, of_codes)
    if best:
        return Found("same" if best == 3 else "part" if best == 2 else "near",
                     kept[:SHOWN])
    if of_codes:
        return Found("borrowed", of_codes)
    named = _by_sender(reader, flat)
    return Found("sender", named) if named else Found("none")


def _by_codes(reader: Reader, codes: Sequence[str]) -> list[Entry]:
    if not codes:
        return []
    session = reader.session
    days = set(session.scalars(
        select(Delivery.day).distinct().where(Delivery.tag.in_(codes))))
    for row in (Campaign, AreaOrder):
        for code in codes:
            days |= set(session.scalars(
                select(Occurrence.local_date).distinct()
                .where(Occurrence.id.in_(
                    select(row.occurrence_id).where(row.text.contains(code, autoescape=True))))))
    return [e for day in sorted(days, reverse=True) for e in reader.day(day) if e.code in codes]


def _by_text(
    reader: Reader, given: str, flat: str, known: Sequence[Entry]
) -> tuple[int, list[Entry]]:
    best, kept = 0, list[tuple[float, Entry]]()
    probes = _probes(flat)
    for entries in chain([known], map(reader.day, reader.days())):
        for entry in entries:
            theirs = letters(entry.text)
            if not any(probe in theirs for probe in probes):
                continue  # a year of texts is looked at: most are nothing like it
            rank = _RANK[likeness(given, entry.pieces)]
            if rank < max(best, 1):
                continue
            if rank > best:
                best, kept = rank, []
            kept.append((closeness(flat, theirs) + (entry in known), entry))
        if best == _RANK["same"]:
            break
    kept.sort(key=lambda found: -found[0])
    return best, list({entry.id: entry for _, entry in kept}.values())


def _probes(flat: str) -> list[str]:
    """Pieces of it, close enough that a text it resembles has one."""
    step = max(1, min(len(flat) // 24, 40))
    return [flat[i:i + GRAM] for i in range(0, max(1, len(flat) - GRAM + 1), step)]


def _by_sender(reader: Reader, flat: str) -> list[Entry]:
    found: list[Entry] = []
    if not 2 <= len(flat) <= 60:
        return found
    for day in reader.days():
        found += [e for e in reader.day(day)
                  if flat in letters(e.sender or e.organisation) or flat in letters(e.organisation)]
        if len(found) >= OF_SENDER:
            break
    return found[:OF_SENDER]
