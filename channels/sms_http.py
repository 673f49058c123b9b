"""SMS through a generic HTTP gateway that a TOML file describes (see `gateway.py`)."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, quote

from pydantic import Field

from channels.gateway import FIELDS, Gateway, dig, fill
from channels.options import ChannelSpec, Context, Options, foreign_links
from channels.values import (
    Accepted,
    Advice,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Report,
)
from channels.verdict import (
    as_outcome,
    not_understood,
    retry_after,
    unhealthy,
    verdict,
    without_answer,
)
from channels.wire import Answer, NoAnswer
from vietnamese import phone, sms
from vietnamese.urls import contains_url

_DAY = 24 * 3600  #: seconds of validity asked for when nothing limits it


#: beside these stand the rows of the gateway's own description
CODES: Final[Mapping[str, Advice]] = {
    "sms-phone": Advice("rejected", "Số nhận không phải số di động", "Sửa số nhận"),
    "sms-expired": Advice("rejected", "Đã hết hạn trước khi gửi", "Không phải làm gì"),
    "sms-undelivered": Advice("rejected", "Không tới máy nhận", "Xem số còn dùng không"),
    "sms-other": Advice(
        "uncertain", "Mã của cổng chưa có trong bảng mã", "Hỏi cổng SMS, rồi thêm mã vào bảng"
    ),
}


class SmsOptions(Options):
    """`[[channels]] type = "sms_http"`, options."""

    gateway: dict[str, Any] | str  #: a table, a TOML file below home, or "sandbox"
    max_parts: int = Field(default=3, ge=1, le=10)
    plain: bool = True  #: without diacritics: 160 characters a part instead of 70


class SmsAccount(Options):
    """Options of an SMS account."""

    sender: str = Field(default="", max_length=11)  #: registered brand name (A2: ≤ 11 characters)


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
        self._senders = {
            account.id: SmsAccount.model_validate(dict(account.options)).sender
            for account in spec.accounts
        }
        self._allowed = spec.allowed_domains
        self._wire = context.wire
        self._clock = context.clock

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        """The characters, length, links and number a gateway would refuse, before it does."""
        problems = []
        if refused := sms.refused_characters(message.text):
            signs = " ".join(refused)
            problems.append(Problem("chars", f"Cổng SMS không nhận: {signs}", "Viết bằng chữ"))
        parts = sms.count(message.text).parts
        if parts > (self.spec.max_parts or parts):
            what = f"Dài {parts} phần, kênh cho {self.spec.max_parts}"
            problems.append(Problem("too-long", what, "Rút ngắn bản SMS"))
        if links := foreign_links(contains_url(message.text), self._allowed):
            what = f"SMS có đường dẫn: {', '.join(links)}"
            problems.append(Problem("url", what, "Bỏ đường dẫn: viết “báo Công an xã”"))
        if not message.text.strip():
            problems.append(Problem("empty", "Bản SMS trống", "Viết nội dung SMS"))
        if phone.parse(message.target).e164 is None:
            problems.append(Problem("phone", "Số nhận không phải số di động", "Sửa số nhận"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        number = phone.parse(message.target).e164
        if number is None:
            return as_outcome("sms-phone", CODES["sms-phone"], idempotent=False)
        seconds = self._seconds_left(message)
        if seconds <= 0:
            return as_outcome("sms-expired", CODES["sms-expired"], idempotent=False)
        account = self.account(message.target)
        values = {
            "phone": self._written(number),
            "text": message.text,
            "key": message.key,
            "sender": self._senders[account],
            "unicode": "1" if sms.count(message.text).encoding == "ucs2" else "0",
            "validity_seconds": str(seconds),
            **self._secret_values(account),
        }
        gateway = self.gateway
        got = self._wire.request(
            gateway.method,
            _address(gateway.url, values),
            headers=fill(gateway.headers, values),
            params=fill(gateway.query, values) or None,
            json=fill(gateway.body, values) if gateway.body is not None else None,
            data=fill(gateway.form, values) if gateway.form is not None else None,
            deadline=deadline,
            timeout=self.timeout,
            idempotent=self.idempotent,
        )
        return self._read(got)

    def _read(self, got: Answer | NoAnswer) -> Outcome:
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=self.idempotent)
        body = got.json()
        ok = 200 <= got.status <= 299
        ref = dig(body, self.gateway.id)
        if ok and self.gateway.success.holds(body) and ref:
            return Accepted(ref, "Cổng SMS đã nhận")
        # The gateway's own code first: some say "balance" with HTTP 200, some with HTTP 400.
        code = self.gateway.error_code(body)
        said = self._wire.redact((dig(body, self.gateway.message) or "")[:120])
        row = self.codes.get(code)
        if row and row.outcome == "delivered" and ref:
            return Accepted(ref, row.meaning)  # "key seen before": the earlier try was taken
        if row:
            return as_outcome(
                code, row, said, idempotent=self.idempotent, retry_after=retry_after(got)
            )
        decided = verdict(got, idempotent=self.idempotent, codes=self.codes)
        if decided is not None:
            return decided
        if code and not self.gateway.success.holds(body):
            detail = self._wire.redact(f"{code}: {said}"[:160])
            return as_outcome("sms-other", CODES["sms-other"], detail, idempotent=self.idempotent)
        return not_understood(got, idempotent=self.idempotent)

    def check(self, account: str) -> Health:
        """Asks the gateway's `check_url`, when the description has one."""
        gateway = self.gateway
        if not gateway.check_url:
            return Health(ok=True, detail="Cổng này không có cách hỏi trước")
        values = dict.fromkeys(FIELDS, "0") | self._secret_values(account)
        got = self._wire.request(
            "GET",
            _address(gateway.check_url, values),
            headers=fill(gateway.headers, values),
            params=fill(gateway.query, values) or None,
            deadline=self._clock.elapsed() + self.timeout,
            timeout=self.timeout,
            idempotent=True,
        )
        body = got.json() if isinstance(got, Answer) else None
        code = gateway.error_code(body)
        if not gateway.success.holds(body) and code in self.codes:
            row = self.codes[code]
            return Health(ok=False, code=code, detail=f"{row.meaning}. {row.todo}")
        return unhealthy(got, self.codes) or Health(ok=True)

    def parse_report(self, params: Mapping[str, str], body: bytes) -> list[Report]:
        """A receipt by query, by form or by JSON object: the names are the description's."""
        given = dict(params)
        answer = Answer(200, {}, body, 0.0)
        told = answer.json()
        if isinstance(told, dict):
            given |= {key: text for key in told if (text := dig(told, key)) is not None}
        elif body:
            given |= dict(parse_qsl(answer.text()))
        return self.gateway.reports(given)

    def _secret_values(self, account: str) -> dict[str, str]:
        return {f"secret:{name}": value for name, value in self._of[account].items()}

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


def _address(template: str, values: Mapping[str, str]) -> str:
    return str(fill(template, {name: quote(value, safe="") for name, value in values.items()}))
