"""
A POST with an `Idempotency-Key` acts once, however often it is sent.

An act of one transaction keeps its answer in that very transaction: there is no moment at which
the one is there without the other. An act of several (rows of a list, of a campaign) first claims
the key, and its last transaction, the one that makes it count, keeps the answer, if the claim is
still its own: whoever died in between has done nothing that counts, and whoever lost the claim
cannot make it count any more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from worker.db import insert_missing
from worker.errors import Refused
from worker.i18n import t
from worker.models import ApiAnswer

#: an answer is kept so long
KEPT = timedelta(hours=24)
#: a claim whose holder gave no answer for so long is dead: another may take it
DEAD = timedelta(minutes=15)


@dataclass(frozen=True)
class Call:
    """One call: whose, under which key of idempotency, and a hash of all that was sent."""

    key: int
    idempotency_key: str
    request_sha256: str


@dataclass(frozen=True)
class Kept:
    """The answer it got the first time."""

    status: int
    body: str


class OtherRequestError(Exception):
    """The idempotency key was used for something else."""


class UnderWayError(Exception):
    """The same call is being acted on at this moment."""


def claim(session: Session, now: datetime, call: Call) -> Kept | str:
    """
    The answer of before, or a claim to act under: `keep` wants it back.

    Raises:
        OtherRequestError, UnderWayError: nothing is to be done.
    """
    session.execute(delete(ApiAnswer).where(ApiAnswer.at < now - KEPT))
    mine = secrets.token_urlsafe(32)
    # a twin waits here until the first has committed or given up
    insert_missing(session, ApiAnswer, [{
        "key_id": call.key, "idempotency_key": call.idempotency_key, "claim": mine,
        "request_sha256": call.request_sha256, "at": now, "status": None, "body": None}])
    row = session.scalars(select(ApiAnswer).where(
        ApiAnswer.key_id == call.key, ApiAnswer.idempotency_key == call.idempotency_key,
    ).with_for_update().execution_options(populate_existing=True)).one()
    if row.request_sha256 != call.request_sha256:
        raise OtherRequestError
    if row.status is not None:
        return Kept(row.status, row.body or "")
    if row.claim != mine:
        if now - row.at < DEAD:
            raise UnderWayError
        row.claim, row.at = mine, now
        session.flush()
    return mine


def keep(session: Session, call: Call, mine: str, answer: Kept) -> None:
    """
    The answer, in the transaction that makes the act count.

    Raises:
        Refused: somebody else acts by now; with this transaction the act is undone as well.
    """
    kept = session.scalars(
        update(ApiAnswer)
        .where(ApiAnswer.key_id == call.key, ApiAnswer.claim == mine, ApiAnswer.status.is_(None),
               ApiAnswer.idempotency_key == call.idempotency_key)
        .values(status=answer.status, body=answer.body)
        .returning(ApiAnswer.key_id).execution_options(synchronize_session=False)
    ).one_or_none()
    if kept is None:
        raise Refused("Idempotency-Key", t("một lần gọi khác đã làm thay việc này",
                                           "another call has taken this over"),
                      t("gọi lại với đúng khóa ấy để nhận kết quả",
                        "call again with the same key to get its answer"))


def give_up(session: Session, call: Call, mine: str) -> None:
    """It was not done: the same key may be used again at once."""
    session.execute(delete(ApiAnswer).where(
        ApiAnswer.key_id == call.key, ApiAnswer.idempotency_key == call.idempotency_key,
        ApiAnswer.claim == mine, ApiAnswer.status.is_(None)))
