"""
One alert as XML. Order and names of the elements: OASIS CAP 1.2, section 3 (2010-07-01).

`sent` and `expires` carry +07:00 and never Z: the standard forbids it.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal

from channels.cap.options import Area, CapOptions, Level
from channels.plain_words import for_xml, one_line

NS: Final = "urn:oasis:names:tc:emergency:cap:1.2"
LANGUAGE: Final = "vi-VN"
HEADLINE: Final = 160  #: characters; beyond that receivers cut
_TZ: Final = timezone(timedelta(hours=7))  #: Vietnam, no summer time since 1975

MsgType = Literal["Alert", "Update", "Cancel"]
#: of what is taken back: over, and it was never so
TAKEN_BACK: Final = Level(urgency="Past", severity="Minor", certainty="Unlikely")


@dataclass(frozen=True)
class Picture:
    """A picture's MIME type, bytes, SHA-1 (hex, as CAP 1.2 has it), words; `uri` where seen."""

    kind: str
    size: int
    sha1: str
    words: str
    uri: str = ""


@dataclass(frozen=True)
class Alert:
    """Everything one alert says. `references`: `sender,identifier,sent` of what it replaces."""

    identifier: str
    sent: str
    kind: MsgType
    headline: str
    description: str
    instruction: str
    expires: str
    level: Level
    area: Area
    tag: str = ""
    web: str = ""
    references: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


def stamp(moment: datetime) -> str:
    """A moment as CAP writes it, in Vietnam's time: `2026-11-24T19:45:00+07:00`."""
    return moment.astimezone(_TZ).isoformat(timespec="seconds")


def tree(alert: Alert, options: CapOptions, *, exercise: bool) -> ET.Element:
    """The alert; `exercise` while training: nobody may take it for real."""
    root = ET.Element(f"{{{NS}}}alert")
    _add(root, "identifier", alert.identifier)
    _add(root, "sender", options.sender)
    _add(root, "sent", alert.sent)
    _add(root, "status", "Exercise" if exercise else "Actual")
    _add(root, "msgType", alert.kind)
    _add(root, "scope", "Public")
    if alert.references:
        _add(root, "references", " ".join(alert.references))
    info = ET.SubElement(root, f"{{{NS}}}info")
    for name, value in (
        ("language", LANGUAGE),
        ("category", options.category),
        ("event", one_line(options.event)),
        ("urgency", alert.level.urgency),
        ("severity", alert.level.severity),
        ("certainty", alert.level.certainty),
        ("expires", alert.expires),
        ("senderName", one_line(options.sender_name)),
        ("headline", one_line(for_xml(alert.headline))[:HEADLINE]),
        ("description", alert.description),
        ("instruction", alert.instruction),
        ("web", alert.web),
        ("contact", one_line(options.contact)),
    ):
        if value:
            _add(info, name, value)
    if alert.tag:
        _pair(info, "parameter", "ma_tin", alert.tag)
    for picture in alert.pictures:
        resource = ET.SubElement(info, f"{{{NS}}}resource")
        _add(resource, "resourceDesc", picture.words or alert.headline)
        _add(resource, "mimeType", picture.kind)
        _add(resource, "size", str(picture.size))
        if picture.uri:
            _add(resource, "uri", picture.uri)
        _add(resource, "digest", picture.sha1)
    area = ET.SubElement(info, f"{{{NS}}}area")
    _add(area, "areaDesc", one_line(alert.area.desc))
    for name, code in sorted(alert.area.geocode.items()):
        _pair(area, "geocode", name, code)
    return root


def written(root: ET.Element) -> bytes:
    """The document, in UTF-8."""
    # the prefix is told here, not registered: that would be for the whole process
    plain = ET.tostring(root, encoding="unicode", default_namespace=NS)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{plain}\n'.encode()


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{NS}}}{name}").text = for_xml(text)


def _pair(parent: ET.Element, name: str, key: str, value: str) -> None:
    element = ET.SubElement(parent, f"{{{NS}}}{name}")
    _add(element, "valueName", key)
    _add(element, "value", value)
