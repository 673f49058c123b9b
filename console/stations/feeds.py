"""
The same bulletins for machines: JSON, a podcast feed and a calendar.

A feed's item is one number of one airing: changed sound has another guid and another address
(RSS 2.0; Apple's podcast tags), so that no player goes on with the old one.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment

from console.stations.view import Entry, View
from worker.i18n import t
from worker.radio.bulletin import TRAINING, to_json


def bulletins_json(view: View, entries: Sequence[Entry], base: str) -> bytes:
    """Bulletins as they stand, with addresses of their forms; times ISO 8601, UTC."""
    found: list[dict[str, Any]] = []
    for e in entries:
        files = {} if e.bulletin.planned else {
            "docx": f"{base}sheet/{e.file}.docx", "pdf": f"{base}sheet/{e.file}.pdf",
            "text": f"{base}sheet/{e.file}.txt"}
        if e.sound is not None and not e.bulletin.planned:
            files["mp3"] = f"{base}audio/{e.file}.mp3"
        found.append({
            **to_json(e.bulletin), "voice": e.bulletin.voice, "files": files,
            "seconds_of_sound": e.sound.seconds if e.sound else None,
            "aired": e.answer.extent if e.answer else None})
    body = {"station": view.station, "name": view.name, "training": view.training,
            "bulletins": found}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def podcast(view: View, base: str, templates: Environment) -> bytes:
    """RSS 2.0 of what has sound and is handed over, the newest airing first."""
    entries = [e for e in reversed(view.entries)
               if e.sound is not None and not e.bulletin.planned and e.bulletin.lines]
    return templates.get_template("feed.xml.j2").render(
        view=view, entries=entries, base=base, training=TRAINING,
        when=lambda moment: format_datetime(moment.astimezone(view.zone)),
    ).encode()


def calendar(view: View, base: str) -> bytes:
    """One event for each airing, so that a phone reminds its owner."""
    from icalendar import Calendar, Event  # noqa: PLC0415  (4 MB, for who asks for it)

    made = Calendar()
    made.add("prodid", "-//giovang//ban tin truyen thanh//VI")
    made.add("version", "2.0")
    made.add("x-wr-calname", view.name)
    for e in view.entries:
        b = e.bulletin
        event = Event()
        event.add("uid", f"{b.station}-{e.slug.replace('/', '-')}@giovang")
        event.add("dtstamp", view.made_at.astimezone(UTC))
        event.add("dtstart", b.airs_at)
        event.add("dtend", max(b.use_until, b.airs_at))
        event.add("sequence", b.number)
        titles = ", ".join(s.title for s in b.airing_sections)
        marks = " - ".join(e.sheet.marks)
        name = t(f"Bản tin {b.airing}", f"Bulletin {b.airing}")
        event.add("summary", f"{marks + ': ' if marks else ''}{name}")
        event.add("description", f"{titles}\n{e.sheet.footer}")
        event.add("url", f"{base}{e.slug}" if not b.planned else base)
        made.add_component(event)
    return bytes(made.to_ical())
