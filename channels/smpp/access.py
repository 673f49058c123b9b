"""What a session needs to know of an account, and one message on its way."""

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from channels.smpp.receipts import Ids

if TYPE_CHECKING:
    from channels.smpp.window import Window


@dataclass(frozen=True)
class Access:
    """One login at a gateway; times in seconds."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    tls: ssl.SSLContext | None = None
    tls_name: str = ""  #: the name its certificate must bear, when it is not the host
    separate: bool = False  #: transmitters, and one receiver for the receipts
    binds: int = 1  #: transceivers, or transmitters
    window: int = 10  #: messages without an answer, per bind
    connect_timeout: float = 10.0
    response_timeout: float = 30.0
    enquire_link: float = 30.0  #: silence after which we ask whether anybody is there
    first_wait: float = 0.5  #: before the second try to connect; doubled from then on
    longest_wait: float = 30.0
    receipt_ids: Ids = "same"
    max_receipts: int = 10_000  #: kept for whoever stores them; beyond, the gateway keeps them
    loopback_only: bool = False  #: training: nothing may leave the machine


class Job:
    """A message on its way through a session: its parts go one after the other."""

    __slots__ = ("at", "bodies", "deadline", "end", "key", "refs", "sent_at", "window")

    def __init__(
        self, key: str, bodies: tuple[bytes, ...], window: "Window", deadline: float, end: float
    ) -> None:
        self.key = key
        self.bodies = bodies
        self.window = window
        self.deadline = deadline  #: after it not a byte goes out (loop time)
        self.end = end  #: after it no answer is waited for (loop time)
        self.at = 0  #: the part that is next, or on the wire
        self.refs: tuple[str, ...] = ()  #: the gateway's ids of the parts it has
        self.sent_at = 0.0
