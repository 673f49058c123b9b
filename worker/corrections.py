"""
A correction's texts, filled for each target as planning fills them, and what channels can do with
what is out.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from worker.db import insert_missing
from worker.errors import Refused
from worker.home import InForce
from worker.i18n import t
from worker.models import Content, Delivery
from worker.outbox.correct import Text, Ways
from worker.planner import scope as reading
from worker.planner.cells import Planned, Writer
from worker.planner.wanted import Scope, immediately
from worker.programme.model import ChannelConfig
from worker.programme.targets import ResolvedTarget, candidates
from worker.slots import local_date
from worker.takedown import can_correct, can_recall, reads_out


def ways(session: Session, channels: Iterable[str]) -> Ways:
    """Of these channels, what each can do; one that the programme has no more as it was then."""
    names = list(channels)
    loud = reads_out(session, names)
    return Ways(can_recall(session, names), can_correct(session, names) - loud, loud)


@dataclass
class Filler:
    """The correction's texts within one transaction; their contents are written as they come."""

    session: Session
    force: InForce
    now: datetime
    item: str
    _places: dict[tuple[str, str], tuple[ChannelConfig, ResolvedTarget]] = field(
        default_factory=dict)

    def __post_init__(self) -> None:
        for channel in self.force.programme.channels:
            if channel.enabled:
                for target in candidates(self.force.programme, channel):
                    self._places[channel.id, target.id] = channel, target

    def __call__(self, original: Delivery, tag: str, edit: bool) -> Text:
        """
        What this target gets. Edited in place the text stays under the address it has, so it
        keeps the original's slug.
        """
        place = self._places.get((original.channel, original.target))
        if place is None:
            return Text("", t("nơi này không còn trong chương trình",
                              "this place is no longer in the programme"))
        sha256, why = self._writer.one(self._planned, *place, tag)
        if why:
            return Text("", why)
        payload = self._writer.contents[sha256]
        if edit:
            payload = self._where_it_stands(payload, original)
            sha256 = hashlib.sha256(_canonical(payload).encode()).hexdigest()
        insert_missing(self.session, Content, [{"sha256": sha256, "payload": payload}])
        return Text(sha256)

    def _where_it_stands(self, payload: dict[str, Any], original: Delivery) -> dict[str, Any]:
        stands = self.session.get_one(Content, original.content_sha256).payload
        slug = stands.get("extra", {}).get("slug", "")
        extra = {**payload["extra"], **({"slug": slug} if slug else {})}
        return {**payload, "extra": extra}

    @cached_property
    def _scope(self) -> Scope:
        day = local_date(self.force.programme, self.now)
        return reading.scope(self.session, self.force, self.now, day, {})

    @cached_property
    def _writer(self) -> Writer:
        return self._scope.writer

    @cached_property
    def _planned(self) -> Planned:
        candidate = self._scope.items.get(self.item)
        if candidate is None:
            raise Refused(self.item, t("chưa được duyệt", "is not approved"), "")
        if candidate.content.purpose == "quang_cao":
            raise Refused(self.item, t("là quảng cáo, không gửi giờ nào cũng được",
                                       "is an advertisement: it may not go out at any hour"),
                          t("soạn đính chính là tin công ích", "write it as cong_ich"))
        return immediately(self._scope, candidate, f"correct:{self.item}", self.now,
                           local_date(self.force.programme, self.now), 1, (), timedelta(),
                           "correct")


def _canonical(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True)
