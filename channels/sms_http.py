"""SMS through a generic HTTP gateway that a TOML file describes (see `gateway.py`)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import Field

from channels import gateway_reports
from channels.base import Window
from channels.gateway import FIELDS, Call, Check, Gateway, dig
from channels.gateway_answer import UNKNOWN_CODE, Reader
from channels.gateway_call import asked
from channels.options import ChannelSpec, Context, Options
from channels.sms_text import refusals, written
from channels.values import (
    Advice,
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
from vietnamese import sms

_DAY = 24 * 3600  #: seconds of validity asked for when nothing limits it
_GSM: Final = sms.GSM_BASIC | sms.GSM_EXTENSION

#: beside these stand the rows of the gateway's own description
CODES: Final[Mapping[str, Advice]] = {
    "sms-phone": Advice("rejected", "Số nhận không phải số di động", "Sửa số nhận"),
    "sms-expired": Advice("rejected", "Đã hết hạn trước khi gửi", "Không phải làm gì"),
    "sms-empty": Advice("rejected", "Bản SMS trống", "Viết nội dung SMS"),
    "sms-undelivered": Advice("rejected", "Không tới máy nhận", "Xem số còn dùng không"),
    "sms-other": UNKNOWN_CODE,
}


class SmsOptions(Options):
    """`[[channels]] type = "sms_http"`, options."""

    gateway: dict[str, Any] | str  #: a table, a TOML file or folder below home, or a shipped name
    url: str = ""  #: stands for the description's `base`
    fields: dict[str, str] = Field(default_factory=dict)  #: what its {field:NAME} stand for
    max_parts: int = Field(default=3, ge=1, le=10)
    plain: bool = True  #: without diacritics: 160 characters a part instead of 70
    connections: int | None = Field(default=None, ge=1, le=64)  #: of a window, else max_parallel
    seeds: dict[str, str] = Field(default_factory=dict)  #: our own handsets, one a carrier


class SmsAccount(Options):
    """Options of an SMS account."""

    sender: str = Field(default="", max_length=11)  #: registered brand name, 11 letters at most
    fields: dict[str, str] = Field(default_factory=dict)  #: goes before the channel's


class SmsHttp:
    """One gateway; `account` = one login there."""

    def __init__(
        self,
        spec: ChannelSpec,
        options: SmsOptions,
        gateway: Gateway,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec(
            "text",
            max_parts=options.max_parts,
            plain=options.plain,
            forbidden="".join(sorted(sms.REFUSED)),
        )
        self.idempotent = gateway.idempotent
        self.key_lifetime = gateway.key_lifetime
        self.max_parallel = spec.max_parallel or 8
        self.timeout = spec.timeout or 15.0
        self.secrets = tuple(value for names in secrets.values() for value in names.values())
        self.gateway = gateway
        self.codes: Mapping[str, Advice] = {**CODES, **gateway.table()}
        self._of = secrets
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        accounts = {a.id: SmsAccount.model_validate(dict(a.options)) for a in spec.accounts}
        self._senders = {name: account.sender for name, account in accounts.items()}
        self._fields = {
            name: {**gateway.fields, **options.fields, **account.fields}
            for name, account in accounts.items()
        }
        self._allowed = spec.allowed_domains
        self._wire = context.wire
        self._clock = context.clock
        self._reader = Reader(gateway, self.codes, context.wire.redact)
        self._connections = options.connections or self.max_parallel

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        """The characters, length, links and number a gateway would refuse, before it does."""
        parts = sms.count(message.text).parts
        return refusals(message, parts, self.spec, self._allowed)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        account = self.account(message.target)
        values = self._of_message(message)
        if not isinstance(values, dict):
            return values
        values |= self._of_account(account)
        got = self._ask(self.gateway, values, deadline=deadline, idempotent=self.idempotent)
        return self._reader.outcome(got, message.key)

    def open(self, account: str) -> Window:
        """A window of this account, for one thread; see `channels/many/window.py`."""
        from channels.many.frame import Frames  # noqa: PLC0415  (libcurl: for who sends thousands)
        from channels.many.window import HttpWindow  # noqa: PLC0415

        constants = self._of_account(account)
        frames = Frames(self.gateway, self._wire, self._of_message, constants)
        return HttpWindow(
            frames.written, self._reader.outcome, self._wire, lines=self._connections,
            timeout=self.timeout, elapsed=self._clock.elapsed, idempotent=self.idempotent,
        )

    def _of_message(self, message: Message) -> dict[str, str] | Outcome:
        """What fills the description's templates and is this message's own; or why not to try."""
        number = written(message.target, self.gateway.phone)
        if number is None:
            return as_outcome("sms-phone", CODES["sms-phone"], idempotent=False)
        seconds = self._seconds_left(message)
        if seconds <= 0:
            return as_outcome("sms-expired", CODES["sms-expired"], idempotent=False)
        if not message.text or message.text.isspace():  # there are gateways that take it
            return as_outcome("sms-empty", CODES["sms-empty"], idempotent=False)
        return self._values(message, number, seconds)

    def _values(self, message: Message, number: str, seconds: int) -> dict[str, str]:
        return {
            "phone": number,
            "text": message.text,
            "key": message.key,
            "unicode": self.gateway.unicode[not _is_gsm(message.text)],
            "validity_seconds": str(seconds),
            "validity_minutes": str(max(1, seconds // 60)),
        }

    def _ask(
        self, call: Call, values: Mapping[str, str], *, deadline: float, idempotent: bool
    ) -> Answer | NoAnswer:
        """One request of the description."""
        return self._wire.request(
            call.method,
            **asked(self.gateway, call, values),
            deadline=deadline,
            timeout=self.timeout,
            idempotent=idempotent,
        )

    def check(self, account: str) -> Health:
        """Asks by the description's `check` (or `check_url`), when it has one."""
        gateway, call = self.gateway, self.gateway.check
        if gateway.check_url:
            call = Check(url=gateway.check_url, query=gateway.query)
        if call is None:
            return Health(ok=True, detail="Cổng này không có cách hỏi trước")
        values = dict.fromkeys(FIELDS, "0") | self._of_account(account) | {"sender": "0"}
        deadline = self._clock.elapsed() + self.timeout
        got = self._ask(call, values, deadline=deadline, idempotent=True)
        body = gateway.view(got) if isinstance(got, Answer) else None
        works = (call.success or gateway.success).holds(body)
        own = dig(body, call.code) if call.code else None
        code = gateway.broken_rule(body) or (f"sms-{own}" if own else gateway.error_code(body))
        if not works and code in self.codes:
            row = self.codes[code]
            return Health(ok=False, code=code, detail=f"{row.meaning}. {row.todo}")
        trouble = unhealthy(got, self.codes)
        if call.success is None or not works:
            # a question of its own must be answered as described; what is short for it, with 2xx
            unread = Health(ok=False, code="bad-answer", detail=WIRE_CODES["bad-answer"].meaning)
            return trouble or (Health(ok=True) if call.success is None else unread)
        left = dig(body, call.balance) if call.balance else None
        return Health(ok=True, detail=f"Còn {left}" if left else "")

    def parse_report(self, params: Mapping[str, str], body: bytes) -> list[Report]:
        """Receipts by query, by form or by JSON: the names are the description's."""
        receipt = self.gateway.receipt
        return gateway_reports.reports(receipt, params, body) if receipt else []

    def _of_account(self, account: str) -> dict[str, str]:
        """Its sender, its secrets, its fields, and where receipts for it are sent."""
        secrets = self._of[account]
        return {
            "sender": self._senders[account],
            "callback": secrets.get("callback", ""),
            **{f"field:{name}": value for name, value in self._fields[account].items()},
            **{f"secret:{name}": value for name, value in secrets.items()},
        }

    def _seconds_left(self, message: Message) -> int:
        if message.expires_at is None:
            return _DAY
        return int((message.expires_at - self._clock.now()).total_seconds())


@lru_cache(maxsize=64)
def _is_gsm(text: str) -> bool:
    """Thousands are sent the same."""
    return _GSM.issuperset(text)
