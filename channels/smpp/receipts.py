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
from channels.values import Delivered, FromPhone, Rejected, Report, Uncertain

#: how the ids of receipts are to be read: as they are, as a decimal of the hexadecimal id that
#: the answer to submit_sm gave, the other way round, or either
Ids = Literal["same", "decimal", "hexadecimal", "any"]

_STATES: Final = {
    0: "SCHEDULED", 1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV",
    6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD", 9: "SKIPPED",
}  # fmt: skip
_FAILED: Final = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED"})
_PARTS: Final = re.compile(r"\b(id|stat|err)\s*:\s*([^\s:]*)", re.IGNORECASE)
_KINDS: Final = 0x3C  #: esm_class, bits 2-5: what kind of message this is
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20


@dataclass(frozen=True)
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
    body = pdu.decode_body(command, octets)
    text = _text(body, command)
    told = {name.lower(): value for name, value in reversed(_PARTS.findall(text))}
    own_id = body.tlv(pdu.RECEIPTED_MESSAGE_ID)
    kind = body.number("esm_class") & _KINDS
    if not (kind & (_RECEIPT | _INTERMEDIATE) or own_id or (told.get("id") and told.get("stat"))):
        return None
    state = body.tlv(pdu.MESSAGE_STATE)
    name = _STATES.get(state[-1], "UNKNOWN") if state else told.get("stat", "").upper()
    if kind & _INTERMEDIATE and not kind & _RECEIPT:
        name = "ENROUTE"  # told on the way, whatever it says: only the last word settles
    shown = own_id.rstrip(b"\0").decode("latin-1") if own_id else ""
    refs = _spellings(told.get("id", ""), shown, ids)
    reference = body.tlv(pdu.USER_MESSAGE_REFERENCE)
    return Receipt(
        ref=refs[0],
        also=refs[1:],
        state=_whole_name(name),
        error=told.get("err") or _network_error(body),
        number=body.text("source_addr"),
        reference=int.from_bytes(reference, "big") if reference else None,
        digest=hashlib.sha256(octets).hexdigest(),
        handle=handle,
    )


def read_phone(command: int, octets: bytes, handle: object = None) -> FromPhone:
    """
    A deliver_sm or data_sm that is no receipt. ASCII letters are read right in every alphabet.

    Raises `pdu.Malformed` for a body that cannot be read at all.
    """
    body = pdu.decode_body(command, octets)
    return FromPhone(body.text("source_addr"), _whole_text(body, command), handle)


def _whole_text(body: pdu.Body, command: int) -> str:
    octets = body.tlv(pdu.MESSAGE_PAYLOAD) or b""
    if command == pdu.DELIVER_SM:
        octets = body.octets("short_message") or octets
    if body.number("esm_class") & 0x40 and octets:
        octets = octets[octets[0] + 1 :]  # behind a header
    coding = body.number("data_coding")
    return octets.decode("utf-16-be" if coding == 8 else "latin-1", "replace")


def _text(body: pdu.Body, command: int) -> str:
    text = _whole_text(body, command)
    # What stands behind "text:" is the message itself, and may look like anything.
    return re.split(r"\btext\s*:", text, maxsplit=1, flags=re.IGNORECASE)[0]


def _whole_name(name: str) -> str:
    """DELIVRD for DELIVERED and the like: gateways cut or complete the seven letters."""
    for state in _STATES.values():
        if name[:5] == state[:5]:
            return state
    return "UNKNOWN"


def _network_error(body: pdu.Body) -> str:
    octets = body.tlv(pdu.NETWORK_ERROR_CODE)
    return str(int.from_bytes(octets[1:3], "big")) if octets and len(octets) == 3 else ""


def _spellings(in_text: str, in_parameter: str, ids: Ids) -> tuple[str, ...]:
    """The ids by which the message may be known, the likeliest first, each once."""
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
