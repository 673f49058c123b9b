"""What is done to a post that stands: taken back, corrected, pinned, measured."""

from collections.abc import Mapping
from typing import Any, Final

from channels.facebook import feed
from channels.facebook.ahead import SETTLED
from channels.facebook.codes import CODES
from channels.facebook.graph import Graph, Trouble, is_gone, part
from channels.facebook.posting import with_permalink
from channels.online import Figures
from channels.values import Delivered, Message, Outcome, Rejected, Retry

#: Facebook's name -> ours. Each is asked for itself: one it no longer knows refuses the others
INSIGHTS: Final = {"post_media_view": "views", "post_impressions": "impressions"}


def recall(graph: Graph, message: Message, account: str, ref: str) -> Outcome:
    """
    Delete the post, and every copy that carries its tag, public or scheduled; one that is not
    there is as good as deleted. Where Facebook refuses to delete, it may still let an app edit
    its own post: the text becomes a notice. Pictures cannot be edited away, so a post with
    pictures is then still public, and a person is told to delete it.
    """
    deadline = graph.by_now()
    trouble = _delete(graph, message, account, ref, deadline) if ref else None
    if trouble is not None:
        return trouble
    done = Delivered(ref or message.tag or message.key, detail="Bài đã gỡ khỏi trang")
    if ref and not feed.tag_of(message):
        return done  # a like text may be another delivery's
    copies = 0
    for edge in (feed.scheduled, feed.feed):
        for post in list(edge(graph, message, account, deadline)):
            if isinstance(post, Trouble):
                return _again(post)
            if feed.ref_of(post) == ref or not feed.is_same(message, post):
                continue
            trouble = _delete(graph, message, account, feed.ref_of(post), deadline)
            if trouble is not None:
                return trouble
            copies += 1
    return done if ref or copies else _not_seen(graph, message, done)


def _not_seen(graph: Graph, message: Message, done: Delivered) -> Outcome:
    """Nothing to delete: believed once a post of the first try must have shown itself."""
    tried = message.first_try_at
    left = (tried + SETTLED - graph.clock.now()).total_seconds() if tried else 0
    if left > 0:
        return Retry("fb-unseen", CODES["fb-unseen"].meaning, left, counts=False)
    return done


def correct(graph: Graph, message: Message, account: str, ref: str, deadline: float) -> Outcome:
    """Edit the text; pictures stay as they are. An app may edit only what it posted."""
    trouble = graph.change("POST", ref, account, deadline, {"message": message.text})
    return trouble or with_permalink(graph, ref, account, deadline)


def pin(
    graph: Graph, account: str, ref: str, deadline: float, *, pinned: bool
) -> Outcome:
    """
    Keep a post on top of its page, or no longer; what is gone is as good as unpinned.

    Facebook's reference does not name a pin among what can be set, so a refusal is no fault of
    ours: it is told, and a person pins by hand.
    """
    trouble = graph.change("POST", ref, account, deadline,
                           {"is_pinned": "true" if pinned else "false"})
    if trouble is None or (is_gone(trouble) and not pinned):
        return Delivered(ref, detail="Đã ghim bài" if pinned else "Đã bỏ ghim")
    if isinstance(trouble, Rejected) and trouble.code == "fb-100":
        return Rejected("fb-pin", CODES["fb-pin"].meaning)
    return trouble


def measure(
    graph: Graph, account: str, ref: str, deadline: float
) -> Figures | Trouble:
    """
    Shares, reactions and comments; views where the token may read insights. A figure that
    Facebook does not give is left out, never 0.
    """
    fields = "shares,reactions.summary(true).limit(0),comments.summary(true).limit(0)"
    body = graph.read(graph.call("GET", part(ref), account, deadline=deadline,
                                 params={"fields": fields}))
    if not isinstance(body, dict):
        return body
    counts = {
        "shares": _number(body, "shares", "count"),
        "reactions": _number(body, "reactions", "summary", "total_count"),
        "comments": _number(body, "comments", "summary", "total_count"),
    }
    if counts["shares"] is None and "shares" not in body:
        counts["shares"] = 0  # Facebook leaves it out until somebody shares
    for metric, name in INSIGHTS.items():
        got = graph.call("GET", f"{part(ref)}/insights", account, deadline=deadline,
                         params={"metric": metric})
        counts[name] = _insight(graph.read(got))
    return Figures({name: count for name, count in counts.items() if count is not None})


def _delete(
    graph: Graph, message: Message, account: str, ref: str, deadline: float
) -> Trouble | None:
    trouble = graph.change("DELETE", ref, account, deadline)
    if trouble is None or is_gone(trouble):
        return None
    if not isinstance(trouble, Rejected):
        return trouble
    notice = f"[ĐÃ THU HỒI] Nội dung của bài này đã được thu hồi, xin bỏ qua.\n{message.tag}"
    edited = graph.change("POST", ref, account, deadline, {"message": notice.strip()})
    if edited is None and not message.attachments:
        return None
    if isinstance(edited, Retry):
        return edited
    return Rejected("fb-recall", f"{CODES['fb-recall'].meaning} ({trouble.detail})")


def _again(trouble: Trouble) -> Retry:
    """A recall may be repeated, so nothing about it is ever uncertain."""
    if isinstance(trouble, Retry):
        return trouble
    return Retry(trouble.code, trouble.detail)


def _number(body: Mapping[str, Any], *path: str) -> int | None:
    at: Any = body
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
    return at if isinstance(at, int) else None


def _insight(body: dict[str, Any] | Trouble) -> int | None:
    """`{"data": [{"values": [{"value": 12}]}]}`; None for all else."""
    try:
        value = body["data"][0]["values"][0]["value"]  # type: ignore[index]
    except (TypeError, KeyError, IndexError):
        return None
    return value if isinstance(value, int) else None
