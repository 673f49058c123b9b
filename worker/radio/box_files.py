"""What a box is given of a bulletin: text, sound, and the list of what airs when. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.radio.bulletin import Bulletin
from worker.radio.paper.names import file_name, plain_text

#: an airing begun late may still be playing when its slot is over
PLAYS_ON = timedelta(hours=1)


@dataclass(frozen=True)
class Track:
    """A sound that stands ready."""

    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Paper:
    """A bulletin and its sound, if there is one by now."""

    bulletin: Bulletin
    track: Track | None


def fingerprint(paper: Paper, zone: ZoneInfo) -> str:
    """
    Of all that is said in it, on paper and in sound, and of its files' name; begins with `s`
    where there is sound.
    """
    b, sound = paper.bulletin, paper.track.sha256 if paper.track else ""
    words = plain_text(b, zone) + f"{sound}{file_name(b, zone)}".encode()
    digest = hashlib.sha256(words).hexdigest()
    return ("s" if paper.track else "t") + digest[1:]


def payload(
    paper: Paper, all_: Sequence[Paper], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """The content of a delivery; `all_`: what the station has from today on."""
    b = paper.bulletin
    track = paper.track
    return {
        "text": plain_text(b, zone).decode("utf-8-sig"), "title": f"Bản tin {b.airing}",
        "extra": {
            "name": file_name(b, zone), "station": b.station_name, "date": b.date.isoformat(),
            "time": b.airing, "number": str(b.number),
            "schedule": json.dumps(schedule(all_, zone, now), ensure_ascii=False),
        },
        "attachments": [{"path": str(track.path), "sha256": track.sha256, "alt": ""}]
        if track else [],
        "parts": 1, "seconds": b.seconds,
    }


def schedule(papers: Sequence[Paper], zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """lich-phat.json: what airs from now on, and the name of every file that may stand there."""
    kept = sorted((p for p in papers if p.bulletin.lines and _kept(p.bulletin, zone, now)),
                  key=lambda p: (p.bulletin.airs_at, p.bulletin.airing))
    first = papers[0].bulletin
    return {
        "format": 1, "station": first.station, "station_name": first.station_name,
        "training": first.training, "made_at": now.isoformat(timespec="milliseconds"),
        "airings": [_airing(p, zone) for p in kept if p.bulletin.use_until > now],
        "files": sorted({file_name(p.bulletin, zone) for p in kept}),
    }


def _kept(b: Bulletin, zone: ZoneInfo, now: datetime) -> bool:
    return b.date >= now.astimezone(zone).date() or b.use_until + PLAYS_ON > now


def _airing(paper: Paper, zone: ZoneInfo) -> dict[str, Any]:
    b, track, name = paper.bulletin, paper.track, file_name(paper.bulletin, zone)
    airs = b.airs_at.astimezone(zone)
    return {
        "date": b.date.isoformat(), "airing": b.airing, "time": f"{airs:%H:%M}",
        "airs_at": airs.isoformat(timespec="seconds"),
        "use_until": b.use_until.astimezone(zone).isoformat(timespec="seconds"),
        "number": b.number, "priority": b.priority, "accepted": b.accepted is not None,
        "seconds": b.seconds, "txt": f"{name}.txt", "mp3": f"{name}.mp3" if track else "",
        "sha256": track.sha256 if track else "", "bytes": track.bytes if track else 0,
    }
