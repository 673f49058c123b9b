"""The pages: an article, what stands where a recalled one stood, the index and its months."""

from collections.abc import Iterable, Sequence
from typing import Final

from channels.static_site.entry import Entry, Site
from channels.static_site.look import page
from channels.static_site.text import VIETNAM, attribute, in_words, rfc3339, script_json

FIRST_PAGE: Final = 30  #: newest articles on index.html; months hold them all


def article(site: Site, entry: Entry, *, verify: bool) -> bytes:
    """The article's own page; `entry.html` is sanitised by the renderer."""
    url = site.url(entry.slug)
    head = "".join(f"{line}\n" for line in (
        f'<link rel="canonical" href="{attribute(url)}">',
        *([f'<meta name="description" content="{attribute(entry.summary)}">']
          if entry.summary else []),
        '<meta property="og:type" content="article">',
        '<meta property="og:locale" content="vi_VN">',
        f'<meta property="og:site_name" content="{attribute(site.title)}">',
        f'<meta property="og:title" content="{attribute(entry.title)}">',
        f'<meta property="og:url" content="{attribute(url)}">',
        *([f'<meta property="og:description" content="{attribute(entry.summary)}">']
          if entry.summary else []),
        *(f'<meta property="og:image" content="{attribute(site.base_url + p.path)}">'
          for p in entry.pictures[:1]),
        f'<script type="application/ld+json">{script_json(json_ld(site, entry))}</script>',
    ))
    said = not entry.tag or attribute(entry.tag) in entry.html  # the template prints it, too
    code = "" if said else f" · Mã tin: {attribute(entry.tag)}"
    body = f"""\
<article>
<h1>{attribute(entry.title)}</h1>
<p class="luc"><time datetime="{rfc3339(entry.published)}">{in_words(entry.published)}</time>{code}\
</p>
{_corrected(entry)}{entry.body()}
</article>
<p class="chi-in">Địa chỉ của bài: {attribute(url)}</p>"""
    return page(site, entry.title, head, body, verify=verify)


def json_ld(site: Site, entry: Entry) -> dict[str, object]:
    """schema.org NewsArticle."""
    url = site.url(entry.slug)
    publisher = {"@type": "GovernmentOrganization", "name": site.author, "url": site.base_url}
    found: dict[str, object] = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": entry.title,
        "url": url, "mainEntityOfPage": url, "inLanguage": "vi",
        "datePublished": entry.published.astimezone(VIETNAM).isoformat(),
        "dateModified": entry.updated.astimezone(VIETNAM).isoformat(),
        "author": publisher, "publisher": publisher, "isAccessibleForFree": True,
    }
    if entry.summary:
        found["description"] = entry.summary
    if entry.tag:
        found["identifier"] = entry.tag
    if entry.pictures:
        found["image"] = [site.base_url + p.path for p in entry.pictures]
    if entry.corrected:
        found["correction"] = {
            "@type": "CorrectionComment", "text": "Đính chính",
            "datePublished": entry.corrected.astimezone(VIETNAM).isoformat()}
    return found


def recalled(site: Site, entry: Entry, *, verify: bool) -> bytes:
    """What stands where a recalled article stood: the address stays, the text goes."""
    head = '<meta name="robots" content="noindex, noarchive">\n'
    body = f"""\
<h1>Tin đã thu hồi</h1>
<p class="thu-hoi">Tin này đã được {attribute(site.author)} thu hồi. \
Đề nghị bà con không làm theo và không chia sẻ lại.</p>
<p class="luc">Thu hồi lúc <time datetime="{rfc3339(entry.updated)}">{in_words(entry.updated)}\
</time> · Mã: {attribute(entry.tag or entry.slug)}</p>
<p><a href="index.html">Xem các tin đang có hiệu lực</a></p>"""
    return page(site, "Tin đã thu hồi", head, body, verify=verify)


def index(
    site: Site, entries: Sequence[Entry], pinned: Sequence[Entry], *, verify: bool
) -> bytes:
    """`entries` (all that stand) and `pinned`: newest first."""
    top = {e.slug for e in pinned}
    newest = [e for e in entries if e.slug not in top][:FIRST_PAGE]
    head = f'<link rel="canonical" href="{attribute(site.base_url)}">\n'
    parts = [f"<h1>{attribute(site.title)}</h1>"]
    if pinned:
        parts += ["<h2>Tin cần chú ý</h2>", _list(pinned, "tin ghim"), "<h2>Tin mới nhất</h2>"]
    parts.append(_list(newest, "tin") if newest else "<p>Không có tin nào.</p>")
    links = "\n".join(f'<a href="{name}.html">Tháng {name[-2:]}/{name[-7:-3]}</a>'
                      for name in months(entries))
    if links:
        parts.append(f'<nav aria-label="Các tin theo tháng">\n<h2>Tin theo tháng</h2>\n{links}'
                     "\n</nav>")
    return page(site, site.title, head, "\n".join(parts), verify=verify)


def months(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """`thang-2026-11` -> its articles, newest first. The address of a month never changes."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        name = f"thang-{entry.published.astimezone(VIETNAM):%Y-%m}"
        found.setdefault(name, []).append(entry)
    return found


def month(site: Site, name: str, entries: Sequence[Entry], *, verify: bool) -> bytes:
    title = f"Tin tháng {name[-2:]}/{name[-7:-3]}"
    head = f'<link rel="canonical" href="{attribute(site.url(name))}">\n'
    body = f"<h1>{title}</h1>\n{_list(entries, 'tin')}"
    return page(site, f"{title} - {site.title}", head, body, verify=verify)


def _list(entries: Iterable[Entry], kind: str) -> str:
    rows = "\n".join(
        f'<li><a href="{e.slug}.html">{attribute(e.title)}</a><br>\n<span class="luc">'
        f'<time datetime="{rfc3339(e.published)}">{in_words(e.published)}</time>'
        f"{' · đã đính chính' if e.corrected else ''}</span>"
        f"{f'<p>{attribute(e.summary)}</p>' if e.summary and e.summary != e.title else ''}</li>"
        for e in entries
    )
    return f'<ul class="{kind}">\n{rows}\n</ul>'


def _corrected(entry: Entry) -> str:
    if entry.corrected is None:
        return ""
    return (f'<p class="dinh-chinh"><strong>Đính chính</strong> lúc '
            f'<time datetime="{rfc3339(entry.corrected)}">{in_words(entry.corrected)}</time>: '
            "nội dung bài đã được sửa. Đề nghị bà con đọc và chia sẻ bản này.</p>\n")
