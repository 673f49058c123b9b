"""
Recipients of SMS campaigns. Numbers and what a list says of people stand here as ciphertext only;
the keys stand in files apart from the database (`lists/secret.py`).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

#: bytes of a number's look-up value
LOOKUP = 16


class Bytes(LargeBinary):
    """As LargeBinary, without a call for each value: both databases take `bytes` as they are."""

    def bind_processor(self, dialect: Dialect) -> None:
        del dialect



class ListKey(Base):
    """A key there is or was; the key itself is a file that no backup holds."""

    __tablename__ = "list_key"
    __table_args__ = (
        CheckConstraint("kind IN ('cipher','lookup')", name="kind"),
        # prevents: two nodes that make the first key, each encrypting with its own
        Index("uq_list_key_current", "kind", unique=True,
              sqlite_where=text("replaced_at IS NULL"),
              postgresql_where=text("replaced_at IS NULL")),
        # prevents: a key thrown away while new rows are still encrypted with it
        CheckConstraint("retired_at IS NULL OR replaced_at IS NOT NULL", name="replaced_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(6))
    file: Mapped[str] = mapped_column(String(32), unique=True)  #: prevents: one file for two keys
    fingerprint: Mapped[str] = mapped_column(String(32))  #: tells a wrong file from the right one
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(63))
    replaced_at: Mapped[datetime | None]  #: no new row is encrypted with it
    retired_at: Mapped[datetime | None]  #: no row is left, its file is gone


class RecipientList(Base):
    """
    A list as it was ordered. It counts from one flip, staging -> ready, to another, -> ended; the
    row stays afterwards, to answer why people were written to.
    """

    __tablename__ = "recipient_list"
    __table_args__ = (
        CheckConstraint("purpose IN ('cong_ich','quang_cao')", name="purpose"),
        CheckConstraint("basis IN ('consent','public_task','emergency')", name="basis"),
        # prevents: advertising to people who never asked for it (Decree 91/2020/NĐ-CP)
        CheckConstraint("purpose <> 'quang_cao' OR basis = 'consent'", name="consent"),
        CheckConstraint("state IN ('staging','ready','ended')", name="state"),
        # prevents: half an import that counts, people whom `find` and `forget` do not reach
        CheckConstraint("state = 'staging' OR (stored = indexed AND ready_at IS NOT NULL)",
                        name="whole"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    purpose: Mapped[str] = mapped_column(String(10))
    basis: Mapped[str] = mapped_column(String(12))
    organisation: Mapped[str] = mapped_column(String(200))  #: who ordered it …
    document: Mapped[str] = mapped_column(String(100))  #: … by which paper …
    document_date: Mapped[date]  #: … of which day
    scan_sha256: Mapped[str] = mapped_column(String(64), default="")
    source: Mapped[str] = mapped_column(Text)  #: where the numbers come from
    expires: Mapped[date]  #: local; the last day it may be used
    file: Mapped[str] = mapped_column(String(255))
    fields: Mapped[list[Any]]  #: names, in the order of the values in `recipient.fields`
    counts: Mapped[dict[str, Any]]  #: what the file held, from `report.figures`
    state: Mapped[str] = mapped_column(String(7))
    stored: Mapped[int] = mapped_column(default=0)
    indexed: Mapped[int] = mapped_column(default=0)
    imported_by: Mapped[str] = mapped_column(String(63))
    imported_at: Mapped[datetime]
    touched_at: Mapped[datetime]  #: when its import last wrote; one that died is told by it
    ready_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(63), default="")
    end_reason: Mapped[str] = mapped_column(Text, default="")
    wiped_at: Mapped[datetime | None]  #: no ciphertext is left
    unlinked_at: Mapped[datetime | None]  #: no look-up value is left either
    #: organisation of whoever made it, then; None: the whole installation (worker/scope.py)
    owner: Mapped[str | None] = mapped_column(String(63))


class Recipient(Base):
    """
    A number of a list. The key is (list, row), in the file's order: rows are written at the end
    of the table only, however many there are.
    """

    __tablename__ = "recipient"
    __table_args__ = (
        # prevents: ciphertext that nothing says how to read
        CheckConstraint("number IS NULL OR key_id IS NOT NULL", name="key"),
        # prevents: a forgotten person's number or name left behind by a later write
        CheckConstraint("forgotten_at IS NULL OR (number IS NULL AND fields IS NULL "
                        "AND lookup IS NULL)", name="forgotten"),
        {"sqlite_with_rowid": False},
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("recipient_list.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  #: from 1
    source_row: Mapped[int]  #: of the file, as Excel shows it
    number: Mapped[bytes | None] = mapped_column(Bytes)  #: nonce, ciphertext, tag
    fields: Mapped[bytes | None] = mapped_column(Bytes)  #: the same; NULL: all are empty
    key_id: Mapped[int | None] = mapped_column(ForeignKey("list_key.id"))
    lookup: Mapped[bytes | None] = mapped_column(Bytes(LOOKUP))
    last3: Mapped[str] = mapped_column(String(3))
    carrier: Mapped[str] = mapped_column(String(20))  #: by prefix; "" where unknown
    forgotten_at: Mapped[datetime | None]


class RecipientLookup(Base):
    """
    Where a number stands. A table of its own, filled in its own order after the rows: an index
    on them would be written all over for each chunk, three times as slow for a million.
    """

    __tablename__ = "recipient_lookup"
    __table_args__ = (
        # the key prevents: one number twice on one list
        ForeignKeyConstraint(["list_id"], ["recipient_list.id"]),
        {"sqlite_with_rowid": False},
    )

    lookup: Mapped[bytes] = mapped_column(Bytes(LOOKUP), primary_key=True)
    list_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row: Mapped[int]


class OptOut(Base):
    """A number that wants no message, by its look-up value alone: who it is cannot be read."""

    __tablename__ = "opt_out"
    __table_args__ = (
        # the key prevents: one wish twice; a do-not-call entry that hides a real opt-out
        CheckConstraint("kind IN ('opt_out','do_not_call','forgotten')", name="kind"),
        # a list becomes ready in a moment, though the do-not-call list may hold millions
        Index("ix_opt_out_forgotten", "lookup", sqlite_where=text("kind = 'forgotten'"),
              postgresql_where=text("kind = 'forgotten'")),
        {"sqlite_with_rowid": False},
    )

    lookup: Mapped[bytes] = mapped_column(Bytes(LOOKUP), primary_key=True)
    kind: Mapped[str] = mapped_column(String(11), primary_key=True)
    last3: Mapped[str] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(Text)  #: how we know
    recorded_by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime]
