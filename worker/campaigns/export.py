"""
A campaign's numbers in a file, one a row: what came of each, in words. Read in pages along the
rows' own key and written as they come, so a million need no more memory than ten.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from channels.values import Advice
from worker import audit
from worker.db import Store
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.lists.secret import Ring, open_ring
from worker.models import CampaignMessage, Recipient
from worker.rowfile import open_rows

from . import words

#: rows of a page, one short transaction
CHUNK = 5_000
#: numbers of a sheet of Excel
SHEET = 1_000_000

HEADS: tuple[tuple[str, str], ...] = (
    ("Dòng", "Row"), ("Danh sách", "List"), ("Dòng trong tệp", "Row of the file"),
    ("Số điện thoại", "Number"), ("Nhà mạng", "Carrier"), ("Kết quả", "Outcome"),
    ("Lý do", "Reason"), ("Mã", "Code"), ("Cổng trả lời", "The gateway's words"),
    ("Tài khoản", "Account"), ("Tin tính cước", "Parts"), ("Bắt đầu gửi", "Begun"),
    ("Có kết quả", "Settled"), ("Mã ở cổng", "The gateway's id"),
)

_m = CampaignMessage
_COLUMNS = (
    _m.row, _m.list_id, _m.list_row, _m.seed, _m.last3, _m.carrier, _m.state, _m.code, _m.detail,
    _m.account, _m.parts, _m.begun_at, _m.settled_at, _m.ref, Recipient.source_row,
    Recipient.number, Recipient.key_id,
)


@dataclass(frozen=True)
class Wanted:
    """What of a campaign goes to the file. `ring`: numbers in clear; None: three digits."""

    campaign: int
    states: Collection[str] = ()  #: none: all
    ring: Ring | None = None


def export(
    store: Store, path: Path, wanted: Wanted, zone: ZoneInfo, codes: Mapping[str, Advice], *,
    per_sheet: int = SHEET,
) -> int:
    """
    Write a .csv or .xlsx file, whole or not at all; gives its rows.

    Raises:
        UserError: another ending, or a file that cannot be written.
    """
    count, moment, reason = 0, _moments(zone), _reasons(codes)
    heads = [t(*head) for head in HEADS]
    with open_rows(path, heads, per_sheet=per_sheet + 1) as put:
        for row in _rows(store, wanted):
            put(_cells(row, wanted.ring, moment, reason))
            count += 1
    return count


def whole_numbers(
    home: Home, campaign_id: int, states: Collection[str], reason: str, by: str
) -> Ring:
    """
    The key to numbers in clear: somebody answers for it, written down before the first is opened.

    Raises:
        UserError: without a reason.
    """
    if not reason.strip():
        raise UserError("--reason", t("ghi số điện thoại thì phải có lý do",
                                      "whole numbers need a reason"),
                        t('thêm --reason "…"', 'add --reason "…"'))
    with home.store.write() as session:
        ring = open_ring(session, home.settings.var)
        audit.record(session, home.clock.now(), by, "campaign_export", str(campaign_id),
                     {"numbers": True, "states": list(states) or "all", "reason": reason})
    return ring


def _rows(store: Store, wanted: Wanted) -> Iterator[Any]:
    after = 0
    query = (
        select(*_COLUMNS)
        .outerjoin(Recipient, and_(Recipient.list_id == _m.list_id, Recipient.row == _m.list_row))
        .where(_m.campaign_id == wanted.campaign).order_by(_m.row).limit(CHUNK)
    )
    if wanted.states:
        query = query.where(_m.state.in_(wanted.states))
    while True:
        with store.read() as session:
            rows: Sequence[Any] = session.execute(query.where(_m.row > after)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1].row


def _cells(
    row: Any, ring: Ring | None, moment: Callable[[datetime | None], str],
    reason: Callable[[str, str], str],
) -> list[str | int]:
    handset = t(f"máy của ta: {row.seed}", f"our own: {row.seed}") if row.seed else ""
    return [
        row.row, handset or row.list_id or "", row.source_row or "", _number(row, ring),
        row.carrier, t(*words.MESSAGE[row.state]), reason(row.state, row.code), row.code,
        row.detail, row.account, row.parts, moment(row.begun_at), moment(row.settled_at), row.ref,
    ]


def _number(row: Any, ring: Ring | None) -> str:
    if ring is None or row.number is None or row.key_id is None:  # a handset, or forgotten
        return f"•••••••{row.last3}"
    e164 = ring.number(row.list_id, row.list_row, row.key_id, row.number)
    return "0" + e164.removeprefix("+84")  # a "+" would be taken for a formula


def _moments(zone: ZoneInfo) -> Callable[[datetime | None], str]:
    """2026-11-24 14:35:07 of the place, which Excel takes for a moment."""
    def write(moment: datetime | None) -> str:
        return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    return write


def _reasons(codes: Mapping[str, Advice]) -> Callable[[str, str], str]:
    known: dict[str, str] = {}

    def of(state: str, code: str) -> str:
        if not code or state in ("accepted", "delivered"):
            return ""
        if code not in known:
            known[code] = words.reason(code, codes)
        return known[code]

    return of
