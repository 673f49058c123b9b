"""From a message begun to what goes on the wire: the number opened, the list's fields put in."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from channels.values import Message, Outcome, Rejected
from vietnamese import sms
from vietnamese.plain import nfc, plain
from worker.i18n import t
from worker.items.fields import fill
from worker.lists.secret import Ring

from .keys import key_of
from .units import Begun, Running, Slice

#: no number is left: taken off the list since
FORGOTTEN = "forgotten"


class Texts:
    """
    Messages of slices. `handsets`: our own phones by name, as the programme gives them.
    Keeps what is the same for every message of a campaign.
    """

    def __init__(self, open_ring: Callable[[], Ring], handsets: Mapping[str, str]) -> None:
        self._open_ring = open_ring
        self._ring: Ring | None = None
        self._handsets = handsets
        self._campaign: Running | None = None
        self._pattern = Message("", "", "")

    def message(self, of: Slice, begun: Begun) -> Message | Outcome:
        """The message, or why there is none."""
        campaign = of.campaign
        number = self._number(of, begun)
        if number is None:
            return Rejected(FORGOTTEN, t("số đã được xóa theo yêu cầu", "the number is forgotten"))
        text = campaign.text
        if campaign.fields:  # our own handset has no row: it sees which field stands where
            values = (self._fields(of, begun) if begun.list_id is not None
                      else {name: f"({name})" for name in campaign.fields})
            text = filled(text, values)
        if campaign is not self._campaign:
            self._campaign = campaign
            self._pattern = Message("", "", text, expires_at=campaign.closes_at)
        return self._pattern.to(number, key_of(campaign.nonce, campaign.id, begun.row), text,
                                attempt=begun.attempts, first_try_at=begun.first_try_at)

    def _number(self, of: Slice, begun: Begun) -> str | None:
        if begun.list_id is None or begun.list_row is None:
            return self._handsets.get(begun.seed)
        number, _, key_id = of.sealed.get(begun.row, (None, None, None))
        if number is None or key_id is None:
            return None
        return self._ring_with(key_id).number(begun.list_id, begun.list_row, key_id, number)

    def _fields(self, of: Slice, begun: Begun) -> dict[str, str]:
        _, fields, key_id = of.sealed[begun.row]
        assert begun.list_id is not None  # noqa: S101  (a handset has no fields)
        assert begun.list_row is not None  # noqa: S101
        names = of.field_names[begun.list_id]
        if fields is None or key_id is None:
            return dict.fromkeys(names, "")
        ring, place = self._ring_with(key_id), (begun.list_id, begun.list_row)
        values = ring.fields(*place, key_id, fields, len(names))
        return dict(zip(names, values, strict=True))

    def _ring_with(self, key_id: int) -> Ring:
        """Keys are rotated while a campaign runs: one we do not know yet is looked for."""
        if self._ring is None or key_id not in self._ring.ciphers:
            self._ring = self._open_ring()
        return self._ring


def filled(text: str, values: Mapping[str, str]) -> str:
    """Into a text that is pure ASCII values go without their accents: never a mix."""
    write = plain if text.isascii() else nfc
    return fill(text, {name: write(value) for name, value in values.items()})


@lru_cache(maxsize=64)
def parts_of(text: str) -> int:
    """SMS parts that the gateway counts for this text."""
    return sms.count(text).parts
