"""
A Facebook Page through the Graph API. There is no idempotency key: a lost answer is looked up.

The version is configuration, for each dies two years after it came.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import Field

from channels.facebook_codes import CODES
from channels.images import load_images
from channels.options import ChannelSpec, Context, Options, foreign_links
from channels.values import (
    Absent,
    Accepted,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Retry,
    Uncertain,
)
from channels.verdict import as_outcome, not_understood, unhealthy, verdict, without_answer
from channels.wire import Answer, NoAnswer
from vietnamese.fold import fold
from vietnamese.urls import contains_url

_PAGES = 5  #: of 100 posts looked through; a page that posts more in the time is not ours
_MARGIN = timedelta(hours=1)  #: our clock and Facebook's
_SLOW_DOWN = 2 * 3600.0  #: seconds; "posting too fast" lasts for hours


class FacebookOptions(Options):
    """`[[channels]] type = "facebook"`, options."""

    version: str = Field(pattern=r"^v\d+\.\d+$")
    version_expires: date | None = None
    url: str = "https://graph.facebook.com"
    max_chars: int = Field(default=63206, ge=1, le=63206)


class Facebook:
    """`target` = page id, `account` = page token."""

    codes: Mapping[str, Advice] = CODES
    idempotent = False
    key_lifetime = 0.0

    def __init__(
        self,
        spec: ChannelSpec,
        options: FacebookOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars)
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or 30.0
        self.secrets = tuple(names["token"] for names in secrets.values())
        self._tokens = {account: names["token"] for account, names in secrets.items()}
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._base = f"{options.url.rstrip('/')}/{options.version}"
        self._version = options
        self._wire = context.wire
        self._clock = context.clock
        self._home = context.home

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = []
        if not message.text.strip():
            problems.append(Problem("empty", "Bài trống", "Viết nội dung bài"))
        limit = self.spec.max_chars or 0
        if len(message.text) > limit:
            what = f"Bài dài {len(message.text)} ký tự, Facebook nhận {limit}"
            problems.append(Problem("too-long", what, "Rút ngắn bài"))
        links = [*contains_url(message.text), *filter(None, [message.extra.get("link", "")])]
        if foreign := foreign_links(links, self._allowed):
            what = f"Đường dẫn ngoài danh sách cho phép: {', '.join(foreign)}"
            problems.append(Problem("url", what, "Bỏ đường dẫn hoặc thêm vào allowed_domains"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        fields = {"message": message.text}
        if link := message.extra.get("link"):
            fields["link"] = link
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        for number, image in enumerate(images):
            # Unpublished pictures are seen by nobody: losing an answer here is no harm.
            got = self._call(
                "POST",
                f"{_page(message)}/photos",
                message.target,
                deadline=deadline,
                idempotent=True,
                fields={"published": "false", "alt_text_custom": image.alt},
                files={"source": (image.name, image.data, image.kind)},
            )
            read = self._read(got, idempotent=True)
            if not isinstance(read, Delivered):
                return read
            fields[f"attached_media[{number}]"] = json.dumps({"media_fbid": read.ref})
        got = self._call(
            "POST", f"{_page(message)}/feed", message.target, deadline=deadline, fields=fields
        )
        return self._read(got, idempotent=False)

    def find(self, message: Message) -> Found:
        """Reads the page's feed since the first try; the tag decides, else the whole text."""
        since = (message.first_try_at or self._clock.now()) - _MARGIN
        params = {
            "fields": "id,message,created_time,permalink_url",
            "since": str(int(since.timestamp())),
            "limit": "100",
        }
        for _ in range(_PAGES):
            got = self._ask(f"{_page(message)}/feed", self.account(message.target), params)
            told = got.json() if isinstance(got, Answer) else None
            body = told if isinstance(told, dict) else {}
            posts = body.get("data")
            if not isinstance(posts, list):
                read = self._read(got, idempotent=True)
                code, detail = ("bad-answer", "Không đọc được danh sách bài")
                if isinstance(read, Retry):
                    code, detail = read.code, read.detail
                return Uncertain(code, detail)
            for post in posts:
                if isinstance(post, dict) and _is_same(message, str(post.get("message", ""))):
                    return _delivered(post)
            after = _cursor(body)
            if not after:
                return Absent("Trang không có bài này")
            # The cursor, not the `next` address: that one carries the token.
            params["after"] = after
        return Uncertain("bad-answer", "Trang có quá nhiều bài, chưa xem hết")

    def recall(self, message: Message, ref: str) -> Outcome:
        """Deletes the post; one that does not exist is as good as deleted."""
        deadline = self._clock.elapsed() + self.timeout
        got = self._call("DELETE", ref, message.target, deadline=deadline, idempotent=True)
        body = got.json() if isinstance(got, Answer) else None
        error = _error(body)
        gone = "does not exist" in str(error.get("message", "")) or (
            isinstance(got, Answer) and got.status == 404
        )
        if gone or (isinstance(body, dict) and body.get("success") is True):
            return Delivered(ref, detail="Bài đã gỡ khỏi trang")
        return self._read(got, idempotent=True)

    def check(self, account: str) -> Health:
        """The token by asking for itself, its end, and the end of the API version."""
        got = self._ask("me", account, {"fields": "id,name"})
        read = self._read(got, idempotent=True)
        if not isinstance(read, Delivered | Accepted):
            return Health(ok=False, code=read.code, detail=read.detail)
        told = self._ask("debug_token", account, {"input_token": self._tokens[account]})
        if unhealthy(told, self.codes) is not None or not isinstance(told, Answer):
            return Health(ok=True, expires_at=self._version_end())  # may not ask, may post
        body = told.json()
        data = body.get("data") if isinstance(body, dict) else None
        seconds = data.get("expires_at") if isinstance(data, dict) else None
        ends = [self._version_end()]
        if isinstance(seconds, int) and seconds > 0:  # 0: the token does not end
            ends.append(datetime.fromtimestamp(seconds, UTC))
        return Health(ok=True, expires_at=min((end for end in ends if end), default=None))

    def _version_end(self) -> datetime | None:
        ends = self._version.version_expires
        return datetime.combine(ends, time(), UTC) if ends else None

    def _call(
        self,
        method: str,
        path: str,
        target: str,
        *,
        deadline: float,
        idempotent: bool = False,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Answer | NoAnswer:
        return self._wire.request(
            method,
            f"{self._base}/{path}",
            headers={"Authorization": f"Bearer {self._tokens[self.account(target)]}"},
            data=fields,
            files=files,
            deadline=deadline,
            timeout=self.timeout,
            idempotent=idempotent,
        )

    def _ask(self, path: str, account: str, params: Mapping[str, str]) -> Answer | NoAnswer:
        return self._wire.request(
            "GET",
            f"{self._base}/{path}",
            headers={"Authorization": f"Bearer {self._tokens[account]}"},
            params=params,
            deadline=self._clock.elapsed() + self.timeout,
            timeout=self.timeout,
            idempotent=True,
        )

    def _read(self, got: Answer | NoAnswer, *, idempotent: bool) -> Outcome:
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=idempotent)
        body = got.json()
        error = _error(body)
        if error:
            # The code decides, not the status: 200 and 500 both carry errors.
            code = _code(error)
            if row := self.codes.get(code):
                said = str(error.get("error_user_msg") or error.get("message") or "")[:120]
                detail = self._wire.redact(f"{said} {error.get('fbtrace_id', '')}".strip())
                wait = _wait(code, got)
                return as_outcome(code, row, detail, idempotent=idempotent, retry_after=wait)
        decided = verdict(got, idempotent=idempotent, codes=self.codes)
        if decided is not None:
            return decided
        if not error and isinstance(body, dict) and isinstance(body.get("id"), str):
            return _delivered(body)
        return not_understood(got, idempotent=idempotent)


