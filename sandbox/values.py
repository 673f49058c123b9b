"""What passes between the server and the imitations: a request in, a reply out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def params(self) -> dict[str, str]:
        """Query, form and JSON fields in one; the body wins."""
        given: dict[str, Any] = dict(parse_qsl(self.query, keep_blank_values=True))
        if not self.body:
            return given
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            given.update(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
            return given
        try:
            fields = json.loads(self.body)
        except ValueError:
            return given
        if isinstance(fields, dict):
            given.update(fields)
        return given


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Callback:
    """A call of the gateway to us: GET, or POST with this JSON."""

    url: str
    body: bytes | None = None


def answer(status: int, value: Any, **headers: str) -> Reply:
    """A JSON reply; `retry_after="30"` becomes `Retry-After: 30`."""
    named = {name.replace("_", "-").title(): text for name, text in headers.items()}
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), named)


def digest(*parts: str) -> str:
    """32 hex digits that depend on nothing but these parts: two identical runs are identical."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
