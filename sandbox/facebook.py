"""
Facebook's Graph API as far as a page's posts need it: no idempotency key, errors in 400s.

A token that begins with "sai" has expired (190). Awkward days are ordered by the text:
`[fb:CODE]` or `[fb:CODE/SUB]` is answered with that error and not posted, with `@200` before the
bracket under that status; `[fb:dang]` is posted and answered with 500, `[fb:html]` with an outage
page; after `[fb:het-han]` the token has expired; `[fb:tre:N]` is hidden from the first N readings
of the list it belongs to; with `[fb:nong]` the page is at 80 % of its limit, `[fb:nguoi]` at 10 %;
`[fb:trung]` is refused as a double (506) when the page has posted the very text; `[fb:xoa]` may
not be deleted, nor `[fb:ghim]` pinned; `[fb:cung-luc]` goes public by Facebook's own clock in the
very moment it is told to, which is refused; `[fb:link]` has a link that cannot be read, and
`[fb:insights]` keeps its insights to itself.
"""

import json
import re
from dataclasses import replace
from typing import Any

from sandbox import facebook_posts as posts
from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_PATH = re.compile(r"/graph/v\d+\.\d+/([^/]+)(?:/([a-z_]+))?")
_ORDER = re.compile(r"\[fb:(\d+)(?:/(\d+))?(?:@(\d+))?\]")
#: codes Facebook answers with HTTP 500 or 503 instead of 400
_STATUS = {1: 500, 2: 503}
_HTML = b"<!doctype html><title>Sorry, something went wrong.</title>"
_USED = {"[fb:nong]": 80, "[fb:nguoi]": 10}  #: per cent of the limit


def handle(request: Request, store: Store) -> Reply:
    given = posts.params(request)
    token = str(given.get("access_token") or request.headers.get("authorization", ""))
    token = re.sub(r"^(Bearer|OAuth) ", "", token)
    if not token or token.startswith("sai") or token in store.expired:
        return _error(190, 463, "Error validating access token: Session has expired")
    found = _PATH.fullmatch(request.path)
    if found is None:
        return _error(2500, 0, "Unknown path components")
    node, edge = found.groups()
    if node == "me":
        return answer(200, {"id": "me", "name": "Trang tập huấn"})
    if node == "debug_token":
        return answer(200, {"data": {
            "is_valid": True, "type": "PAGE", "expires_at": 0,
            "scopes": ["pages_manage_posts", "pages_read_engagement"]}})
    if edge == "photos" and request.method == "POST":
        return _photo(request, given, store)
    if edge == "feed" and request.method == "POST":
        return _post(node, given, token, store)
    if edge in ("feed", "scheduled_posts"):
        return posts.listed(node, given, store, scheduled=edge != "feed")
    if edge == "insights":
        return _insights(node, given, store)
    return _one(request.method, node, given, store)


def _photo(request: Request, given: dict[str, Any], store: Store) -> Reply:
    number = str(int(digest(request.path, repr(request.body))[:12], 16))
    store.photos[number] = {"published": given.get("published") != "false",
                            "temporary": given.get("temporary") == "true",
                            "alt": given.get("alt_text_custom", "")}
    return answer(200, {"id": number})


def _post(page: str, given: dict[str, Any], token: str, store: Store) -> Reply:
    text = str(given.get("message", ""))
    if order := _ORDER.search(text):
        return _error(int(order[1]), int(order[2] or 0), "ordered by the test", int(order[3] or 0))
    if given.get("link") and "[fb:link]" in text:
        return _error(1609005, 0, "Error parsing link")
    if wrong := posts.wrong(given, store):
        return _error(100, 0, wrong)
    if "[fb:trung]" in text and store.posted[page, text]:
        return _error(506, 1455006, "Duplicate status message")
    post = posts.add(page, given, store)
    if "[fb:het-han]" in text:
        store.expired.add(token)
    if "[fb:dang]" in text:
        return _error(2, 0, "Service temporarily unavailable", 500)
    if "[fb:html]" in text:
        return Reply(503, _HTML, content_type="text/html")
    reply = answer(200, {"id": post["id"]})
    for sign, used in _USED.items():
        if sign in text:
            rows = {page: [{"type": "pages", "call_count": used, "total_cputime": 5,
                            "total_time": 5, "estimated_time_to_regain_access": 0}]}
            return replace(reply, headers={"X-Business-Use-Case-Usage": json.dumps(rows)})
    return reply


def _insights(post_id: str, given: dict[str, Any], store: Store) -> Reply:
    post = store.posts.get(post_id)
    if post is None:
        return _missing(post_id)
    if "[fb:insights]" in post["message"]:
        return _error(10, 0, "Application does not have permission for this action")
    if given.get("metric") != "post_media_view":
        return _error(100, 0, "The value must be a valid insights metric")
    value = {"name": "post_media_view", "values": [{"value": 120}]}
    return answer(200, {"data": [value]})


def _one(method: str, node: str, given: dict[str, Any], store: Store) -> Reply:
    post = store.posts.get(node)
    if post is None:
        return _missing(node)
    if method == "DELETE":
        if "[fb:xoa]" in post["message"]:
            return _error(100, 0, "This post cannot be deleted")
        del store.posts[node]
        return answer(200, {"success": True})
    if method == "POST":
        if "is_pinned" in given and "[fb:ghim]" in post["message"]:
            return _error(100, 0, "Invalid parameter")
        posts.edit(post, given, store)
        if "is_published" in given and "[fb:cung-luc]" in post["message"]:
            return _error(100, 0, "The post is published already")
        return answer(200, {"success": True})
    return answer(200, posts.shown(post))


def _missing(post_id: str) -> Reply:
    return _error(100, 33, f"Unsupported request. Object with ID '{post_id}' does not exist")


def _error(code: int, subcode: int, message: str, status: int = 0) -> Reply:
    error: dict[str, Any] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A" + digest(str(code), str(subcode))[:10],
    }
    if subcode:
        error["error_subcode"] = subcode
    return answer(status or _STATUS.get(code, 400), {"error": error})
