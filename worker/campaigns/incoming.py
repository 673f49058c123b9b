"""
What gateways bring over our own connections: receipts, and answers of people. Stored first, then
confirmed; what the database refuses the gateway must bring again.

It is taken from the very connections that send, those of the office that the channel's
dispatcher and its campaigns share: an office of its own would bind a second time.
"""

import json
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import ColumnElement, Text, and_, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from channels.base import BringsReceipts, Windowed
from channels.values import Accepted, Delivered, FromPhone, Report
from worker.errors import UserError
from worker.given import rows_given
from worker.lists.secret import Ring, open_ring
from worker.models import (
    Campaign,
    CampaignLot,
    CampaignMessage,
    CampaignRef,
    Recipient,
    UtcDateTime,
    WireRef,
)
from worker.models.campaigns import LOT
from worker.office import Office
from worker.outbox.many import One
from worker.receipts import store_each

from .answers import take_answers
from .keys import key_of
from .receipts import HORIZON

log = structlog.get_logger("giovang")

#: so long after its last message a channel stays connected for receipts …
KEEP = timedelta(days=2)
#: … which is looked at this often, seconds
LOOK = 60.0
#: messages in doubt that are compared with receipts of one call
DOUBTS = 20_000

#: as the indexes of lots are worded
_NONE: ColumnElement[int] = literal_column("0")
_LEASED: ColumnElement[str] = literal_column("'leased'")

_looked: "weakref.WeakKeyDictionary[object, float]" = weakref.WeakKeyDictionary()


def take_up(
    office: Office, channel: BringsReceipts, channel_id: str, account: str,
    brought: Sequence[Any], now: datetime, node: str, *, stored: Callable[[], None] | None = None,
) -> None:
    """Store what was brought, then confirm it; `stored` is called between the two."""
    answers = [x for x in brought if isinstance(x, FromPhone)]
    receipts = [x for x in brought if not isinstance(x, FromPhone)]
    try:
        with office.store.write() as session:
            told = [(r, report) for r in receipts if (report := r.report()) is not None]
            given = _named(office, session, now, channel, channel_id, account, told)
            store_each(session, now, channel_id, account, given, node)
        if stored is not None:
            stored()
    except Exception:
        channel.confirm(account, brought, stored=False)
        raise
    channel.confirm(account, receipts, stored=True)
    if answers:
        _take_answers(office, channel, channel_id, account, answers, now)


def _take_answers(
    office: Office, channel: BringsReceipts, channel_id: str, account: str,
    answers: Sequence[FromPhone], now: datetime,
) -> None:
    try:
        take_answers(office, channel_id, now, answers)
    except UserError as error:  # keys are missing, which has its own alarm
        channel.confirm(account, answers, stored=False)
        log.warning("answers.not_kept", channel=channel_id, error=str(error))
    except Exception:
        channel.confirm(account, answers, stored=False)
        raise
    else:
        channel.confirm(account, answers, stored=True)


def stay_connected(
    office: Office, channel: BringsReceipts, channel_id: str, accounts: Sequence[str],
    now: datetime,
) -> None:
    """After a restart or an edit of the programme, receipts of what went before still come."""
    elapsed = office.clock.elapsed()
    if elapsed - _looked.get(channel, -LOOK) < LOOK:
        return
    _looked[channel] = elapsed
    if not isinstance(channel, Windowed):
        return
    with office.store.read() as session:
        if not _are_due(session, channel_id, now):
            return
    for account in accounts:
        channel.open(account)


def _are_due(session: Session, channel_id: str, now: datetime) -> bool:
    campaign = session.scalars(
        select(Campaign.id).where(Campaign.channel == channel_id,
                                  Campaign.last_begun_at > now - KEEP).limit(1)).first()
    if campaign is not None:
        return True
    newest = session.scalars(select(WireRef.at).where(WireRef.channel == channel_id)
                             .order_by(WireRef.id.desc()).limit(1)).first()
    return newest is not None and newest > now - KEEP


# ---------------------------------------------------------------- of which message


_SPELLED = rows_given("spelled", ref=Text())


def _known(table: Any) -> Any:
    return select(table.id).where(
        table.ref == _SPELLED.c.ref, table.channel == bindparam("b_channel", type_=Text()),
        table.account == bindparam("b_account", type_=Text()),
        table.at > bindparam("b_since", type_=UtcDateTime())).exists()


_KNOWN = One(select(_SPELLED.c.ref).where(or_(_known(CampaignRef), _known(WireRef))))


