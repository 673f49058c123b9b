"""
Can this account post: its token, its permissions and task, how much of its limit is used, and
what ends when: the token (told 7 days before), the API version (60 days before).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from channels.facebook.codes import CODES
from channels.facebook.graph import Graph, part
from channels.facebook.options import FacebookOptions
from channels.facebook.usage import SLOW_AT, percent
from channels.values import Health
from channels.wire import Answer

SCOPES: Final = ("pages_manage_posts", "pages_read_engagement")
TASK: Final = "CREATE_CONTENT"
VERSION_DAYS: Final = 60  #: a version takes a test, a token only a log-in
TOKEN_DAYS: Final = 7


class End(NamedTuple):
    """Something that ends, and so many days before it is told of."""

    code: str
    at: datetime
    days: int


def check(
    graph: Graph, account: str, token: str, pages: Sequence[str], options: FacebookOptions
) -> Health:
    """
    Harmless questions. What the token may do is asked by `debug_token`, which a token may not
    be allowed to ask: then it is not judged, for it may still post.
    """
    deadline = graph.by_now() + graph.timeout
    got = graph.call("GET", "me", account, deadline=deadline, params={"fields": "id,name"})
    me = graph.read(got)
    if not isinstance(me, dict):
        return Health(ok=False, code=me.code, detail=me.detail)
    if not isinstance(me.get("id"), str):
        return Health(ok=False, code="bad-answer", detail="Facebook không nói tài khoản này là ai")
    told = graph.read(graph.call("GET", "debug_token", account, deadline=deadline,
                                 params={"input_token": token}))
    data = told.get("data") if isinstance(told, dict) else None
    token_is: Mapping[str, Any] = data if isinstance(data, dict) else {}
    wrong = _wrong_token(token_is, pages) or _missing_task(graph, account, pages, deadline)
    if wrong is not None:
        return wrong
    assert isinstance(got, Answer)  # noqa: S101 - it had a body
    return _told(_ends(token_is, got, options, graph.clock.now()), got, options, graph.clock.now())


def _wrong_token(data: Mapping[str, Any], pages: Sequence[str]) -> Health | None:
    if data.get("is_valid") is False:
        return _ill("fb-190")
    if data.get("type") not in (None, "PAGE"):  # its posts would be refused with no clear word
        return _ill("fb-user-token", f"loại {data['type']}")
    profile = data.get("profile_id")
    if profile and pages and str(profile) not in pages:
        return _ill("fb-page", f"token của trang {profile}")
    scopes = data.get("scopes")
    if isinstance(scopes, list) and (lacks := [s for s in SCOPES if s not in scopes]):
        return _ill("fb-scope", ", ".join(lacks))
    return None


def _missing_task(
    graph: Graph, account: str, pages: Sequence[str], deadline: float
) -> Health | None:
    """Only a list of tasks without ours is believed: not every version answers this question."""
    for page in pages:
        body = graph.read(graph.call("GET", part(page), account, deadline=deadline,
                                     params={"fields": "tasks"}))
        tasks = body.get("tasks") if isinstance(body, dict) else None
        if isinstance(tasks, list) and TASK not in tasks:
            return _ill("fb-task", f"trang {page}")
    return None


def _ends(
    data: Mapping[str, Any], got: Answer, options: FacebookOptions, now: datetime
) -> list[End]:
    ends = []
    for key in ("expires_at", "data_access_expires_at"):
        seconds = data.get(key)
        if isinstance(seconds, int) and seconds > 0:  # 0: it does not end
            ends.append(End("fb-token-end", datetime.fromtimestamp(seconds, UTC), TOKEN_DAYS))
    if day := options.ends():
        ends.append(End("fb-version", datetime.combine(day, time(), UTC), VERSION_DAYS))
    # Facebook answers a version that is over with its oldest, and says which.
    if got.headers.get("facebook-api-version", options.version) != options.version:
        ends.append(End("fb-version", now, VERSION_DAYS))
    return ends


def _told(
    ends: list[End], got: Answer, options: FacebookOptions, now: datetime
) -> Health:
    """The nearest end among those due to be told of, else the nearest of all."""
    words = [f"{CODES[e.code].meaning} {e.at:%d/%m/%Y}" for e in ends
             if e.at < now + timedelta(days=e.days)]
    if not options.ends():
        words.append(f"chưa biết ngày hết hạn của {options.version}, ghi version_expires")
    used = percent(got)
    if used is not None and used >= SLOW_AT:
        words.append(f"đã dùng {used}% hạn mức gọi, đăng chậm lại")
    detail = "; ".join(words)
    if not ends:
        return Health(ok=True, detail=detail)
    first = min(ends, key=lambda e: (e.at >= now + timedelta(days=e.days), e.at))
    due = first.at < now + timedelta(days=first.days)
    return Health(ok=True, code=first.code if due else "ok", detail=detail,
                  expires_at=first.at, warn_days=first.days)


def _ill(code: str, which: str = "") -> Health:
    meaning = CODES[code].meaning
    return Health(ok=False, code=code, detail=f"{meaning}: {which}" if which else meaning)
