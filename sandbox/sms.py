"""The generic SMS gateway. A key that begins with "sai" is a wrong one; numbers say the rest."""

from sandbox.store import Store
from sandbox.values import Reply, Request, answer, digest

#: number ending -> HTTP status, code, message: an imitation of a gateway's code table
_BY_NUMBER = {
    "0000001": (400, "phone", "invalid phone number"),
    "0000002": (400, "blocked", "recipient refuses messages"),
    "0000003": (200, "balance", "not enough balance"),
    "0000004": (429, "tps", "too many requests"),
    "0000005": (500, "internal", "internal error"),
    "0000006": (400, "keyword", "blocked keyword"),
    "0000007": (200, "new-code", "nobody told you about this one"),
}


def handle(request: Request, store: Store, receipt_url: str) -> tuple[Reply, dict[str, str] | None]:
    """The answer, and a receipt to call back with, when the message asked for one."""
    key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not key or key.startswith("sai"):
        return answer(401, {"status": "error", "code": "auth", "message": "wrong key"}), None
    if request.path == "/sms/balance":
        return answer(200, {"status": "ok", "balance": 1_000_000}), None
    if request.path != "/sms/send" or request.method != "POST":
        return answer(404, {"status": "error", "code": "path", "message": "no such call"}), None
    return _send(request, store, receipt_url)


def _send(request: Request, store: Store, receipt_url: str) -> tuple[Reply, dict[str, str] | None]:
    given = request.params()
    number, text, key = (str(given.get(name, "")) for name in ("phone", "text", "key"))
    if not number.isdecimal() or not text or not key:
        return answer(400, {"status": "error", "code": "phone", "message": "bad request"}), None
    for ending, (status, code, message) in _BY_NUMBER.items():
        if number.endswith(ending):
            return answer(status, {"status": "error", "code": code, "message": message}), None

    asked = request.headers.get("x-idempotent") or str(given.get("idempotent", ""))
    if asked in ("1", "true") and key in store.sms_ids:
        return answer(200, {"status": "ok", "id": store.sms_ids[key], "seen": True}), None
    again = store.times("sms", number, text)
    ref = "sms-" + digest(key, number, text, str(again))[:16]
    store.take("sms", key=key, target=number, text=text, ref=ref)
    store.sms_ids[key] = ref

    receipt = None
    if callback := str(given.get("callback", "")) or receipt_url:
        told = "failed" if number.endswith("9") else "delivered"
        receipt = {"url": callback, "id": ref, "key": key, "phone": number, "status": told}
    return answer(200, {"status": "ok", "id": ref}), receipt
