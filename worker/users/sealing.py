"""What a browser keeps for us and can neither read nor change: AES-256-GCM by our own key."""

import base64
import os

from worker.home import Home
from worker.receipt_secret import derived

_NONCE = 12


def sealed(home: Home, purpose: str, text: str) -> str:
    """As it goes into a cookie."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = os.urandom(_NONCE)
    data = AESGCM(derived(home, purpose)).encrypt(nonce, text.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + data).decode()


def opened(home: Home, purpose: str, stored: str) -> str | None:
    """What it holds; None when it is not ours."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        data = base64.b64decode(stored.encode(), altchars=b"-_", validate=True)
        return AESGCM(derived(home, purpose)).decrypt(
            data[:_NONCE], data[_NONCE:], purpose.encode()).decode()
    except (InvalidTag, ValueError):
        return None
