"""A service that TOML describes; `account` = one login there."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from pydantic import Field

from channels.fitting import unfit
from channels.gateway import PLACEHOLDER, Call, Check, dig
from channels.gateway_answer import UNKNOWN_CODE, Reader
from channels.gateway_call import asked
from channels.gateway_find import Search, span
from channels.gateway_reports import reports
from channels.http_json.service import FIELDS, Act, Service
from channels.options import ChannelSpec, Context, Options
from channels.plain_words import for_json
from channels.values import (
    Accepted,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Report,
)
from channels.verdict import CODES as WIRE_CODES
from channels.verdict import as_outcome, unhealthy
from channels.wire import Answer, NoAnswer

_TZ: Final = timezone(timedelta(hours=7))  #: Vietnam, no summer time since 1975
_DAY: Final = 24 * 3600  #: seconds a message holds when nothing limits it

#: beside these stand the rows of the service's own description
CODES: Final[Mapping[str, Advice]] = {
    "json-number": Advice(
        "rejected", "Địa chỉ nơi nhận phải là số", "Sửa nơi nhận, hoặc bỏ :int trong mô tả"
    ),
    "json-empty": Advice("rejected", "Bản tin trống", "Viết lời cho kênh này"),
    "json-expired": Advice("rejected", "Đã hết hạn trước khi gửi", "Không phải làm gì"),
    "json-no-recall": Advice(
        "rejected", "Mô tả của nơi nhận không có cách thu hồi", "Gọi bên nhận gỡ tin ngay"
    ),
    "json-undelivered": Advice("rejected", "Không tới nơi nhận", "Hỏi bên nhận"),
    "json-other": UNKNOWN_CODE,
}


class JsonOptions(Options):
    """`[[channels]] type = "http_json"`, options."""

    service: dict[str, Any] | str  #: a table, or a TOML file or folder below home
    url: str = ""  #: stands for the description's `base`
    fields: dict[str, str] = Field(default_factory=dict)  #: what its {field:NAME} stand for
    sender: str = ""  #: fills {sender}
    max_chars: int | None = Field(default=None, ge=1)


class JsonAccount(Options):
    """Options of a login at a service."""

    fields: dict[str, str] = Field(default_factory=dict)  #: goes before the channel's


class HttpJson:
    """One service. What it can do beyond sending, its description says: see `class_for`."""

    def __init__(
        self,
        spec: ChannelSpec,
        options: JsonOptions,
        service: Service,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars)
        self.idempotent = service.idempotent
        self.key_lifetime = service.key_lifetime if service.idempotent else 0.0
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or 15.0
        self.secrets = tuple(value for names in secrets.values() for value in names.values())
        self.service = service
        self.codes: Mapping[str, Advice] = {**CODES, **service.table()}
        self._of = secrets
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._fields = {
            a.id: {**service.fields, **options.fields,
                   **JsonAccount.model_validate(dict(a.options)).fields}
            for a in spec.accounts
        }
        self._sender = options.sender
        self._wire = context.wire
        self._clock = context.clock
        self._reader = Reader(service, self.codes, context.wire.redact)

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        return unfit(message, self._allowed, limit=self.spec.max_chars)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        if not message.text.strip():
            return as_outcome("json-empty", CODES["json-empty"], idempotent=False)
        values = self._values(message)
        if int(values["seconds"]) <= 0:
            return as_outcome("json-expired", CODES["json-expired"], idempotent=False)
        if not _has_numbers(self.service, values):
            return as_outcome("json-number", CODES["json-number"], idempotent=False)
        got = self._ask(self.service, values, deadline=deadline, idempotent=self.idempotent)
        outcome = self._reader.outcome(got, message.key)
        link = dig(self.service.view(got), self.service.link) if isinstance(got, Answer) else None
        if isinstance(outcome, Accepted) and self.service.link and link:
            return Delivered(outcome.ref, link, outcome.detail)
        return outcome

    def recall(self, message: Message, ref: str) -> Outcome:
        """By the description's `recall`; without one a person must have it taken down."""
        call = self.service.recall
        if call is None:
            return as_outcome("json-no-recall", CODES["json-no-recall"], idempotent=True)
        return self._act(call, message, ref, self._clock.elapsed() + self.timeout)

    def check(self, account: str) -> Health:
        """Asks by the description's `check` (or `check_url`), when it has one."""
        service, call = self.service, self.service.check
        if service.check_url:
            call = Check(url=service.check_url)
        if call is None:
            return Health(ok=True, detail="Nơi nhận này không có cách hỏi trước")
        values = dict.fromkeys(FIELDS, "0") | self._of_account(account)
        deadline = self._clock.elapsed() + self.timeout
        got = self._ask(call, values, deadline=deadline, idempotent=True)
        body = service.view(got) if isinstance(got, Answer) else None
        works = (call.success or service.success).holds(body)
        own = dig(body, call.code) if call.code else None
        code = service.broken_rule(body) or (
            f"{service.prefix}{own}" if own else service.error_code(body))
        if not works and code in self.codes:
            row = self.codes[code]
            return Health(ok=False, code=code, detail=f"{row.meaning}. {row.todo}")
        if trouble := unhealthy(got, self.codes):
            return trouble
        if not works and not (service.check_url and call.success is None):
            return Health(ok=False, code="bad-answer", detail=WIRE_CODES["bad-answer"].meaning)
        left = dig(body, call.balance) if call.balance else None
        return Health(ok=True, detail=f"Còn {left}" if left else "")

    def parse_report(self, params: Mapping[str, str], body: bytes) -> list[Report]:
        """Receipts: the names are the description's."""
        return reports(self.service.receipt, params, body) if self.service.receipt else []

    def _ask(
        self, call: Call, values: Mapping[str, str], *, deadline: float, idempotent: bool
    ) -> Answer | NoAnswer:
        return self._wire.request(
            call.method, **asked(self.service, call, values), deadline=deadline,
            timeout=self.timeout, idempotent=idempotent,
        )

    def _act(self, call: Act, message: Message, ref: str, deadline: float) -> Outcome:
        """A call about what stands there; it may be repeated, so nothing of it is uncertain."""
        values = self._values(message) | {"ref": ref}
        if not _has_numbers(call, values):
            return as_outcome("json-number", CODES["json-number"], idempotent=False)
        got = self._ask(call, values, deadline=deadline, idempotent=True)
        if isinstance(got, Answer) and call.gone and call.gone.holds(self.service.view(got)):
            return Delivered(ref, detail="Nơi nhận không còn tin này")
        # the answer to an act need not name the message again: `ref` is known
        acted = self.service.model_copy(update={
            "id": ("{key}",), "idempotent": True, "success": call.success or self.service.success})
        outcome = Reader(acted, self.codes, self._wire.redact).outcome(got, ref)
        return Delivered(ref, detail=outcome.detail) if isinstance(outcome, Accepted) else outcome

    def _values(self, message: Message) -> dict[str, str]:
        extra = message.extra
        left = (message.expires_at - self._clock.now()).total_seconds() if (
            message.expires_at) else _DAY
        own = {
            "target": message.target, "text": message.text, "title": message.title,
            "summary": extra.get("summary", ""), "key": message.key, "tag": message.tag,
            "item": extra.get("item", ""), "slug": extra.get("slug", ""),
            "priority": extra.get("priority", ""), "opens_at": _local(message.opens_at),
            "expires_at": _local(message.expires_at), "seconds": str(int(left)),
        }
        said = {name: for_json(value) for name, value in own.items()}
        return said | self._of_account(self.account(message.target))

    def _of_account(self, account: str) -> dict[str, str]:
        secrets = self._of[account]
        return {
            "sender": self._sender,
            "callback": secrets.get("callback", ""),
            **{f"field:{name}": value for name, value in self._fields[account].items()},
            **{f"secret:{name}": value for name, value in secrets.items()},
        }


