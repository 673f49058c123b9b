"""Our message as Zalo's article, and which of its articles is ours. Pure."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from channels.values import Message
from channels.zalo.options import DESCRIPTION, TITLE, ZaloOptions
from vietnamese.fold import fold

_GONE_TITLE: Final = "Tin đã thu hồi"
_GONE: Final = "Tin này đã được thu hồi. Xin xem tin mới trên trang của Official Account."


def write(message: Message, options: ZaloOptions, *, show: bool) -> dict[str, Any]:
    """The body of `article/create`; with an `id`, of `article/update`."""
    paragraphs = [p.strip() for p in message.text.split("\n\n") if p.strip()]
    body: list[dict[str, Any]] = [{"type": "text", "content": p} for p in paragraphs]
    picture = _written(message.extra.get("image_url", ""))
    if picture:
        alt = message.attachments[0].alt if message.attachments else ""
        body.insert(1, {"type": "image", "url": picture, "caption": alt})
    about = message.extra.get("summary", "") or (paragraphs[0] if paragraphs else "")
    return _frame(options, message.title.strip(), _cut(about), body,
                  cover=picture or options.cover_url, show=show)


def blank(options: ZaloOptions) -> dict[str, Any]:
    """
    What a recalled article becomes: hidden, and without its text, for it is not known whether a
    hidden article still opens from the card that followers have.
    """
    body = [{"type": "text", "content": _GONE}]
    return _frame(options, _GONE_TITLE, _GONE, body, cover=options.cover_url, show=False)


def is_blank(article: Mapping[str, Any]) -> bool:
    return article.get("title") == _GONE_TITLE and article.get("status") == "hide"


def has_title(message: Message, listed: Mapping[str, Any]) -> bool:
    return fold(str(listed.get("title", ""))) == fold(message.title)


def is_same(message: Message, article: Mapping[str, Any]) -> bool:
    """The tag decides where our text shows it, else title and text."""
    text = _text(article)
    if message.tag and message.tag in message.text:
        return message.tag in f"{article.get('title')}\n{article.get('description')}\n{text}"
    return has_title(message, article) and fold(text) == fold(message.text)


def reads_like(article: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Nothing is left to update."""
    return article.get("status") == wanted["status"] and all(
        fold(str(a)) == fold(str(b)) for a, b in (
            (article.get("title", ""), wanted["title"]),
            (article.get("description", ""), wanted["description"]),
            (_text(article), _text(wanted)),
        )
    )


def _frame(
    options: ZaloOptions, title: str, about: str, body: list[dict[str, Any]], *,
    cover: str, show: bool,
) -> dict[str, Any]:
    return {
        "type": "normal", "title": title, "author": options.author,
        "cover": {"cover_type": "photo", "photo_url": cover, "status": "show"},
        "description": about, "body": body, "status": "show" if show else "hide",
        "comment": "show" if options.comments else "hide",
    }


def _text(article: Mapping[str, Any]) -> str:
    blocks = article.get("body")
    return "\n\n".join(
        str(block.get("content", "")) for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") == "text"
    )


def _cut(text: str) -> str:
    """At the last word that fits."""
    one_line = " ".join(text.split())
    if len(one_line) <= DESCRIPTION:
        return one_line
    return one_line[: DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def _written(url: str) -> str:
    # Pictures named in Vietnamese are refused unless their address is written in ASCII.
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]") if url.startswith("https://") else ""


def too_long(title: str) -> bool:
    return len(title.strip()) > TITLE
