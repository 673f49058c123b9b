"""
A generic HTTP SMS gateway, described in TOML: how it is called and how its answers are read.

Templates may hold {phone} {text} {key} {sender} {unicode} {validity_seconds} {secret:NAME}.
A value that is exactly one placeholder written {name:int} becomes a JSON number.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from channels.options import Options
from channels.values import Advice, Delivered, Rejected, Report, Uncertain

_PLACEHOLDER = re.compile(r"\{(secret:[a-z0-9_]+|[a-z_]+)(:int)?\}")
FIELDS = ("phone", "text", "key", "sender", "unicode", "validity_seconds")


class Match(Options):
    """True when the value at `path` of the answer's JSON is one of `equals` (as text)."""

    path: str
    equals: tuple[str, ...] = Field(min_length=1)

    def holds(self, body: Any) -> bool:
        return dig(body, self.path) in self.equals


class ErrorRule(Match):
    """A `Match` that names our code, for a gateway that gives no code of its own."""

    code: str


class Row(Options):
    """One row of the gateway's code table."""

    outcome: Literal["delivered", "rejected", "retry", "wait", "account", "uncertain"]
    meaning: str
    todo: str


class Receipt(Options):
    """How the gateway's callback is read: names of its parameters, values of its status."""

    ref: str
    status: str
    delivered: tuple[str, ...] = Field(min_length=1)
    failed: tuple[str, ...] = ()
    key: str = ""
    number: str = ""


class Gateway(Options):
    """The description. `form` or `body` (JSON), not both; neither with GET, which takes `query`."""

    name: str
    url: str
    method: Literal["POST", "GET"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    phone: Literal["84", "0", "+84"] = "84"  #: how the gateway writes 0912345678
    success: Match
    id: str  #: path of the gateway's id in the answer
    code: str = ""  #: path of the gateway's own error code, looked up in `codes`
    message: str = ""  #: path of the gateway's own words
    errors: tuple[ErrorRule, ...] = ()
    codes: dict[str, Row] = Field(default_factory=dict)
    idempotent: bool = False
    key_lifetime: float = Field(default=0, ge=0)  #: seconds for which it knows {key}
    check_url: str = ""  #: GET with the same headers and query tells whether the account works
    receipt: Receipt | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.form is not None and self.body is not None:
            raise ValueError("form và body: chỉ dùng một")
        if self.idempotent and not self.key_lifetime:
            raise ValueError("idempotent cần key_lifetime (giây)")
        for name, _ in _PLACEHOLDER.findall(repr(self._templates())):
            if not name.startswith("secret:") and name not in FIELDS:
                raise ValueError(f"không có ô {{{name}}}; có: {', '.join(FIELDS)}, secret:TÊN")
        return self

    def _templates(self) -> list[Any]:
        return [self.url, self.headers, self.query, self.body, self.form]

    def secret_names(self) -> set[str]:
        """The secrets an account must have for this gateway."""
        found = _PLACEHOLDER.findall(repr(self._templates()))
        return {name[7:] for name, _ in found if name.startswith("secret:")}

    def table(self) -> dict[str, Advice]:
        """The gateway's code table, codes prefixed with `sms-`."""
        return {
            f"sms-{code}": Advice(row.outcome, row.meaning, row.todo)
            for code, row in self.codes.items()
        }

    def error_code(self, body: Any) -> str:
        """Our code for an answer that is no success: by rule, else the gateway's own; or ""."""
        for rule in self.errors:
            if rule.holds(body):
                return f"sms-{rule.code}"
        own = dig(body, self.code) if self.code else None
        return f"sms-{own}" if own else ""

    def reports(self, params: Mapping[str, str]) -> list[Report]:
        """The receipt in these parameters; none when it is not one of this gateway's."""
        if self.receipt is None or not params.get(self.receipt.ref):
            return []
        told = self.receipt
        status = params.get(told.status, "")
        outcome: Delivered | Rejected | Uncertain
        if status in told.delivered:
            outcome = Delivered(params[told.ref])
        elif status in told.failed:
            outcome = Rejected("sms-undelivered", f"Không tới máy nhận ({status[:20]})")
        else:
            return []  # still on its way: nothing to settle
        key, number = params.get(told.key, ""), params.get(told.number, "")
        return [Report(params[told.ref], outcome, key=key, target=number)]


def dig(body: Any, path: str) -> str | None:
    """The value at `a.b.0.c` as text; None when there is none."""
    for step in path.split("."):
        if isinstance(body, Mapping):
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    if isinstance(body, bool):
        return "true" if body else "false"
    return str(body) if isinstance(body, str | int | float) else None


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """The template with every placeholder filled, at any depth."""
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole and whole[2]:
        return int(values[whole[1]])
    # A function, so that a text with a backslash or a {phone} of its own stays as it is.
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
