"""SMS through a generic HTTP gateway that a TOML file describes (see `gateway.py`)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import Field

from channels import gateway_reports
from channels.gateway import FIELDS, PLACEHOLDER, Call, Check, Gateway, dig, fill
from channels.options import ChannelSpec, Context, Options
from channels.sms_text import refusals
from channels.values import (
    Accepted,
    Advice,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Report,
    Retry,
)
from channels.verdict import CODES as WIRE_CODES
from channels.verdict import (
    MAX_WAIT,
    as_outcome,
    not_understood,
    retry_after,
    unhealthy,
    verdict,
    without_answer,
)
from channels.wire import Answer, NoAnswer
from vietnamese import phone, sms

_DAY = 24 * 3600  #: seconds of validity asked for when nothing limits it


#: beside these stand the rows of the gateway's own description
CODES: Final[Mapping[str, Advice]] = {
    "sms-phone": Advice("rejected", "Số nhận không phải số di động", "Sửa số nhận"),
    "sms-expired": Advice("rejected", "Đã hết hạn trước khi gửi", "Không phải làm gì"),
    "sms-empty": Advice("rejected", "Bản SMS trống", "Viết nội dung SMS"),
    "sms-undelivered": Advice("rejected", "Không tới máy nhận", "Xem số còn dùng không"),
    "sms-other": Advice(
        "uncertain", "Mã của cổng chưa có trong bảng mã", "Hỏi cổng SMS, rồi thêm mã vào bảng"
    ),
}


class SmsOptions(Options):
    """`[[channels]] type = "sms_http"`, options."""

    gateway: dict[str, Any] | str  #: a table, a TOML file or folder below home, or a shipped name
    url: str = ""  #: stands for the description's `base`
    fields: dict[str, str] = Field(default_factory=dict)  #: what its {field:NAME} stand for
    max_parts: int = Field(default=3, ge=1, le=10)
    plain: bool = True  #: without diacritics: 160 characters a part instead of 70


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

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        """The characters, length, links and number a gateway would refuse, before it does."""
        parts = sms.count(message.text).parts
        return refusals(message, parts, self.spec, self._allowed)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        number = phone.parse(message.target).e164
        if number is None:
            return as_outcome("sms-phone", CODES["sms-phone"], idempotent=False)
        seconds = self._seconds_left(message)
        if seconds <= 0:
            return as_outcome("sms-expired", CODES["sms-expired"], idempotent=False)
        if not message.text.strip():  # there are gateways that take it
            return as_outcome("sms-empty", CODES["sms-empty"], idempotent=False)
        values = self._values(message, number, seconds)
        got = self._ask(self.gateway, values, deadline=deadline, idempotent=self.idempotent)
        return self._read(got, message.key)

    def _values(self, message: Message, number: str, seconds: int) -> dict[str, str]:
        """What fills the description's templates."""
        account = self.account(message.target)
        ucs2 = _is_ucs2(message.text)
        return {
            "phone": self._written(number),
            "text": message.text,
            "key": message.key,
            "sender": self._senders[account],
            "unicode": self.gateway.unicode[ucs2],
            "validity_seconds": str(seconds),
            "validity_minutes": str(max(1, seconds // 60)),
            **self._account_values(account),
        }

    def _ask(
        self, call: Call, values: Mapping[str, str], *, deadline: float, idempotent: bool
    ) -> Answer | NoAnswer:
        """One request of the description."""
        gateway = self.gateway
        user, password = (call.auth or gateway.auth or ("", ""))
        query, body, form = call.query, call.body, call.form
        if gateway.drop_empty:
            query, body, form = (_without_empty(x, values) for x in (query, body, form))
        return self._wire.request(
            call.method,
            _address(call.url, values),
            headers=fill(gateway.headers if call.headers is None else call.headers, values),
            params=fill(query, values) or None,
            json=fill(body, values) if body is not None else None,
            data=fill(form, values) if form is not None else None,
            auth=(fill(user, values), fill(password, values)) if user else None,
            deadline=deadline,
            timeout=self.timeout,
            idempotent=idempotent,
        )

    def _read(self, got: Answer | NoAnswer, key: str) -> Outcome:
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=self.idempotent)
        body = self.gateway.view(got)
        ok = 200 <= got.status <= 299
        ref = self.gateway.ref(body, key)
        # Rules first: "success" may come with "but not for this number".
        code = self.gateway.broken_rule(body)
        if ok and not code and self.gateway.success.holds(body) and ref:
            return Accepted(ref, "Cổng SMS đã nhận")
        # The gateway's own code first: some say "balance" with HTTP 200, some with HTTP 400.
        code = code or self.gateway.error_code(body)
        said = self._wire.redact((dig(body, self.gateway.message) or "")[:120])
        row = self.codes.get(code)
        if row and row.outcome == "delivered":
            # "Key seen before": the earlier try was taken. Some say so without their id.
            return Accepted(ref or key, row.meaning)
        if row:
            wait = self._wait(got)
            return as_outcome(code, row, said, idempotent=self.idempotent, retry_after=wait)
        decided = verdict(got, idempotent=self.idempotent, codes=self.codes)
        if isinstance(decided, Retry):
            return replace(decided, retry_after=self._wait(got))
        if decided is not None:
            return decided
        if code and not self.gateway.success.holds(body):
            detail = self._wire.redact(f"{code}: {said}"[:160])
            return as_outcome("sms-other", CODES["sms-other"], detail, idempotent=self.idempotent)
        return not_understood(got, idempotent=self.idempotent)

    def check(self, account: str) -> Health:
        """Asks by the description's `check` (or `check_url`), when it has one."""
        gateway, call = self.gateway, self.gateway.check
        if gateway.check_url:
            call = Check(url=gateway.check_url, query=gateway.query)
        if call is None:
            return Health(ok=True, detail="Cổng này không có cách hỏi trước")
        values = dict.fromkeys(FIELDS, "0") | self._account_values(account)
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

    def _account_values(self, account: str) -> dict[str, str]:
        """Of an account: its secrets, its fields, and where receipts for it are sent."""
        secrets = self._of[account]
        return {
            "callback": secrets.get("callback", ""),
            **{f"field:{name}": value for name, value in self._fields[account].items()},
            **{f"secret:{name}": value for name, value in secrets.items()},
        }

    def _wait(self, answer: Answer) -> float | None:
        """Seconds the gateway asked for, in its own header where it has one."""
        own = answer.headers.get(self.gateway.retry_after, "") if self.gateway.retry_after else ""
        if own.strip().isdecimal():
            return min(float(own), MAX_WAIT)
        return retry_after(answer)

    def _written(self, e164: str) -> str:
        styles: dict[Literal["84", "0", "+84"], str] = {
            "84": e164[1:],
            "0": "0" + e164[3:],
            "+84": e164,
        }
        return styles[self.gateway.phone]

    def _seconds_left(self, message: Message) -> int:
        if message.expires_at is None:
            return _DAY
        return int((message.expires_at - self._clock.now()).total_seconds())


def _without_empty(template: Any, values: Mapping[str, str]) -> Any:
    """The parameters whose every placeholder has a value."""
    if not template:
        return template
    return {
        name: value
        for name, value in template.items()
        if all(values[hole] for hole, _ in PLACEHOLDER.findall(str(value)))
    }


@lru_cache(maxsize=64)
def _is_ucs2(text: str) -> bool:
    return sms.count(text).encoding == "ucs2"  # one text, a thousand numbers


def _address(template: str, values: Mapping[str, str]) -> str:
    if "{" not in template:
        return template
    return str(fill(template, {name: quote(value, safe="") for name, value in values.items()}))
