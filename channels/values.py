"""
The values that pass between the worker and a channel: a message in, an honest outcome out.

`Outcome` is what one try gave; `Found` is what the far side answered when asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Scope = Literal["message", "account"]


@dataclass(frozen=True)
class RenderSpec:
    """What fits into this channel: lengths in characters, parts in SMS parts, seconds spoken."""

    media: Literal["text", "html"]
    max_chars: int | None = None
    max_parts: int | None = None
    max_seconds: int | None = None
    plain: bool = False
    forbidden: str = ""
    charset: str = ""  #: the only characters there are, sorted; empty: any


@dataclass(frozen=True)
class Attachment:
    """A picture or a sound by its SHA-256 (hex), with the words that stand for it."""

    path: str
    sha256: str
    alt: str


@dataclass(frozen=True)
class Message:
    """One text to one target. `key` never changes: it is the idempotency key."""

    key: str
    target: str  #: address at the channel: a number, a page id, a station id
    text: str
    title: str = ""
    tag: str = ""  #: the visible tag {{ ma_tin }}, by which a lost answer is found again
    attempt: int = 1
    first_try_at: datetime | None = None
    opens_at: datetime | None = None
    expires_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)  #: slug, summary, item, airing, …
    ref: str = ""  #: what the far side calls it, once it was prepared or published there

    def to(
        self, target: str, key: str, text: str, *, attempt: int, first_try_at: datetime
    ) -> "Message":
        """The same to somebody else: to make one of a million anew costs four times as much."""
        made = object.__new__(Message)
        made.__dict__.update(self.__dict__, target=target, key=key, text=text, attempt=attempt,
                             first_try_at=first_try_at)
        return made


@dataclass(frozen=True)
class Accepted:
    """The gateway took it; whether it arrived, a receipt may say later."""

    ref: str
    detail: str = ""
    parts: tuple[str, ...] = ()  #: ids of all parts, where the gateway gives one a part


@dataclass(frozen=True)
class Delivered:
    """It is public or has arrived, and `ref` or `url` shows it."""

    ref: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Rejected:
    """Refused for good: trying again would be refused again."""

    code: str
    detail: str


@dataclass(frozen=True)
class Retry:
    """Nothing was taken; the same key may be tried again. `counts=False` spends no attempt."""

    code: str
    detail: str
    retry_after: float | None = None  #: seconds the gateway asked for
    counts: bool = True
    scope: Scope = "message"


@dataclass(frozen=True)
class Uncertain:
    """It may have gone out. Never sent again by itself unless the channel is idempotent."""

    code: str
    detail: str


@dataclass(frozen=True)
class Prepared:
    """It stands at the far side under `ref` and nobody sees it yet."""

    ref: str
    detail: str = ""


@dataclass(frozen=True)
class Absent:
    """Asked the gateway: it does not have this message."""

    detail: str = ""


Outcome = Accepted | Delivered | Rejected | Retry | Uncertain
Found = Accepted | Delivered | Prepared | Rejected | Absent | Uncertain


@dataclass(frozen=True)
class Problem:
    """Why a message does not fit this channel, in Vietnamese, and what to do."""

    code: str
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Health:
    """
    Can this account send now? `expires_at`: when its credential, or what else it cannot do
    without, ends; told of `warn_days` before that.
    """

    ok: bool
    code: str = "ok"
    detail: str = ""
    expires_at: datetime | None = None
    warn_days: int = 7


@dataclass(frozen=True)
class Report:
    """A gateway's receipt: `ref` or `key` says for which message. Accepted: on its way."""

    ref: str
    outcome: Delivered | Accepted | Rejected | Uncertain
    key: str = ""
    target: str = ""


@dataclass(frozen=True)
class FromPhone:
    """A message that came from a phone: somebody answers. `handle`: the channel's own."""

    number: str  #: as the gateway writes it
    text: str
    handle: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Advice:
    """One row of a code table: the gateway's code, what it proves, what the operator does."""

    outcome: Literal["delivered", "rejected", "retry", "wait", "account", "uncertain"]
    meaning: str  #: Vietnamese, for the operator
    todo: str  #: Vietnamese, the next step
    balance: bool = False  #: the account's money is used up
