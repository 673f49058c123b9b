"""The posts of the imitated pages: public, scheduled, pinned, with pictures."""

import json
import re
from typing import Any

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_LATE = re.compile(r"\[fb:tre:(\d+)\]")
_MOST = 100  #: posts in one answer


def params(request: Request) -> dict[str, Any]:
    """As `Request.params`, with the text fields of an upload."""
    given: dict[str, Any] = dict(request.params())
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        for name, value in re.findall(
            rb'name="(\w+)"\r\n\r\n(.*?)\r\n--', request.body, re.DOTALL
        ):
            given[name.decode()] = value.decode("utf-8", "replace")
    return given


def wrong(given: dict[str, Any], store: Store) -> str:
    """Why Facebook would not take this post; "" when it would."""
    if not given.get("message"):
        return "Invalid parameter"
    pictures = _pictures(given)
    if [number for number in pictures if number not in store.photos]:
        return "attached_media: no such photo"
    if given.get("scheduled_publish_time"):
        if given.get("published") != "false":
            return "You cannot specify a scheduled publish time on a published post"
        if [number for number in pictures if not store.photos[number]["temporary"]]:
            return "attached_media: the photo is not temporary"
    return ""


def add(page: str, given: dict[str, Any], store: Store) -> dict[str, Any]:
    """The post as it stands from now on; counted when it is public."""
    text = str(given["message"])
    post_id = f"{page}_{int(digest(page, text, str(store.posted[page, text]))[:15], 16)}"
    store.posted[page, text] += 1
    late = _LATE.search(text)
    post: dict[str, Any] = {
        "id": post_id,
        "message": text,
        "created_time": "2026-01-01T00:00:00+0000",  # fixed: two rehearsals must be identical
        "permalink_url": f"https://www.facebook.com/{post_id.replace('_', '/posts/')}",
        "from": {"id": page},
        "is_published": False,
        "is_pinned": False,
        "pictures": _pictures(given),
        "link": given.get("link", ""),
        "hidden": int(late[1]) if late else 0,
    }
    store.posts[post_id] = post
    if given.get("published") == "false":
        post["scheduled_publish_time"] = int(given.get("scheduled_publish_time", 0))
    else:
        publish(post, store)
    return post


def publish(post: dict[str, Any], store: Store) -> None:
    """Public from now on, which counts it; once is as good as twice."""
    if not post["is_published"]:
        post["is_published"] = True
        post.pop("scheduled_publish_time", None)
        page = post["from"]["id"]
        store.take("facebook", key="", target=page, text=post["message"], ref=post["id"])


def edit(post: dict[str, Any], given: dict[str, Any], store: Store) -> None:
    """What may be changed of a post that stands."""
    if given.get("message"):
        post["message"] = str(given["message"])
    if given.get("is_published") == "true":
        publish(post, store)
    if "is_pinned" in given:
        post["is_pinned"] = given["is_pinned"] == "true"


def listed(page: str, given: dict[str, Any], store: Store, *, scheduled: bool) -> Reply:
    """The feed, or the scheduled posts; newest first, `limit` at a time, by cursors."""
    found = []
    for post in reversed(store.posts.values()):
        if post["from"]["id"] != page or post["is_published"] == scheduled:
            continue
        if post["hidden"]:  # as Facebook's feed, which shows a post up to two minutes late
            post["hidden"] -= 1
            continue
        found.append(shown(post))
    # `since` is not applied: in a rehearsal the product's clock is not ours.
    start, limit = int(given.get("after", 0)), min(int(given.get("limit", 25)), _MOST)
    body: dict[str, Any] = {"data": found[start : start + limit]}
    if start + limit < len(found):
        body["paging"] = {"cursors": {"after": str(start + limit)},
                          "next": "http://127.0.0.1:9/?access_token=lo"}
    return answer(200, body)


def shown(post: dict[str, Any]) -> dict[str, Any]:
    """What a reader of the API gets: every field it may ask for."""
    figures = {"reactions": {"data": [], "summary": {"total_count": 4}},
               "comments": {"data": [], "summary": {"total_count": 2}}}
    return {name: value for name, value in post.items()
            if name not in ("hidden", "pictures", "link")} | figures


def _pictures(given: dict[str, Any]) -> list[str]:
    return [str(json.loads(value)["media_fbid"])
            for name, value in given.items() if name.startswith("attached_media")]
