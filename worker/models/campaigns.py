"""
SMS campaigns: one text, one or more lists, a row for each number.

A message is not a `delivery`: a million of them would carry eight indexes of random keys each.
Its key is its place, (campaign, row), in the lists' order: rows are written at the end of the
table, begun and settled by ranges, and found by the key given to the gateway, which holds the
place (`campaigns/keys.py`). What each state means is the same as everywhere (docs/states.md);
`waiting` is what `ready` is there. See ADR 16.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

#: messages in a lot, the unit of claim
LOT = 500

_STATES = (
    "state IN ('waiting','sending','accepted','delivered','rejected','exhausted','uncertain',"
    "'cancelled','expired','left_out')"
)

_CORRECTS = text("corrects IS NOT NULL AND state NOT IN ('stopped', 'expired')")


class Campaign(Base):
    """An approved text for the numbers of lists, and how far it may go now."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queuing','draft','approved','running','paused','finished','stopped',"
            "'expired')", name="state"),
        CheckConstraint("purpose IN ('cong_ich','quang_cao')", name="purpose"),
        # prevents: one person alone sending to a million others
        CheckConstraint("approved_by IS NULL OR approved_by <> created_by", name="four_eyes"),
        # prevents: a campaign that runs without anybody's yes
        CheckConstraint("state NOT IN ('approved','running','paused') OR approved_by IS NOT NULL",
                        name="approved"),
        # prevents: half a queue that counts
        CheckConstraint("state = 'queuing' OR queued_at IS NOT NULL", name="whole"),
        # prevents: who got a wrong message being corrected twice, by two persons at one instant
        Index("uq_campaign_corrects", "corrects", unique=True,
              sqlite_where=_CORRECTS, postgresql_where=_CORRECTS),
        # prevents: going beyond what was queued, or a trial that reaches everybody
        CheckConstraint("until_row >= 0 AND until_row <= total", name="until_row"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(150))
    #: its story (events) and its place in the log; entry "chien-dich:ID", slot "-"
    occurrence_id: Mapped[str | None] = mapped_column(ForeignKey("occurrence.id"), unique=True)
    nonce: Mapped[str] = mapped_column(String(32))  #: hex; a campaign made anew has other keys
    channel: Mapped[str] = mapped_column(String(63))
    item_id: Mapped[str] = mapped_column(String(63), index=True)
    item_version: Mapped[int]
    correction: Mapped[bool] = mapped_column(default=False)  #: counts against no cap
    corrects: Mapped[int | None]  #: goes to who got, or may have got, this campaign
    priority: Mapped[str] = mapped_column(String(12))
    priority_rank: Mapped[int]  #: 0 khan_cap, 1 uu_tien, 2 thong_thuong
    purpose: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)  #: as it goes out; only the lists' fields are open
    fields: Mapped[list[Any]]  #: names open in `text`
    parts: Mapped[int]  #: of one message, with each field at its longest
    weights: Mapped[dict[str, Any]]  #: account -> share of the messages
    state: Mapped[str] = mapped_column(String(8), default="queuing")
    state_at: Mapped[datetime]
    state_by: Mapped[str] = mapped_column(String(63))
    reason: Mapped[str] = mapped_column(Text, default="")  #: why it is paused or stopped
    pause_code: Mapped[str] = mapped_column(String(40), default="")  #: "" a person paused it
    seeds: Mapped[int] = mapped_column(default=0)  #: rows 1 … seeds go to our own handsets
    trial: Mapped[int] = mapped_column(default=0)  #: rows after them that go before all others
    until_row: Mapped[int] = mapped_column(default=0)  #: nothing beyond it is begun
    go_on_at: Mapped[datetime | None]  #: when the rest follows the trial by itself
    total: Mapped[int] = mapped_column(default=0)  #: rows, seeds and those left out included
    starts_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    ceiling_parts: Mapped[int | None]
    ceiling_dong: Mapped[int | None]
    dong_per_part: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]]  #: of queueing: taken, doubled, left out by reason
    created_by: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(63))
    approved_at: Mapped[datetime | None]
    first_begun_at: Mapped[datetime | None]
    #: end of the last message begun; caps of other campaigns ask it before they look at rows
    last_begun_at: Mapped[datetime | None] = mapped_column(index=True)
    #: organisation of whoever made it, then; None: the whole installation (worker/scope.py)
    owner: Mapped[str | None] = mapped_column(String(63))


class CampaignList(Base):
    """Which lists a campaign goes to, in this order."""

    __tablename__ = "campaign_list"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("recipient_list.id"), primary_key=True)
    ordinal: Mapped[int]


