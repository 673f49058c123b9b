"""
Who wants no message. By the look-up value alone: a number taken off every list is still known
here when it comes back with the next one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import insert_missing
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import OptOut

from . import journal
from .secret import KeysChangedError, Ring

KINDS = {
    "opt_out": ("không nhận tin của ta", "opted out of our messages"),
    "do_not_call": ("danh sách không quảng cáo", "national do-not-call list"),
    "forgotten": ("đã xóa theo yêu cầu", "forgotten on request"),
}
#: what a person may bring; the third kind comes from `forget` alone
BROUGHT = ("opt_out", "do_not_call")
#: a public correction, to who got the wrong text: they may have opted out of more, not of this
CORRECTION = "dinh_chinh"
#: the do-not-call list is against advertising only
_BARS = {"quang_cao": tuple(KINDS), "cong_ich": ("opt_out", "forgotten"),
         CORRECTION: ("forgotten",)}


@dataclass(frozen=True)
class Wish:
    """What is written down of each number."""

    kind: str
    source: str
    by: str


def wish_of(kind: str, source: str, person: str) -> Wish:
    """
    What a person brings.

    Raises:
        UserError: no such kind, or not a word of where we know it from.
    """
    if kind not in BROUGHT:
        names = ", ".join(BROUGHT)
        raise UserError("--kind", t(f"không có loại «{kind}»", f"no kind “{kind}”"),
                        t(f"dùng một trong: {names}", f"use one of: {names}"))
    if not 1 <= len(source.strip()) <= 500:
        raise UserError("--source", t("để trống, hoặc dài quá", "empty, or too long"),
                        t("viết 1 đến 500 ký tự", "write 1 to 500 letters"))
    return Wish(kind, source.strip(), person)


def bars(purpose: str) -> Collection[str]:
    """The kinds that keep a number out of a campaign with this purpose, or of a correction."""
    return _BARS[purpose]


def add(home: Home, ring: Ring, nine: str, wish: Wish) -> bool:
    """One number; False when it stood there already."""
    with home.store.write() as session:
        fresh = put(session, home, ring, nine, wish)
        if fresh:
            audit.record(session, home.clock.now(), wish.by, "optout", wish.kind,
                         {"last3": nine[-3:], "source": wish.source})
        return fresh


def put(session: Session, home: Home, ring: Ring, nine: str, wish: Wish) -> bool:
    """The same within a transaction, without an audit."""
    must_be_current(ring, session)
    lookup = ring.lookup(nine.encode())
    if session.get(OptOut, (lookup, wish.kind)) is not None:
        return False
    journal.note(home.settings.var, ring, nine, wish, home.clock.now())
    insert(session, home, wish, [(lookup, int(nine[-3:]))])
    return True


def count(session: Session, kind: str) -> int:
    """How many numbers stand under a kind."""
    return session.execute(
        select(func.count()).select_from(OptOut).where(OptOut.kind == kind)).scalar_one()


def insert(session: Session, home: Home, wish: Wish, entries: list[tuple[bytes, int]]) -> None:
    """Look-up values with their last three digits; what stands there already stays."""
    now = home.clock.now()
    insert_missing(session, OptOut, [
        {"lookup": lookup, "kind": wish.kind, "last3": f"{last3:03d}", "source": wish.source,
         "recorded_by": wish.by, "at": now}
        for lookup, last3 in entries])


def must_be_current(ring: Ring, session: Session) -> None:
    try:
        ring.must_be_current(session)
    except KeysChangedError:
        raise Refused(t("số không nhận tin", "opt-outs"),
                      t("khóa vừa được đổi", "keys were just rotated"),
                      t("làm lại lần nữa", "do it once more")) from None
