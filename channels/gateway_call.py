"""A request of a gateway's description, filled: what the wire is to write."""

from collections.abc import Mapping
from typing import Any, TypedDict
from urllib.parse import quote

from channels.gateway import PLACEHOLDER, Call, Described, fill


class Asked(TypedDict):
    """Arguments of `Wire.request` and of `Wire.write`, apart from the method."""

    url: str
    headers: Mapping[str, str] | None
    params: Mapping[str, str] | None
    json: Any
    data: Mapping[str, str] | None
    auth: tuple[str, str] | None


def asked(gateway: Described, call: Call, values: Mapping[str, str]) -> Asked:
    """This call with these values in its holes."""
    user, password = call.auth or gateway.auth or ("", "")
    query, body, form = call.query, call.body, call.form
    if gateway.drop_empty:
        query, body, form = (_without_empty(x, values) for x in (query, body, form))
    return {
        "url": address(call.url, values),
        "headers": fill(gateway.headers if call.headers is None else call.headers, values),
        "params": fill(query, values) or None,
        "json": fill(body, values) if body is not None else None,
        "data": fill(form, values) if form is not None else None,
        "auth": (fill(user, values), fill(password, values)) if user else None,
    }


def address(template: str, values: Mapping[str, str]) -> str:
    """The address, whatever stands in a value kept out of its structure."""
    if "{" not in template:
        return template
    return str(fill(template, {name: quote(value, safe="") for name, value in values.items()}))


def _without_empty(template: Any, values: Mapping[str, str]) -> Any:
    """The parameters whose every placeholder has a value."""
    if not template:
        return template
    return {
        name: value
        for name, value in template.items()
        if all(values[hole] for hole, _ in PLACEHOLDER.findall(str(value)))
    }
