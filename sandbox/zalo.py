"""
Zalo's Official Account API as far as articles and broadcasts need it. HTTP 200 carries errors.

A refresh token is good once: used twice it is answered with an empty 200, one that begins with
"sai" with -14014. The training secret alone may be used again, for all accounts share it.
Articles are made in the background. Ordered by the text: `[zalo:CODE]` answers a create so,
`[zalo-broadcast:CODE]` its broadcast, `[zalo-cho:N]` lets verify say "in the making" N times. By
`/_sandbox/zalo`: `{"expire": true}` ends every access token, `{"quota": N}` limits broadcasts,
`{"approve": true}` ends the review of those that wait.
"""

import json
import re
from typing import Any

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

_ORDER = re.compile(r"\[zalo:(-?\d+)\]")
_BROADCAST = re.compile(r"\[zalo-broadcast:(-?\d+)\]")
_SLOW = re.compile(r"\[zalo-cho:(\d+)\]")
_TRAINING = "khoa-tap-huan"
_LIMIT = 10  #: articles of one page


def handle(request: Request, store: Store) -> Reply:
    far, given = _far(store), request.params()
    path = request.path.removeprefix("/zalo")
    if path == "/v4/oa/access_token":
        return _token(request, given, far)
    if request.headers.get("access_token", "") not in far["access"]:
        return _error(-216, "Access token is invalid")
    if path == "/v2.0/oa/getoa":
        return _ok({"oaid": "1", "name": "OA tập huấn", "is_verified": far["verified"],
                    "package_name": "Nâng cao"})
    if path == "/v2.0/oa/message":
        return _message(given, far)
    if path == "/v2.0/article/getslice":
        return _slice(given, far)
    made = {"/v2.0/article/create": _create, "/v2.0/article/verify": _verify}.get(path)
    return made(given, far) if made else _one(path, given, far, store)


def _one(path: str, given: dict[str, Any], far: dict[str, Any], store: Store) -> Reply:
    article = far["articles"].get(str(given.get("id", "")))
    if article is None:
        return _error(-201, "id is invalid")
    if path == "/v2.0/article/getdetail":
        return _ok({k: v for k, v in article.items() if k != "link_view"})
    if path == "/v2.0/article/update":
        article |= {k: v for k, v in given.items() if k in article and k != "id"}
        _count(article, far, store)
        return _ok({"token": digest("update", article["id"])})
    return _error(-209, "API is not support")


def control(request: Request, store: Store) -> Reply:
    """What this side has, and its orders."""
    far = _far(store)
    orders: dict[str, Any] = json.loads(request.body or b"{}")
    if orders.pop("expire", False):
        far["access"].clear()
    if orders.pop("approve", False):
        for broadcast in far["broadcasts"]:
            broadcast["state"] = "sent"
    far |= orders
    shown = [a["id"] for a in far["articles"].values() if a["status"] == "show"]
    return answer(200, {"shown": shown, "articles": list(far["articles"].values()),
                        "broadcasts": far["broadcasts"], "used": len(far["used"])})


def _far(store: Store) -> dict[str, Any]:
    if not store.zalo:
        store.zalo.update(access=set(), used=set(), articles={}, making={}, broadcasts=[],
                          public=set(), quota=None, verified=True)
    return store.zalo


def _token(request: Request, given: dict[str, Any], far: dict[str, Any]) -> Reply:
    spent = str(given.get("refresh_token", ""))
    if request.headers.get("secret_key", "sai").startswith("sai") or spent.startswith("sai"):
        return answer(200, {"error": -14014, "error_name": "Invalid refresh token."})
    if spent in far["used"]:
        return Reply(200, b"")
    number = str(len(far["used"]))
    if spent != _TRAINING:
        far["used"].add(spent)
    access = "at-" + digest(spent, number)
    far["access"].add(access)
    return answer(200, {"access_token": access, "refresh_token": "rt-" + digest(spent, number),
                        "expires_in": "90000"})


def _create(given: dict[str, Any], far: dict[str, Any]) -> Reply:
    text = json.dumps(given, ensure_ascii=False)
    if order := _ORDER.search(text):
        return _error(int(order[1]), "ordered by the test")
    cover = given.get("cover")
    wrong = [name for name, limit in (("title", 150), ("author", 50), ("description", 300))
             if not 0 < len(str(given.get(name, ""))) < limit + (name == "author")]
    if wrong or not isinstance(cover, dict) or not cover.get("photo_url"):
        return _error(-201, f"{(wrong or ['cover'])[0]} value is invalid")
    token = digest("create", text, str(len(far["making"])))
    waits = _SLOW.search(text)
    far["making"][token] = int(waits[1]) if waits else 0
    ref = token[:20]
    article = {"id": ref, "create_date": 0, "link_view": f"https://oa.zalo.me/bai/{ref}", **given}
    # Listed at once, unless it is in the making: then only verify brings it forth.
    far["making"][token] = (far["making"][token], article)
    if not waits:
        far["articles"][ref] = article
    return _ok({"token": token})


def _verify(given: dict[str, Any], far: dict[str, Any]) -> Reply:
    made = far["making"].get(str(given.get("token", "")))
    if made is None:
        return _error(-201, "token is invalid")
    waits, article = made
    if waits:
        far["making"][given["token"]] = (waits - 1, article)
        return _error(-214, "Media is being processed")
    far["articles"].setdefault(article["id"], article)
    return _ok({"id": article["id"]})


def _slice(given: dict[str, Any], far: dict[str, Any]) -> Reply:
    limit, offset = int(given.get("limit", 10)), int(given.get("offset", 0))
    if limit > _LIMIT:
        return _error(-201, "maximum limit is 10")
    rows = list(far["articles"].values())[::-1][offset : offset + limit]
    names = ("id", "type", "title", "status", "create_date", "link_view")
    return _ok({"medias": [{n: row[n] for n in names} for row in rows],
                "total": len(far["articles"])})


def _message(given: dict[str, Any], far: dict[str, Any]) -> Reply:
    payload = given["message"]["attachment"]["payload"]
    refs = [element["attachment_id"] for element in payload["elements"]]
    articles = [far["articles"].get(ref) for ref in refs]
    if not all(articles) or len(refs) > 5:
        return _error(-201, "attachment_id is invalid")
    if order := _BROADCAST.search(json.dumps(articles, ensure_ascii=False)):
        return _error(int(order[1]), "ordered by the test")
    if far["quota"] is not None and len(far["broadcasts"]) >= far["quota"]:
        return _error(-211, "Out of quota")
    far["broadcasts"].append(
        {"ids": refs, "target": given["recipient"]["target"], "state": "reviewing"})
    return _ok({"message_id": digest("broadcast", *refs, str(len(far["broadcasts"])))[:16]})


def _count(article: dict[str, Any], far: dict[str, Any], store: Store) -> None:
    """An article counts once, when it is first seen by anybody."""
    if article["status"] == "show" and article["id"] not in far["public"]:
        far["public"].add(article["id"])
        store.take("zalo", key="", target="oa", text=article["title"], ref=article["id"])


def _ok(data: dict[str, Any]) -> Reply:
    return answer(200, {"error": 0, "message": "Success", "data": data})


def _error(code: int, message: str) -> Reply:
    return answer(200, {"error": code, "message": message})
