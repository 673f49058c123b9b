"""
What a gateway tells of a message it took earlier: deliver_sm or data_sm with a receipt in it.

Two forms, often together: a text `id:… stat:…` (specification appendix B) and the optional
parameters receipted_message_id and message_state (5.3.2.12, 5.3.2.35). Gateways write one id in
two ways, hexadecimal in the answer and decimal in the text.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from channels.smpp import pdu
from channels.smpp.coding import UCS2
from channels.values import Delivered, FromPhone, Rejected, Report, Uncertain

#: how the ids of receipts are to be read: as they are, as a decimal of the hexadecimal id that
#: the answer to submit_sm gave, the other way round, or either
Ids = Literal["same", "decimal", "hexadecimal", "any"]

_STATES: Final = {
    0: "SCHEDULED", 1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV",
    6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD", 9: "SKIPPED",
}  # fmt: skip
_FAILED: Final = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED"})
#: gateways cut or complete the seven letters: DELIVERED and the like
_BY_LETTERS: Final = {name[:5]: name for name in _STATES.values()}
_PARTS: Final = re.compile(r"\b(id|stat|err)\s*:\s*([^\s:]*)", re.IGNORECASE)
#: What stands behind "text:" is the message itself, and may look like anything.
_MESSAGE: Final = re.compile(r"\btext\s*:", re.IGNORECASE)
#: appendix B to the letter, as nearly all write it: one look instead of a search for each name
_USUAL: Final = re.compile(
    r"id:([^\s:]+) sub:\d* dlvrd:\d* submit date:\d* done date:\d* stat:([^\s:]+) err:([^\s:]+)"
    r"(?: text:|\Z)", re.IGNORECASE)  # fmt: skip
_KINDS: Final = 0x3C  #: esm_class, bits 2-5: what kind of message this is
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20


@dataclass(slots=True)  # not frozen, which would take three times as long to make
class Receipt:
    """One receipt, of one part. `handle` says where it must be confirmed."""

    ref: str  #: the gateway's id, written as in its answer to submit_sm
    state: str  #: DELIVRD, UNDELIV, ENROUTE …
    error: str = ""  #: the network's own code
    number: str = ""  #: whose phone, digits as the gateway writes them
    also: tuple[str, ...] = ()  #: other ways in which the answer may have written the id
    reference: int | None = None  #: our `submit.reference(key)`, from gateways that repeat it
    digest: str = ""  #: of the unit's body: a receipt that comes twice has the same
    handle: Any = field(default=None, compare=False, repr=False)

    def report(self) -> Report | None:
        """As the worker counts it; None while the message is still on its way."""
        told = self.state + (f", err {self.error}" if self.error.strip("0") else "")
        if self.state == "DELIVRD":
            return Report(self.ref, Delivered(self.ref, detail=told), target=self.number)
        if self.state in _FAILED:
            outcome = Rejected("sms-undelivered", f"Không tới máy nhận ({told})")
            return Report(self.ref, outcome, target=self.number)
        if self.state == "UNKNOWN":
            doubt = Uncertain("sms-unknown", "Cổng không biết tin đã tới chưa")
            return Report(self.ref, doubt, target=self.number)
        return None


def read(
    command: int, octets: bytes, ids: Ids = "same", handle: object = None
) -> Receipt | None:
    """
    The receipt in a deliver_sm or data_sm; None when it is a message from a phone.

    Raises `pdu.Malformed` for a body that cannot be read at all.
    """
    came = pdu.read_incoming(command, octets)
    tlvs = came.tlvs
    told_id, told_state, told_error = _told(_whole_text(came))
    own_id = tlvs.get(pdu.RECEIPTED_MESSAGE_ID)
    kind = came.esm_class & _KINDS
    if not (kind & (_RECEIPT | _INTERMEDIATE) or own_id or (told_id and told_state)):
        return None
    state = tlvs.get(pdu.MESSAGE_STATE)
    name = _STATES.get(state[-1], "UNKNOWN") if state else told_state.upper()
    if kind & _INTERMEDIATE and not kind & _RECEIPT:
        name = "ENROUTE"  # told on the way, whatever it says: only the last word settles
    shown = own_id.rstrip(b"\0").decode("latin-1") if own_id else ""
    refs = _spellings(told_id, shown, ids)
    reference = tlvs.get(pdu.USER_MESSAGE_REFERENCE)
    return Receipt(
        refs[0],
        _BY_LETTERS.get(name[:5], "UNKNOWN"),
        told_error or _network_error(tlvs.get(pdu.NETWORK_ERROR_CODE)),
        came.source,
        refs[1:],
        int.from_bytes(reference, "big") if reference else None,
        hashlib.sha256(octets).hexdigest(),
        handle,
    )


def read_phone(command: int, octets: bytes, handle: object = None) -> FromPhone:
    """
    A deliver_sm or data_sm that is no receipt. ASCII letters are read right in every alphabet.

    Raises `pdu.Malformed` for a body that cannot be read at all.
    """
    came = pdu.read_incoming(command, octets)
    return FromPhone(came.source, _whole_text(came), handle)


def _whole_text(came: pdu.Incoming) -> str:
    octets = came.short_message or came.tlvs.get(pdu.MESSAGE_PAYLOAD) or b""
    if came.esm_class & pdu.UDHI and octets:
        octets = octets[octets[0] + 1 :]  # behind a header
    return octets.decode("utf-16-be" if came.data_coding == UCS2 else "latin-1", "replace")


def _told(text: str) -> tuple[str, str, str]:
    """id, stat and err that a receipt's text names; empty where it does not."""
    usual = _USUAL.match(text)
    if usual is not None:
        return usual.group(1, 2, 3)  # type: ignore[return-value]  # three groups that all match
    text = _MESSAGE.split(text, maxsplit=1)[0]
    told = {name.lower(): value for name, value in reversed(_PARTS.findall(text))}
    return told.get("id", ""), told.get("stat", ""), told.get("err", "")


def _network_error(octets: bytes | None) -> str:
    return str(int.from_bytes(octets[1:3], "big")) if octets and len(octets) == 3 else ""


def _spellings(in_text: str, in_parameter: str, ids: Ids) -> tuple[str, ...]:
    """The ids by which the message may be known, the likeliest first, each once."""
    if in_parameter == in_text and in_text and ids == "same":
        return (in_text,)
    known = [ref for ref in (in_parameter, in_text) if ref]
    if not known:
        return ("",)
    changed = [*_as_hex(known), *_as_decimal(known)] if ids == "any" else []
    if ids == "decimal":
        changed = _as_hex(known)
    if ids == "hexadecimal":
        changed = _as_decimal(known)
    likely = [*changed, *known] if ids in ("decimal", "hexadecimal") else [*known, *changed]
    return tuple(dict.fromkeys(likely))


def _as_hex(refs: list[str]) -> list[str]:
    numbers = [int(ref) for ref in refs if ref.isascii() and ref.isdecimal() and len(ref) <= 20]
    return [form for n in numbers for form in (f"{n:x}", f"{n:X}", f"{n:08x}", f"{n:08X}")]


def _as_decimal(refs: list[str]) -> list[str]:
    return [str(int(ref, 16)) for ref in refs if re.fullmatch(r"[0-9A-Fa-f]{1,16}", ref)]
