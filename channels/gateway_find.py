"""How a described far side is asked whether it has a message: page after page of what it lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from channels.gateway import Described, Find, dig
from channels.gateway_rules import decide
from channels.values import (
    Absent,
    Accepted,
    Advice,
    Delivered,
    Found,
    Message,
    Rejected,
    Uncertain,
)
from channels.verdict import not_understood, verdict, without_answer
from channels.wire import Answer, NoAnswer

#: gateways write times without a zone: Vietnam's, which has known no summer time since 1975
_VIETNAM: Final = timezone(timedelta(hours=7))
_MARGIN: Final = timedelta(minutes=10)  #: their clock is not ours
_DAY: Final = timedelta(days=1)
_PAGES: Final = 40  #: asked at most for one message


def span(how: Find, message: Message, now: datetime, page: int) -> dict[str, str]:
    """What fills {since}, {until} and {page}."""
    since, until = (message.first_try_at or now - _DAY) - _MARGIN, now + _MARGIN
    return {
        "since": since.astimezone(_VIETNAM).strftime(how.time),
        "until": until.astimezone(_VIETNAM).strftime(how.time),
        "page": str(page),
    }


@dataclass(frozen=True)
class Search:
    """Asks one far side. `codes`: the channel's table, with a row for `PREFIXother`."""

    gateway: Described
    how: Find
    codes: Mapping[str, Advice]

    def find(self, key: str, ask: Callable[[int], Answer | NoAnswer]) -> Found:
        """
        `Absent` only when everything of the time in question was listed and this was not.

        `ask` asks for a page, the first is 1.
        """
        how, seen = self.how, 0
        for page in range(1, _PAGES + 1):
            body = self._whole(ask(page))
            if isinstance(body, Uncertain):
                return body
            if how.absent is not None and how.absent.holds(body):
                return Absent("Cổng trả lời: không có tin này")
            total = dig(body, how.total) if how.total else None
            entries = _entries(body, how.each)
            if entries is None or (how.total and total is None):
                return Uncertain("bad-answer", "Cổng không kể tin nào, cũng không nói là không có")
            for entry in entries:
                if dig(entry, how.key) == key:
                    return self._found(entry, key)
            if not how.each:
                return Uncertain("bad-answer", "Cổng trả lời về tin khác")
            seen += len(entries)
            if how.page_size and len(entries) >= how.page_size:
                continue
            if total is not None and total != str(seen):
                return Uncertain("bad-answer", f"Cổng kể {seen} tin trong {total[:10]}")
            return Absent(f"Cổng kể {seen} tin trong khoảng đó, không có tin này")
        return Uncertain("bad-answer", f"Hơn {_PAGES} trang, không tìm hết được")

    def _whole(self, got: Answer | NoAnswer) -> Any:
        """The body of an answer that says what was asked; else why nothing is known."""
        if isinstance(got, NoAnswer):
            trouble: Any = without_answer(got, idempotent=False)
            return Uncertain(trouble.code, trouble.detail)
        decided: Any = verdict(got, idempotent=False, codes=self.codes)
        if decided is not None:
            return Uncertain(decided.code, decided.detail)
        body = self.gateway.view(got)
        if self.how.success.holds(body):
            return body
        if code := self.gateway.error_code(body):
            other = f"{self.gateway.prefix}other"
            code = code if code in self.codes else other
            return Uncertain(code, self.codes[code].meaning)
        doubt: Any = not_understood(got, idempotent=False)
        return doubt

    def _found(self, entry: Any, key: str) -> Found:
        ref = next((text for path in self.how.ref if (text := dig(entry, path))), key)
        rule = decide(self.how.rules, lambda path: dig(entry, path))
        if rule is None or rule.outcome == "accepted":
            return Accepted(ref, "Cổng đã nhận, chưa có kết quả")
        if rule.outcome == "delivered":
            return Delivered(ref, detail="Cổng báo đã tới")
        code = f"{self.gateway.prefix}{rule.code or 'undelivered'}"
        return Rejected(code, "Cổng báo không tới máy nhận")


def _entries(body: Any, each: str) -> list[Any] | None:
    """What the answer lists; None when there is no list where one should be."""
    if not each:
        return [body]
    for step in each.split("."):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body if isinstance(body, list) else None
