"""SMS through a described gateway that can be asked whether it has a message (`[find]`)."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any, Final

from channels.gateway import Find, Gateway, dig
from channels.gateway_rules import decide
from channels.options import ChannelSpec, Context
from channels.sms_http import CODES, SmsHttp, SmsOptions
from channels.sms_text import written
from channels.values import Absent, Accepted, Delivered, Found, Message, Rejected, Uncertain
from channels.verdict import not_understood, verdict, without_answer
from channels.wire import Answer, NoAnswer

#: gateways write times without a zone: Vietnam's, which has known no summer time since 1975
_VIETNAM: Final = timezone(timedelta(hours=7))
_MARGIN: Final = timedelta(minutes=10)  #: their clock is not ours
_DAY: Final = timedelta(days=1)
_PAGES: Final = 40  #: asked at most for one message


class SmsHttpFinds(SmsHttp):
    """`SmsHttp` that reconciles."""

    def __init__(
        self,
        spec: ChannelSpec,
        options: SmsOptions,
        gateway: Gateway,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        super().__init__(spec, options, gateway, secrets, context)
        assert gateway.find is not None  # noqa: S101 - build.py looks
        self._how: Find = gateway.find

    def find(self, message: Message) -> Found:
        """`Absent` only when everything of the time in question was listed and this was not."""
        how, seen = self._how, 0
        for page in range(1, _PAGES + 1):
            got = self._listed(message, page)
            body = self._whole(got)
            if isinstance(body, Uncertain):
                return body
            if how.absent is not None and how.absent.holds(body):
                return Absent("Cổng trả lời: không có tin này")
            total = dig(body, how.total) if how.total else None
            entries = _entries(body, how.each)
            if entries is None or (how.total and total is None):
                return Uncertain("bad-answer", "Cổng không kể tin nào, cũng không nói là không có")
            for entry in entries:
                if dig(entry, how.key) == message.key:
                    return self._found(entry, message.key)
            if not how.each:
                return Uncertain("bad-answer", "Cổng trả lời về tin khác")
            seen += len(entries)
            if how.page_size and len(entries) >= how.page_size:
                continue
            if total is not None and total != str(seen):
                return Uncertain("bad-answer", f"Cổng kể {seen} tin trong {total[:10]}")
            return Absent(f"Cổng kể {seen} tin trong khoảng đó, không có tin này")
        return Uncertain("bad-answer", f"Hơn {_PAGES} trang, không tìm hết được")

    def _listed(self, message: Message, page: int) -> Answer | NoAnswer:
        now = self._clock.now()
        since, until = (message.first_try_at or now - _DAY) - _MARGIN, now + _MARGIN
        account = self._of_account(self.account(message.target))
        number = written(message.target, self.gateway.phone) or ""
        values = self._values(message, number, 0) | account | {
            "since": since.astimezone(_VIETNAM).strftime(self._how.time),
            "until": until.astimezone(_VIETNAM).strftime(self._how.time),
            "page": str(page),
        }
        deadline = self._clock.elapsed() + self.timeout
        return self._ask(self._how, values, deadline=deadline, idempotent=True)

    def _whole(self, got: Answer | NoAnswer) -> Any:
        """The body of an answer that says what was asked; else why nothing is known."""
        if isinstance(got, NoAnswer):
            trouble: Any = without_answer(got, idempotent=False)
            return Uncertain(trouble.code, trouble.detail)
        decided: Any = verdict(got, idempotent=False, codes=self.codes)
        if decided is not None:
            return Uncertain(decided.code, decided.detail)
        body = self.gateway.view(got)
        if self._how.success.holds(body):
            return body
        if code := self.gateway.error_code(body):
            row = self.codes.get(code, CODES["sms-other"])
            return Uncertain(code if code in self.codes else "sms-other", row.meaning)
        doubt: Any = not_understood(got, idempotent=False)
        return doubt

    def _found(self, entry: Any, key: str) -> Found:
        ref = next((text for path in self._how.ref if (text := dig(entry, path))), key)
        rule = decide(self._how.rules, lambda path: dig(entry, path))
        if rule is None or rule.outcome == "accepted":
            return Accepted(ref, "Cổng đã nhận, chưa có kết quả")
        if rule.outcome == "delivered":
            return Delivered(ref, detail="Cổng báo đã tới")
        return Rejected(f"sms-{rule.code or 'undelivered'}", "Cổng báo không tới máy nhận")


def _entries(body: Any, each: str) -> list[Any] | None:
    """What the answer lists; None when there is no list where one should be."""
    if not each:
        return [body]
    for step in each.split("."):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body if isinstance(body, list) else None
