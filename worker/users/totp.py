"""
Codes of an app on the phone (TOTP, RFC 6238: six digits, 30 s).

The secret is sealed with AES-256-GCM under a key derived from the installation's own (`var/khoa`),
bound to the person. Not with the keys of the lists: those are rotated and thrown away with the
rows of lists, and stand in no backup, so a restore would lock every approver out.
"""

import base64
import os
from datetime import datetime
from hmac import compare_digest

import pyotp

from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.receipt_secret import derived

#: codes before and after the present one that count: clocks of phones differ
WINDOW = (-1, 0, 1)
SECONDS = 30
_NONCE = 12


def new_secret() -> str:
    """160 random bits in base 32, as the apps want them."""
    return pyotp.random_base32()


def key(home: Home) -> bytes:
    """The key secrets are sealed with."""
    return derived(home, "totp")


def sealed(key: bytes, person_id: str, secret: str) -> str:
    """As it is stored."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = os.urandom(_NONCE)
    data = AESGCM(key).encrypt(nonce, secret.encode(), person_id.encode())
    return base64.b64encode(nonce + data).decode()


def opened(key: bytes, person_id: str, stored: str) -> str:
    """
    The secret.

    Raises:
        UserError: sealed with another key, or for somebody else.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    data = base64.b64decode(stored)
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], person_id.encode()).decode()
    except InvalidTag:
        raise UserError(
            person_id, t("không mở được khóa mã xác thực (var/khoa đã đổi)",
                         "the secret of the codes cannot be opened (var/khoa has changed)"),
            t(f"nhờ quản trị cấp đường dẫn mới; giovang user link {person_id} "
              "--new-totp",
              f"ask an administrator for a new link; giovang user link {person_id} "
              "--new-totp")) from None


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step of 30 s this code belongs to; None when it is wrong."""
    code = "".join(code.split())
    made = pyotp.TOTP(secret)
    step = int(now.timestamp()) // SECONDS
    for n in WINDOW:
        if compare_digest(made.generate_otp(step + n).encode(), code.encode()):
            return step + n
    return None


def address(secret: str, person_id: str, issuer: str) -> str:
    """otpauth://… for the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=person_id, issuer_name=issuer)
