"""
Approved texts filled in for their receivers. Many receivers share a text, and a year's plan
has 10,000 deliveries: each distinct one is filled, measured and hashed once.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from channels.values import RenderSpec
from worker.items.fields import names_in
from worker.planner.picks import Candidate
from worker.programme.model import ChannelConfig
from worker.renderer import TextMeasure, fill_texts, mark_training, measure_by
from worker.specs import render_spec

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass
class Filled:
    """Texts as they go out, how long they are, and the fields left without a value."""

    texts: Mapping[str, str]
    measure: TextMeasure
    left: list[str]
    said: str  #: the text without the training mark, which no carrier would ever see
    sha256: str = ""  #: of the content, once it was asked for


@dataclass
class Blank:
    """One item's approved texts on one channel, their fields still open."""

    item: Candidate
    channel: ChannelConfig
    texts: Mapping[str, str]
    training: bool
    allowed_domains: tuple[str, ...]
    contents: dict[str, dict[str, Any]]  #: SHA-256 (hex) -> payload, of all blanks
    _filled: dict[tuple[str | None, ...], Filled] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields open in any of the texts."""
        return tuple(dict.fromkeys(n for text in self.texts.values() for n in names_in(text)))

    @cached_property
    def _spec(self) -> RenderSpec:
        return render_spec(self.channel.type, self.channel.options)

    @cached_property
    def _images(self) -> list[dict[str, Any]]:
        return [image.model_dump(include={"path", "sha256", "alt"})
                for image in self.item.content.images]

    def fill(self, values: Mapping[str, str]) -> Filled:
        """The texts with these values; a field without a value stays open."""
        known = tuple([values.get(name) for name in self.names])
        if known not in self._filled:
            media = self._spec.media
            filled = fill_texts(self.texts, values, media)
            self._filled[known] = Filled(
                mark_training(filled, media) if self.training else filled,
                measure_by(filled, self._spec, self.allowed_domains),
                [name for text in filled.values() for name in names_in(text)],
                filled["text"],
            )
        return self._filled[known]

    def content(self, filled: Filled) -> str:
        """SHA-256 (hex) of what goes out; the payload stands in `contents` from then on."""
        if not filled.sha256:
            filled.sha256 = self._keep(self._payload(filled))
        return filled.sha256

    def script(
        self, filled: Filled, airing: Mapping[str, str], spoken: Mapping[str, Any]
    ) -> str:
        """The same for a loudspeaker: its airing and what is spoken there go with the text."""
        payload = self._payload(filled)
        payload["extra"] |= airing
        payload["spoken"] = spoken
        return self._keep(payload)

    def _payload(self, filled: Filled) -> dict[str, Any]:
        texts, measure = filled.texts, filled.measure
        return {
            "text": texts["text"], "title": texts.get("title", ""),
            "extra": {"item": self.item.id, "slug": f"gv-{self.item.id}",
                      "summary": texts.get("summary", "")},
            "attachments": self._images, "parts": measure.parts, "seconds": measure.seconds,
        }

    def _keep(self, payload: dict[str, Any]) -> str:
        sha = hashlib.sha256(_CANONICAL.encode(payload).encode()).hexdigest()
        self.contents[sha] = payload
        return sha


@dataclass
class Texts:
    """The frozen texts of approved items, and every content made of them."""

    #: (item, version) -> channel -> texts
    renditions: Mapping[tuple[str, int], Mapping[str, dict[str, str]]]
    training: bool
    allowed_domains: tuple[str, ...]
    contents: dict[str, dict[str, Any]]  #: SHA-256 (hex) -> payload
    _blanks: dict[tuple[str, int, str], Blank | None] = field(default_factory=dict)

    def blank(self, item: Candidate, channel: ChannelConfig) -> Blank | None:
        """The item's texts on this channel; None when it has no approved ones."""
        key = (item.id, item.version, channel.id)
        if key not in self._blanks:
            texts = self.renditions.get(key[:2], {}).get(channel.id)
            self._blanks[key] = None if texts is None else Blank(
                item, channel, texts, self.training, self.allowed_domains, self.contents)
        return self._blanks[key]
