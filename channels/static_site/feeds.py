"""
What machines read: RSS 2.0, Atom 1.0 (RFC 4287), the sitemap, robots.txt.

In RSS and Atom an article has the same id, a tag URI of its slug: our key, which is no address
(`isPermaLink="false"`) and never changes. Addresses stand alone; a text read elsewhere keeps
its links and pictures. Atom names what was recalled of late (RFC 6721), so that a portal that
took it takes it down, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from channels.static_site.entry import Entry, Site
from channels.static_site.text import absolute, clean, rfc822, rfc3339

FEED_LENGTH: Final = 50  #: newest articles in a feed; portals that import it read more often
_SITEMAP_LENGTH: Final = 49_000  #: sitemaps.org: at most 50,000 addresses in a file
_GONE_FOR: Final = timedelta(days=30)

_ATOM = "http://www.w3.org/2005/Atom"
_GONE = "http://purl.org/atompub/tombstones/1.0"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def rss(site: Site, entries: Sequence[Entry], changed_at: datetime) -> bytes:
    """`entries`: newest first. `changed_at`: when anything in the feed last changed."""
    root = Element("rss", {"version": "2.0", "xmlns:atom": _ATOM, "xmlns:content": _CONTENT})
    channel = SubElement(root, "channel")
    _put(channel, "title", site.title)
    _put(channel, "link", site.base_url)
    _put(channel, "description", f"{site.title} - {site.author}")
    _put(channel, "language", "vi")
    _put(channel, "lastBuildDate", rfc822(changed_at))
    _put(channel, "atom:link", rel="self", type="application/rss+xml",
         href=f"{site.base_url}rss.xml")
    for entry in entries[:FEED_LENGTH]:
        item = SubElement(channel, "item")
        _put(item, "title", entry.title)
        _put(item, "link", site.url(entry.slug))
        _put(item, "guid", site.id(entry), isPermaLink="false")
        _put(item, "pubDate", rfc822(entry.published))
        _put(item, "description", entry.summary or entry.title)
        _put(item, "content:encoded", _body(site, entry))
    return _file(root)


def atom(
    site: Site, entries: Sequence[Entry], gone: Sequence[Entry], changed_at: datetime
) -> bytes:
    """`gone`: what was recalled, newest first; of those the recent ones are named."""
    root = Element("feed", {"xmlns": _ATOM, "xmlns:at": _GONE, "xml:lang": "vi"})
    _put(root, "id", site.tag("feed"))
    _put(root, "title", site.title)
    _put(root, "updated", rfc3339(changed_at))
    _put(_put(root, "author"), "name", site.author)
    _put(root, "link", rel="self", type="application/atom+xml", href=f"{site.base_url}feed.xml")
    _put(root, "link", rel="alternate", type="text/html", href=site.base_url)
    for entry in entries[:FEED_LENGTH]:
        found = _put(root, "entry")
        _put(found, "id", site.id(entry))
        _put(found, "title", entry.title)
        _put(found, "published", rfc3339(entry.published))
        _put(found, "updated", rfc3339(entry.updated))
        _put(found, "link", rel="alternate", type="text/html", href=site.url(entry.slug))
        if entry.summary:
            _put(found, "summary", entry.summary)
        _put(found, "content", _body(site, entry), type="html")
    for entry in gone[:FEED_LENGTH]:
        if changed_at - entry.updated <= _GONE_FOR:
            _put(root, "at:deleted-entry", ref=site.id(entry),
                 when=rfc3339(entry.updated))
    return _file(root)


def sitemap(site: Site, entries: Sequence[Entry], changed_at: datetime) -> bytes:
    root = Element("urlset", xmlns=_SITEMAP)
    places = [(site.base_url, changed_at)]
    places += [(site.url(e.slug), e.updated) for e in entries[:_SITEMAP_LENGTH]]
    for address, moment in places:
        url = SubElement(root, "url")
        _put(url, "loc", address)
        _put(url, "lastmod", rfc3339(moment))
    return _file(root)


def robots(site: Site) -> bytes:
    return f"User-agent: *\nDisallow:\nSitemap: {site.base_url}sitemap.xml\n".encode()


def _body(site: Site, entry: Entry) -> str:
    return absolute(entry.body(), site.base_url)


def _put(parent: Element, name: str, text: str = "", **given: str) -> Element:
    made = SubElement(parent, name, {key: clean(value) for key, value in given.items()})
    made.text = clean(text) or None
    return made


def _file(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
