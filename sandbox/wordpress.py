"""
WordPress' REST as a running 6.1 answers: a taken slug is no error but gets "-2", the trash renames
it, a wrong password makes a visitor of us, and a visitor who asks for drafts gets a 400.

A password that begins with "sai" is a wrong one; a title with `[wp:CODE]` is refused so.
"""

import base64
import binascii
import re
from html import unescape
from typing import Any
from urllib.parse import quote

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_PATH = re.compile(r"/wp-json/wp/v2/(posts|media)(?:/(\d+))?")
_ORDER = re.compile(r"\[wp:([a-z_-]+)\]")
_RIGHTS = ("edit_posts", "publish_posts", "edit_published_posts", "delete_published_posts",
           "upload_files")
_CATEGORIES = [{"id": 1, "name": "Uncategorized"}, {"id": 2, "name": "Cảnh báo"}]


def handle(request: Request, store: Store) -> Reply:
    may, given = _may(request), request.params()
    if request.path == "/wp-json/":
        return answer(200, {"authentication": {"application-passwords": {}}})
    if request.path == "/wp-json/wp/v2/users/me":
        if not may:
            return _error(401, "rest_not_logged_in", "You are not currently logged in.")
        rights = dict.fromkeys(_RIGHTS, True)
        return answer(200, {"id": 1, "roles": ["author"], "capabilities": rights})
    if request.path == "/wp-json/wp/v2/categories" and request.method == "GET":
        return answer(200, [c for c in _CATEGORIES if str(given.get("search", c["name"])).lower()
                            in str(c["name"]).lower()
                            and str(given.get("include", c["id"])) == str(c["id"])])
    found = _PATH.fullmatch(request.path)
    if found is None:
        return _error(404, "rest_no_route", "No route was found matching the URL.")
    if found[1] == "media":
        return _media(request, given, store, found[2], may=may)
    return _posts(request, given, store, found[2], may=may)


def _posts(
    request: Request, given: dict[str, Any], store: Store, number: str | None, *, may: bool
) -> Reply:
    if number is None:
        if request.method == "POST":
            return _create(given, store) if may else _visitor("create")
        return _search(given, store) if may else _no_drafts()
    article = store.articles.get(int(number))
    if article is None:
        return _error(404, "rest_post_invalid_id", "Invalid post ID.")
    if not may:
        return _visitor({"DELETE": "delete", "GET": "view"}.get(request.method, "edit"))
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
    slugs = str(given.get("slug", "")).split(",") if given.get("slug") else None
    words = str(given.get("search", ""))
    hits = [a for a in store.articles.values() if a["status"] in wanted
            and (slugs is None or a["slug"] in slugs)
            and words in a.get("content", {}).get("raw", "")]
    return answer(200, hits)


def _create(given: dict[str, Any], store: Store) -> Reply:
    if order := _ORDER.search(unescape(str(given.get("title", "")))):
        return _error(400, order[1], "ordered by the test")
    asked = str(given.get("slug", ""))
    slugs = {article["slug"] for article in store.articles.values()}
    slug, n = asked, 2
    while slug in slugs:
        slug, n = f"{asked}-{n}", n + 1
    number = int(digest(slug, str(len(slugs)))[:7], 16)
    while number in store.articles:
        number += 1
    article = {"id": number, "slug": slug, "link": f"https://vi-du.invalid/{slug}/",
               "sticky": False, "categories": [], "featured_media": 0}
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
    for name in ("featured_media", "sticky", "categories"):
        if name in given:
            article[name] = given[name]
    return str(article.get("content", {}).get("raw", ""))


def _trash(article: dict[str, Any]) -> Reply:
    if article["status"] == "trash":
        return _error(410, "rest_already_trashed", "The post has already been deleted.")
    article["status"] = "trash"
    article["slug"] += "__trashed"
    article["sticky"] = False
    return answer(200, article)


def _media(
    request: Request, given: dict[str, Any], store: Store, number: str | None, *, may: bool
) -> Reply:
    """The library: a multipart upload is told by its slug."""
    if request.method == "GET":
        return answer(200, [m for m in store.media.values() if m["slug"] == given.get("slug")])
    if not may:
        return _visitor("create")
    if number is not None:
        store.media[int(number)]["alt_text"] = given.get("alt_text", "")
        return answer(200, store.media[int(number)])
    slug, alt = (_part(request.body, name) for name in ("slug", "alt_text"))
    key = int(digest(slug, str(len(store.media)))[:7], 16)
    url = f"https://vi-du.invalid/media/{quote(slug)}"
    store.media[key] = {"id": key, "slug": slug, "alt_text": alt, "source_url": url}
    return answer(201, store.media[key])


def _part(body: bytes, name: str) -> str:
    """One field of a multipart body."""
    found = re.search(rb'name="' + name.encode() + rb'"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
    return found[1].decode("utf-8", "replace") if found else ""


def _visitor(what: str) -> Reply:
    return _error(401, f"rest_cannot_{what}", "Sorry, you are not allowed to do that.")


def _no_drafts() -> Reply:
    details = {"status": {"code": "rest_forbidden_status", "message": "Status is forbidden."}}
    return answer(400, {"code": "rest_invalid_param", "message": "Invalid parameter(s): status",
                        "data": {"status": 400, "details": details}})


def _error(status: int, code: str, message: str) -> Reply:
    return answer(status, {"code": code, "message": message, "data": {"status": status}})
