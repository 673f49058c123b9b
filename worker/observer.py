"""What is told after it was committed: one canonical log line per try, alarms for what failed."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.values import Accepted, Delivered, Prepared, Rejected, Retry, Uncertain
from worker.alarms.away import Away
from worker.alarms.store import Severity, close_alarm, raise_alarm
from worker.clock import Clock
from worker.db import Store
from worker.i18n import t
from worker.office import Office
from worker.outbox.settle import outcome_name
from worker.outbox.units import Result

log = structlog.get_logger("giovang")


@dataclass
class Bell:
    """Observer of the dispatchers: writes the log line, rings the alarm."""

    store: Store
    clock: Clock
    office: Office
    away: Away = field(default_factory=Away)

    def attempted(self, result: Result, state: str) -> None:
        """One line per try, with everything an operator asks for and nothing personal."""
        begun, outcome = result.begun, result.outcome
        log.info(
            "delivery.attempt", key=begun.letter.id, channel=begun.lease.channel,
            account=begun.lease.account, target=begun.letter.target, item=begun.lease.item_id,
            occurrence=begun.lease.occurrence_id, kind=begun.lease.kind, attempt=begun.number,
            outcome=outcome_name(outcome), state=state, code=getattr(outcome, "code", ""),
            detail=outcome.detail, late=begun.late, ms=round(result.seconds * 1000),
        )
        self._ring(result, state)

    def _ring(self, result: Result, state: str) -> None:
        outcome, lease = result.outcome, result.begun.lease
        where = f"{lease.channel}/{lease.account}"
        if isinstance(outcome, Retry) and outcome.scope == "account":
            todo = self._todo(lease.channel, outcome.code)
            self._raise(f"account:{where}", "account", "serious",
                        t(f"tài khoản {where} bị từ chối ({outcome.code}): {outcome.detail}",
                          f"account {where} was refused ({outcome.code}): {outcome.detail}"), todo)
        elif isinstance(outcome, Uncertain) and state == "uncertain":
            self._raise(f"uncertain:{lease.channel}", "uncertain", "warning",
                        t(f"kênh {lease.channel} có lượt gửi chưa rõ kết quả ({outcome.code})",
                          f"channel {lease.channel} has uncertain deliveries ({outcome.code})"),
                        self._todo(lease.channel, outcome.code))
        elif isinstance(outcome, Rejected) or state == "exhausted":
            code = getattr(outcome, "code", "")
            self._raise(f"failed:{lease.channel}:{code}", "failed", "warning",
                        t(f"kênh {lease.channel} không nhận ({code}): {outcome.detail}",
                          f"channel {lease.channel} refused ({code}): {outcome.detail}"),
                        self._todo(lease.channel, code))
        elif isinstance(outcome, Accepted | Delivered | Prepared) and result.begun.number > 1:
            self._close(f"account:{where}")

    def _todo(self, channel: str, code: str) -> str:
        known = self.office.channels.get(channel)
        advice = known.codes.get(code) if known else None
        return advice.todo if advice else t("xem docs/runbook.md", "see docs/runbook.md")

    def missed(self, occurrence: str, channel: str, item: str, count: int) -> None:
        """A slot closed with something unsent."""
        self._raise(f"missed:{occurrence}:{channel}", "missed_slot", "serious",
                    t(f"lượt {occurrence} ({item}) không phát được trên kênh {channel}: "
                      f"{count} nơi", f"{occurrence} ({item}) was missed on {channel}: {count}"),
                    t("xem `giovang log --state expired`; cần thì `giovang publish … --now`",
                      "see `giovang log --state expired`; `giovang publish … --now` if needed"))

    def bug(self, where: str, error: BaseException) -> None:
        """Our own fault: to the log whole, to the alarm by name."""
        log.error("bug", where=where, error=repr(error),
                  trace="".join(traceback.format_exception(error)))
        self._raise(f"bug:{where}:{type(error).__name__}", "bug", "serious",
                    t(f"lỗi phần mềm ở {where}: {type(error).__name__}",
                      f"a bug of the software in {where}: {type(error).__name__}"),
                    t("gửi nhật ký máy cho người phát triển", "send the machine's log to us"))

    def database(self, where: str, trouble: str) -> None:
        """It cannot write now, nor an alarm: to the log, and told when it can again."""
        self.away.seen(self.clock.now())
        log.error("database.trouble", where=where, trouble=trouble)

    def _raise(self, cause: str, kind: str, severity: Severity, what: str, fix: str) -> None:
        def ring(session: Session) -> None:
            raise_alarm(session, self.clock.now(), cause, kind, severity, what, fix)

        self._write(ring)

    def _close(self, cause: str) -> None:
        self._write(lambda session: close_alarm(session, self.clock.now(), cause))

    def _write(self, act: Callable[[Session], object]) -> None:
        try:
            with self.store.write() as session:
                act(session)
        except DBAPIError as error:  # telling must never stop the sending
            log.error("alarm.not_written", error=str(error.orig))
