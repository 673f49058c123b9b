"""
The article as editors find it: blocks of the editor, in one group whose class says whose it is.

The class `giovang-SLUG` is how an article is known again after an editor gave it another address,
and how a double under "-2" is told from somebody else's article; the editor keeps it.
"""

import re
from html import escape, unescape
from typing import Final

#: element -> block; of these the renderer lets through p, h2, h3, ul, ol
_BLOCKS: Final = {
    "p": "paragraph", "h2": "heading", "h3": 'heading {"level":3}', "ul": "list",
    "ol": 'list {"ordered":true}',
}
_END: Final = {"p": "paragraph", "h2": "heading", "h3": "heading", "ul": "list", "ol": "list"}
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*?(/?)>", re.IGNORECASE)
_VOID = {"br"}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GROUP = re.compile(r"</?div\b[^>]*>")
_NOTICE = re.compile(r'<p class="dinh-chinh">.*?</p>', re.DOTALL)


def article(html: str, slug: str, figures: list[str], notice: str = "") -> str:
    """The content to write: notice, text, further pictures; no shortcode of a site can run."""
    inner = "\n\n".join([
        *([_notice(notice)] if notice else []),
        *(_block(tag, part) for tag, part in _top(html.replace("[", "&#091;"))), *figures,
    ])
    classes = f"giovang {mark(slug)}"
    return (f'<!-- wp:group {{"className":"{classes}"}} -->\n'
            f'<div class="wp-block-group {classes}">{inner}</div>\n<!-- /wp:group -->')


def mark(slug: str) -> str:
    """The class by which an article is known as the one of this slug."""
    return f"giovang-{slug}"


def marks_in(content: str) -> set[str]:
    """The marks of this content; none where a person wrote it."""
    classes = " ".join(re.findall(r'class="([^"]*)"', content)).split()
    return {name for name in classes if name.startswith("giovang-")}


def figure(media: int, url: str, alt: str) -> str:
    """A picture in the text."""
    return (f'<!-- wp:image {{"id":{media},"sizeSlug":"full","linkDestination":"none"}} -->\n'
            f'<figure class="wp-block-image size-full"><img src="{escape(url)}" '
            f'alt="{escape(alt)}" class="wp-image-{media}"/></figure>\n<!-- /wp:image -->')


def read(content: str) -> str:
    """What a reader gets, so that two contents can be compared: WordPress rewrites some signs."""
    bare = _GROUP.sub("", _COMMENT.sub("", _NOTICE.sub("", content)))
    return " ".join(re.sub(r"\s*/>", ">", unescape(bare)).replace(">", "> ").split())


def notice_in(content: str) -> str:
    """The correction that stands on top of this content; "" for none."""
    found = _NOTICE.search(content)
    return found.group() if found else ""


def _notice(words: str) -> str:
    html = words if words.startswith("<p") else (
        f'<p class="dinh-chinh"><strong>{escape(words)}</strong></p>')
    return ('<!-- wp:paragraph {"className":"dinh-chinh"} -->\n'
            f"{html}\n<!-- /wp:paragraph -->")


def _block(tag: str, html: str) -> str:
    if tag not in _BLOCKS:
        return f"<!-- wp:paragraph -->\n<p>{html}</p>\n<!-- /wp:paragraph -->"
    if _END[tag] == "list" and len(re.findall("<[uo]l", html)) == 1:  # nested: the editor mends it
        html = re.sub(r"\s*<li>(.*?)</li>\s*", r"<!-- wp:list-item -->\n<li>\1</li>\n"
                      "<!-- /wp:list-item -->", html, flags=re.DOTALL)
    return f"<!-- wp:{_BLOCKS[tag]} -->\n{html}\n<!-- /wp:{_END[tag]} -->"


def _top(html: str) -> list[tuple[str, str]]:
    """(element, its HTML) of the outermost elements in order; loose text as ("", text)."""
    parts: list[tuple[str, str]] = []
    depth = start = 0
    for found in _TAG.finditer(html):
        closing, tag, alone = found[1], found[2].lower(), found[3]
        if tag in _VOID or alone or (depth == 0 and tag not in _BLOCKS):
            continue
        if not closing:
            if depth == 0:
                parts.append(("", html[start:found.start()]))
                start, outer = found.start(), tag
            depth += tag in _BLOCKS
        elif tag in _BLOCKS:
            depth -= 1
            if depth == 0:
                parts.append((outer, html[start:found.end()]))
                start = found.end()
    parts.append(("", html[start:]))
    return [(tag, part.strip()) for tag, part in parts if part.strip()]
