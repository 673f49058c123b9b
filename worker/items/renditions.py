"""What every channel would say of an item, judged with each field at its longest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from channels.values import Problem
from worker.items.model import ItemContent
from worker.programme.model import Programme
from worker.programme.values import longest_values
from worker.renderer import fill_texts, measure_texts, render
from worker.settings import Settings
from worker.specs import render_spec


@dataclass(frozen=True)
class Frozen:
    """One channel's texts, fields open, and why it cannot air there."""

    channel: str
    language: str
    texts: Mapping[str, Any]  #: and `seconds`, the longest reading time, where it is read aloud
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
    """Renditions for every enabled channel, in the programme's order."""
    longest = longest_values(programme)
    found = []
    for channel in programme.channels:
        if not channel.enabled:
            continue
        rendered = render(content, channel, settings.template_folders())
        texts: dict[str, Any] = dict(rendered.texts)
        problems = list(rendered.problems)
        if texts:
            spec = render_spec(channel.type, channel.options)
            filled = fill_texts(rendered.texts, longest, spec.media)
            measure = measure_texts(filled, channel.type, channel.options,
                                    programme.settings.allowed_domains)
            problems += [p for p in measure.problems if not (problems and p.code == "field")]
            if measure.seconds:
                texts["seconds"] = measure.seconds
        found.append(Frozen(channel.id, content.language, texts, tuple(problems)))
    return tuple(found)
