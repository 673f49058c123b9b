"""Is a message that somebody got ours?"""

import threading
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from console.api.desk import Reads
from console.api.problems import ACTING, ProblemError, documented
from console.api.shapes import In, Out
from worker.home import in_force
from worker.i18n import t
from worker.verification.compare import differences
from worker.verification.published import Reader
from worker.verification.records import record
from worker.verification.search import search

router = APIRouter(tags=["verification"])
#: searches at once: each may read every day there was
_SEARCHING = threading.BoundedSemaphore(2)


class MessageGiven(In):
    """What was received: its text, its code, or its sender's name."""

    text: Annotated[str, Field(min_length=1, max_length=5_000, pattern=r"\S",
                               examples=["GV-ABCD2345"])]


class Difference(Out):
    """A place where it is not what we said."""

    given: str
    genuine: str


class Verdict(Out):
    """`genuine` is true for what we published, word for word, or by its code alone."""

    found: Literal["same", "part", "near", "borrowed", "code", "sender", "none"]
    genuine: bool
    messages: list[dict[str, Any]] = Field(description="Ours that it is, or is like.")
    differences: list[Difference]


@router.post("/verify", responses=documented(*ACTING))
def verify(ask: Reads, given: MessageGiven) -> Verdict:
    """Compare a message with everything published; changes nothing."""
    if not _SEARCHING.acquire(blocking=False):
        raise ProblemError("too-often", t("Đang tìm cho người khác.", "Others are searching."))
    try:
        with ask.home.store.read() as session:
            programme = in_force(session).programme
            found = search(Reader(session, programme, ask.now), given.text)
            parted = found.kind in ("near", "borrowed")
            return Verdict(
                found=found.kind, genuine=found.genuine,
                messages=[record(e, programme.zone()) for e in found.entries],
                differences=[Difference(given=d.given, genuine=d.genuine)
                             for d in differences(given.text, found.entries[0].text)]
                if parted else [])
    finally:
        _SEARCHING.release()
