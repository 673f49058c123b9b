"""
A WordPress site through its REST interface. The slug is the key: WordPress does not refuse a
slug it has but appends "-2", so every try looks for it first and then updates in place.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from channels.images import load_images
from channels.options import ChannelSpec, Context, Options
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
from vietnamese.plain import slug as as_slug

_ACCOUNT = "Xem lại tài khoản và mật khẩu ứng dụng trên WordPress"

CODES: Final[Mapping[str, Advice]] = {
    "wp-rest_cannot_create": Advice("account", "Tài khoản không được đăng bài", _ACCOUNT),
    "wp-rest_cannot_edit": Advice("account", "Tài khoản không được sửa bài này", _ACCOUNT),
    "wp-rest_cannot_publish": Advice("account", "Tài khoản không được xuất bản", _ACCOUNT),
    "wp-rest_cannot_delete": Advice("account", "Tài khoản không được gỡ bài", _ACCOUNT),
    "wp-rest_forbidden_status": Advice("account", "Tài khoản không được xem bài nháp", _ACCOUNT),
    "wp-rest_forbidden_context": Advice("account", "Tài khoản không được sửa bài", _ACCOUNT),
    "wp-rest_not_logged_in": Advice("account", "WordPress không nhận đăng nhập", _ACCOUNT),
    "wp-incorrect_password": Advice("account", "Mật khẩu ứng dụng sai", _ACCOUNT),
    "wp-invalid_username": Advice("account", "Không có tài khoản này", _ACCOUNT),
    "wp-application_passwords_disabled": Advice(
        "account", "Trang tắt mật khẩu ứng dụng", "Bật mật khẩu ứng dụng (cần HTTPS)"
    ),
    "wp-rest_disabled": Advice("account", "Trang tắt REST API", "Bật REST API trên WordPress"),
    "wp-rest_no_route": Advice("account", "Địa chỉ REST không có", "Sửa url của kênh"),
    "wp-rest_invalid_param": Advice("rejected", "WordPress không nhận bài", "Xem lý do, sửa bài"),
    "wp-rest_missing_callback_param": Advice("rejected", "Bài thiếu mục", "Xem lý do, sửa bài"),
    "wp-empty_content": Advice("rejected", "Bài trống", "Viết nội dung bài"),
    "wp-rest_post_invalid_id": Advice("retry", "Bài vừa bị xóa", "Không phải làm gì, sẽ thử lại"),
    "wp-db_insert_error": Advice(
        "retry", "WordPress không ghi được cơ sở dữ liệu", "Xem đĩa và máy chủ của trang"
    ),
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
}

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; a slug stays taken as long as the article stands
_ANY = "publish,future,draft,pending,private"


class WordPressOptions(Options):
    """`[[channels]] type = "wordpress"`, options."""

    #: a password must not cross the net in clear; loopback is for trials
    url: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)([:/]|$))")
    categories: tuple[int, ...] = ()


class WordPress:
    """`account` = a user with an application password; secrets `user` and `password`."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _FOREVER

    def __init__(
        self,
        spec: ChannelSpec,
        options: WordPressOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("html")
        self.max_parallel = spec.max_parallel or 2
        self.timeout = spec.timeout or 30.0
        self._logins = {a: (names["user"], names["password"]) for a, names in secrets.items()}
        self.secrets = tuple(
            s for login in self._logins.values() for s in (login[1], _coded(*login))
        )
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._api = f"{options.url.rstrip('/')}/wp-json/wp/v2"
        self._categories = list(options.categories)
        self._wire = context.wire
        self._clock = context.clock
        self._home = context.home

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = []
        if not message.text.strip():
            problems.append(Problem("empty", "Bài trống", "Viết nội dung bài"))
        if not message.title.strip():
            problems.append(Problem("title", "Bài chưa có tiêu đề", "Viết tiêu đề"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """Create, or update in place what stands under the slug and reads differently."""
        account = self.account(message.target)
        standing = self._standing(message, account, deadline)
        if not isinstance(standing, dict | None):
            return standing
        wanted: dict[str, Any] = {
            "title": message.title,
            "content": message.text,
            "excerpt": message.extra.get("summary", ""),
            "status": "publish",
            "slug": _slug(message),
        }
        if self._categories:
            wanted["categories"] = self._categories
        if standing is not None and _reads_like(standing, wanted):
            return _delivered(standing, "Bài đã có sẵn, giữ nguyên")
        media = self._upload(message, account, deadline)
        if not isinstance(media, int | None):
            return media
        if media is not None:
            wanted["featured_media"] = media
        path = "posts" if standing is None else f"posts/{standing['id']}"
        got = self._call("POST", path, account, deadline=deadline, json=wanted)
        return self._article(got)

    def find(self, message: Message) -> Found:
        deadline = self._clock.elapsed() + self.timeout
        standing = self._standing(message, self.account(message.target), deadline)
        if standing is None:
            return Absent("Trang chưa có bài này")
        if isinstance(standing, dict):
            if standing.get("status") == "publish":
                return _delivered(standing, "Bài đã có trên trang")
            return Absent("Bài chỉ là bản nháp")
        if isinstance(standing, Accepted | Delivered):
            return standing
        return Uncertain(standing.code, standing.detail)

    def recall(self, message: Message, ref: str) -> Outcome:
        """Into the trash; what is there already, or nowhere, is as good as recalled."""
        deadline = self._clock.elapsed() + self.timeout
        account = self.account(message.target)
        got = self._call("DELETE", f"posts/{ref}", account, deadline=deadline)
        gone = isinstance(got, Answer) and (
            got.status == 410 or _own_code(got) == "wp-rest_post_invalid_id"
        )
        if gone:
            return Delivered(ref, detail="Bài đã gỡ khỏi trang")
        read = self._article(got)
        return Delivered(ref, detail="Bài đã gỡ khỏi trang") if _is_ok(read) else read

    def check(self, account: str) -> Health:
        deadline = self._clock.elapsed() + self.timeout
        got = self._call("GET", "users/me", account, deadline=deadline, params={"context": "edit"})
        if isinstance(got, Answer) and (row := self.codes.get(_own_code(got))):
            return Health(ok=False, code=_own_code(got), detail=f"{row.meaning}. {row.todo}")
        return unhealthy(got, self.codes) or Health(ok=True)

    def _standing(
        self, message: Message, account: str, deadline: float
    ) -> dict[str, Any] | Outcome | None:
        """The article under this slug; None when there is none; an outcome when unknown."""
        params = {"slug": _slug(message), "status": _ANY, "context": "edit"}
        got = self._call("GET", "posts", account, deadline=deadline, params=params)
        trouble = self._trouble(got)
        if trouble is not None:
            return trouble
        listed = got.json() if isinstance(got, Answer) else None
        if isinstance(listed, list) and all(isinstance(a, dict) and "id" in a for a in listed):
            return listed[0] if listed else None
        return _unread(got)

    def _upload(self, message: Message, account: str, deadline: float) -> int | Outcome | None:
        """The first picture as the article's own; the others stand in the text."""
        images = load_images(message, self._home)
        if not isinstance(images, list):
            return images
        if not images:
            return None
        image = images[0]
        files = {"file": (image.name, image.data, image.kind)}
        fields = {"alt_text": image.alt}
        got = self._call("POST", "media", account, deadline=deadline, files=files, data=fields)
        trouble = self._trouble(got)
        if trouble is not None:
            return trouble
        body = got.json() if isinstance(got, Answer) else None
        number = body.get("id") if isinstance(body, dict) else None
        return number if isinstance(number, int) else _unread(got)

    def _call(
        self, method: str, path: str, account: str, *, deadline: float, **body: Any
    ) -> Answer | NoAnswer:
        return self._wire.request(
            method,
            f"{self._api}/{path}",
            auth=self._logins[account],
            deadline=deadline,
            timeout=self.timeout,
            # A create is not: after a stale connection it might arrive twice in one moment.
            idempotent=method != "POST",
            **body,
        )

    def _trouble(self, got: Answer | NoAnswer) -> Outcome | None:
        if isinstance(got, Answer) and got.status >= 400:
            code = _own_code(got)
            if row := self.codes.get(code):
                body = got.json()
                said = self._wire.redact(str(body.get("message", ""))[:120])
                return as_outcome(code, row, said, idempotent=True)
        return verdict(got, idempotent=True, codes=self.codes)

    def _article(self, got: Answer | NoAnswer) -> Outcome:
        trouble = self._trouble(got)
        if trouble is not None:
            return trouble
        body = got.json() if isinstance(got, Answer) else None
        if isinstance(body, dict) and isinstance(body.get("id"), int):
            return _delivered(body, "Bài đã đăng")
        return _unread(got)


def _coded(user: str, password: str) -> str:
    """The login as the Authorization header has it: as readable as the password."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _unread(got: Answer | NoAnswer) -> Outcome:
    if isinstance(got, NoAnswer):
        return without_answer(got, idempotent=True)
    return not_understood(got, idempotent=True)


def _own_code(answer: Answer) -> str:
    body = answer.json()
    return f"wp-{body['code']}" if isinstance(body, dict) and body.get("code") else ""


def _slug(message: Message) -> str:
    return as_slug(message.extra.get("slug") or message.key)


def _reads_like(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if standing.get("status") != "publish":
        return False
    return all(_raw(standing, name) == wanted[name] for name in ("title", "content", "excerpt"))


def _raw(standing: Mapping[str, Any], name: str) -> str | None:
    field = standing.get(name)
    return field.get("raw") if isinstance(field, dict) else None


def _delivered(article: Mapping[str, Any], detail: str) -> Delivered:
    return Delivered(str(article["id"]), str(article.get("link", "")), detail)


def _is_ok(outcome: Outcome) -> bool:
    return not isinstance(outcome, Retry | Uncertain) and hasattr(outcome, "ref")
