"""
Text that no page and no feed can break on, and the times they write.

What XML 1.0 or HTML has no place for is left out: control characters, halves of characters,
non-characters. So are signs that turn the direction of writing (U+202A…202E, U+2066…2069): with
them a line reads otherwise than it was approved, and no language here needs them.
"""

import json
import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape
from typing import Any, Final
from urllib.parse import urljoin

#: dates on pages and in RSS: Vietnam's, which has known no summer time since 1975
VIETNAM: Final = timezone(timedelta(hours=7))

_NO_CHARACTERS = "".join(chr((plane << 16) + last) for plane in range(1, 17)
                         for last in (0xFFFE, 0xFFFF))
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    f"\u202a-\u202e\u2066-\u2069{_NO_CHARACTERS}]"
)
_ADDRESS = re.compile(r'(<[^<>]*?\s(?:src|href)=")(?![A-Za-z][A-Za-z0-9+.-]*:)([^"<>]*)"')


def clean(text: str) -> str:
    """The text without what XML or HTML cannot hold; line ends are LF."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Clean, on one line, single spaces."""
    return " ".join(clean(text).split())


def attribute(text: str) -> str:
    """As the value of an attribute between double quotes, or as text of a page."""
    return escape(clean(text))


def absolute(html: str, base_url: str) -> str:
    """Sanitised HTML whose addresses all stand alone: a feed is read far from its site."""
    return _ADDRESS.sub(lambda m: f'{m[1]}{escape(_joined(base_url, m[2]))}"', html)


def _joined(base_url: str, address: str) -> str:
    try:
        return urljoin(base_url, address.replace("&amp;", "&"))
    except ValueError:  # "//[": no address at all
        return base_url


def script_json(value: Any) -> str:
    """JSON that may stand inside <script>: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def rfc3339(moment: datetime) -> str:
    """2026-11-24T01:00:00Z (Atom, sitemap, <time>)."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"  # noqa: UP017 - beside VIETNAM


def rfc822(moment: datetime) -> str:
    """Tue, 24 Nov 2026 08:00:00 +0700 (RSS)."""
    return format_datetime(moment.astimezone(VIETNAM))


def in_words(moment: datetime) -> str:
    """08:00 ngày 24/11/2026"""
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
