"""
A receiver of signed webhooks (`/hooks/…`) and a push service that speaks plain JSON (`/push/…`).

Webhooks: a signature by none of `SECRETS` is refused; a `webhook-id` seen before is taken once;
what was recalled stays away. `[hook:ORDER]` in the text: `410`, `500` (taken all the same),
`error` (200 that says no). Slow ones and the rest: `faults.py`.
The push service knows a `key` again and lists what is not taken back.
"""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

#: the secrets of training and of the tests
SECRETS = (b"khoa-tap-huan", b"khoa-bi-mat-0123", b"khoa-cu-bi-mat-9")
_ORDER = re.compile(r"\[hook:([a-z0-9-]+)\]")


def handle(request: Request, store: Store) -> Reply:
    """The answer to one webhook."""
    name = request.headers.get("webhook-id", "")
    if not _is_signed(request, name):
        return answer(401, {"error": "bad signature"})
    try:
        given: dict[str, Any] = json.loads(request.body)
    except ValueError:
        return answer(400, {"error": "no JSON"})
    kind, about = given.get("kind"), str(given.get("supersedes") or given.get("id", ""))
    if kind == "ping":
        return answer(200, {"id": name})
    order = _ORDER.search(str(given.get("text", "")))
    if order and order[1] == "410":
        return answer(410, {"error": "gone"})
    if order and order[1] == "error":
        return answer(200, {"error": "not today"})
    _act(str(kind), given, name, about, request.path, store)
    if order and order[1] == "500":
        return Reply(500, b"Internal Server Error", content_type="text/plain")
    return answer(200, {"id": name})


def _act(
    kind: str, given: dict[str, Any], name: str, about: str, path: str, store: Store
) -> None:
    """Once for a name; what was recalled is not shown, however late it comes."""
    if (path, name) in store.hook_names:
        return
    store.hook_names.add((path, name))
    shown = (path, about)
    if kind == "recall":
        store.hook_recalled.add(shown)
        store.hooks.pop(shown, None)
    elif kind == "correct":
        if shown in store.hooks:
            store.hooks[shown] = given
    elif kind == "publish" and shown not in store.hook_recalled:
        store.hooks[path, str(given["id"])] = given
        store.take("webhook", key=name, target=path, text=str(given.get("text", "")), ref=name)


def _is_signed(request: Request, name: str) -> bool:
    said = f"{name}.{request.headers.get('webhook-timestamp', '')}.".encode() + request.body
    marks = request.headers.get("webhook-signature", "").split(" ")
    right = {"v1," + base64.b64encode(hmac.digest(s, said, hashlib.sha256)).decode()
             for s in SECRETS}
    return bool(name) and any(mark in right for mark in marks)


def push(request: Request, store: Store) -> Reply:
    """The push service: POST /push/messages, DELETE and GET by key, /push/me."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or token.startswith("sai"):
        return answer(401, {"status": "error", "code": "token", "message": "unknown token"})
    given, path = request.params(), request.path.removeprefix("/push")
    if path == "/me":
        return answer(200, {"status": "ok", "left": 5000})
    if path != "/messages":
        return answer(404, {"status": "error", "code": "path", "message": "no such call"})
    key = str(given.get("key", ""))
    if request.method == "GET":
        found = [m for m in store.pushed.values() if m["key"] == key and not m["gone"]]
        return answer(200, {"status": "ok", "items": found})
    if request.method == "DELETE":
        if key in store.pushed:
            store.pushed[key]["gone"] = True
        return answer(200, {"status": "ok", "id": str(given.get("id", ""))})
    return _push(given, key, store)


def _push(given: dict[str, Any], key: str, store: Store) -> Reply:
    text, target = str(given.get("text", "")), str(given.get("to", ""))
    order = _ORDER.search(text)
    if order and order[1] != "500":
        said = {"status": "error", "code": order[1], "message": "ordered by the test"}
        return answer(410 if order[1] == "410" else 200, said)
    if not (text and key):
        return answer(400, {"status": "error", "code": "empty", "message": "nothing to show"})
    if key not in store.pushed:
        ref = "p-" + digest(key, target)[:12]
        store.pushed[key] = {"id": ref, "key": key, "text": text, "gone": False}
        store.take("push", key=key, target=target, text=text, ref=ref)
    elif given.get("edit"):
        store.pushed[key]["text"] = text
    if order and order[1] == "500":
        return Reply(500, b"Internal Server Error", content_type="text/plain")
    return answer(200, {"status": "ok", "id": store.pushed[key]["id"]})
