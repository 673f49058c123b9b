"""
One post, whatever it holds: text, link, pictures.

Pictures go up unpublished, where nobody sees them, and the feed post attaches them. A photo
published by itself would be another kind of post, in an album, found by another question; so one
picture and several are the same: one post, one permalink, one tag.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from channels.facebook import feed
from channels.facebook.graph import Graph, Trouble, part
from channels.images import load_images
from channels.values import Delivered, Message, Outcome, Rejected
from channels.verdict import not_understood
from channels.wire import Answer


def publish(
    graph: Graph, message: Message, account: str, home: Path, deadline: float,
    when: Mapping[str, str],
) -> Outcome:
    """
    Post it. `when` is empty for a post that is public at once.

    A link Facebook cannot read (1609005) only makes the preview: where the text itself shows
    the link, the post goes out without one. Nothing was posted with that answer.
    """
    ready = _pictures(graph, message, account, home, deadline, temporary=bool(when))
    if not isinstance(ready, dict):
        return ready
    fields = {"message": message.text, **when, **ready}
    link = message.extra.get("link", "")
    if link and not ready:  # a post has pictures or a preview
        with_link = _post(graph, message, account, deadline, {**fields, "link": link})
        unread = isinstance(with_link, Rejected) and with_link.code == "fb-1609005"
        if not unread or link not in message.text:
            return with_link
    return _post(graph, message, account, deadline, fields)


def with_permalink(graph: Graph, ref: str, account: str, deadline: float) -> Delivered:
    """The proof of a post that stands; a failing question leaves it standing."""
    got = graph.call("GET", part(ref), account, deadline=deadline,
                     params={"fields": "permalink_url"})
    body = graph.read(got)
    url = body.get("permalink_url") if isinstance(body, dict) else None
    return Delivered(ref, feed.url_of({"id": ref, "permalink_url": url}))


def _post(
    graph: Graph, message: Message, account: str, deadline: float, fields: Mapping[str, str]
) -> Outcome:
    got = graph.call("POST", f"{part(message.target)}/feed", account,
                     deadline=deadline, idempotent=False, fields=fields)
    body = graph.read(got, idempotent=False)
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("id"), str) and body["id"]:
        return Delivered(body["id"], feed.url_of(body))
    assert isinstance(got, Answer)  # noqa: S101 - it had a body
    return not_understood(got, idempotent=False)


def _pictures(
    graph: Graph, message: Message, account: str, home: Path, deadline: float, *, temporary: bool
) -> dict[str, str] | Outcome | Trouble:
    """Fields that attach the pictures; losing the answer to an upload harms nobody."""
    images = load_images(message, home)
    if not isinstance(images, list):
        return images
    attached: dict[str, str] = {}
    for number, image in enumerate(images):
        fields = {"published": "false", "alt_text_custom": image.alt}
        if temporary:  # what a scheduled post attaches must say so
            fields["temporary"] = "true"
        got = graph.call("POST", f"{part(message.target)}/photos", account, deadline=deadline,
                         fields=fields, files={"source": (image.name, image.data, image.kind)})
        body = graph.read(got)
        if not isinstance(body, dict):
            return body
        if not isinstance(body.get("id"), str):
            assert isinstance(got, Answer)  # noqa: S101 - it had a body
            return not_understood(got, idempotent=True)
        attached[f"attached_media[{number}]"] = json.dumps({"media_fbid": body["id"]})
    return attached