def _named(
    office: Office, session: Session, now: datetime, channel: BringsReceipts, channel_id: str,
    account: str, told: Sequence[tuple[Any, Report]],
) -> list[tuple[str, Report]]:
    """
    Reports of receipts, each with a name by which it is known when it comes twice, and with the
    id as the answer wrote it, or with our key. One of which nothing is known yet stands in all
    spellings.
    """
    if not told:
        return []
    spellings = {ref for r, _ in told for ref in (r.ref, *r.also) if ref}
    known = {ref for ref, in _KNOWN.rows(
        session, spelled=json.dumps([[ref[:200]] for ref in spellings]), b_channel=channel_id,
        b_account=account, b_since=now - HORIZON)}
    lost = [r for r, _ in told if r.reference is not None and known.isdisjoint((r.ref, *r.also))]
    keys = _keys_of_lost(office, session, channel, channel_id, account, lost) if lost else {}
    given: list[tuple[str, Report]] = []
    for r, report in told:
        if report.ref in known:  # nearly always the first spelling
            given.append((r.digest, report))
        elif refs := [ref for ref in r.also if ref in known]:
            given.append((r.digest, replace(report, ref=refs[0])))
        elif id(r) in keys:
            given.append((r.digest, _by_key(report, keys[id(r)])))
        else:
            given.append((r.digest, report))
            given += [(f"{r.digest[:60]}:{n}", replace(report, ref=ref))
                      for n, ref in enumerate(r.also[:9])]
    return given


def _by_key(report: Report, lost: "Lost") -> Report:
    outcome = report.outcome
    if lost.parts > 1 and isinstance(outcome, Delivered):
        outcome = Accepted(outcome.ref, outcome.detail)  # one part: the message was taken
    return replace(report, key=lost.key, outcome=outcome)


class Lost(NamedTuple):
    """A message of whose answer we know nothing (yet: its worker may die before it writes it)."""

    key: str
    parts: int


def _keys_of_lost(
    office: Office, session: Session, channel: BringsReceipts, channel_id: str, account: str,
    receipts: Sequence[Any],
) -> dict[int, Lost]:
    """
    Messages whose answer was lost, by number, account and the bits of our key that the receipt
    repeats; where two would do, none is meant. By the receipt's `id()`.
    """
    digits = {id(r): "".join(c for c in r.number if c.isdigit())[-9:] for r in receipts}
    wanted: dict[tuple[int, str], list[Any]] = {}
    for r in receipts:
        wanted.setdefault((r.reference, digits[id(r)][-3:]), []).append(r)
    open_it = _Opener(office, session)
    found: dict[int, list[Lost]] = {}
    for row in _doubts(session, channel_id, account, {last3 for _, last3 in wanted}):
        key = key_of(bytes.fromhex(row.nonce), row.campaign_id, row.row)
        for r in wanted.get((channel.reference(key), row.last3), ()):
            if open_it.number(row) == digits[id(r)]:
                found.setdefault(id(r), []).append(Lost(key, row.parts))
    return {n: some[0] for n, some in found.items() if len(some) == 1}


def _doubts(session: Session, channel_id: str, account: str, last3: set[str]) -> list[Any]:
    """In doubt, or on the wire: the receipt may overtake the answer, and the answer be lost."""
    m = CampaignMessage
    # by which account it went before the backup nobody knows
    in_doubt = and_(CampaignLot.uncertain > _NONE, m.state == "uncertain",
                    or_(m.account == account, m.code == "restored"))
    on_the_wire = and_(CampaignLot.state == _LEASED, CampaignLot.flying > 0,
                       m.state == "sending", m.account == account)
    found: list[Any] = []
    for which in (in_doubt, on_the_wire):
        found += session.execute(
            select(m.campaign_id, m.row, m.last3, m.parts, m.list_id, m.list_row, Campaign.nonce,
                   Recipient.number, Recipient.key_id)
            .select_from(Campaign)
            .join(CampaignLot, CampaignLot.campaign_id == Campaign.id)
            .join(m, and_(m.campaign_id == CampaignLot.campaign_id,
                          m.row.between(CampaignLot.lot * LOT + 1, (CampaignLot.lot + 1) * LOT)))
            .join(Recipient, and_(Recipient.list_id == m.list_id, Recipient.row == m.list_row))
            .where(Campaign.channel == channel_id, m.last3.in_(last3), which)
            .limit(DOUBTS)).all()
    return found


class _Opener:
    """Opens numbers; the keys are read with the first."""

    def __init__(self, office: Office, session: Session) -> None:
        self._office, self._session = office, session
        self._ring: Ring | None = None

    def number(self, row: Any) -> str:
        """Nine digits; "" when it cannot be read."""
        if row.number is None:
            return ""
        try:
            self._ring = self._ring or open_ring(self._session, self._office.settings.var)
            return self._ring.number(row.list_id, row.list_row, row.key_id, row.number)[-9:]
        except UserError as error:
            log.warning("receipt.number", error=str(error))
            return ""
