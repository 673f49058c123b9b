"""Text that tries to become markup, in every place where people or gateways write something."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html
from sqlalchemy import text as sql
from starlette.routing import compile_path

from console.web.gate import HEADERS
from console.web.routes import ROUTES
from tests.everything import Everything

TEXT = """"><img src=x onerror=alert(1)>'<script>alert(1)</script>{{7*7}}"""
#: what fits into a name of the programme
SHORT = '"><img src=x onerror=a(1)>'
#: table -> columns that hold what somebody wrote, or what a far side answered
COLUMNS = {
    "account_state": ("paused_reason", "blocked_code"), "aired": ("note", "by"),
    "alarm": ("what", "fix"), "api_key": ("name",), "approval": ("reason", "document"),
    "area_order": ("text", "sender", "organisation", "document", "reason"),
    "attempt": ("code", "detail", "ref"), "campaign": ("name", "text", "reason"),
    "campaign_message": ("code", "detail"), "channel_test": ("detail",),
    "delegation": ("document",), "delivery": ("code", "detail", "ref", "url"),
    "evidence": ("name",), "item": ("title",), "notice": ("title", "text"), "person": ("name",),
    "opt_out": ("source",), "receipt": ("detail",),
    "recipient_list": ("organisation", "document", "source", "file", "end_reason"),
    "recording": ("made_by",), "standing_acceptance": ("signer", "document"),
    "station_notice": ("answered_by",), "stop_order": ("reason",),
    "user_session": ("address", "agent"),
}
#: keys of what is kept as JSON
WRITTEN = {"title", "body", "summary", "what_to_do", "source", "legal_basis", "note", "text",
           "voice", "name", "reason", "document", "heading", "closing", "opening", "texts"}
_JSON = {"item_version": "content", "bulletin": "body", "rendition": "texts", "audit": "detail",
         "event": "detail", "draft": "form", "area_order": "letter"}


def everywhere(made: Everything) -> None:
    """Every text that is stored says it."""
    with made.home.store.write() as s:
        for name, in s.execute(sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            s.execute(sql(f'DROP TRIGGER "{name}"'))
        for table, columns in COLUMNS.items():
            for column in columns:
                s.execute(sql(f'UPDATE {table} SET "{column}" = "{column}" || :t '  # noqa: S608
                              f'WHERE "{column}" IS NOT NULL'), {"t": TEXT})
        s.execute(sql("UPDATE audit SET subject = subject || :t WHERE seq > 3"), {"t": TEXT})
        for table, column in _JSON.items():
            for row, data in s.execute(sql(f"SELECT rowid, {column} FROM {table}")):  # noqa: S608
                s.execute(sql(f"UPDATE {table} SET {column} = :d WHERE rowid = :r"),  # noqa: S608
                          {"d": json.dumps(_said(json.loads(data))), "r": row})
        programme = made.home.settings.schedules.read_text(encoding="utf-8")
        programme = re.sub(
            r'^(name|sign_off|police|committee|thu_doan|phap_luat|hoc_sinh|luc_ngan|bien_dong)'
            r' = "(.*)"$', lambda m: f"{m[1]} = {json.dumps(m[2][:14] + SHORT)}", programme,
            flags=re.MULTILINE)
        s.execute(sql("UPDATE programme_version SET text = :t"), {"t": programme})
    made.home.settings.schedules.write_text(programme, encoding="utf-8")


def _said(data: object, under: str = "") -> object:
    if isinstance(data, dict):
        return {k: _said(v, under if under == "texts" else k) for k, v in data.items()}
    if isinstance(data, list):
        return [_said(v, under) for v in data]
    return data + TEXT if isinstance(data, str) and data and under in WRITTEN else data


GETS, POSTS = ([(compile_path(r.path)[0], r) for r in ROUTES if r.method == m]
               for m in ("GET", "POST"))


def led(path: str, table: list) -> str:
    """The route an address leads to; "" for a dead one."""
    return next((r.path for pattern, r in table if pattern.match(urlsplit(path).path)), "")


def faults(answer: requests.Response) -> Iterator[str]:
    """What is wrong with a page that was made of hostile text."""
    if answer.status_code >= 500:
        yield f"status {answer.status_code}"
    if answer.headers.get("content-security-policy") != HEADERS["Content-Security-Policy"]:
        yield "no policy"
    if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
        return
    for one in html.fromstring(answer.text).iter():
        if not isinstance(one.tag, str):
            continue
        yield from (f"<{one.tag} {name}>" for name in one.attrib
                    if name.startswith("on") or name == "style")
        if one.tag in ("style", "iframe", "object", "embed", "base") or (
                one.tag == "script" and (one.text or not one.get("src", "").startswith("/static"))):
            yield f"<{one.tag}>"
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            yield from _address(one, name, answer.url)


def _address(one: html.HtmlElement, name: str, here: str) -> Iterator[str]:
    value = one.get(name)
    if value is None or value.startswith("#"):
        return
    where = urljoin(here, value)
    if urlsplit(where).netloc != urlsplit(here).netloc:
        if one.tag != "a" or not where.startswith(("http://", "https://")):
            yield f"{name}={value}"
        return
    form = one if name == "action" else next(one.iterancestors("form"), None)
    posted = name == "hx-post" or (
        name in ("action", "formaction") and form is not None and form.get("method") == "post")
    if not led(where, POSTS if posted else GETS):
        yield f"dead {name}={value}"
