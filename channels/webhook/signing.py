"""
HMAC signatures in the style of the Standard Webhooks specification (standardwebhooks.com):
HMAC-SHA256 over `id.timestamp.body`, as `v1,BASE64` in `webhook-signature`; several signatures,
one a secret, are separated by spaces.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"  #: a secret written so is Base64, any other is its own UTF-8
LEAST: Final = 12  #: bytes; a shorter secret can be guessed, and whoever has it warns in our name


def key_of(secret: str) -> bytes | None:
    """The bytes to sign with; None for a secret that cannot be used."""
    try:
        key = (base64.b64decode(secret.removeprefix(PREFIX), validate=True)
               if secret.startswith(PREFIX) else secret.encode())
    except (binascii.Error, ValueError):
        return None
    return key if len(key) >= LEAST else None


def headers(name: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The three headers of a webhook. `timestamp`: seconds since 1970, UTC."""
    signed = f"{name}.{timestamp}.".encode() + body
    marks = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }
