"""
SpeedSMS: HTTP Basic with the token as the user, codes in JSON, no key of ours, a webhook.

A token that begins with "sai" is a wrong one; numbers say the rest. SpeedSMS calls an address
set in its own pages, here the sandbox's `receipt_url`.
"""

import base64
import binascii
import json
from typing import Any

from sandbox.store import Store
from sandbox.values import Callback, Reply, Request, answer, digest

_BY_NUMBER = {
    "0000001": ("105", "Phone number invalid"),
    "0000002": ("113", "Sms content too long"),
    "0000003": ("300", "Your account balance not enough to send sms"),
    "0000005": ("500", "Internal error, please try again"),
    "0000006": ("110", "Not support sms content encoding"),
    "0000007": ("555", "nobody told you about this one"),
}


def handle(request: Request, store: Store, receipt_url: str) -> tuple[Reply, list[Callback]]:
    """The answer, and the webhook call that follows it."""
    if not _may(request):
        said = {"name": "Unauthorized", "message": "invalid credentials", "status": 401}
        return answer(401, said), []
    if request.path == "/speedsms/user/info":
        return _ok({"email": "xa@vi-du.invalid", "balance": "1000000", "currency": "VND"}), []
    if request.path != "/speedsms/sms/send" or request.method != "POST":
        return answer(404, {"name": "Not Found", "status": 404}), []
    given: dict[str, Any] = request.params()
    to, text = given.get("to"), str(given.get("content", ""))
    if not isinstance(to, list) or not to or not text:
        return _error("101", "Invalid or missing parameters"), []
    number = str(to[0])
    if number.endswith("0000004"):
        said = {"name": "Too Many Requests", "message": "Rate limit exceeded.", "status": 429}
        return answer(429, said, x_rate_limit_reset="7"), []
    for ending, (code, message) in _BY_NUMBER.items():
        if number.endswith(ending):
            return _error(code, message), []
    if number.endswith("0000008"):
        left_out = {"tranId": 1, "totalSMS": 0, "totalPrice": 0, "invalidPhone": [number]}
        return _ok(left_out), []
    again = store.times("speedsms", number, text)
    ref = str(int(digest(number, text, str(again))[:7], 16))
    store.take("speedsms", key="", target=number, text=text, ref=ref)
    told = {"type": "report", "tranId": ref, "phone": number}
    told["status"] = "64" if number.endswith("9") else "0"
    calls = [Callback(receipt_url, json.dumps(told).encode())] if receipt_url else []
    sent = {"tranId": int(ref), "totalSMS": 1, "totalPrice": 250, "invalidPhone": []}
    return _ok(sent), calls


def _may(request: Request) -> bool:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        token, _, rest = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind == "Basic" and rest == "x" and bool(token) and not token.startswith("sai")


def _ok(data: dict[str, Any]) -> Reply:
    return answer(200, {"status": "success", "code": "00", "data": data})


def _error(code: str, message: str) -> Reply:
    return answer(200, {"status": "error", "code": code, "message": message})
