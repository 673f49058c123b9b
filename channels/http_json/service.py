"""
The description of a service: what a gateway's has (`channels/gateway.py`), and how a message is
corrected and taken back. Times are written as RFC 3339, Vietnam's.
"""

from collections.abc import Mapping
from typing import ClassVar

from channels.gateway import FIND_FIELDS, Call, Described, Match

FIELDS = (
    "target", "text", "title", "summary", "key", "tag", "item", "slug", "priority", "sender",
    "opens_at", "expires_at", "seconds", "callback",
)  # fmt: skip


class Act(Call):
    """A call about a message that stands there; {ref} is what the service calls it."""

    success: Match | None = None  #: as for sending when left out
    gone: Match | None = None  #: an answer, of whatever status, that says: it is not there


class Service(Described):
    """A service."""

    prefix: ClassVar[str] = "json-"
    taken: ClassVar[str] = "Nơi nhận đã nhận"
    known: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": FIELDS, "check": (), "find": (*FIELDS, *FIND_FIELDS),
        "recall": (*FIELDS, "ref"), "correct": (*FIELDS, "ref"),
    }  # fmt: skip

    link: str = ""  #: path of the address where people see it: then it is public, not only taken
    recall: Act | None = None
    correct: Act | None = None

    def calls(self) -> dict[str, Call]:
        more = {"recall": self.recall, "correct": self.correct}
        return super().calls() | {name: call for name, call in more.items() if call is not None}
