"""
The site's folder, one writer at a time: what is in it, and how it changes.

`tin/SLUG.json` is the truth of an article; pages, lists and feeds are made from it. An article's
page is there before its sidecar, the sidecar before index and feeds: no list ever points to what
is not there. `tin/.dang-ghi` says what is being written. After a crash the next act finishes it
where readers could already see it, or where it is a recall; else it never was, and its own next
try does it: nothing becomes public late because something else was published.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from channels import files
from channels.images import Image
from channels.static_site import feeds, pages
from channels.static_site.entry import Entry, Site, read_entry
from channels.static_site.look import STYLE

#: raised when the pages' form changes: every page is then written anew
_FORM: Final = 2


class SiteFolder:
    """All methods but `read` and `has_page` need `files.locked(path)`."""

    def __init__(self, path: Path, site: Site, write: files.Write, *, notices: bool) -> None:
        self.path = path
        self._site = site
        self._write = write
        self._notices = notices  #: a recalled article leaves a page that says so

    def read(self, slug: str) -> Entry | None:
        try:
            return read_entry((self.path / "tin" / f"{slug}.json").read_bytes(), slug)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has_page(self, slug: str) -> bool:
        return self._page(slug).is_file()

    def heal(self, now: datetime) -> None:
        """End what a crash or a full disk has left half done."""
        try:
            data = self._journal.read_bytes()
        except FileNotFoundError:
            return
        entry = read_entry(data)
        if entry and (entry.recalled or self._holds(self._page(entry.slug), self._html(entry))):
            self._finish(entry, now)
        self._journal.unlink(missing_ok=True)

    def put(self, entry: Entry, now: datetime, images: Iterable[Image] = ()) -> None:
        """Let the site hold this article as it is here; recalled: let it be gone."""
        data = entry.model_dump_json(indent=1).encode()
        self._write(self._journal, data)
        for image in images:
            self._save(self.path / "anh" / image.name, image.data)
        self._finish(entry, now)
        self._journal.unlink(missing_ok=True)

    def _finish(self, entry: Entry, now: datetime) -> None:
        before = self.read(entry.slug)
        self._put_page(entry)
        self._save(self.path / "tin" / f"{entry.slug}.json",
                   entry.model_dump_json(indent=1).encode())
        self._put_lists(now)
        if before is not None:
            self._drop_pictures(before.picture_names())

    def _put_page(self, entry: Entry) -> None:
        if entry.recalled and not self._notices:
            self._page(entry.slug).unlink(missing_ok=True)
        else:
            self._save(self._page(entry.slug), self._html(entry))

    def _put_lists(self, now: datetime) -> None:
        entries = self._entries()
        self._renew(entries)
        standing = [e for e in entries if not e.recalled and self.has_page(e.slug)]
        gone = sorted((e for e in entries if e.recalled), key=lambda e: e.updated, reverse=True)
        pinned = [e for e in standing if e.pinned_until and e.pinned_until > now]
        changed = max((e.updated for e in entries), default=now)
        by_month = pages.months(standing)
        site, verify = self._site, self._verify
        for name, listed in by_month.items():
            self._save(self.path / f"{name}.html",
                       pages.month(site, name, listed, verify=verify))
        self._save(self.path / "index.html",
                   pages.index(site, standing, pinned, verify=verify))
        for path in self.path.glob("thang-*.html"):
            if path.stem not in by_month:
                path.unlink()  # its last article was recalled
        self._save(self.path / "feed.xml", feeds.atom(site, standing, gone, changed))
        self._save(self.path / "rss.xml", feeds.rss(site, standing, changed))
        self._save(self.path / "sitemap.xml", feeds.sitemap(site, standing, changed))
        if not (self.path / "robots.txt").exists():
            self._write(self.path / "robots.txt", feeds.robots(site))

    def _renew(self, entries: Iterable[Entry]) -> None:
        """Every page once more when their form, the site's name or its address has changed."""
        form = repr((_FORM, STYLE, self._site, self._verify, self._notices))
        mark = hashlib.sha256(form.encode()).hexdigest().encode()
        path = self.path / "tin" / ".kieu-trang"
        if self._holds(path, mark):
            return
        for entry in entries:
            if self.has_page(entry.slug):
                self._put_page(entry)
        self._write(path, mark)

    def _drop_pictures(self, names: set[str]) -> None:
        """Those of `names` that no article shows any more."""
        if not names:
            return
        used = {n for e in self._entries() if not e.recalled for n in e.picture_names()}
        for name in names - used:
            (self.path / "anh" / Path(name).name).unlink(missing_ok=True)

    def _entries(self) -> list[Entry]:
        """Newest first; the slug decides between two of one second."""
        slugs = (path.stem for path in (self.path / "tin").glob("*.json"))
        entries = [entry for slug in slugs if (entry := self.read(slug))]
        return sorted(entries, key=lambda e: (e.published, e.slug), reverse=True)

    def _html(self, entry: Entry) -> bytes:
        made = pages.recalled if entry.recalled else pages.article
        return made(self._site, entry, verify=self._verify)

    def _save(self, path: Path, data: bytes) -> None:
        if not self._holds(path, data):
            self._write(path, data)

    def _holds(self, path: Path, data: bytes) -> bool:
        try:
            return path.read_bytes() == data
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _page(self, slug: str) -> Path:
        return self.path / f"{slug}.html"

    @property
    def _journal(self) -> Path:
        return self.path / "tin" / ".dang-ghi"

    @property
    def _verify(self) -> bool:
        return (self.path / "xac-minh").is_dir()
