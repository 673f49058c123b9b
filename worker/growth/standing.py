"""How much of the log there is, and what of it goes next, for `giovang status`."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from worker.db import is_sqlite
from worker.growth import partitions, retention
from worker.i18n import t
from worker.models import Delivery
from worker.programme.model import Programme
from worker.slots import local_date


def of(session: Session, programme: Programme, now: datetime) -> dict[str, Any]:
    """`rows`: deliveries, about; `bytes`: of everything that goes with time (SQLite: the file)."""
    if is_sqlite(session):
        size = session.execute(text("SELECT page_count * page_size FROM pragma_page_count(), "
                                    "pragma_page_size()")).scalar_one()
        rows = session.execute(text("SELECT coalesce(max(rowid), 0) FROM delivery")).scalar_one()
    else:
        parts = partitions.parts(session)
        size = sum(p.bytes for p in parts)
        rows = sum(p.rows for p in parts if p.table == Delivery.__tablename__)
    oldest = session.scalars(select(func.min(Delivery.day))).one()
    if oldest is None:
        return {"first": None, "months": 0, "rows": rows, "bytes": size, "next": None, "on": None}
    today, first = local_date(programme, now), partitions.month(oldest)
    goes = partitions.later(first, programme.settings.log_months + 1)
    return {"first": first.strftime("%Y-%m"),
            "months": len(partitions.months(first, max(first, today))),
            "rows": rows, "bytes": size, "next": first.strftime("%Y-%m"),
            "on": max(goes, today).isoformat()}


def line(log: dict[str, Any]) -> str:
    """For a person."""
    size = f"{log['bytes'] / 1024 ** 2:.0f} MB"
    if log["first"] is None:
        return t(f"Nhật ký: chưa có lượt nào, {size}", f"Log: nothing yet, {size}")
    return t(f"Nhật ký: {log['months']} tháng, chừng {log['rows']} lượt, {size}; tháng "
             f"{log['next']} hết hạn lưu ngày {log['on']}",
             f"Log: {log['months']} months, about {log['rows']} deliveries, {size}; "
             f"{log['next']} is past its time on {log['on']}")


def gone(programme: Programme, now: datetime, last: Any) -> str:
    """What is said of days that have no rows any more; "" of all others."""
    kept = retention.first_kept(programme, local_date(programme, now))
    if last is None or last >= kept:
        return ""
    return t(f"lượt trước ngày {kept:%d/%m/%Y} đã hết hạn lưu (log_months)",
             f"deliveries before {kept.isoformat()} are past their time (log_months)")
