"""What a gateway's callback brings: parameters, a form or JSON; one receipt or a list of them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from channels.gateway import Receipt
from channels.values import Report

MOST = 10_000  #: receipts read from one call


def reports(receipt: Receipt, params: Mapping[str, str], body: bytes) -> list[Report]:
    """Every receipt in this call that says something of a message of ours; never fails."""
    told = _json(body)
    if told is None and body:
        told = dict(parse_qsl(body.decode("utf-8", "replace")))
    found = told
    for step in filter(None, receipt.each.split(".")):
        found = found.get(step) if isinstance(found, dict) else None
    entries = found if isinstance(found, list) else [found]
    read = (
        receipt.report({**params, **entry} if isinstance(entry, dict) else params)
        for entry in entries[:MOST]
    )
    return [report for report in read if report is not None]


def _json(body: bytes) -> Any:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict | list) else None
