"""
What every channel would say of an item, judged with each field at its longest; for stations
also the lines of their bulletins, judged as they will be spoken.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from channels.values import Problem
from worker.errors import UserError
from worker.items.fields import names_in
from worker.items.model import ItemContent
from worker.programme.model import ChannelConfig, Programme
from worker.programme.values import longest_values
from worker.radio.script import write_script
from worker.renderer import fill_texts, measure_texts, render
from worker.settings import Settings
from worker.smstemplates.worded import template_problem
from worker.specs import BULLETINS, SMS, render_spec

#: the problem of a channel whose template is missing or broken
TEMPLATE = "template"


@dataclass(frozen=True)
class Frozen:
    """One channel's texts, fields open, and why it cannot air there."""

    channel: str
    language: str
    #: where it is read aloud also `seconds`, the longest reading time, and `lines`, the bulletin's
    texts: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def fits(self) -> bool:
        return not self.problems

    @cached_property
    def sha256(self) -> str:
        """Hash of what was frozen."""
        data = json.dumps(self.texts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(data.encode()).hexdigest()


def freeze(
    content: ItemContent, programme: Programme, settings: Settings
) -> tuple[Frozen, ...]:
    """
    Renditions for every enabled channel, in the programme's order. A channel whose template is
    missing or broken has that as its problem: the others must not wait for it.
    """
    longest = longest_values(programme)
    found = []
    for channel in programme.channels:
        if not channel.enabled or channel.type in BULLETINS:
            continue
        try:
            found.append(_freeze_one(content, channel, programme, settings, longest))
        except UserError as error:
            problems = tuple(Problem(TEMPLATE, f"{m.where}: {m.what}", m.fix)
                             for m in error.mistakes)
            found.append(Frozen(channel.id, content.language, {}, problems))
    return tuple(found)


def _freeze_one(
    content: ItemContent, channel: ChannelConfig, programme: Programme, settings: Settings,
    longest: Mapping[str, str],
) -> Frozen:
    rendered = render(content, channel, settings.template_folders())
    texts: dict[str, Any] = dict(rendered.texts)
    problems = list(rendered.problems)
    if texts:
        spec = render_spec(channel.type, channel.options)
        filled = fill_texts(rendered.texts, longest, spec.media)
        measure = measure_texts(filled, channel.type, channel.options,
                                programme.settings.allowed_domains)
        problems += [p for p in measure.problems if not (problems and p.code == "field")]
        if channel.type in SMS and content.purpose == "cong_ich":
            problems += template_problem(programme, channel, rendered.texts["text"])
        if measure.seconds:
            texts["seconds"] = measure.seconds
        if channel.type == "loudspeaker":
            script = write_script(content, channel, settings.template_folders(),
                                  names_in(rendered.texts["text"]))
            texts["lines"] = script.frozen()
            problems += script.problems
    return Frozen(channel.id, content.language, texts, tuple(problems))
