"""
A gateway's request written once, and its holes filled for each message.

The request is written by the wire itself with marks in the place of what differs from message to
message; then it is cut at the marks. What cannot be filled so (a message's own value in a header,
in the credentials or in the host) is written anew each time.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote, quote_plus

from channels.gateway import PLACEHOLDER, Gateway
from channels.gateway_call import address, asked
from channels.values import Message, Outcome
from channels.wire import NoAnswer, Wire, Written

#: what differs from message to message; a frame is for one account and one alphabet ({unicode})
VARIABLES: Final = ("phone", "text", "key", "validity_seconds", "validity_minutes")

# Digits only, so that a mark passes every way of quoting unchanged, and int() as well: the number
# of the variable, then whether it stands as text, as a number, or in the address itself.
_MARK: Final = "7308164295130857"
_MARKS: Final = re.compile(_MARK + r"(\d)([123])")
_TEXT, _NUMBER, _ADDRESS = "1", "2", "3"

Encode = Callable[[str], str]


class _Mark(str):
    """As text it is one mark, by int() another."""

    __slots__ = ()

    def __int__(self) -> int:
        return int(self[:-1] + _NUMBER)


class _Pattern:
    """A text with holes, and how a value is quoted in each."""

    def __init__(self, marked: str, text: Encode) -> None:
        ways: dict[str, Encode] = {_TEXT: text, _NUMBER: _number, _ADDRESS: _in_address}
        pieces = _MARKS.split(marked)
        self._form = "%s".join(piece.replace("%", "%%") for piece in pieces[::3])
        names = [VARIABLES[int(variable)] for variable in pieces[1::3]]
        self._holes = [
            (name, lru_cache(maxsize=64)(ways[way]) if name == "text" else ways[way])
            for name, way in zip(names, pieces[2::3], strict=True)
        ]

    def filled(self, values: Mapping[str, str]) -> str:
        return self._form % tuple([quoted(values[name]) for name, quoted in self._holes])


T = TypeVar("T", str, str | None)


def _filler(marked: T, text: Encode) -> T | _Pattern:
    return _Pattern(marked, text) if marked and _MARKS.search(marked) else marked


@dataclass(frozen=True, eq=False)
class Head:
    """What a connection is told once: the same object, the same words."""

    method: str
    headers: tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """One message's request."""

    head: Head
    url: str
    body: str | None  #: ASCII: JSON or a form


class Frame:
    """The request of one account, for texts of one alphabet, with holes."""

    def __init__(self, head: Head, url: str, body: str | None, *, is_json: bool) -> None:
        self._head = head
        self._url = _filler(url, quote_plus)
        self._body = _filler(body, _json if is_json else quote_plus)

    def request(self, values: Mapping[str, str]) -> Request:
        url, body = self._url, self._body
        return Request(
            self._head,
            url if isinstance(url, str) else url.filled(values),
            body if body is None or isinstance(body, str) else body.filled(values),
        )


class Frames:
    """
    Writes the messages of one account.

    Args:
        of_message: its own values (`VARIABLES`), or why it is not even tried.
        of_account: all others.
    """

    def __init__(
        self,
        gateway: Gateway,
        wire: Wire,
        of_message: Callable[[Message], dict[str, str] | Outcome],
        of_account: Mapping[str, str],
    ) -> None:
        self._gateway = gateway
        self._wire = wire
        self._of_message = of_message
        self._of_account = of_account
        self._frames: dict[str, Frame | NoAnswer] = {}
        own = re.compile("|".join(VARIABLES))
        fixed = repr((gateway.headers, gateway.auth, gateway.url.partition("//")[2].split("/")[0]))
        self._each_anew = any(own.fullmatch(name) for name, _ in PLACEHOLDER.findall(fixed))

    def written(self, message: Message) -> Request | NoAnswer | Outcome:
        """The message as a request, or why there is none."""
        values = self._of_message(message)
        if not isinstance(values, dict):
            return values
        if self._each_anew:
            return self._anew({**self._of_account, **values})
        alphabet = values["unicode"]
        frame = self._frames.get(alphabet)
        if frame is None:
            frame = self._frames[alphabet] = self._frame({**self._of_account, "unicode": alphabet})
        if isinstance(frame, NoAnswer):
            return frame
        try:
            return frame.request(values)
        except ValueError as error:  # half a surrogate pair, letters where a number should be
            return self._wire.no_answer("bad-address", type(error).__name__)

    def _frame(self, fixed: Mapping[str, str]) -> Frame | NoAnswer:
        gateway = self._gateway
        marks = {name: _Mark(f"{_MARK}{n}{_TEXT}") for n, name in enumerate(VARIABLES)}
        in_address = {name: f"{_MARK}{n}{_ADDRESS}" for n, name in enumerate(VARIABLES)}
        call = asked(gateway, gateway, {**fixed, **marks})
        call["url"] = address(gateway.url, {**fixed, **in_address})
        made = self._wire.write(gateway.method, **call)
        if isinstance(made, NoAnswer):
            return made
        body = None if made.body is None else made.body.decode("ascii")
        return Frame(_head(made), made.url, body, is_json=gateway.body is not None)

    def _anew(self, values: Mapping[str, str]) -> Request | NoAnswer:
        gateway = self._gateway
        made = self._wire.write(gateway.method, **asked(gateway, gateway, values))
        if isinstance(made, NoAnswer):
            return made
        body = None if made.body is None else made.body.decode("ascii")
        return Request(_head(made), made.url, body)


def _head(made: Written) -> Head:
    return Head(made.method, tuple(made.headers.items()))


def _number(value: str) -> str:
    return str(int(value))


def _in_address(value: str) -> str:
    return quote(value, safe="")


def _json(value: str) -> str:
    return encode_basestring_ascii(value)[1:-1]
