"""
The folder: a sidecar for each warning (`tin/ID.json`) is the truth; the alerts and the Atom index
of what is in force are made from them, so a crash between two files heals with the next act.
"""

import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from channels import files
from channels.cap.alert import NS, Alert, MsgType, stamp
from channels.cap.options import CapOptions
from channels.images import Image
from channels.plain_words import for_xml, one_line

INDEX: Final = "index.atom"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_KEPT: Final = timedelta(days=90)  #: after its end; then alert and sidecar go


@dataclass(frozen=True)
class Standing:
    """
    One warning: its own first identifier, and the message that holds now. Times as CAP writes
    them. `chain`: `sender,identifier,sent` of every message so far, the newest last.
    """

    identifier: str
    kind: MsgType
    newest: str  #: identifier of the message that holds, and the name of its file
    title: str
    summary: str
    published: str
    updated: str
    expires: str
    chain: tuple[str, ...]
    said: str  #: SHA-256 (hex) of what it says: the same words are no update
    pictures: tuple[str, ...] = ()  #: their names below `anh`


class Folder:
    """Where alerts stand. Every call may raise OSError: the disk is the account's trouble."""

    def __init__(self, path: Path, options: CapOptions, write: files.Write) -> None:
        self.path = path
        self._options = options
        self._write = write

    def read(self, identifier: str) -> Standing | None:
        """None when there is none, or a hand has broken its sidecar."""
        try:
            found = json.loads((self.path / "tin" / f"{identifier}.json").read_bytes())
            lists = {name: tuple(found[name]) for name in ("chain", "pictures")}
            return Standing(**{**found, **lists})
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError, KeyError):
            return None

    def put(self, standing: Standing, document: bytes) -> None:
        """Alert, then sidecar: no list may name a file that is not there. `settle` goes on."""
        self._write(self.path / f"{standing.newest}.xml", document)
        sidecar = json.dumps(asdict(standing), ensure_ascii=False, indent=1).encode()
        self._write(self.path / "tin" / f"{standing.identifier}.json", sidecar)

    def settle(self, standing: Standing, now: datetime) -> None:
        """
        The index; and a wrong text stays nowhere, not even at its old address. Again as good as
        once: what a crash left undone is done by the next try.
        """
        self.refresh(now)
        for entry in standing.chain[:-1]:
            (self.path / f"{entry.split(',')[1]}.xml").unlink(missing_ok=True)

    def keep_images(self, images: Iterable[Image]) -> None:
        """Pictures by their hash, for the alerts' `uri`; `refresh` drops those of no alert."""
        for image in images:
            self._write(self.path / "anh" / image.name, image.data)

    def refresh(self, now: datetime) -> None:
        """The index anew: what is over leaves it, what is long over leaves the folder."""
        standing = self._all()
        for old in [s for s in standing if datetime.fromisoformat(s.expires) + _KEPT < now]:
            (self.path / f"{old.newest}.xml").unlink(missing_ok=True)
            (self.path / "tin" / f"{old.identifier}.json").unlink(missing_ok=True)
        kept = {name for s in standing if s.kind != "Cancel" for name in s.pictures}
        for picture in (self.path / "anh").glob("*"):
            if picture.name not in kept:
                picture.unlink(missing_ok=True)
        current = [s for s in standing if datetime.fromisoformat(s.expires) > now]
        data = index(self._options, current, stamp(now))
        target = self.path / INDEX
        if not target.exists() or _without_date(target.read_bytes()) != _without_date(data):
            self._write(target, data)

    def _all(self) -> list[Standing]:
        names = (path.stem for path in (self.path / "tin").glob("*.json"))
        found = [s for name in names if (s := self.read(name))]
        return sorted(found, key=lambda s: (s.published, s.identifier), reverse=True)


def index(options: CapOptions, current: Iterable[Standing], now: str) -> bytes:
    """The alerts in force as Atom (RFC 4287), newest first."""
    feed = ET.Element("feed", {"xmlns": _ATOM, "xmlns:cap": NS, "xml:lang": "vi"})
    _add(feed, "id", _urn(f"{options.sender}/index"))
    _add(feed, "title", f"Cảnh báo CAP: {options.sender_name or options.sender}")
    _add(feed, "updated", now)
    author = ET.SubElement(feed, "author")
    _add(author, "name", options.sender_name or options.sender)
    if options.base_url:
        _link(feed, "self", f"{options.base_url}{INDEX}", "application/atom+xml")
    for standing in current:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", _urn(f"{options.sender}/{standing.identifier}"))
        _add(entry, "title", standing.title or standing.identifier)
        _add(entry, "published", standing.published)
        _add(entry, "updated", standing.updated)
        ET.SubElement(entry, "category", {"term": standing.kind})
        _link(entry, "alternate", f"{options.base_url}{standing.newest}.xml",
              "application/cap+xml")
        _add(entry, "summary", standing.summary or standing.title or standing.identifier)
        ET.SubElement(entry, "cap:expires").text = standing.expires
    text = ET.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def begun(alert: Alert, reference: str, said: str, pictures: tuple[str, ...]) -> Standing:
    """A warning's first message."""
    return Standing(
        alert.identifier, "Alert", alert.identifier, _title(alert), _title(alert), alert.sent,
        alert.sent, alert.expires, (reference,), said, pictures,
    )


def followed(
    standing: Standing, alert: Alert, reference: str, said: str, pictures: tuple[str, ...]
) -> Standing:
    """The same warning after an update, or taken back; it ends when it would have ended."""
    return replace(
        standing, kind=alert.kind, newest=alert.identifier, title=_title(alert),
        summary=_title(alert), updated=alert.sent, expires=alert.expires,
        chain=(*standing.chain, reference), said=said, pictures=pictures,
    )


def _title(alert: Alert) -> str:
    return one_line(for_xml(alert.headline))


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = for_xml(text)


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": kind, "href": href})


def _urn(name: str) -> str:
    """An id that depends on nothing but the name, whatever host shows the folder."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'cap:' + name)}"


def _without_date(feed: bytes) -> bytes:
    """The feed without its own date, which alone is no news."""
    before, _, after = feed.partition(b"updated>")
    return before + after.partition(b"updated>")[2]
