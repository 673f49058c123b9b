"""What the page reads of an entry, and by what it finds it: values only, no file."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from worker.verification.entry import Entry
from worker.verification.normal import letters, marks_kept

#: newest entries kept under one mark and under one sender
NEWEST = 20

Postings = dict[str, dict[str, set[str]]]  #: file's two letters -> mark -> places


def when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d/%m/%Y %H:%M}"


def record_path(entry_id: str) -> str:
    """Below `xac-minh/`: at most 1,024 folders."""
    return f"ma/{entry_id[:2]}/{entry_id[2:]}.json"


def record(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """Everything that is said of a message, ready to be shown."""
    right = entry.correction
    return {
        "id": entry.id, "code": entry.code, "title": entry.title, "text": list(entry.pieces),
        "media": entry.media, "sender": entry.sender, "organisation": entry.organisation,
        "when": when(entry.when, zone), "recalled": entry.recalled,
        "recalled_at": when(entry.recalled_at, zone) if entry.recalled_at else "",
        "correction": {"text": right.text, "when": when(right.when, zone), "id": right.id}
        if right else None,
    }


def as_json(value: object) -> bytes:
    """Stable bytes: equal content is not written again. ASCII, whatever a server says it is."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode("ascii")


def place(entry: Entry) -> str:
    """Its hour and its id: sorts by age, and says where the record is."""
    return f"{entry.when:%Y%m%d%H%M}{entry.id}"


def postings(entries: Iterable[Entry]) -> Postings:
    """Under which marks these are found."""
    found: Postings = {}
    for entry in entries:
        at = place(entry)
        for mark in marks_kept(entry.pieces):
            name = f"{mark:08x}"
            found.setdefault(name[:2], {}).setdefault(name, set()).add(at)
    return found


def merged(standing: Mapping[str, Any], more: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Places put together, the newest of each mark kept."""
    found = {mark: places for mark, places in standing.items() if isinstance(places, list)}
    for mark, places in more.items():
        both = {*found.get(mark, ()), *places}
        found[mark] = sorted(both, reverse=True)[:NEWEST]
    return found


def with_senders(standing: Mapping[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
    """Who sends: SMS names, pages, stations and the bodies behind them, with their newest."""
    found = {key: one for key, one in standing.items()
             if isinstance(one, dict) and isinstance(one.get("new"), list)}
    for entry in entries:
        name = entry.sender or entry.organisation
        key = letters(f"{name}{entry.organisation}{entry.media}")
        one = found.setdefault(key, {
            "name": name, "organisation": entry.organisation, "media": entry.media, "new": []})
        one["new"] = sorted({*one["new"], place(entry)}, reverse=True)[:NEWEST]
    return found
