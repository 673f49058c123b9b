"""An item as it will stand on each channel: frozen texts where there are, else of today."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.values import Problem
from vietnamese import sms
from vietnamese.bare import ambiguous
from worker.errors import UserError
from worker.home import Home, in_force
from worker.i18n import t
from worker.items.fields import names_in
from worker.items.files.names import did_you_mean
from worker.items.model import ItemContent
from worker.items.store import load_content, load_item
from worker.models import Item, Rendition
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import ResolvedTarget, candidates
from worker.programme.values import field_values
from worker.radio.script import ScriptLine, filled, thawed, write_script
from worker.renderer import fill_texts, measure_texts, render
from worker.scope import WHOLE, Scope
from worker.smstemplates.worded import template_problem, verdicts
from worker.specs import BULLETINS, FOLDERS, SMS, render_spec, template_folder

SAMPLE_TAG = "GV-XEMTRUOC"  #: stands where each delivery has a tag of its own


def preview_item(home: Home, item_id: str, channel_id: str | None) -> list[dict[str, Any]]:
    """One row per enabled channel (or the one asked for), with its first target's values."""
    with home.store.read() as session:
        programme = in_force(session).programme
        item, content = load_item(session, item_id), load_content(session, item_id)
        frozen = _frozen(session, item)
    now = home.clock.now()
    rows = []
    for channel in _asked(programme, channel_id):
        texts, problems = frozen.get(channel.id), list[Problem]()
        if texts is None:
            texts, problems = _of_today(content, channel, home.settings.template_folders())
        words = {part: text for part, text in texts.items() if isinstance(text, str)}
        rows.append({
            "item": item.id, "version": item.version, "state": item.state,
            "frozen": channel.id in frozen,
            **_shown(programme, channel, content, words, problems, now),
            "spoken": _spoken(programme, channel, thawed(texts.get("lines", ())), now),
        })
    return rows


def looks(
    programme: Programme, content: ItemContent, folders: tuple[Path, ...], now: datetime,
    scope: Scope = WHOLE,
) -> list[dict[str, Any]]:
    """
    Of words that nobody saved: a row per enabled channel, as `preview_item` has it, with the
    script's `lines`, and `values` and `target_name` of the first target in this scope. A
    template that is broken is its channel's problem.
    """
    rows = []
    for channel in _asked(programme, None):
        lines: tuple[ScriptLine, ...] = ()
        try:
            texts, problems = _of_today(content, channel, folders)
            lines = thawed(texts.get("lines", ()))
        except UserError as error:
            texts = {}
            problems = [Problem("template", f"{m.where}: {m.what}", m.fix)
                        for m in error.mistakes]
        words = {part: text for part, text in texts.items() if isinstance(text, str)}
        row = _shown(programme, channel, content, words, problems, now, scope)
        target = _first(programme, channel, scope)
        rows.append({**row, "lines": lines, "values": _values(programme, target, now),
                     "target_name": target.name if target else ""})
    return rows


def _first(
    programme: Programme, channel: ChannelConfig, scope: Scope = WHOLE
) -> ResolvedTarget | None:
    """The target whose values stand in a preview: one of theirs, where there is one."""
    found = candidates(programme, channel)
    return next((x for x in found if scope.holds(x.organisation)), next(iter(found), None))


def _of_today(
    content: ItemContent, channel: ChannelConfig, folders: tuple[Path, ...]
) -> tuple[Mapping[str, Any], list[Problem]]:
    rendered = render(content, channel, folders)
    if channel.type != "loudspeaker" or "text" not in rendered.texts:
        return rendered.texts, list(rendered.problems)
    script = write_script(content, channel, folders, names_in(rendered.texts["text"]))
    return ({**rendered.texts, "lines": script.frozen()},
            [*rendered.problems, *script.problems])


def _spoken(
    programme: Programme, channel: ChannelConfig, lines: tuple[ScriptLine, ...], now: datetime
) -> str:
    """What a voice says of the item at the first station, line by line; '' where none does."""
    target = _first(programme, channel)
    values = _values(programme, target, now)
    said = (filled(line, values) for line in lines if line.part not in ("contact", "correction"))
    return "\n".join(line.voice for line in said if line is not None)


