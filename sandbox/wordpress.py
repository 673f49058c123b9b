"""
WordPress' REST posts: a taken slug is no error but gets "-2", the trash renames it.

A password that begins with "sai" is a wrong one; a title with `[wp:CODE]` is refused so.
"""

import base64
import binascii
import re
from typing import Any

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_PATH = re.compile(r"/wp-json/wp/v2/posts(?:/(\d+))?")
_ORDER = re.compile(r"\[wp:([a-z_]+)\]")


def handle(request: Request, store: Store) -> Reply:
    if request.path == "/wp-json/wp/v2/users/me":
        if not _may(request):
            return _error(401, "rest_not_logged_in", "You are not currently logged in.")
        return answer(200, {"id": 1, "name": "tap-huan", "capabilities": {"publish_posts": True}})
    if request.path == "/wp-json/wp/v2/media" and request.method == "POST":
        return _media(request)
    found = _PATH.fullmatch(request.path)
    if found is None:
        return _error(404, "rest_no_route", "No route was found matching the URL.")
    if not _may(request):
        return _error(401, "incorrect_password", "The provided password is invalid.")
    given = request.params()
    if found[1] is None:
        return _create(given, store) if request.method == "POST" else _search(given, store)
    article = store.articles.get(int(found[1]))
    if article is None:
        return _error(404, "rest_post_invalid_id", "Invalid post ID.")
    if request.method == "DELETE":
        return _trash(article)
    return _update(article, given) if request.method != "GET" else answer(200, article)


def _may(request: Request) -> bool:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind == "Basic" and bool(user and password) and not password.startswith("sai")


def _search(given: dict[str, Any], store: Store) -> Reply:
    wanted = str(given.get("status", "publish")).split(",")
    slug = str(given.get("slug", ""))
    hits = [a for a in store.articles.values() if a["status"] in wanted and a["slug"] == slug]
    return answer(200, hits)


def _create(given: dict[str, Any], store: Store) -> Reply:
    if order := _ORDER.search(str(given.get("title", ""))):
        return _error(400, order[1], "ordered by the test")
    asked = str(given.get("slug", ""))
    slugs = {article["slug"] for article in store.articles.values()}
    slug, n = asked, 2
    while slug in slugs:
        slug, n = f"{asked}-{n}", n + 1
    number = int(digest(slug, str(len(slugs)))[:7], 16)
    while number in store.articles:
        number += 1
    article = {"id": number, "slug": slug, "link": f"https://vi-du.invalid/{slug}/"}
    store.articles[number] = article
    store.take("wordpress", key=slug, target="site", text=_write(article, given), ref=str(number))
    return answer(201, article)


def _update(article: dict[str, Any], given: dict[str, Any]) -> Reply:
    _write(article, given)
    return answer(200, article)


def _write(article: dict[str, Any], given: dict[str, Any]) -> str:
    for name in ("title", "content", "excerpt"):
        if name in given:
            article[name] = {"raw": str(given[name]), "rendered": str(given[name])}
    article["status"] = str(given.get("status", article.get("status", "draft")))
    if given.get("featured_media"):
        article["featured_media"] = given["featured_media"]
    return str(article.get("content", {}).get("raw", ""))


def _trash(article: dict[str, Any]) -> Reply:
    if article["status"] == "trash":
        return _error(410, "rest_already_trashed", "The post has already been deleted.")
    article["status"] = "trash"
    article["slug"] += "__trashed"
    return answer(200, article)


def _media(request: Request) -> Reply:
    if not _may(request):
        return _error(401, "rest_cannot_create", "Sorry, you are not allowed to upload media.")
    number = int(digest(repr(request.body))[:7], 16)
    return answer(201, {"id": number, "source_url": f"https://vi-du.invalid/media/{number}"})


def _error(status: int, code: str, message: str) -> Reply:
    return answer(status, {"code": code, "message": message, "data": {"status": status}})
