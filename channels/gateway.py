"""
A far side that speaks HTTP, described in TOML: how it is called and how its answers are read.
`Described` is any; `Gateway` sends SMS, and `http_json/service.py` whatever else there is.

Templates may hold the names in `known`, {secret:NAME} and {field:NAME}; addresses {base}, too.
A value that is exactly one placeholder written {name:int} becomes a JSON number.
docs/gateways.md shows how one is written.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from channels.gateway_rules import Paths, Rule, decide, meets
from channels.options import Options
from channels.values import Accepted, Advice, Delivered, Rejected, Report
from channels.wire import Answer
from vietnamese.i18n import t

PLACEHOLDER = re.compile(r"\{((?:secret|field):[a-z0-9_]+|[a-z_]+)(:int)?\}")
FIELDS = (
    "phone", "text", "key", "sender", "unicode", "validity_seconds", "validity_minutes", "callback",
)  # fmt: skip
#: beside these, where the gateway is asked for a message: local times and the page
FIND_FIELDS = ("since", "until", "page")
OWN_KEY = "{key}"  #: as `id`: the gateway gives none, our key stands for it


class Match(Options):
    """True when the value at `path` of the answer meets one of the conditions in `equals`."""

    path: str
    equals: tuple[str, ...] = Field(min_length=1)

    def holds(self, body: Any) -> bool:
        value = dig(body, self.path)
        return value in self.equals or any(meets(value, wanted) for wanted in self.equals)


class ErrorRule(Match):
    """A `Match` that names our code, for a gateway that gives no code of its own."""

    code: str


class Row(Options):
    """One row of the gateway's code table."""

    outcome: Literal["delivered", "rejected", "retry", "wait", "account", "uncertain"]
    meaning: str
    todo: str
    balance: bool = False  #: the account's money is used up


class Receipt(Options):
    """
    How the gateway's callback is read: names of its parameters (or paths of its JSON), and what
    they prove, by one status with its values or by rules.
    """

    ref: str = ""
    status: str = ""
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    key: str = ""
    number: str = ""
    message: str = ""  #: the gateway's own words
    each: str = ""  #: path of the list, when one call brings several

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.ref or self.key):
            raise ValueError(t("cần ref hoặc key: báo kết quả nói về tin nào",
                               "ref or key is needed: which message is it about"))
        if not self.rules and not (self.status and self.delivered):
            raise ValueError(t("cần status và delivered, hoặc rules",
                               "status and delivered are needed, or rules"))
        return self

    def report(self, entry: Mapping[str, Any]) -> Report | None:
        """What this says of one message; None when it settles nothing or is none of ours."""
        ref, key = named(entry, self.ref) or "", named(entry, self.key) or ""
        if not (ref or key):
            return None
        number = named(entry, self.number) or ""
        said = (named(entry, self.message) or "")[:80]
        status = named(entry, self.status) or ""
        if self.status and status in self.delivered:
            return Report(ref, Delivered(ref, detail=said), key=key, target=number)
        if self.status and status in self.failed:
            outcome = Rejected("sms-undelivered", f"Không tới máy nhận ({said or status[:20]})")
            return Report(ref, outcome, key=key, target=number)
        rule = decide(self.rules, lambda path: named(entry, path))
        if rule is None:
            return None
        if rule.outcome == "rejected":
            said = said or ", ".join(f"{p}={(named(entry, p) or '')[:20]}" for p in rule.when)
            code = f"sms-{rule.code or 'undelivered'}"
            return Report(ref, Rejected(code, f"Không tới máy nhận ({said})"), key, number)
        if rule.outcome == "delivered":
            return Report(ref, Delivered(ref, detail=said), key, number)
        return Report(ref, Accepted(ref, said), key, number)


class Call(Options):
    """
    A request. `form` or `body` (JSON), not both; neither with GET, which takes `query`.
    `headers` and `auth` are those of sending when left out.
    """

    url: str
    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] | None = None
    query: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    auth: tuple[str, str] | None = None  #: HTTP Basic: user, password

    @model_validator(mode="after")
    def _is_one_request(self) -> Self:
        if self.form is not None and self.body is not None:
            raise ValueError(t("form và body: chỉ dùng một", "form or body, not both"))
        if self.method == "GET" and (self.form is not None or self.body is not None):
            raise ValueError(t("GET không có form hay body: dùng query, hoặc method POST",
                               "GET takes neither form nor body: use query, or method POST"))
        return self

    def templates(self) -> dict[str, Any]:
        """Everything that is filled, by its key."""
        names = ("url", "headers", "query", "body", "form", "auth")
        return {n: value for n in names if (value := getattr(self, n))}


class Check(Call):
    """A harmless question that tells whether the account works."""

    success: Match | None = None  #: as for sending when left out
    code: str = ""
    balance: str = ""  #: path of the money left, for people


class Find(Call):
    """How the gateway is asked whether it has a message, by our key among what it lists."""

    success: Match
    each: str = ""  #: path of the list; empty: the answer speaks of one message
    key: str
    ref: Paths
    rules: tuple[Rule, ...] = ()  #: there, but no rule holds: on its way
    total: str = ""  #: path of how many there are in all
    page_size: int = Field(default=0, ge=0)  #: 0: it is not divided into pages
    absent: Match | None = None  #: a whole answer that says: no such message
    time: str = "%Y-%m-%d %H:%M:%S"  #: how {since} and {until} are written, Vietnam's time


