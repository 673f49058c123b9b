"""
CAP 1.2 files for aggregators: one alert for each delivery, Update when it is corrected, Cancel
when it is recalled. A cancelled warning stays in the index until it would have ended.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from channels import files
from channels.cap.alert import HEADLINE, TAKEN_BACK, Alert, MsgType, Picture, stamp, tree, written
from channels.cap.folder import Folder, Standing, begun, followed
from channels.cap.options import LEVELS, NO_LEVEL, Area, CapOptions, Level
from channels.cap.sign import is_over, signer_of
from channels.fitting import unfit
from channels.images import Image, load_images
from channels.options import BadChannel, ChannelSpec, Context
from channels.values import (
    Absent,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    Rejected,
    RenderSpec,
    Retry,
)

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
    "cap-recalled": Advice("rejected", "Cảnh báo này đã thu hồi", "Không phải làm gì"),
    "cap-unknown": Advice(
        "rejected", "Thư mục CAP không có cảnh báo này", "Xem thư mục; phát tin đính chính mới"
    ),
    "cap-cert": Advice("account", "Chứng thư ký CAP đã hết hạn", "Xin chứng thư mới, thay cert"),
}
_LIFETIME: Final = 30 * 86400.0  #: seconds; a sidecar stays 90 days after the warning's end


class Cap:
    """`target` names an area, `account` whose key signs (secrets `key` and `cert`, or none)."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _LIFETIME

    def __init__(
        self,
        spec: ChannelSpec,
        options: CapOptions,
        secrets: Mapping[str, Mapping[str, str]],
        folder: Path,
        context: Context,
        write: files.Write = files.write_whole,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text")
        self.max_parallel = spec.max_parallel or 1
        self.timeout = spec.timeout or 10.0
        self.secrets = tuple(names["key"] for names in secrets.values() if names.get("key"))
        # an exercise is signed by nobody: a copy of it could pass for a real warning
        found = {} if context.training else {a: signer_of(names) for a, names in secrets.items()}
        bad = {a: s for a, s in found.items() if isinstance(s, Problem)}
        if bad:
            raise BadChannel(spec.id, [replace(p, code=f"accounts.{a}.{p.code}")
                                       for a, p in bad.items()])
        self._signers = {a: s for a, s in found.items() if s and not isinstance(s, Problem)}
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._options = options
        self._training = context.training
        self._folder = Folder(folder, options, write)
        self._clock = context.clock
        self._home = context.home

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = unfit(message, self._allowed, titled=True)
        title = message.title.strip()
        if len(title) > HEADLINE:
            problems.append(Problem("title", f"Tiêu đề {len(title)} ký tự, tối đa {HEADLINE}",
                                    "Rút ngắn tiêu đề"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        if self._clock.elapsed() >= deadline:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        identifier = _identifier(message.key)
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        try:
            with files.locked(self._folder.path):
                now = self._clock.now()
                standing = self._folder.read(identifier)
                if standing is None:
                    alert = self._alert("Alert", identifier, message, images, now)
                    standing = begun(
                        alert, self._reference(alert), _said(message), _names(images))
                    self._put(standing, alert, message, images)
                elif standing.kind == "Cancel":
                    return Rejected("cap-recalled", CODES["cap-recalled"].meaning)
                self._folder.settle(standing, now)
        except OSError as error:
            return files.disk_trouble(error, self._folder.path)
        return self._delivered(standing, "Cảnh báo đã ghi vào thư mục CAP")

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """An Update that replaces all before it; the same words again are none."""
        if self._clock.elapsed() >= deadline:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        images = load_images(message, self._home)
        return images if not isinstance(images, list) else self._follow(
            "Update", message, ref, images)

    def recall(self, message: Message, ref: str) -> Outcome:
        """A Cancel, without the words of what it takes back; those leave the folder."""
        return self._follow("Cancel", message, ref, [])

    def find(self, message: Message) -> Found:
        standing = self._folder.read(_identifier(message.key))
        if standing is None or standing.kind == "Cancel":
            return Absent("Thư mục CAP không có cảnh báo này")
        return self._delivered(standing, "Cảnh báo đã có trong thư mục CAP")

    def check(self, account: str) -> Health:
        """Room, the certificate; and the index loses what is over by now."""
        health = files.folder_health(self._folder.path)
        if not health.ok:
            return health
        now = self._clock.now()
        try:
            with files.locked(self._folder.path):
                self._folder.refresh(now)
        except OSError as error:
            return Health(ok=False, code="disk",
                          detail=files.disk_trouble(error, self._folder.path).detail)
        signer = self._signers.get(account)
        ends_at = signer.ends_at() if signer else None
        if is_over(ends_at, now):
            row = CODES["cap-cert"]
            return Health(ok=False, code="cap-cert", detail=f"{row.meaning}. {row.todo}",
                          expires_at=ends_at)
        return Health(ok=True, expires_at=ends_at)

    def _follow(
        self, kind: MsgType, message: Message, ref: str, images: list[Image]
    ) -> Outcome:
        try:
            with files.locked(self._folder.path):
                now = self._clock.now()
                standing = self._folder.read(_identifier(ref))
                if standing is None:
                    return self._nothing(kind, ref)
                if standing.kind == "Cancel" and kind == "Update":
                    return Rejected("cap-recalled", CODES["cap-recalled"].meaning)
                said = "" if kind == "Cancel" else _said(message)
                if standing.said != said:
                    name = f"{standing.identifier}.{kind.lower()}.{len(standing.chain)}"
                    alert = self._alert(kind, name, message, images, now, standing)
                    standing = followed(
                        standing, alert, self._reference(alert), said, _names(images))
                    self._put(standing, alert, message, images)
                self._folder.settle(standing, now)
        except OSError as error:
            return files.disk_trouble(error, self._folder.path)
        return self._delivered(standing, "Đã ghi bản thay" if kind == "Update" else "Đã thu hồi")

    def _nothing(self, kind: MsgType, ref: str) -> Outcome:
        if kind == "Cancel":
            return Delivered(ref, detail="Thư mục CAP không còn cảnh báo này")
        return Rejected("cap-unknown", CODES["cap-unknown"].meaning)

    def _alert(
        self, kind: MsgType, identifier: str, message: Message, images: list[Image],
        now: datetime, standing: Standing | None = None,
    ) -> Alert:
        options, extra = self._options, message.extra
        ends = max(now + timedelta(hours=options.valid_hours), message.expires_at or now)
        area = options.areas.get(message.target) or Area(desc=message.target or options.sender)
        alert = Alert(
            identifier, stamp(now), kind, message.title, message.text, extra.get("summary", ""),
            stamp(ends), self._level(extra.get("priority", "")), area, message.tag,
            extra.get("url", ""), standing.chain if standing else (),
            tuple(self._picture(image) for image in images),
        )
        if kind == "Cancel" and standing is not None:
            title = standing.title
            return replace(
                alert, headline=f"Thu hồi: {title}", instruction="", web="", level=TAKEN_BACK,
                description="Cảnh báo này đã được thu hồi. Đề nghị không chia sẻ lại.",
                expires=standing.expires, pictures=(),
            )
        return alert

    def _level(self, priority: str) -> Level:
        own = {str(name): level for name, level in self._options.levels.items()}
        return own.get(priority) or LEVELS.get(priority, NO_LEVEL)

    def _picture(self, image: Image) -> Picture:
        base = self._options.base_url
        digest = hashlib.sha1(image.data, usedforsecurity=False).hexdigest()
        uri = f"{base}anh/{image.name}" if base else ""
        return Picture(image.kind, len(image.data), digest, image.alt, uri)

    def _put(
        self, standing: Standing, alert: Alert, message: Message, images: list[Image]
    ) -> None:
        if self._options.base_url:
            self._folder.keep_images(images)
        document = written(tree(alert, self._options, exercise=self._training))
        signer = self._signers.get(self.account(message.target))
        self._folder.put(standing, signer.signed(document) if signer else document)

    def _reference(self, alert: Alert) -> str:
        return f"{self._options.sender},{alert.identifier},{alert.sent}"

    def _delivered(self, standing: Standing, detail: str) -> Delivered:
        base = self._options.base_url
        url = f"{base}{standing.newest}.xml" if base else ""
        return Delivered(standing.identifier, url, detail)


def _identifier(key: str) -> str:
    """Our key without what CAP forbids (space, comma, < and &) and what no file name may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", key).lstrip(".") or "-"


def _names(images: list[Image]) -> tuple[str, ...]:
    return tuple(image.name for image in images)


def _said(message: Message) -> str:
    parts = (message.title, message.text, message.extra.get("summary", ""),
             *(a.sha256 for a in message.attachments))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
