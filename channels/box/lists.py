"""
`lich-phat.json` and `lich-phat.csv`: what airs when, for the box and for whoever looks at it.

The JSON is written last and says when it was made: an older one never takes its place. It also
names every file of ours, so that what fell out of it is removed: a box must not play last week's.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from channels.box.ways import Shelf

JSON, CSV = "lich-phat.json", "lich-phat.csv"
COLUMNS: Final = ("date", "time", "use_until", "mp3", "txt", "number", "sha256")

_NAME = re.compile(r"\d{4}-\d\d-\d\d_\d{4}_(T[2-7]|CN)(_[a-z0-9-]{1,60})?", re.ASCII)
#: a list from further ahead was written by a clock that was wrong
_WRONG_CLOCK = timedelta(days=1)


def read(shelf: Shelf, folder: PurePosixPath) -> dict[str, Any]:
    """What stands there; {} when nothing does, or nobody can read it."""
    try:
        found = json.loads(shelf.read(str(folder / JSON)) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write(shelf: Shelf, folder: PurePosixPath, there: Mapping[str, Any], text: str) -> None:
    """Put ours in place of `there`, unless that is newer, and remove what is over."""
    ours = json.loads(text)
    if _newer(there, ours):
        return
    for name in sorted(_names(there) - _names(ours)):
        shelf.delete(str(folder / f"{name}.mp3"))
        shelf.delete(str(folder / f"{name}.txt"))
    _put(shelf, folder, ours)


def strike_out(shelf: Shelf, folder: PurePosixPath, name: str) -> None:
    """These files are gone: no list names them any more."""
    there = read(shelf, folder)
    if name in _names(there):
        listed = there.get("airings")
        airings = [a for a in (listed if isinstance(listed, list) else ())
                   if isinstance(a, dict) and a.get("txt") != f"{name}.txt"]
        _put(shelf, folder, {**there, "airings": airings,
                             "files": sorted(_names(there) - {name})})


def _put(shelf: Shelf, folder: PurePosixPath, lists: Mapping[str, Any]) -> None:
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(lists["airings"])
    shelf.put(str(folder / CSV), out.getvalue().encode())
    shelf.put(str(folder / JSON), json.dumps(lists, ensure_ascii=False, indent=1).encode())


def _newer(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    try:
        ahead = datetime.fromisoformat(there["made_at"]) - datetime.fromisoformat(ours["made_at"])
    except (KeyError, TypeError, ValueError):
        return False
    return timedelta() <= ahead < _WRONG_CLOCK


def _names(lists: Mapping[str, Any]) -> set[str]:
    """Only names that we give: the list comes from the box."""
    given = lists.get("files")
    return {name for name in (given if isinstance(given, list) else ())
            if isinstance(name, str) and _NAME.fullmatch(name)}
