"""
Signed webhooks: a message as JSON to the receiver's own program, which shows, corrects and takes
back. `account` = one receiver: whoever has its secret can write in our name to those who share it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from channels.fitting import unfit
from channels.options import (
    BadChannel,
    ChannelSpec,
    Context,
    Options,
    foreign_links,
)
from channels.plain_words import for_json
from channels.values import (
    Accepted,
    Advice,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
)
from channels.verdict import CODES as WIRE_CODES
from channels.verdict import not_understood, unhealthy, verdict, without_answer
from channels.webhook.signing import LEAST, headers, key_of
from channels.wire import Answer, NoAnswer, host_of
from vietnamese.i18n import t
from vietnamese.plain import slug as as_slug

_TZ: Final = timezone(timedelta(hours=7))  #: Vietnam, no summer time since 1975

#: a 4xx is the receiver's word on this message, but for those that speak of the address
CODES: Final[Mapping[str, Advice]] = {
    "http-404": Advice(
        "account", "Máy nhận không có địa chỉ này", "Hỏi bên nhận địa chỉ đúng, sửa nơi nhận"
    ),
    "http-410": Advice(
        "rejected", "Bên nhận đã bỏ địa chỉ này",
        "Gọi bên nhận; bỏ nơi nhận khỏi chương trình, hoặc ghi địa chỉ mới",
    ),
}

Kind = Literal["publish", "correct", "recall", "ping"]


class WebhookOptions(Options):
    """`[[channels]] type = "webhook"`, options."""

    url: str = Field(default="", pattern=r"^$|^https?://.+")  #: what a target's address goes below
    sender: str = ""  #: who speaks, in words
    link: str = ""  #: where people read the item: "https://…/{slug}.html"
    max_chars: int | None = Field(default=None, ge=1)
    answer: Literal["2xx", "id"] = "2xx"  #: "id": the answer's JSON repeats our `webhook-id`
    ping: bool = False  #: the receiver answers kind "ping", which shows nothing
    idempotent: bool = True  #: the receiver knows a `webhook-id` again
    key_lifetime: float = Field(default=7 * 86400, gt=0)  #: seconds for which it does
    allow_private: bool = False  #: inside our own network, and without TLS there


class Webhook:
    """One programme's receivers; secrets `secret` and, while it is changed, `secret_old`."""

    codes: Mapping[str, Advice] = CODES

    def __init__(
        self,
        spec: ChannelSpec,
        options: WebhookOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars)
        self.idempotent = options.idempotent
        self.key_lifetime = options.key_lifetime if options.idempotent else 0.0
        self.max_parallel = spec.max_parallel or 8
        self.timeout = spec.timeout or 15.0
        self.secrets = tuple(value for names in secrets.values() for value in names.values())
        self._keys = {a: _keys(spec.id, a, names) for a, names in secrets.items()}
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._options = options
        sandbox = context.sandbox_url or "http://127.0.0.1:9"  # none runs: nobody listens there
        self._training = f"{sandbox}/hooks" if context.training else ""
        self._allowed = spec.allowed_domains
        self._wire = context.wire
        self._clock = context.clock

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        return unfit(message, self._allowed, limit=self.spec.max_chars)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        return self._post("publish", message, message.key, deadline, idempotent=self.idempotent)

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """The receiver replaces the text of `ref`; each wording is an act of its own."""
        said = f"{message.title}\0{message.text}\0{message.extra.get('summary', '')}"
        act = hashlib.sha256(for_json(said).encode()).hexdigest()[:12]
        return self._post("correct", message, f"{ref}.correct.{act}", deadline, ref=ref)

    def recall(self, message: Message, ref: str) -> Outcome:
        """The receiver takes `ref` away; one that has never seen it has nothing to do."""
        deadline = self._clock.elapsed() + self.timeout
        return self._post("recall", message, f"{ref}.recall", deadline, ref=ref)

    def check(self, account: str) -> Health:
        """A ping to each of the account's addresses, where the receiver knows one."""
        if not self._options.ping:
            return Health(ok=True, detail="Bên nhận không có cách hỏi trước")
        for target in [x for x, its in self._accounts.items() if its == account]:
            deadline = self._clock.elapsed() + self.timeout
            name = f"ping.{int(self._clock.now().timestamp())}"
            got = self._request({"id": name, "kind": "ping"}, name, target, deadline)
            if trouble := unhealthy(got, self.codes):
                return trouble
            if isinstance(got, Answer) and not self._took(got, name):
                return Health(ok=False, code="bad-answer", detail=WIRE_CODES["bad-answer"].meaning)
        return Health(ok=True)

    def _post(
        self, kind: Kind, message: Message, name: str, deadline: float, *,
        ref: str = "", idempotent: bool = True,
    ) -> Outcome:
        body = self._body(kind, message, ref)
        got = self._request(body, name, message.target, deadline, idempotent=idempotent)
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=idempotent)
        decided = verdict(got, idempotent=idempotent, codes=self.codes)
        if decided is not None:
            return decided
        if not self._took(got, name):
            return not_understood(got, idempotent=idempotent)
        return Accepted(ref or message.key, "Bên nhận đã nhận")

    def _body(self, kind: Kind, message: Message, ref: str) -> dict[str, Any]:
        extra, gone = message.extra, kind == "recall"
        slug = extra.get("slug", "")
        link = self._options.link.replace("{slug}", slug) if slug else ""
        return {
            "id": message.key,
            "kind": kind,
            "item": extra.get("item", ""),
            # what is taken back is not told again
            "title": "" if gone else for_json(message.title),
            "text": "" if gone else for_json(message.text),
            "summary": "" if gone else for_json(extra.get("summary", "")),
            "priority": extra.get("priority"),
            "sender": self._options.sender,
            "tag": message.tag,
            "opens_at": _local(message.opens_at),
            "expires_at": _local(message.expires_at),
            "supersedes": ref or extra.get("supersedes") or None,
            "url": extra.get("url") or link or None,
            "attachments": [] if gone else [
                {"sha256": a.sha256, "alt": for_json(a.alt)} for a in message.attachments
            ],
        }

    def _request(
        self, body: Mapping[str, Any], name: str, target: str, deadline: float, *,
        idempotent: bool = True,
    ) -> Answer | NoAnswer:
        address = self._address(target)
        if not self._options.allow_private and not self._training and address[:6] != "https:":
            return self._wire.no_answer("bad-address", "https", address)
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(self._clock.now().timestamp())
        return self._wire.request(
            "POST", address, data=data, deadline=deadline, timeout=self.timeout,
            idempotent=idempotent, public=not self._options.allow_private,
            headers={"Content-Type": "application/json; charset=utf-8",
                     **headers(name, timestamp, data, self._keys[self.account(target)])},
        )

    def _address(self, target: str) -> str:
        if self._training:  # each receiver apart, none of them real
            return f"{self._training}/{as_slug(target)}"
        if "://" in target:
            return target
        return f"{self._options.url.rstrip('/')}/{target.lstrip('/')}"

    def _took(self, answer: Answer, name: str) -> bool:
        """A 2xx that says yes. A page for people is a proxy's or a site's under repair."""
        if self._options.answer == "2xx":
            kind = answer.headers.get("Content-Type", "").lower()
            return not kind.startswith(("text/html", "application/xhtml"))
        said = answer.json()
        return isinstance(said, dict) and said.get("id") == name