class _Finds(HttpJson):
    """A service that can be asked for a message."""

    def find(self, message: Message) -> Found:
        how = self.service.find
        assert how is not None  # noqa: S101 - `class_for` looks
        values = self._values(message)

        def ask(page: int) -> Answer | NoAnswer:
            filled = values | span(how, message, self._clock.now(), page)
            deadline = self._clock.elapsed() + self.timeout
            return self._ask(how, filled, deadline=deadline, idempotent=True)

        return Search(self.service, how, self.codes).find(message.key, ask)


class _Corrects(HttpJson):
    """A service that edits."""

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        call = self.service.correct
        assert call is not None  # noqa: S101 - `class_for` looks
        return self._act(call, message, ref, deadline)


class _FindsCorrects(_Finds, _Corrects):
    """Both."""


def class_for(service: Service) -> type[HttpJson]:
    """The class that has the methods this service has calls for, and no other."""
    if service.find is None:
        return HttpJson if service.correct is None else _Corrects
    return _Finds if service.correct is None else _FindsCorrects


def _has_numbers(call: Call, values: Mapping[str, str]) -> bool:
    """Every hole that asks for a number gets one."""
    holes = PLACEHOLDER.findall(repr(call.templates()))
    return all(values.get(name, "").isdecimal() for name, number in holes if number)


def _local(moment: datetime | None) -> str:
    return moment.astimezone(_TZ).isoformat(timespec="seconds") if moment else ""