def _asked(programme: Programme, channel_id: str | None) -> list[ChannelConfig]:
    written = [c for c in programme.channels if c.type not in BULLETINS]
    if channel_id is None:
        return [c for c in written if c.enabled]
    found = [c for c in written if c.id == channel_id]
    if not found:
        known = [c.id for c in written]
        raise UserError(channel_id, t("không có kênh này", "there is no such channel"),
                        did_you_mean(channel_id, known) + t("dùng: ", "use: ") + ", ".join(known))
    return found


def _frozen(session: Session, item: Item) -> dict[str, Mapping[str, Any]]:
    if item.state not in ("submitted", "approved"):
        return {}
    rows = session.scalars(select(Rendition).where(
        Rendition.item_id == item.id, Rendition.version == item.version))
    return {r.channel: r.texts for r in rows if r.texts}


def _shown(
    programme: Programme, channel: ChannelConfig, content: ItemContent,
    texts: Mapping[str, str], problems: list[Problem], now: datetime, scope: Scope = WHOLE,
) -> dict[str, Any]:
    target = _first(programme, channel, scope)
    spec = render_spec(channel.type, channel.options)
    row: dict[str, Any] = {
        "channel": channel.id, "target": target.id if target else None,
        "title": "", "summary": "", "text": "", "parts": None, "encoding": None, "units": None,
        "seconds": None, "chars": 0, "warnings": [],
    }
    if texts:
        filled = fill_texts(texts, _values(programme, target, now), spec.media)
        measure = measure_texts(filled, channel.type, channel.options,
                                programme.settings.allowed_domains)
        problems = problems or list(measure.problems)
        row |= {**filled, "chars": measure.chars}
        if spec.max_parts:
            count = sms.count(filled["text"])
            row |= {"parts": count.parts, "encoding": count.encoding, "units": count.units}
        if spec.max_seconds:
            row["seconds"] = measure.seconds
        if spec.plain:
            row["warnings"] = _misread(content, channel)
        if channel.type in SMS and content.purpose == "cong_ich":
            unworded = template_problem(programme, channel, texts["text"])
            problems = [*problems, *unworded]
            if not unworded:
                row["warnings"] += _dropped(programme, channel, texts["text"], now)
    row["problems"] = [{"code": p.code, "what": p.what, "fix": p.fix} for p in problems]
    row["remarks"] = [*_figures(row), *row["warnings"],
                      *(f"{p.what}; {p.fix}" if p.fix else p.what for p in problems)]
    return row


def _values(
    programme: Programme, target: ResolvedTarget | None, now: datetime
) -> dict[str, str]:
    local = now.astimezone(programme.zone())
    organisation = target.organisation if target else None
    station = target.station if target else None
    return {
        **field_values(programme, organisation, station, local.date()),
        "ngay": f"{local:%d/%m/%Y}", "gio": f"{local:%H:%M}", "ma_tin": SAMPLE_TAG,
    }


def _misread(content: ItemContent, channel: ChannelConfig) -> list[str]:
    """Words of the text as it was written that a reader without accents may take for others."""
    own = content.texts.get(template_folder(channel)) or content.texts.get(FOLDERS[channel.type])
    return [
        t(f"«{a.bare}» ({a.word}) có thể đọc thành {', '.join(a.could_be)}: {a.why}",
          f"“{a.bare}” ({a.word}) may be read as {', '.join(a.could_be)}: {a.why}")
        for a in ambiguous(own or content.body)
    ]


def _dropped(
    programme: Programme, channel: ChannelConfig, text: str, now: datetime
) -> list[str]:
    """Carriers that would drop the text if it went out today."""
    today = now.astimezone(programme.zone()).date()
    return list(dict.fromkeys(
        words for verdict in verdicts(programme, channel, text, today)
        for words in verdict if words))


def _figures(row: Mapping[str, Any]) -> list[str]:
    if row["parts"]:
        code = {"gsm7": "GSM", "ucs2": "Unicode"}[row["encoding"]]
        return [t(f"{row['units']} ký tự {code}, tính {row['parts']} tin",
                  f"{row['units']} {code} units, {row['parts']} parts")]
    if row["seconds"]:
        return [t(f"đọc khoảng {row['seconds']} giây", f"about {row['seconds']} s to read")]
    return [t(f"{row['chars']} ký tự", f"{row['chars']} characters")]
