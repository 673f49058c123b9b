"""
The secret in a receipt's address: one per account, made from a key that never leaves this
machine. The key belongs to the installation, not to the database, so a restore changes no
address that a gateway was given.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import quote

from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.settings import Secret

KEY_FILE = "khoa"
_BYTES = 32


def secret_for(home: Home, channel: str, account: str) -> Secret:
    """The secret of this account (43 letters); makes the key file at the first call."""
    uid = home.installation().uid
    text = f"receipt\n{uid}\n{channel}\n{account}"
    return Secret(hmac.new(_key(home.settings.var), text.encode(), hashlib.sha256).hexdigest()[:43])


def receipt_url(home: Home, base: str, channel: str, account: str) -> str:
    """What the gateway is told to call; `base` is our public address, https://…"""
    secret = secret_for(home, channel, account)
    return f"{base.rstrip('/')}/receipts/{quote(channel)}/{quote(account)}/{secret}"


def derived(home: Home, purpose: str) -> bytes:
    """32 bytes of their own for another purpose; the same for as long as the key lives."""
    text = f"{purpose}\n{home.installation().uid}"
    return hmac.new(_key(home.settings.var), text.encode(), hashlib.sha256).digest()


def ready_key(home: Home) -> None:
    """Make the key at the first start; UserError when it cannot be used."""
    _key(home.settings.var)


def _key(var: Path) -> bytes:
    path = var / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if len(key) != _BYTES:
        raise _unusable(path, t("khóa không đủ dài", "the key is cut short"))
    return key


def _make(path: Path) -> None:
    """Readable by us alone from its first byte; linked into place whole, by one process only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its key is the key
    finally:
        draft.unlink()


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        str(path), t(f"không dùng được khóa báo kết quả ({why})",
                     f"the receipts' key cannot be used ({why})"),
        t("kiểm tra quyền; mất khóa thì xóa tệp này và báo địa chỉ mới cho nhà mạng",
          "check permissions; if it is lost, delete the file and give gateways the new address"),
    )
