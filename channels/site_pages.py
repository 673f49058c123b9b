"""The static site's pages: an article, the index, the Atom feed (RFC 4287), a recall notice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

FEED_LENGTH = 50  #: newest entries in the feed; portals that import it read more often


@dataclass(frozen=True)
class Entry:
    """What stands in the sidecar file of one article. Times are RFC 3339, UTC."""

    slug: str
    title: str
    summary: str
    html: str
    published: str
    updated: str
    recalled: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Site:
    """Who publishes, and where the folder is seen by readers."""

    title: str
    author: str
    base_url: str  #: ends with "/"
    tag_date: str  #: a day on which base_url's host was ours (RFC 4151), never changed again

    def url(self, slug: str) -> str:
        return f"{self.base_url}{slug}.html"

    def tag(self, name: str) -> str:
        host = urlsplit(self.base_url).hostname or "localhost"
        return f"tag:{host},{self.tag_date}:{name}"


_PAGE = """\
<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="alternate" type="application/atom+xml" href="feed.xml" title="{site}">
</head>
<body>
{body}
</body>
</html>
"""


def article(site: Site, entry: Entry) -> bytes:
    """The article's own page; `entry.html` is sanitised by the renderer."""
    day = entry.published[:10]
    body = f"""\
<p><a href="index.html">{escape(site.title)}</a></p>
<article>
<h1>{escape(entry.title)}</h1>
<p><time datetime="{entry.published}">{day[8:]}/{day[5:7]}/{day[:4]}</time></p>
{entry.html}
</article>"""
    return _page(entry.title, site, body)


def recalled(site: Site, entry: Entry) -> bytes:
    """What stands where a recalled article stood: the address stays, the text goes."""
    body = f"""\
<p><a href="index.html">{escape(site.title)}</a></p>
<h1>Tin đã thu hồi</h1>
<p>Tin này đã được {escape(site.author)} thu hồi. Đề nghị bà con không chia sẻ lại.</p>
<p>Mã: {escape(entry.slug)}</p>"""
    return _page("Tin đã thu hồi", site, body)


def index(site: Site, entries: Iterable[Entry]) -> bytes:
    """All articles, newest first."""
    rows = "\n".join(
        f'<li><time datetime="{e.published}">{e.published[:10]}</time> '
        f'<a href="{escape(e.slug)}.html">{escape(e.title)}</a></li>'
        for e in entries
    )
    return _page(site.title, site, f"<h1>{escape(site.title)}</h1>\n<ul>\n{rows}\n</ul>")


def feed(site: Site, entries: list[Entry], empty_at: str) -> bytes:
    """The newest articles as Atom; `empty_at` dates a feed without any."""
    updated = max((e.updated for e in entries), default=empty_at)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">',
        f"<id>{_xml(site.tag('feed'))}</id>",
        f"<title>{_xml(site.title)}</title>",
        f"<updated>{updated}</updated>",
        f"<author><name>{_xml(site.author)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href="{_xml(site.base_url)}feed.xml"/>',
        f'<link rel="alternate" type="text/html" href="{_xml(site.base_url)}"/>',
    ]
    for entry in entries[:FEED_LENGTH]:
        parts += [
            "<entry>",
            f"<id>{_xml(site.tag('tin/' + entry.slug))}</id>",
            f"<title>{_xml(entry.title)}</title>",
            f"<published>{entry.published}</published>",
            f"<updated>{entry.updated}</updated>",
            f'<link rel="alternate" type="text/html" href="{_xml(site.url(entry.slug))}"/>',
            *([f"<summary>{_xml(entry.summary)}</summary>"] if entry.summary else []),
            f'<content type="html">{_xml(entry.html)}</content>',
            "</entry>",
        ]
    return "\n".join([*parts, "</feed>", ""]).encode()


def _page(title: str, site: Site, body: str) -> bytes:
    return _PAGE.format(title=escape(title), site=escape(site.title), body=body).encode()


def _xml(text: str) -> str:
    # XML 1.0 has no control characters, not even escaped: one would break the whole feed.
    return escape("".join(c for c in text if c >= " " or c in "\t\n\r"))