def _page(message: Message) -> str:
    return quote(message.target, safe="")  # a "/" in it would be another call


def _error(body: Any) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _code(error: Mapping[str, Any]) -> str:
    """`fb-CODE-SUBCODE` when the table knows it, else `fb-CODE`; 200 to 299 are one family."""
    code, sub = error.get("code"), error.get("error_subcode")
    if f"fb-{code}-{sub}" in CODES:
        return f"fb-{code}-{sub}"
    if isinstance(code, int) and 200 <= code <= 299:
        return "fb-200"
    return f"fb-{code}"


def _wait(code: str, answer: Answer) -> float | None:
    """Seconds until Facebook lets this page in again, by its usage header (in minutes)."""
    if code == "fb-368-1390008":
        return _SLOW_DOWN
    try:
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
        minutes = [
            row["estimated_time_to_regain_access"] for rows in usage.values() for row in rows
        ]
        return max(minutes) * 60.0 or None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _delivered(post: Mapping[str, Any]) -> Delivered:
    ref = str(post.get("id", ""))
    return Delivered(ref, str(post.get("permalink_url") or f"https://www.facebook.com/{ref}"))


def _is_same(message: Message, posted: str) -> bool:
    if message.tag:
        return message.tag in posted  # unique to the delivery
    return fold(posted) == fold(message.text)


def _cursor(body: Mapping[str, Any]) -> str:
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    return str(cursors.get("after", "")) if isinstance(cursors, dict) else ""
