"""
eSMS.vn's customer-care API: codes in JSON with HTTP 200, RequestId known for a day, a list of
what was sent, and a callback by GET.

A SecretKey that begins with "sai" is a wrong one; numbers say the rest.
"""

from typing import Any
from urllib.parse import urlencode

from sandbox.store import Store
from sandbox.values import Callback, Reply, Request, answer, digest

_PATH = "/esms/"
_BY_NUMBER = {
    "0000001": ("99", "Phone number is blocked"),
    "0000002": ("108", "Phone number is not in correct format"),
    "0000003": ("103", "Balance is not enough to send message"),
    "0000004": ("160", "Rate limit"),
    "0000005": ("146", "Sai template Brandname CSKH"),
    "0000006": ("201", "Content has blocked keyword"),
    "0000007": ("555", "nobody told you about this one"),
}


def handle(request: Request, store: Store) -> tuple[Reply, list[Callback]]:
    """The answer, and the callback that follows it."""
    given: dict[str, Any] = request.params()
    call = request.path.removeprefix(_PATH).strip("/")
    key = str(given.get("SecretKey", ""))
    known = bool(given.get("ApiKey")) and bool(key) and not key.startswith("sai")
    if call == "GetBalance_json":
        if not known:
            said = {"Balance": 0, "CodeResponse": "101", "ErrorMessage": "Authorize Failed"}
            return answer(200, said), []
        return answer(200, {"Balance": 36693, "CodeResponse": "100", "UserID": 9999}), []
    if not known:
        return _refuse("101", "Authorize Failed"), []
    if call == "GetSmsSentData_V2":
        return _sent(given, store), []
    if call == "SendMultipleMessage_V4_post_json":
        return _send(given, store)
    return answer(404, {"error": "no such call"}), []


def _send(given: dict[str, Any], store: Store) -> tuple[Reply, list[Callback]]:
    number, text = str(given.get("Phone", "")), str(given.get("Content", ""))
    request_id = str(given.get("RequestId", ""))
    if not text or len(request_id) > 50:
        return answer(200, {"error": "Invalid request"}), []
    if not number.isdecimal():
        return _refuse("108", "Phone number is not in correct format"), []
    if str(given.get("SmsType", "")) not in ("2", "8"):
        return _refuse("300", "SmsType is missing"), []
    for ending, (code, message) in _BY_NUMBER.items():
        if number.endswith(ending):
            return _refuse(code, message), []
    if request_id and request_id in store.sms_ids:
        said = {"CodeResult": "124", "CountRegenerate": 0, "ErrorMessage": "Request exist 1"}
        return answer(200, {**said, "SendStatus": "5"}), []
    again = store.times("esms", number, text)
    ref = digest(request_id, number, text, str(again))
    store.take("esms", key=request_id, target=number, text=text, ref=ref)
    store.sms_ids[request_id] = ref
    store.campaigns[ref] = str(given.get("campaignid", ""))
    callbacks = [_callback(given, ref)] if given.get("CallbackUrl") else []
    said = {"CodeResult": "100", "CountRegenerate": 0, "SMSID": ref}
    return answer(200, said), callbacks


def _callback(given: dict[str, Any], ref: str) -> Callback:
    """Arrived, or not for numbers that end in 9."""
    failed = str(given["Phone"]).endswith("9")
    told = {
        "SMSID": ref, "SendFailed": int(failed), "SendStatus": 5, "SendSuccess": int(not failed),
        "TotalPrice": "850.0000", "TotalReceiver": 1, "TotalSent": 1,
        "RequestId": given.get("RequestId", ""), "TypeId": 2, "telcoid": 1,
        "phonenumber": given["Phone"], "switchsmsid": "",
    }  # fmt: skip
    return Callback(f"{given['CallbackUrl']}?{urlencode(told)}")


def _sent(given: dict[str, Any], store: Store) -> Reply:
    """From and To are not applied: in a rehearsal the product's clock is not ours."""
    rows = [line for line in store.taken if line["channel"] == "esms"]
    size = min(int(given.get("PageSize", 500)), 500)
    start = (int(given.get("Page", 1)) - 1) * size
    listed = [
        {
            "Campaign": store.campaigns[row["ref"]], "Content": row["text"], "Phone": row["target"],
            "ReferenceId": row["ref"], "SellPrice": 850.0, "SendStatus": 5,
            "SendResult": int(not row["target"].endswith("9")), "SmsId": n, "SmsType": 2,
            "SentTime": "/Date(1705484048995+0700)/",
        }
        for n, row in enumerate(rows[start : start + size], start + 1)
    ]  # fmt: skip
    return answer(200, {"CodeResult": "100", "CountTotal": len(rows), "SentData": listed})


def _refuse(code: str, message: str) -> Reply:
    return answer(200, {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": message})