class Described(Call):
    """The description."""

    prefix: ClassVar[str]  #: of its codes in our table: `sms-05`
    taken: ClassVar[str]  #: what is told of a message it took
    known: ClassVar[Mapping[str, tuple[str, ...]]]  #: what fills the calls, by `calls()`

    name: str
    base: str = ""  #: what {base} stands for; the channel's option `url` replaces it
    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)  #: {field:NAME}, for the programme to set
    drop_empty: bool = False  #: leave a parameter out when a placeholder in it has no value
    answer: Literal["json", "text"] = "json"
    pattern: str = ""  #: of a text answer; its named groups are the paths, beside http and text
    success: Match
    id: Paths  #: where the gateway's id stands in the answer; `OWN_KEY`: it gives none
    code: str = ""  #: path of the gateway's own error code, looked up in `codes`
    message: str = ""  #: path of the gateway's own words
    errors: tuple[ErrorRule, ...] = ()  #: looked at before `success`
    codes: dict[str, Row] = Field(default_factory=dict)
    retry_after: str = ""  #: header with the seconds to wait, beside Retry-After
    idempotent: bool = False
    key_lifetime: float = Field(default=0, ge=0)  #: seconds for which it knows {key}
    check_url: str = ""  #: short for a `check` by GET with the same headers and query
    check: Check | None = None
    find: Find | None = None
    receipt: Receipt | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.idempotent and not self.key_lifetime:
            raise ValueError(t("idempotent cần key_lifetime (giây)",
                               "idempotent needs key_lifetime (seconds)"))
        return self

    def calls(self) -> dict[str, Call]:
        """Every request there is, by the table it stands in ("": sending)."""
        found: dict[str, Call | None] = {"": self, "check": self.check, "find": self.find}
        return {name: call for name, call in found.items() if call is not None}

    def secret_names(self) -> set[str]:
        """The secrets an account must have for this gateway."""
        templates = [self.check_url, *(call.templates() for call in self.calls().values())]
        found = PLACEHOLDER.findall(repr(templates))
        return {name[7:] for name, _ in found if name.startswith("secret:")}

    def at(self, base: str) -> Self:
        """The same gateway at this address (none: its own), {base} put in its place."""
        base = (base or self.base).rstrip("/")
        moved: dict[str, Any] = {
            name: call.model_copy(update={"url": call.url.replace("{base}", base)})
            for name, call in self.calls().items()
            if name
        }
        moved |= {n: getattr(self, n).replace("{base}", base) for n in ("url", "check_url")}
        return self.model_copy(update={"base": base, **moved})

    def table(self) -> dict[str, Advice]:
        """The gateway's code table, codes prefixed; `http-NNN` overrides the wire's."""
        return {
            code if code.startswith("http-") else f"{self.prefix}{code}": Advice(
                row.outcome, row.meaning, row.todo, row.balance
            )
            for code, row in self.codes.items()
        }

    def view(self, answer: Answer) -> Any:
        """What paths are looked up in: the JSON, or the named groups of a text."""
        if self.answer == "json":
            return answer.json()
        text = answer.text().strip()
        found = re.fullmatch(self.pattern, text, re.DOTALL) if self.pattern else None
        groups = found.groupdict() if found else {}
        return {"http": str(answer.status), "text": text[:500], **groups}

    def ref(self, body: Any, key: str) -> str | None:
        """The gateway's id in this answer, or our key where it gives none."""
        if OWN_KEY in self.id:
            return key
        return next((found for path in self.id if (found := dig(body, path))), None)

    def broken_rule(self, body: Any) -> str:
        """Our code by the first rule in `errors` that holds; or ""."""
        return next((f"{self.prefix}{r.code}" for r in self.errors if r.holds(body)), "")

    def error_code(self, body: Any) -> str:
        """Our code for an answer that is no success: by rule, else the gateway's own; or ""."""
        if found := self.broken_rule(body):
            return found
        own = dig(body, self.code) if self.code else None
        return f"{self.prefix}{own}" if own else ""


class Gateway(Described):
    """A gateway that sends SMS."""

    prefix: ClassVar[str] = "sms-"
    taken: ClassVar[str] = "Cổng SMS đã nhận"
    # an account is asked without a message: only its secrets are known then
    known: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": FIELDS, "check": (), "find": (*FIELDS, *FIND_FIELDS),
    }  # fmt: skip

    method: Literal["POST", "GET"] = "POST"  #: no others: `many/` writes these two
    phone: Literal["84", "0", "+84"] = "84"  #: how the gateway writes 0950005678
    unicode: tuple[str, str] = ("0", "1")  #: how it writes {unicode}: without, with diacritics


def dig(body: Any, path: str) -> str | None:
    """The value at `a.b.0.c` as text; None when there is none."""
    for step in path.split(".") if "." in path else (path,):
        if isinstance(body, dict) or isinstance(body, Mapping):  # noqa: SIM101  (the quick one first)
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    if isinstance(body, bool):
        return "true" if body else "false"
    return str(body) if isinstance(body, str | int | float) else None


def named(entry: Mapping[str, Any], path: str) -> str | None:
    """A parameter of this very name, else the value at this path."""
    return dig([entry[path]], "0") if path in entry else dig(entry, path)


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """The template with every placeholder filled, at any depth."""
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    whole = PLACEHOLDER.fullmatch(template)
    if whole and whole[2]:
        return int(values[whole[1]])
    # A function, so that a text with a backslash or a {phone} of its own stays as it is.
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)
