"""
Scheduled ahead: the post is on Facebook before its slot, unseen, looked at, and public on time
even when our line is down at that hour. Facebook publishes it by itself at `opens_at`; whoever
stops or recalls it before then must have it taken back.

Facebook takes times 10 minutes to 30 days ahead (one page of its reference says 75): a margin is
kept on both sides. Nothing says what order of two equal scheduled posts goes first, so doubles
are deleted while nobody sees them, and two workers that do so at once keep the same one.
"""

from datetime import datetime, timedelta
from typing import Final

from channels.facebook import feed
from channels.facebook.codes import CODES
from channels.facebook.graph import Graph, Trouble, is_gone, part
from channels.online import Prepared
from channels.values import Delivered, Message, Outcome, Rejected, Retry
from channels.verdict import as_outcome

SOONEST: Final = timedelta(minutes=15)
LATEST: Final = timedelta(days=28)
#: a feed may show a post up to two minutes late: "gone" is believed after this
SETTLED: Final = timedelta(minutes=5)
_FIELDS = "is_published,permalink_url"


def fits(message: Message, now: datetime) -> bool:
    """Whether its hour is one that Facebook schedules."""
    return message.opens_at is not None and (
        now + SOONEST <= message.opens_at <= now + LATEST)


def when(message: Message) -> dict[str, str]:
    """Fields that make a post a scheduled one."""
    assert message.opens_at is not None  # noqa: S101 - `fits`
    return {"published": "false", "unpublished_content_type": "SCHEDULED",
            "scheduled_publish_time": str(feed.unix(message.opens_at))}


def already(
    graph: Graph, message: Message, account: str, deadline: float
) -> list[str] | Trouble:
    """Ids of its scheduled posts, oldest first."""
    refs = []
    for post in feed.scheduled(graph, message, account, deadline):
        if isinstance(post, Trouble):
            return post
        if feed.is_scheduled(message, post):
            refs.append(feed.ref_of(post))
    return sorted(refs, key=_age)


def keep_one(
    graph: Graph, message: Message, account: str, refs: list[str], deadline: float
) -> Prepared | Trouble:
    """
    The oldest stays, the others go. Without a tag nothing is deleted: a like text may be
    another delivery's.
    """
    kept, *others = sorted(set(refs), key=_age)
    if feed.tag_of(message):
        for other in others:
            trouble = graph.change("DELETE", other, account, deadline)
            if trouble is not None and not is_gone(trouble):
                return trouble
    return Prepared(kept, f"Đã hẹn giờ, xóa {len(others)} bài trùng" if others else "Đã hẹn giờ")


def make_public(
    graph: Graph, message: Message, account: str, ref: str, deadline: float
) -> Outcome:
    """What stands at `ref` is public afterwards; twice is as good as once."""
    state = _state(graph, account, ref, deadline)
    if isinstance(state, Delivered):
        return state
    if is_gone(state):
        return _gone(graph, message, account, ref, deadline)
    if state is not None:
        return state
    trouble = graph.change("POST", ref, account, deadline, {"is_published": "true"})
    if isinstance(trouble, Retry):
        return trouble
    # Also after a refusal: Facebook may have published it in that very moment.
    state = _state(graph, account, ref, deadline)
    if isinstance(state, Delivered):
        return state
    if trouble is not None:
        return trouble
    return state or as_outcome("fb-hidden", CODES["fb-hidden"], idempotent=True)


def _state(graph: Graph, account: str, ref: str, deadline: float) -> Delivered | Trouble | None:
    """Public, trouble, or None: it is there and nobody sees it."""
    body = graph.read(graph.call("GET", part(ref), account, deadline=deadline,
                                 params={"fields": _FIELDS}))
    if not isinstance(body, dict):
        return body
    if body.get("is_published") is True:
        return Delivered(ref, feed.url_of({**body, "id": ref}))
    return None


def _gone(
    graph: Graph, message: Message, account: str, ref: str, deadline: float
) -> Outcome:
    """
    The prepared post is not there. Perhaps it went public under another id; else a person or
    Facebook took it off, and only a person may say whether it is to be public after all.
    """
    found = feed.look(graph, message, account, deadline)
    if isinstance(found, Prepared) and found.ref != ref:
        return make_public(graph, message, account, found.ref, deadline)
    if isinstance(found, Delivered | Retry):
        return found
    row = CODES["fb-gone"]
    settled = (message.opens_at or graph.clock.now()) + SETTLED - graph.clock.now()
    if settled > timedelta():
        return Retry("fb-gone", row.meaning, settled.total_seconds(), counts=False)
    return Rejected("fb-gone", row.meaning)


def _age(ref: str) -> tuple[int, str]:
    return len(ref), ref  # ids are numbers that grow