def problems_of(spec: ChannelSpec, options: WebhookOptions, _home: Path) -> Iterator[Problem]:
    """What the description says of addresses and links and cannot mean."""
    hosts: dict[str, set[str]] = {account.id: set() for account in spec.accounts}
    for target, account in spec.targets.items():
        if target.startswith(("env:", "file:")):
            continue  # read when the channel is built
        whole = target if "://" in target else options.url
        if not whole:
            yield Problem(f"accounts.{account}",
                          t(f"nơi nhận {target!r} không phải địa chỉ https",
                            f"target {target!r} is no https address"),
                          t('Viết "https://…", hoặc thêm options.url',
                            'Write "https://…", or add options.url'))
        elif not whole.startswith("https://") and not options.allow_private:
            yield Problem(f"accounts.{account}",
                          t(f"{whole}: địa chỉ phải là https", f"{whole}: https is required"),
                          t('Viết "https://…"', 'Write "https://…"'))
        else:
            hosts.setdefault(account, set()).add(host_of(whole))
    for account, several in hosts.items():
        if len(several) > 1:
            named = ", ".join(sorted(several))
            yield Problem(f"accounts.{account}",
                          t(f"một khóa cho nhiều bên nhận ({named}): bên này giả được tin của ta",
                            f"one secret, several receivers ({named}): one can forge to another"),
                          t("Mỗi bên nhận một tài khoản, một khóa", "An account for each"))
    if options.link and foreign_links([options.link], spec.allowed_domains):
        yield Problem("options.link", t("tên miền không được phép", "the domain is not allowed"),
                      t("Thêm vào settings.allowed_domains", "Add it to settings.allowed_domains"))


def _keys(channel: str, account: str, names: Mapping[str, str]) -> list[bytes]:
    """The keys, the new one first; `BadChannel` for one that anybody could guess."""
    found = {name: key_of(names[name]) for name in ("secret", "secret_old") if names.get(name)}
    weak = [name for name in ("secret", *found) if found.get(name) is None]
    if weak:
        raise BadChannel(channel, [Problem(
            f"accounts.{account}.secrets.{name}",
            t(f"khóa trống, ngắn hơn {LEAST} byte hoặc không đọc được",
              f"empty, shorter than {LEAST} bytes, or not to be read"),
            t("Tạo khóa mới: openssl rand -base64 32", "Make one: openssl rand -base64 32"),
        ) for name in dict.fromkeys(weak)])
    return [key for key in found.values() if key is not None]


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(_TZ).isoformat(timespec="seconds") if moment else None

