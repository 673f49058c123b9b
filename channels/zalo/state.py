"""
What of an account survives a crash: its tokens, sealed, and what it broadcast, in clear.

The row lies in the database and so in every backup. The tokens are sealed with AES-256-GCM under
a key derived from the app's secret, which is in no backup: the project's list keys belong to the
worker, and a key of its own would be one more secret to keep. Who changes the app's secret must
consent anew anyway; the record of broadcasts is in clear, so that it outlives that.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from channels.base import AccountState

_KEEP = 60  #: entries of broadcasts and of articles in the making; a month has six broadcasts
_TRIES = 20  #: writes beside each other of one account
_NONCE = 12


@dataclass(frozen=True)
class Tokens:
    """`source`: which given secret they came from; `refreshing`: hash of the token being spent."""

    source: str = ""
    seen: tuple[str, ...] = ()  #: every secret there was: an older one never wins again
    refresh: str = field(default="", repr=False)
    refresh_until: float = 0.0  #: seconds since 1970, as all times here
    access: str = field(default="", repr=False)
    access_until: float = 0.0
    refreshing: str = ""
    since: float = 0.0
    over: bool = False  #: whoever refreshed lost the answer, and waits no more
    empty: bool = False  #: that answer was empty
    lost: bool = False


@dataclass(frozen=True)
class Entry:
    """A broadcast: `ref` is empty until Zalo said yes to it."""

    key: str
    day: str  #: local, YYYY-MM-DD
    ref: str = ""


@dataclass(frozen=True)
class Stored:
    """The row as a value. `making`: hash of our key -> Zalo's token of an article in the making."""

    tokens: Tokens = Tokens()
    sent: tuple[Entry, ...] = ()
    making: dict[str, str] = field(default_factory=dict)


class MemoryState:
    """For a trial build, from which nothing need survive."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, str]] = {}

    def read(self, account: str) -> tuple[int, str]:
        return self._rows.get(account, (0, ""))

    def write(self, account: str, version: int, value: str) -> bool:
        if self.read(account)[0] != version:
            return False
        self._rows[account] = (version + 1, value)
        return True


@dataclass(frozen=True)
class Row:
    """One account's row, opened with its app's secret."""

    state: AccountState
    account: str
    secret: str = field(repr=False)

    def read(self) -> tuple[int, Stored]:
        version, text = self.state.read(self.account)
        return version, self._open(text)

    def write(self, version: int, stored: Stored) -> bool:
        return self.state.write(self.account, version, self._close(stored))

    def change(self, how: Callable[[Stored], Stored | None]) -> Stored | None:
        """Read, change, compare-and-set until it holds; None: `how` said no, or no luck."""
        for _ in range(_TRIES):
            version, stored = self.read()
            wanted = how(stored)
            if wanted is None:
                return None
            if wanted == stored or self.write(version, wanted):
                return wanted
        return None

    def _open(self, text: str) -> Stored:
        try:
            raw: dict[str, Any] = json.loads(text or "{}")
            sent = tuple(Entry(**entry) for entry in raw.get("sent", []))
            return Stored(self._unseal(raw.get("sealed", "")), sent, dict(raw.get("making", {})))
        except (ValueError, TypeError, AttributeError):
            return Stored()

    def _close(self, stored: Stored) -> str:
        making = dict(list(stored.making.items())[-_KEEP:])
        sent = [vars(entry) for entry in stored.sent[-_KEEP:]]
        return json.dumps(
            {"sealed": self._seal(stored.tokens), "sent": sent, "making": making},
            ensure_ascii=False,
        )

    def _seal(self, tokens: Tokens) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        nonce = os.urandom(_NONCE)
        plain = json.dumps(vars(tokens)).encode()
        sealed = AESGCM(self._key()).encrypt(nonce, plain, self.account.encode())
        return base64.b64encode(nonce + sealed).decode()

    def _unseal(self, text: str) -> Tokens:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        raw = base64.b64decode(text)
        if not raw:
            return Tokens()
        try:
            plain = AESGCM(self._key()).decrypt(raw[:_NONCE], raw[_NONCE:], self.account.encode())
        except InvalidTag:  # the app's secret was changed: begin with the given refresh token
            return Tokens()
        read = Tokens(**json.loads(plain))
        return replace(read, seen=tuple(read.seen))

    def _key(self) -> bytes:
        key = hashlib.blake2b(self.secret.encode(), digest_size=32, person=b"giovang-zalo")
        return key.digest()


def short(text: str) -> str:
    """A hash by which a token or a key is known again and not found out."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
