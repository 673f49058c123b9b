"""What a gateway's answer to a message proves, however it came: by `send` or by a window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from channels.gateway import Described, dig
from channels.values import Accepted, Advice, Outcome, Retry
from channels.verdict import (
    MAX_WAIT,
    as_outcome,
    not_understood,
    retry_after,
    verdict,
    without_answer,
)
from channels.wire import Answer, NoAnswer

UNKNOWN_CODE: Final = Advice(
    "uncertain", "Mã của cổng chưa có trong bảng mã", "Hỏi cổng, rồi thêm mã vào bảng"
)


@dataclass(frozen=True)
class Reader:
    """
    Answers of one gateway.

    Args:
        codes: the gateway's own table.
        redact: of the wire, for the gateway's words.
    """

    gateway: Described
    codes: Mapping[str, Advice]
    redact: Callable[[str], str]

    def outcome(self, got: Answer | NoAnswer, key: str) -> Outcome:
        """Of the message with this key."""
        gateway = self.gateway
        idempotent = gateway.idempotent
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=idempotent)
        body = gateway.view(got)
        ok = 200 <= got.status <= 299
        ref = gateway.ref(body, key)
        # Rules first: "success" may come with "but not for this number".
        code = gateway.broken_rule(body)
        if ok and not code and ref and gateway.success.holds(body):
            return Accepted(ref, gateway.taken)
        # The gateway's own code first: some say "balance" with HTTP 200, some with HTTP 400.
        code = code or gateway.error_code(body)
        said = self.redact((dig(body, gateway.message) or "")[:120])
        row = self.codes.get(code)
        if row and row.outcome == "delivered":
            # "Key seen before": the earlier try was taken. Some say so without their id.
            return Accepted(ref or key, row.meaning)
        if row:
            wait = self._wait(got)
            return as_outcome(code, row, said, idempotent=idempotent, retry_after=wait)
        decided = verdict(got, idempotent=idempotent, codes=self.codes)
        if isinstance(decided, Retry):
            return replace(decided, retry_after=self._wait(got))
        if decided is not None:
            return decided
        if code and not gateway.success.holds(body):
            detail = self.redact(f"{code}: {said}"[:160])
            other = f"{gateway.prefix}other"
            return as_outcome(other, UNKNOWN_CODE, detail, idempotent=idempotent)
        return not_understood(got, idempotent=idempotent)

    def _wait(self, answer: Answer) -> float | None:
        """Seconds the gateway asked for, in its own header where it has one."""
        header = self.gateway.retry_after
        own = answer.headers.get(header, "") if header else ""
        if own.strip().isdecimal():
            return min(float(own), MAX_WAIT)
        return retry_after(answer)
