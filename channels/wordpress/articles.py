"""
Which articles of a site are ours, and which of them is the one. The slug is the key, but
WordPress does not refuse a slug it has: it appends "-2" and says 201; and the trash renames it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from channels.values import Delivered, Message, Outcome
from channels.wire import Answer
from channels.wordpress import blocks
from channels.wordpress.rest import Rest, Thing, own_code
from vietnamese.plain import slug as as_slug

_ANY = "publish,future,draft,pending,private"
_FIELDS = "id,slug,status,link,content,date_gmt,modified_gmt"
_LONGEST: Final = 180  #: characters; WordPress cuts a slug at 200, and would then not find it


@dataclass(frozen=True)
class Standing:
    """
    Our articles under one slug: the one that counts, what stands beside it and should not, what
    lies in the trash. `now`: the site's own clock.
    """

    keeper: Thing | None
    doubles: tuple[Thing, ...]
    trashed: tuple[Thing, ...]
    now: datetime | None

    def all(self) -> list[Thing]:
        return [*([self.keeper] if self.keeper else []), *self.doubles]


def slug_of(message: Message) -> str:
    """The key of the article: the same for every airing of an item."""
    slug = as_slug(message.extra.get("slug") or message.key)
    if len(slug) <= _LONGEST:
        return slug
    return f"{slug[:_LONGEST]}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"


def look(rest: Rest, message: Message, account: str, deadline: float) -> Standing | Outcome:
    """Everything of ours under this slug, in every status; an outcome when that is unknown."""
    slug = slug_of(message)
    named = f"{slug},{slug}-2,{slug}-3,{slug}__trashed"
    # Not in the context "edit": that leaves out, without a word, what another published.
    by_slug = rest.things("posts", account, deadline, slug=named, status=f"{_ANY},trash",
                          _fields=_FIELDS)
    if not isinstance(by_slug, tuple):
        return by_slug
    # by its mark, too: an editor may have given it a better address
    by_mark = rest.things("posts", account, deadline, search=blocks.mark(slug), status=_ANY,
                          _fields=_FIELDS)
    if not isinstance(by_mark, tuple):
        return by_mark
    found = {a["id"]: a for a in (*by_slug[0], *by_mark[0])}.values()
    standing = sorted(
        (a for a in found if a.get("status") != "trash" and _is_ours(a, slug)),
        # the good address first, then what is public, then the oldest
        key=lambda a: (a.get("slug") != slug, a.get("status") != "publish", a["id"]))
    trashed = tuple(a for a in found if a.get("slug") == f"{slug}__trashed")
    return Standing(standing[0] if standing else None, tuple(standing[1:]), trashed,
                    _date_of(by_mark[1]))


def trash(rest: Rest, number: int, account: str, deadline: float) -> Outcome | None:
    """Into the trash; None when it is there. A site without a trash: back to a draft."""
    got = rest.call("DELETE", f"posts/{number}", account, deadline)
    if isinstance(got, Answer):
        code = own_code(got)
        if code in ("wp-rest_already_trashed", "wp-rest_post_invalid_id"):
            return None
        if code == "wp-rest_trash_not_supported":
            # not force=true: what was public once must stay to be seen by an inspector
            back = rest.thing("POST", f"posts/{number}", account, deadline,
                              json={"status": "draft"})
            return None if isinstance(back, dict) else back
    trouble = rest.trouble(got)
    if trouble is not None:
        return trouble
    told = got.json() if isinstance(got, Answer) else None
    if isinstance(told, dict) and (told.get("status") == "trash" or told.get("deleted") is True):
        return None
    unread = rest.thing("GET", f"posts/{number}", account, deadline, params={"context": "edit"})
    if not isinstance(unread, dict):
        return unread
    return None if unread.get("status") == "trash" else rest.not_done()


def reads_like(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Public, and a reader gets the same from it; a correction's line on top does not count."""
    return standing.get("status") == "publish" and all(
        blocks.read(raw(standing, name)) == blocks.read(wanted[name])
        for name in ("title", "content", "excerpt")
    ) and standing.get("featured_media", 0) == wanted.get(
        "featured_media", standing.get("featured_media", 0))


def raw(article: Mapping[str, Any], name: str) -> str:
    """A field as it was written; only an article asked for by its number has it."""
    field = article.get(name)
    return str(field.get("raw", "")) if isinstance(field, dict) else ""


def _is_ours(article: Mapping[str, Any], slug: str) -> bool:
    """By its mark; one that bears none, by its address."""
    field = article.get("content")
    marks = blocks.marks_in(str(field.get("rendered", "")) if isinstance(field, dict) else "")
    return blocks.mark(slug) in marks if marks else article.get("slug") == slug


def moment(article: Mapping[str, Any], name: str) -> datetime | None:
    """`date_gmt` or `modified_gmt`, aware; None for a draft that has none."""
    try:
        return datetime.fromisoformat(str(article.get(name))).replace(tzinfo=UTC)
    except ValueError:
        return None


def delivered(article: Mapping[str, Any], detail: str) -> Delivered:
    return Delivered(str(article["id"]), str(article.get("link", "")), detail)


def _date_of(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return None
