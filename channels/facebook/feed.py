"""
What stands on a page, public or scheduled, and which of it is our message.

A post is ours when it carries the message's visible tag, however a person has edited the rest.
A message whose text shows no tag is known by its whole text, with spaces, capitals and tone
style folded; of scheduled posts, which may repeat a text another day, the hour must be its own,
too. What visitors wrote on the page is never ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from channels.facebook.graph import Graph, Trouble, part
from channels.online import Prepared
from channels.values import Absent, Delivered, Message, Retry, Uncertain
from vietnamese.fold import fold

PAGES: Final = 10  #: of 100 posts looked through; a page that posts more in the time is not ours
_MARGIN = timedelta(hours=1)  #: our clock and Facebook's

Post = Mapping[str, Any]


def look(
    graph: Graph, message: Message, account: str, deadline: float
) -> Delivered | Prepared | Absent | Retry | Uncertain:
    """
    Ask for a message. The scheduled posts are read first: what goes public meanwhile is then
    in the feed. `Absent` only after the last of both.
    """
    planned, unread = _first(scheduled(graph, message, account, deadline), message, is_scheduled)
    if isinstance(unread, Retry):
        return unread
    public, cut_off = _first(feed(graph, message, account, deadline), message, is_same)
    if public is not None:
        return Delivered(ref_of(public), url_of(public))
    if planned is not None:
        return Prepared(ref_of(planned), "Bài đã hẹn giờ, chưa công khai")
    if isinstance(cut_off, Retry):
        return cut_off
    if trouble := unread or cut_off:
        return Uncertain(trouble.code, trouble.detail)
    return Absent("Trang không có bài này, bài hẹn giờ cũng không")


def _first(
    posts: Iterator[Post | Trouble], message: Message, same: Callable[[Message, Post], bool]
) -> tuple[Post | None, Trouble | None]:
    """The first that is the message; without one, why not all could be read."""
    for post in posts:
        if isinstance(post, Trouble):
            return None, post
        if same(message, post):
            return post, None
    return None, None


def feed(
    graph: Graph, message: Message, account: str, deadline: float
) -> Iterator[Post | Trouble]:
    """Public posts since the first try; trouble comes last, and says that not all was read."""
    since = (message.first_try_at or graph.clock.now()) - _MARGIN
    params = {
        "fields": "id,message,created_time,permalink_url,from",
        "since": str(int(since.timestamp())),
    }
    return _posts(graph, f"{part(message.target)}/feed", account, params, deadline)


def scheduled(
    graph: Graph, message: Message, account: str, deadline: float
) -> Iterator[Post | Trouble]:
    """Posts that are to go public later."""
    params = {"fields": "id,message,scheduled_publish_time"}
    return _posts(graph, f"{part(message.target)}/scheduled_posts", account, params, deadline)


def _posts(
    graph: Graph, path: str, account: str, params: dict[str, str], deadline: float
) -> Iterator[Post | Trouble]:
    params["limit"] = "100"
    for _ in range(PAGES):
        body = graph.read(graph.call("GET", path, account, deadline=deadline, params=params))
        if not isinstance(body, dict):
            yield body
            return
        posts = body.get("data")
        if not isinstance(posts, list):
            yield Uncertain("bad-answer", "Không đọc được danh sách bài")
            return
        yield from (post for post in posts if isinstance(post, dict))
        paging = body.get("paging")
        if not isinstance(paging, dict) or not paging.get("next"):
            return
        # The cursor, not the `next` address: that one carries the token.
        cursors = paging.get("cursors")
        after = cursors.get("after") if isinstance(cursors, dict) else None
        if not after:
            yield Uncertain("bad-answer", "Danh sách bài còn nữa mà không có chỗ đọc tiếp")
            return
        params["after"] = str(after)
    yield Uncertain("bad-answer", "Trang có quá nhiều bài, chưa xem hết")


def tag_of(message: Message) -> str:
    """The tag where the text shows it; a template may leave it out."""
    return message.tag if message.tag and _shows(message.text, message.tag) else ""


def is_same(message: Message, post: Post) -> bool:
    """Whether a public post is this message."""
    author = post.get("from")
    if isinstance(author, dict) and author.get("id") not in (None, message.target):
        return False
    text = str(post.get("message", ""))
    if tag := tag_of(message):
        return _shows(text, tag)
    return fold(text) == fold(message.text)


def is_scheduled(message: Message, post: Post) -> bool:
    """Whether a scheduled post is this message."""
    if not is_same(message, post):
        return False
    at = post.get("scheduled_publish_time")
    if tag_of(message) or message.opens_at is None or not isinstance(at, int):
        return True
    return at == unix(message.opens_at)


def unix(at: datetime) -> int:
    return int(at.timestamp())


def ref_of(post: Post) -> str:
    return str(post.get("id", ""))


def url_of(post: Post) -> str:
    return str(post.get("permalink_url") or f"https://www.facebook.com/{ref_of(post)}")


def _shows(text: str, tag: str) -> bool:
    # Whole: LN-041 does not stand in LN-0412.
    return re.search(rf"(?<![\w-]){re.escape(tag)}(?![\w-])", text) is not None
