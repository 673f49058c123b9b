"""
The channel: an article is a page in a folder, for a web server or a portal to take.

`target` and `account` are names only: there is one folder. An article aired again is the same
page, by the slug of its item.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from channels import files
from channels.fitting import unfit
from channels.images import Image, load_images
from channels.options import ChannelSpec, Context
from channels.static_site.entry import Entry, Picture, Site
from channels.static_site.folder import SiteFolder
from channels.static_site.options import CODES, StaticSiteOptions
from channels.static_site.sizes import pixels
from channels.static_site.text import clean, one_line
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
from vietnamese.plain import slug as as_slug

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; the sidecar stays
_LONGEST: Final = 100  #: characters of a slug; a file name has 255 bytes at most
_LONGEST_PIN: Final = 60  #: days, where somebody pins although no option says how long
_OURS = re.compile(r"index|thang-\d{4}-\d\d")  #: names of pages that are no article


class StaticSite:
    """`Message.extra`: `slug` and `summary`."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _FOREVER
    secrets: tuple[str, ...] = ()

    def __init__(
        self,
        spec: ChannelSpec,
        options: StaticSiteOptions,
        folder: Path,
        context: Context,
        write: files.Write = files.write_whole,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("html")
        self.max_parallel = spec.max_parallel or 1
        self.timeout = spec.timeout or 10.0
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._notices = options.recalled == "notice"
        self._pinned_for = timedelta(days=options.pin_days or _LONGEST_PIN)
        self._site = Site(one_line(options.title), one_line(options.author), options.base_url,
                          options.tag_date)
        self._path = folder
        self._write = write
        self._folder = SiteFolder(folder, self._site, self._save, notices=self._notices)
        self._clock = context.clock
        self._home = context.home

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        shown = replace(message, text=clean(message.text), title=one_line(message.title))
        return unfit(shown, self._allowed, titled=True)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        if self._clock.elapsed() >= deadline:
            return _too_late()
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        try:
            with files.locked(self._path):
                return self._publish(message, images)
        except OSError as error:
            return files.disk_trouble(error, self._path)

    def find(self, message: Message) -> Found:
        slug = _slug(message)
        entry = self._folder.read(slug)
        if (entry is not None and entry.recalled) or not self._folder.has_page(slug):
            return Absent("Trang chưa có bài này")
        return Delivered(slug, self._site.url(slug))

    def recall(self, message: Message, ref: str) -> Outcome:
        """Index, feeds and sitemap lose it; its address says that it was recalled, or is gone."""
        slug = _named(ref) if ref else _slug(message)
        now = self._now()
        try:
            with files.locked(self._path):
                self._folder.heal(now)
                entry = self._folder.read(slug)
                before = entry.withdrawn if entry else ()
                gone = Entry(
                    slug=slug, title=entry.title if entry else one_line(message.title),
                    summary="", html="", tag=(entry.tag if entry else "") or clean(message.tag),
                    published=entry.published if entry else now,
                    updated=entry.updated if entry and entry.recalled else now,
                    recalled=True, withdrawn=_with(before, message.key),
                )
                self._folder.put(gone, now)
        except OSError as error:
            return files.disk_trouble(error, self._path)
        if not self._notices:
            return Delivered(slug, detail="Bài đã gỡ khỏi trang tin")
        return Delivered(slug, self._site.url(slug), "Bài đã thay bằng thông báo thu hồi")

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """The article reads as `message` does and says that it was corrected, and when."""
        if self._clock.elapsed() >= deadline:
            return _too_late()
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        now = self._now()
        try:
            with files.locked(self._path):
                self._folder.heal(now)
                standing = self._standing(_named(ref))
                if standing is None:
                    return Rejected("gone", CODES["gone"].meaning)
                entry = standing.model_copy(
                    update={**_words(message, images), "updated": now, "corrected": now,
                            "replaced": _with(standing.replaced, *standing.keys)})
                if entry.says() != standing.says():
                    self._folder.put(entry, now, images)
        except OSError as error:
            return files.disk_trouble(error, self._path)
        return self._public(standing.slug, "Bài đã đính chính")

    def pin(self, message: Message, ref: str, *, deadline: float) -> Outcome:  # noqa: ARG002
        """On top of the index for `pin_days`."""
        return self._pin(ref, self._now() + self._pinned_for, deadline)

    def unpin(self, message: Message, ref: str, *, deadline: float) -> Outcome:  # noqa: ARG002
        outcome = self._pin(ref, None, deadline)
        if isinstance(outcome, Rejected):
            return Delivered(_named(ref), detail="Bài không còn ở trang")
        return outcome

    def check(self, account: str) -> Health:  # noqa: ARG002 - one folder for all
        return files.folder_health(self._path)

    def _publish(self, message: Message, images: list[Image]) -> Outcome:
        now, slug = self._now(), _slug(message)
        self._folder.heal(now)
        known = self._folder.read(slug)
        if known is not None and message.key in known.withdrawn:
            return Rejected("recalled", CODES["recalled"].meaning)
        standing = None if known is None or known.recalled else known
        if standing is not None and message.key in standing.replaced:  # a late try of the old text
            return self._public(slug, "Bài đã đính chính, giữ bản đính chính")
        entry = Entry(
            slug=slug, tag=clean(message.tag), **_words(message, images),
            published=standing.published if standing else now, updated=now,
            pinned_until=standing.pinned_until if standing else None,
            keys=_with(standing.keys if standing else (), message.key),
            replaced=standing.replaced if standing else (),
            withdrawn=known.withdrawn if known else (),
        )
        if standing is not None and standing.says() == entry.says():
            # no new date for the same text: feed readers would show it again
            entry = standing.model_copy(update={"keys": entry.keys})
        self._folder.put(entry, now, images)
        return self._public(slug, "Bài đã ghi vào trang tin")

    def _pin(self, ref: str, until: datetime | None, deadline: float) -> Outcome:
        if self._clock.elapsed() >= deadline:
            return _too_late()
        now = self._now()
        try:
            with files.locked(self._path):
                self._folder.heal(now)
                entry = self._standing(_named(ref))
                if entry is None:
                    return Rejected("gone", CODES["gone"].meaning)
                self._folder.put(entry.model_copy(update={"pinned_until": until}), now)
        except OSError as error:
            return files.disk_trouble(error, self._path)
        return self._public(entry.slug, "Bài đã ghim" if until else "Bài đã bỏ ghim")

    def _save(self, path: Path, data: bytes) -> None:
        self._write(path, data)

    def _standing(self, slug: str) -> Entry | None:
        entry = self._folder.read(slug)
        return None if entry is None or entry.recalled else entry

    def _public(self, slug: str, detail: str) -> Delivered:
        return Delivered(slug, self._site.url(slug), detail)

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def _words(message: Message, images: list[Image]) -> dict[str, object]:
    """What a message says, as an entry keeps it."""
    return {
        "title": one_line(message.title) or "Thông báo",
        "summary": one_line(message.extra.get("summary", "")),
        "html": clean(message.text),
        "pictures": tuple(_picture(image) for image in images),
    }


def _with(keys: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, *more)))


def _picture(image: Image) -> Picture:
    width, height = pixels(image.data)
    return Picture(name=image.name, alt=one_line(image.alt), width=width, height=height)


def _slug(message: Message) -> str:
    return _named(message.extra.get("slug") or message.key)


def _named(name: str) -> str:
    """A file name of letters, digits and hyphens, never one of our own pages; twice as once."""
    slug = as_slug(clean(name)) or sha256(name.encode(errors="replace")).hexdigest()[:16]
    if len(slug) > _LONGEST:
        slug = f"{slug[:_LONGEST - 9]}-{sha256(slug.encode()).hexdigest()[:8]}".replace("--", "-")
    return f"tin-{slug}" if _OURS.fullmatch(slug) else slug


def _too_late() -> Retry:
    return Retry("deadline", CODES["deadline"].meaning, counts=False)
