"""
A folder of static HTML with an index and an Atom feed, for a web server or a portal to take.

One sidecar file per article (`tin/SLUG.json`) is the truth; index and feed are made from
those each time, so a crash between two files heals with the next publication.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from pydantic import Field

from channels import files, site_pages
from channels.images import load_images
from channels.options import ChannelSpec, Context, Options
from channels.site_pages import Entry, Site
from channels.values import (
    Absent,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Retry,
)
from vietnamese.plain import slug as as_slug

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
}

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; the sidecar stays


class StaticSiteOptions(Options):
    """`[[channels]] type = "static_site"`, options."""

    folder: str = "trang-tin"  #: below the installation's own folder, or absolute
    title: str = "Tin cảnh báo"
    author: str = "Ban biên tập"
    base_url: str = Field(default="http://localhost/", pattern=r"^https?://.+/$")
    tag_date: str = Field(default="2026", pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")


class StaticSite:
    """`target` and `account` are names only: there is one folder."""

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
        self._site = Site(options.title, options.author, options.base_url, options.tag_date)
        self._folder = folder
        self._clock = context.clock
        self._home = context.home
        self._write = write

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = []
        if not message.text.strip():
            problems.append(Problem("empty", "Bài trống", "Viết nội dung bài"))
        if not message.title.strip():
            problems.append(Problem("title", "Bài chưa có tiêu đề", "Viết tiêu đề"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        if self._clock.elapsed() >= deadline:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        html = message.text + "".join(
            f'\n<p><img src="anh/{i.name}" alt="{escape(i.alt)}"></p>' for i in images
        )
        try:
            with files.locked(self._folder):
                for image in images:
                    self._write(self._folder / "anh" / image.name, image.data)
                return self._publish(message, html)
        except OSError as error:
            return files.disk_trouble(error, self._folder)

    def find(self, message: Message) -> Found:
        entry = self._read(_slug(message))
        if entry is None or entry.recalled:
            return Absent("Trang chưa có bài này")
        return Delivered(entry.slug, self._site.url(entry.slug))

    def recall(self, message: Message, ref: str) -> Outcome:
        """The address stays and says that the article was recalled; index and feed lose it."""
        slug = as_slug(ref)
        try:
            with files.locked(self._folder):
                entry = self._read(slug)
                now = _rfc3339(self._clock.now())
                if entry is None:
                    entry = Entry(slug, message.title, "", "", now, now)
                gone = Entry(slug, entry.title, "", "", entry.published, now, recalled=True)
                self._put(gone, site_pages.recalled(self._site, gone))
        except OSError as error:
            return files.disk_trouble(error, self._folder)
        return Delivered(slug, self._site.url(slug), "Bài đã thay bằng thông báo thu hồi")

    def check(self, account: str) -> Health:  # noqa: ARG002 - one folder for all
        return files.folder_health(self._folder)

    def _publish(self, message: Message, html: str) -> Delivered:
        now = _rfc3339(self._clock.now())
        standing = self._read(_slug(message))
        entry = Entry(
            slug=_slug(message),
            title=message.title,
            summary=message.extra.get("summary", ""),
            html=html,
            published=standing.published if standing else now,
            updated=now,
        )
        if standing and _says_the_same(standing, entry):
            entry = standing  # no new date for the same text: feed readers would show it again
        self._put(entry, site_pages.article(self._site, entry))
        return Delivered(entry.slug, self._site.url(entry.slug), "Bài đã ghi vào trang tin")

    def _put(self, entry: Entry, page: bytes) -> None:
        # The page first: no list may ever point to an article that is not there.
        self._write(self._folder / f"{entry.slug}.html", page)
        sidecar = json.dumps(entry.as_dict(), ensure_ascii=False, indent=1).encode()
        self._write(self._folder / "tin" / f"{entry.slug}.json", sidecar)
        standing = [e for e in self._entries() if not e.recalled]
        self._write(self._folder / "index.html", site_pages.index(self._site, standing))
        feed = site_pages.feed(self._site, standing, empty_at=entry.updated)
        self._write(self._folder / "feed.xml", feed)

    def _entries(self) -> list[Entry]:
        """Newest first; the slug decides between two of one second."""
        slugs = (path.stem for path in (self._folder / "tin").glob("*.json"))
        entries = [entry for slug in slugs if (entry := self._read(slug))]
        return sorted(entries, key=lambda e: (e.published, e.slug), reverse=True)

    def _read(self, slug: str) -> Entry | None:
        try:
            sidecar = (self._folder / "tin" / f"{slug}.json").read_bytes()
            return Entry(**json.loads(sidecar))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError):
            return None  # edited by hand and broken: the next publication writes it anew


def _says_the_same(a: Entry, b: Entry) -> bool:
    return (a.title, a.summary, a.html, a.recalled) == (b.title, b.summary, b.html, b.recalled)


def _slug(message: Message) -> str:
    return as_slug(message.extra.get("slug") or message.key)


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
