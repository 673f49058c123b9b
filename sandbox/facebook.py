"""
Facebook's Graph API as far as a page's feed needs it: no idempotency key, errors in 400s.

A token that begins with "sai" has expired (190); a text with `[fb:CODE]` or `[fb:CODE/SUB]`
is answered with that error.
"""

import re
from typing import Any

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_PATH = re.compile(r"/graph/v\d+\.\d+/([^/]+)(?:/([a-z]+))?")
_ORDER = re.compile(r"\[fb:(\d+)(?:/(\d+))?\]")
#: codes Facebook answers with HTTP 500 or 503 instead of 400
_STATUS = {1: 500, 2: 503}


def handle(request: Request, store: Store) -> Reply:
    given = request.params()
    token = str(given.get("access_token") or request.headers.get("authorization", ""))
    token = re.sub(r"^(Bearer|OAuth) ", "", token)
    if not token or token.startswith("sai"):
        return _error(190, 463, "Error validating access token: Session has expired")
    found = _PATH.fullmatch(request.path)
    if found is None:
        return _error(2500, 0, "Unknown path components")
    node, edge = found.groups()
    if node == "me":
        return answer(200, {"id": "me", "name": "Trang tập huấn"})
    if node == "debug_token":
        return answer(200, {"data": {"is_valid": True, "expires_at": 0}})
    if edge == "photos" and request.method == "POST":
        return answer(200, {"id": str(int(digest(request.path, repr(request.body))[:12], 16))})
    if edge == "feed" and request.method == "POST":
        return _post(node, given, store)
    if edge == "feed":
        return _feed(node, store)
    return _one(request.method, node, store)


def _post(page: str, given: dict[str, Any], store: Store) -> Reply:
    text = str(given.get("message", ""))
    if order := _ORDER.search(text):
        return _error(int(order[1]), int(order[2] or 0), "ordered by the test")
    if not text:
        return _error(100, 0, "Invalid parameter")
    again = store.times("facebook", page, text)
    post_id = f"{page}_{int(digest(page, text, str(again))[:15], 16)}"
    store.take("facebook", key="", target=page, text=text, ref=post_id)
    store.posts[post_id] = {
        "id": post_id,
        "message": text,
        "created_time": "2026-01-01T00:00:00+0000",  # fixed: two rehearsals must be identical
        "permalink_url": f"https://www.facebook.com/{post_id.replace('_', '/posts/')}",
    }
    return answer(200, {"id": post_id})


def _feed(page: str, store: Store) -> Reply:
    posts = [post for post in store.posts.values() if post["id"].startswith(f"{page}_")]
    # `since` is not applied: in a rehearsal the product's clock is not ours.
    return answer(200, {"data": posts[::-1][:100]})


def _one(method: str, post_id: str, store: Store) -> Reply:
    if post_id not in store.posts:
        return _error(100, 33, f"Unsupported request. Object with ID '{post_id}' does not exist")
    if method == "DELETE":
        del store.posts[post_id]
        return answer(200, {"success": True})
    return answer(200, store.posts[post_id])


def _error(code: int, subcode: int, message: str) -> Reply:
    error: dict[str, Any] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A" + digest(str(code), str(subcode))[:10],
    }
    if subcode:
        error["error_subcode"] = subcode
    return answer(_STATUS.get(code, 400), {"error": error})
