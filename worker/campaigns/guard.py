"""
When a campaign pauses itself: counts of its newest messages, in memory.

What a gateway answers and what a carrier reports lie minutes or days apart. So each has a window of
its own, under one limit: a gateway that takes everything for a carrier that delivers nothing stops
a campaign as surely as one that refuses.
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from channels.values import Advice
from channels.verdict import advice_for
from worker.i18n import t
from worker.programme.model import Limits

from .words import number

#: "the last 1,000"
WINDOW = 1000
#: a share of fewer says nothing: 2 wrong numbers of the first 20 are 10 %
FEW = 100
#: doubts that come from our own machine: they say nothing about the gateway
_OURS = frozenset({"lost", "restored"})
_REFUSED = frozenset({"rejected", "exhausted"})
_SETTLED = _REFUSED | {"accepted", "delivered", "uncertain"}
#: accepted messages are counted together for so long
_GRAIN = timedelta(seconds=10)

class _Step(NamedTuple):
    vi: str
    en: str


#: what a person does about each reason, by its code; {id}: the campaign
STEPS: Mapping[str, _Step] = {
    "rejected": _Step(
        "xem lý do ở `giovang campaign status {id}`, hỏi nhà mạng hoặc sửa; rồi "
        "`giovang campaign resume {id}`, hoặc `giovang campaign stop {id}`",
        "see the reasons in `giovang campaign status {id}`, ask the carrier or mend it; then "
        "`giovang campaign resume {id}`, or `giovang campaign stop {id}`"),
    "uncertain": _Step(
        "hỏi cổng đã nhận những tin nào, ghi lại bằng `giovang campaign resolve {id}`; cổng trả "
        "lời đều rồi thì `giovang campaign resume {id}`",
        "ask the gateway what it took, say so by `giovang campaign resolve {id}`; once it answers "
        "again `giovang campaign resume {id}`"),
    "receipts": _Step(
        "xem địa chỉ nhận báo kết quả còn tới được không, hỏi nhà mạng; gửi tiếp mà không cần báo "
        "kết quả: `giovang campaign resume {id}`",
        "see whether the receipts' address can be reached, ask the carrier; to go on without "
        "them: `giovang campaign resume {id}`"),
    "balance": _Step(
        "nạp tiền ở cổng, `giovang resume KÊNH/TÀI-KHOẢN`, rồi `giovang campaign resume {id}`",
        "top up at the gateway, `giovang resume CHANNEL/ACCOUNT`, then "
        "`giovang campaign resume {id}`"),
    "ceiling": _Step(
        "phần còn lại cần trần mới: `giovang campaign stop {id}`, rồi lập đợt khác cho những số "
        "chưa gửi",
        "what is left needs another ceiling: `giovang campaign stop {id}`, then another campaign "
        "for the numbers not sent to"),
}


class Reason(NamedTuple):
    """Why a campaign pauses itself, as staff read it; `code` goes into `campaign.pause_code`."""

    code: str
    what: str

    def step(self, campaign: int) -> str:
        """What a person does now."""
        return step(self.code, campaign)


def step(code: str, campaign: int) -> str:
    """What a person does about a campaign with this `pause_code`; "" for one a person paused."""
    words = STEPS.get(code)
    return t(*words).replace("{id}", str(campaign)) if words else ""


class _Kind(NamedTuple):
    state: str
    code: str
    carrier: str


class _Window:
    """The newest WINDOW of something, as runs of one kind."""

    def __init__(self) -> None:
        self._runs: deque[tuple[_Kind, int]] = deque()
        self._count: Counter[_Kind] = Counter()

    def __len__(self) -> int:
        return self._count.total()

    def add(self, kind: _Kind, times: int) -> None:
        self._runs.append((kind, times))
        self._count[kind] += times
        over = len(self) - WINDOW
        while over > 0:
            oldest, number = self._runs.popleft()
            gone = min(number, over)
            self._count[oldest] -= gone
            if number > gone:
                self._runs.appendleft((oldest, number - gone))
            over -= gone

    def clear_up(self, kind: _Kind) -> None:
        """The newest doubt has ended so."""
        for n in range(len(self._runs) - 1, -1, -1):
            doubt, number = self._runs[n]
            if doubt.state == "uncertain" and number:
                self._runs[n] = doubt, number - 1
                self._runs.insert(n + 1, (kind, 1))
                self._count[doubt] -= 1
                self._count[kind] += 1
                return

    def of(self, states: Collection[str]) -> int:
        return sum(n for kind, n in self._count.items() if kind.state in states)

    def mostly(self, states: Collection[str]) -> _Kind:
        """The kind most often among these states."""
        return max((n, kind) for kind, n in self._count.items() if kind.state in states)[1]


class Guard:
    """
    One campaign, since it began or a person let it go on: for the same reason it pauses again
    only after as many messages more.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._answers, self._receipts = _Window(), _Window()
        self._reported = False  #: receipts have come before
        self._young: deque[tuple[datetime, int]] = deque()  #: accepted since the last receipt
        self._ripe = 0  #: of those, the ones that have waited `receipts_silent`

    def note(
        self, state: str, code: str, carrier: str, now: datetime, *, times: int = 1,
        late: bool = False,
    ) -> None:
        """Messages have this state now. `late`: one that was noted as uncertain before."""
        if state not in _SETTLED or code in _OURS:
            return
        kind = _Kind(state, code if state != "accepted" else "", carrier)
        if late:
            for _ in range(times):
                self._answers.clear_up(kind)
        else:
            self._answers.add(kind, times)
        if state == "accepted":
            self._waits_for_receipt(now, times)

    def receipt(
        self, state: str, *, times: int = 1, code: str = "", carrier: str = ""
    ) -> None:
        """Receipts came, of messages `delivered` or `rejected`."""
        self._receipts.add(_Kind(state, code, carrier), times)
        self.listen(reported=True)

    def listen(self, *, reported: bool) -> None:
        """Silence is counted from here; `reported`: receipts have come before."""
        self._reported = reported
        self._young.clear()
        self._ripe = 0

    def why(self, now: datetime) -> Reason | None:
        """The gravest reason to pause now, or None."""
        return self._uncertain() or self._refused() or self._silent(now)

    def _uncertain(self) -> Reason | None:
        """
        Measured against the whole window, however little of it is full: with 0.5 % the sixth
        doubt pauses, at whatever message it comes. One among the first 20 is 5 % and no sign of
        anything; six doubts are one, and a hundred to judge by would be a hundred people who may
        have to be written to again.
        """
        count = self._answers.of({"uncertain"})
        limit = self.limits.uncertain_percent
        if count * 100 <= limit * WINDOW:
            return None
        many, kind = len(self._answers), self._answers.mostly({"uncertain"})
        return Reason("uncertain", t(
            f"{number(count)} trong {number(many)} tin gần nhất chưa rõ kết quả "
            f"(mức dừng {_percent(limit)} % của {number(WINDOW)}); nhiều nhất: mã {kind.code}",
            f"{number(count)} of the newest {number(many)} messages are of unknown outcome "
            f"(limit {_percent(limit)} % of {number(WINDOW)}); most often code {kind.code}"))

    def _refused(self) -> Reason | None:
        limit = self.limits.rejected_percent
        for window, vi, en in ((self._answers, "bị từ chối", "were refused"),
                               (self._receipts, "được báo là không tới", "are reported as failed")):
            many, count = len(window), window.of(_REFUSED)
            if many < FEW or count * 100 <= limit * many:
                continue
            kind = window.mostly(_REFUSED)
            return Reason("rejected", t(
                f"{number(count)} trong {number(many)} tin gần nhất {vi} (mức dừng "
                f"{_percent(limit)} %); nhiều nhất: mã {kind.code or '?'}, mạng {kind.carrier}",
                f"{number(count)} of the newest {number(many)} messages {en} (limit "
                f"{_percent(limit)} %); most often code {kind.code or '?'}, carrier "
                f"{kind.carrier}"))
        return None

    def _waits_for_receipt(self, now: datetime, times: int) -> None:
        if self._young and now - self._young[-1][0] < _GRAIN:
            at, count = self._young.pop()
            self._young.append((at, count + times))
        else:
            self._young.append((now, times))

    def _silent(self, now: datetime) -> Reason | None:
        """
        Messages that each waited so long, not the time since the last receipt: in the morning
        that one lies a whole night back, and nothing is wrong.
        """
        while self._young and now - self._young[0][0] >= self.limits.receipts_silent + _GRAIN:
            self._ripe += self._young.popleft()[1]
        if not self._reported or self._ripe < self.limits.receipts_silent_messages:
            return None
        minutes = number(self.limits.receipts_silent / timedelta(minutes=1))
        return Reason("receipts", t(
            f"không còn báo kết quả nào: {number(self._ripe)} tin đã được nhận chờ hơn "
            f"{minutes} phút",
            f"receipts have stopped: {number(self._ripe)} accepted messages have waited for more "
            f"than {minutes} minutes"))


def balance_ended(
    blocked: Mapping[str, str], accounts: Collection[str], codes: Mapping[str, Advice]
) -> Reason | None:
    """Every account was refused, for want of money. `blocked`: those that rest, and their codes."""
    if not accounts or any(a not in blocked for a in accounts):
        return None
    rows = [advice_for(blocked[a], codes) for a in accounts]
    if not all(row is not None and row.balance for row in rows):
        return None
    names = ", ".join(sorted(accounts))
    return Reason("balance", t(f"hết tiền ở cổng: tài khoản {names}",
                               f"the money at the gateway is used up: account {names}"))


def _percent(value: float) -> str:
    return number(value, 0 if value == int(value) else 1)
