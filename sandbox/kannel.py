"""
Kannel's smsbox as far as `sendsms` goes: sentences instead of JSON, 202 for nearly anything,
no message id, receipts to the address that came with the message.

A password that begins with "sai" is a wrong one; numbers say the rest. As with the real one, a
second try of the same message is a second message.
"""

from urllib.parse import parse_qsl, urlsplit

from sandbox.store import Store
from sandbox.values import Callback, Reply, Request, digest

_BY_NUMBER = {
    "0000001": (400, "Number(s) has/have been denied by white- and/or black-lists."),
    "0000002": (403, "Not routable. Do not try again."),
    "0000004": (503, "Temporal failure, try again later."),
    "0000006": (400, "Charset or body misformed, rejected"),
    "0000007": (400, "Something new misformed, rejected"),
}


def handle(request: Request, store: Store) -> tuple[Reply, list[Callback]]:
    """The answer, and the receipts that follow it."""
    if request.path != "/kannel/cgi-bin/sendsms":
        return _say(404, "Unknown request."), []
    # as smsbox reads it: an empty value is a value
    given = dict(parse_qsl(request.query, keep_blank_values=True))
    password = given.get("password", "")
    if not given.get("username") or not password or password.startswith("sai"):
        return _say(403, "Authorization failed for sendsms"), []
    if "to" not in given:
        return _say(400, "Missing receiver number, rejected"), []
    number, text, url = (given.get(name, "") for name in ("to", "text", "dlr-url"))
    if not number:
        return _say(400, "Empty receiver number not allowed, rejected"), []
    if url and not url.startswith(("http://", "https://")):
        return _say(400, "DLR-URL field misformed, rejected"), []
    for ending, (status, sentence) in _BY_NUMBER.items():
        if number.endswith(ending):
            return _say(status, sentence), []
    key = dict(parse_qsl(urlsplit(url).query)).get("key", "")
    again = store.times("kannel", number, text)
    ref = digest(key, number, text, str(again))
    store.take("kannel", key=key, target=number, text=text, ref=ref)
    if number.endswith("0000003"):
        return _say(202, "3: Queued for later delivery"), []
    return _say(202, "0: Accepted for delivery"), _receipts(url, number, ref)


def _receipts(url: str, number: str, ref: str) -> list[Callback]:
    """The SMSC has it; then it arrived, or not for numbers that end in 9."""
    if not url:
        return []
    last = ("2", "stat:UNDELIV err:001") if number.endswith("9") else ("1", "stat:DELIVRD")
    calls = []
    for status, said in (("8", "ACK/"), last):
        filled = url.replace("%d", status).replace("%F", "" if status == "8" else ref)
        calls.append(Callback(filled.replace("%A", said.replace(" ", "+"))))
    return calls


def _say(status: int, sentence: str) -> Reply:
    return Reply(status, sentence.encode(), content_type="text/html")
