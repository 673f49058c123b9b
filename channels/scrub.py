"""
Masks what must never leave in a log line, a detail or an answer: secrets and phone numbers.

A secret becomes `***`, a phone number keeps its last three digits (Law 91/2025/QH15: a phone
number is personal data; three digits are enough to tell two rows apart).
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"

#: 0…, 84… and +84… with the separators people write; landlines have 10 or 11 digits with the 0.
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|%2B)?(?:84|0)(?:[ .()-]{0,2}\d){8,10}(?!\d)")
#: our keys and digests: one in 800 begins like a number, and would not be found again
_KEY = re.compile(
    r"(?<![\w-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64})(?![\w-])")
_EITHER = re.compile(f"(?P<key>{_KEY.pattern})|{_PHONE.pattern}")


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets and without phone numbers."""
    # The longest first: a token that contains another secret must not leave its tail behind.
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(form, MASK)
    return _EITHER.sub(_last_three, text)


def mask_phone(number: str) -> str:
    """A number as the log shows it: `***678`."""
    return MASK + "".join(c for c in number if c.isdigit())[-3:]


def _forms(secrets: Iterable[str]) -> set[str]:
    """A secret as it is and as it stands in an address or a form."""
    given = [secret for secret in secrets if secret]
    return {f for secret in given for f in (secret, quote(secret, safe=""), quote_plus(secret))}


def _last_three(found: re.Match[str]) -> str:
    return found["key"] or mask_phone(found.group())
