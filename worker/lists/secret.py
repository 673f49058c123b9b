"""
Numbers made unreadable and found again.

Ciphertext: AES-256-GCM, a random nonce of 12 bytes before it, bound to list and row, so that no
row can be put in another's place. Look-up value: 16 bytes of keyed BLAKE2b (RFC 7693), through
every look-up key there has been in turn: a new key is laid over values whose numbers are gone.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.db import Store
from worker.errors import UserError
from worker.i18n import t
from worker.models import ListKey
from worker.models.lists import LOOKUP

from .keys import make_first, read_key

if TYPE_CHECKING:  # a worker at rest needs neither the Excel library nor this one
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from .rows import Row

_NONCE = 12


class KeysChangedError(Exception):
    """The keys were rotated meanwhile: what was made with the old ones must not be written."""


class Sealed(NamedTuple):
    """A recipient as it is stored."""

    number: bytes
    fields: bytes | None  #: None: every value is empty
    lookup: bytes


@dataclass(frozen=True)
class Ring:
    """The keys in use."""

    current: int  #: id of the key new rows are encrypted with
    ciphers: "dict[int, AESGCM]" = field(repr=False)
    #: look-up keys with their ids, the first one first
    chain: tuple[tuple[int, bytes], ...] = field(repr=False)

    def seal(self, list_id: int, first: int, rows: "Sequence[Row]") -> list[Sealed]:
        """A chunk, its rows numbered from *first*."""
        encrypt, lookup = self.ciphers[self.current].encrypt, self.lookup
        nonces = os.urandom(2 * _NONCE * len(rows))
        sealed, at = [], 0
        for n, row in enumerate(rows, start=first):
            nine, place = row.number[3:].encode(), b"%d/%d" % (list_id, n)
            nonce, other = nonces[at : at + 12], nonces[at + 12 : at + 24]
            at += 24
            fields = None
            if any(row.fields):
                text = "\n".join(row.fields).encode()  # no value holds a line break
                fields = other + encrypt(other, text, b"f" + place)
            number = nonce + encrypt(nonce, nine, b"n" + place)
            sealed.append(Sealed(number, fields, lookup(nine)))
        return sealed

    def number(self, list_id: int, row: int, key_id: int, number: bytes) -> str:
        """The number as E.164."""
        return "+84" + self._open(b"n", list_id, row, key_id, number).decode()

    def fields(self, list_id: int, row: int, key_id: int, fields: bytes | None,
               count: int) -> tuple[str, ...]:
        """The *count* values in the order of the list's names."""
        if fields is None:
            return ("",) * count
        return tuple(self._open(b"f", list_id, row, key_id, fields).decode().split("\n"))

    def renewed(self, list_id: int, row: int, key_id: int, number: bytes,
                fields: bytes | None) -> tuple[bytes, bytes | None]:
        """The same under the current key."""
        def again(mark: bytes, old: bytes) -> bytes:
            nonce, place = os.urandom(_NONCE), mark + b"%d/%d" % (list_id, row)
            text = self._open(mark, list_id, row, key_id, old)
            return nonce + self.ciphers[self.current].encrypt(nonce, text, place)

        return again(b"n", number), None if fields is None else again(b"f", fields)

    def lookup(self, nine: bytes) -> bytes:
        """The look-up value of a number, nine digits after the 0."""
        value = nine
        for _, key in self.chain:
            value = laid_over(value, key)
        return value

    def must_be_current(self, session: Session) -> None:
        """
        In a transaction that is to write: what was made with this ring may be written. The rows
        are held, so a rotation waits for us or we for it.
        """
        rows = session.scalars(
            select(ListKey.id).where(ListKey.replaced_at.is_(None)).with_for_update(read=True)
        ).all()
        if set(rows) != {self.current, self.chain[-1][0]}:
            raise KeysChangedError

    def _open(self, mark: bytes, list_id: int, row: int, key_id: int, data: bytes) -> bytes:
        place = mark + b"%d/%d" % (list_id, row)
        try:
            return self.ciphers[key_id].decrypt(data[:_NONCE], data[_NONCE:], place)
        except Exception as trouble:
            # imported here: to import it for each number costs as much as to open the number
            from cryptography.exceptions import InvalidTag  # noqa: PLC0415

            if not isinstance(trouble, InvalidTag | KeyError):
                raise
            where = t(f"danh sách {list_id}, dòng {row}", f"list {list_id}, row {row}")
            raise UserError(
                where, t("không giải mã được", "cannot be decrypted"),
                t("dữ liệu đã bị sửa hoặc thiếu khóa; phục hồi từ bản sao lưu",
                  "the data was altered or a key is missing; restore a backup")) from trouble


def laid_over(value: bytes, key: bytes) -> bytes:
    """One step of the chain: a look-up value (or a number) under one more key."""
    return hashlib.blake2b(value, key=key, digest_size=LOOKUP).digest()


def open_ring(session: Session, var: Path) -> Ring:
    """
    The keys that the database names, from their files.

    Raises:
        UserError: a file is missing or not the one it should be.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    rows = session.scalars(
        select(ListKey).where(ListKey.retired_at.is_(None)).order_by(ListKey.id)).all()
    if not rows:
        raise UserError(t("danh sách", "lists"), t("chưa có danh sách nào", "there are none yet"),
                        t("nhập bằng `giovang list import`", "bring one by `giovang list import`"))
    return Ring(
        next(r.id for r in rows if r.kind == "cipher" and r.replaced_at is None),
        {r.id: AESGCM(read_key(var, r)) for r in rows if r.kind == "cipher"},
        tuple((r.id, read_key(var, r)) for r in rows if r.kind == "lookup"),
    )


def ready_ring(store: Store, var: Path, now: datetime, by: str) -> Ring:
    """The same, with keys made where there are none yet."""
    with store.write() as session:
        make_first(session, var, now, by)
        return open_ring(session, var)