class CampaignLot(Base):
    """A unit of claim: LOT messages; lot n holds the rows n*LOT+1 … (n+1)*LOT."""

    __tablename__ = "campaign_lot"
    __table_args__ = (
        CheckConstraint("state IN ('ready','leased','done')", name="state"),
        CheckConstraint("(state = 'leased') = (lease_token IS NOT NULL)", name="leased"),
        # prevents: a message begun or settled twice without anybody noticing
        CheckConstraint("waiting >= 0 AND flying >= 0", name="counts"),
        # claims read this index only, never a lot that is done
        Index("ix_campaign_lot_claim", "campaign_id", "next_at", "lot",
              sqlite_where=text("state = 'ready'"), postgresql_where=text("state = 'ready'")),
        Index("ix_campaign_lot_lease", "lease_until", sqlite_where=text("state = 'leased'"),
              postgresql_where=text("state = 'leased'")),
        # lots with messages whose outcome nobody knows
        Index("ix_campaign_lot_doubt", "campaign_id", "lot", sqlite_where=text("uncertain > 0"),
              postgresql_where=text("uncertain > 0")),
        {"sqlite_with_rowid": False},
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    lot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  #: from 0
    state: Mapped[str] = mapped_column(String(6), default="ready")
    next_at: Mapped[datetime]  #: earliest try of what waits
    waiting: Mapped[int]
    flying: Mapped[int] = mapped_column(default=0)  #: sending
    uncertain: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    node: Mapped[str | None] = mapped_column(String(80))
    incarnation: Mapped[int | None]


class CampaignMessage(Base):
    """One number of a campaign: the unit of truth. Its first try lives in the row itself."""

    __tablename__ = "campaign_message"
    __table_args__ = (
        # the key prevents: one number of a list getting one campaign twice
        CheckConstraint(_STATES, name="state"),
        # prevents: a message that says it went out and does not say by which account
        CheckConstraint("state NOT IN ('sending','accepted','delivered','uncertain') "
                        "OR account <> ''", name="account"),
        # a number's history; rows come in the lists' order, so it grows at its end
        Index("ix_campaign_message_recipient", "list_id", "list_row"),
        {"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (campaign_id)"},
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  #: from 1
    list_id: Mapped[int | None]  #: NULL: one of our own handsets
    list_row: Mapped[int | None]
    seed: Mapped[str] = mapped_column(String(63), default="")  #: which handset of the programme
    last3: Mapped[str] = mapped_column(String(3))
    carrier: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(9), default="waiting")
    account: Mapped[str] = mapped_column(String(63), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)  #: tries that count against the policy
    parts: Mapped[int] = mapped_column(default=0)  #: of this very text; 0 until it is begun
    maybe_out: Mapped[bool] = mapped_column(default=False)  #: an earlier try may have gone out
    next_at: Mapped[datetime | None]  #: of a retry
    begun_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    ref: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(Text, default="")  #: the gateway's words


class CampaignTally(Base):
    """
    How many messages of a campaign have ended how: status must not count a million rows. Kept
    by each node for itself, in the transaction that moves the messages; the sum counts.
    """

    __tablename__ = "campaign_tally"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    node: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(9), primary_key=True)  #: every state but waiting
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    carrier: Mapped[str] = mapped_column(String(20), primary_key=True)
    messages: Mapped[int]  #: may be below 0 on one node, whose other moved them first
    parts: Mapped[int]


class CampaignRef(Base):
    """
    A gateway's id back to a part of a message, where the gateway does not give our key back.
    Not unique: gateways use ids again. A message has arrived when each of its parts has.
    """

    __tablename__ = "campaign_ref"
    __table_args__ = (
        Index("ix_campaign_ref_ref", "ref"),
        # the other parts of a message, asked for with each receipt of one
        Index("ix_campaign_ref_parts", "campaign_id", "row", sqlite_where=text('"of" > 1'),
              postgresql_where=text('"of" > 1')),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ref: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    campaign_id: Mapped[int]
    row: Mapped[int]
    part: Mapped[int]  #: from 1
    of: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(9))  #: of its receipt


class TrialSend(Base):
    """
    A campaign's text for one named phone, before anybody runs it: asked for by a person, sent by
    the worker that sends everything else, at the same rate. It is no message of the campaign.
    """

    __tablename__ = "trial_send"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','sending','accepted','delivered','rejected','retry',"
                        "'uncertain','expired','cancelled')", name="state"),
        # prevents: a person's number kept after its one use
        CheckConstraint("number IS NULL OR state IN ('waiting','sending')", name="number"),
        # prevents: nobody to send to, or ciphertext that nothing says how to read
        CheckConstraint("state <> 'waiting' OR (handset <> '' AND number IS NULL) "
                        "OR (handset = '' AND number IS NOT NULL AND key_id IS NOT NULL)",
                        name="whom"),
        # asked every second, of very few rows
        Index("ix_trial_send_open", "channel", "id",
              sqlite_where=text("state IN ('waiting','sending')"),
              postgresql_where=text("state IN ('waiting','sending')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    channel: Mapped[str] = mapped_column(String(63))
    handset: Mapped[str] = mapped_column(String(63), default="")  #: one of our own, by its name
    #: ciphertext as in `recipient`, of list 0, row id
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("list_key.id"))
    last3: Mapped[str] = mapped_column(String(3), default="")
    text: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(63))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]  #: not begun by then: never sent
    state: Mapped[str] = mapped_column(String(9), default="waiting")
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(String(80), default="")
    words: Mapped[str] = mapped_column(Text, default="")  #: the gateway's
    ref: Mapped[str] = mapped_column(Text, default="")
