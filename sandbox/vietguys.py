"""
VietGuys's api/index.php as far as it is publicly known: a form, `error` 0 or not, a log line.

A password that begins with "sai" is refused like an address that may not send; numbers say the
rest. VietGuys calls an address that it has set up, here the sandbox's `receipt_url`.
"""

import json

from sandbox.store import Store
from sandbox.values import Callback, Reply, Request, answer, digest

_BY_NUMBER = {
    "0000001": (-21, "Noi dung khong dung loai tin"),
    "0000007": (-99, "nobody told you about this one"),
}


def handle(request: Request, store: Store, receipt_url: str) -> tuple[Reply, list[Callback]]:
    """The answer, and the receipt that follows it."""
    if request.path != "/vietguys/api/index.php" or request.method != "POST":
        return answer(404, {"error": 1, "log": "not found"}), []
    given = request.params()
    password = given.get("pwd", "")
    if not given.get("u") or not password or password.startswith("sai"):
        return _refuse(-7, "Dia chi IP chua chinh xac"), []
    number, text, bid = (given.get(name, "") for name in ("phone", "sms", "bid"))
    if given.get("json") != "1" or given.get("type") not in ("0", "8") or len(bid) > 50:
        return answer(400, {"error": 1, "log": "bad request"}), []
    for ending, (code, log) in _BY_NUMBER.items():
        if number.endswith(ending):
            return _refuse(code, log), []
    again = store.times("vietguys", number, text)
    ref = digest(bid, number, text, str(again))[:20]
    store.take("vietguys", key=bid, target=number, text=text, ref=ref)
    told = {"message_id": ref, "status": "fail" if number.endswith("9") else "delivered"}
    calls = [Callback(receipt_url, json.dumps({"data": told}).encode())] if receipt_url else []
    return answer(200, {"error": 0, "log_id": ref}), calls


def _refuse(code: int, log: str) -> Reply:
    return answer(200, {"error": 1, "error_code": code, "log": log})
