"""
Correction: what was wrong is recalled, and an approved item goes to whoever got it, or may have.

Where a channel can edit what stands, the text is edited in place, and the original is `recalled`
when that is done; elsewhere the correction is a message of its own, once to each target, beside
the recall where there can be one. Urgent, at any hour, tried as long as a recall. Nothing begins
without the correction's approval, nor during an emergency stop: it says something new.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Batch, Delivery, Installation, Item
from worker.outbox import events, takeback
from worker.outbox.holders import holders
from worker.outbox.keys import edits, visible_tag
from worker.outbox.recall import withdraw_item
from worker.outbox.takeback import FAILED, OUT, stands
from worker.states import MAY_BE_OUT

#: not begun, or not any more
_WAITS = ("queued", "ready", "cancelled")


class Ways(NamedTuple):
    """What channels can do with what is out, by name."""

    recall: frozenset[str]
    edit: frozenset[str]
    read_out: frozenset[str]  #: stations: their next bulletin reads the correction


class Text(NamedTuple):
    """The correction as one target gets it, or why it cannot."""

    sha256: str
    problem: str = ""


#: the original, the tag the text carries, whether it is edited in place
Fill = Callable[[Delivery, str, bool], Text]


class Unable(NamedTuple):
    """A place that has the wrong text and cannot be given this correction."""

    channel: str
    target: str
    why: str


@dataclass
class Corrected:
    """What a correction did."""

    cancelled: int = 0
    edits: int = 0  #: texts being edited where they stand
    messages: int = 0  #: corrections on their way as messages of their own
    taken_back: int = 0  #: recalls on their way
    unable: list[Unable] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.cancelled or self.edits or self.messages or self.taken_back)


@dataclass
class _Work:
    session: Session
    now: datetime
    item: str
    correction: tuple[str, int]
    installation: str
    ways: Ways
    fill: Fill
    earlier: list[Delivery]  #: corrections of what is out
    done: Corrected


def correct_item(
    session: Session, now: datetime, actor: str, item_id: str, correction_id: str, reason: str,
    ways: Ways, fill: Fill,
) -> Corrected:
    """
    Recall an item and let an approved one correct it; said again, what failed is tried again.

    Raises:
        UserError, Refused: no such item, or the correction is not approved.
    """
    lock_outbox(session)
    version = _approved(session, item_id, correction_id)
    dropped = withdraw_item(session, now, actor, item_id)
    out = [d for d in holders(session, item_id) if d.state in MAY_BE_OUT]
    work = _Work(
        session, now, item_id, (correction_id, version),
        session.scalars(select(Installation.uid)).one(), ways, fill,
        takeback.followers(session, out, "correct"), Corrected(dropped or 0))
    loud = [d for d in out if not _edit_in_place(work, d)]
    work.done.taken_back = sum(
        takeback.open_recall(session, now, work.installation, d)
        for d in loud if d.channel in ways.recall)
    for d in _one_a_target(loud):
        if d.channel not in ways.read_out:
            _send(work, d)
    _write_down(session, now, actor, work, reason, first=dropped is not None)
    return work.done


def _approved(session: Session, item_id: str, correction_id: str) -> int:
    for name in (item_id, correction_id):
        if session.get(Item, name) is None:
            raise UserError(name, t("không có tin này", "there is no such item"),
                            t("xem `giovang items`", "see `giovang items`"))
    if item_id == correction_id:
        raise UserError("--with", t("tin không tự đính chính mình", "no item corrects itself"),
                        t("soạn một tin đính chính riêng", "write a correction as an item"))
    item = session.get_one(Item, correction_id)
    if item.state != "approved":
        raise Refused(
            correction_id, t("chưa được duyệt: đính chính cũng cần hai người",
                             "is not approved: a correction, too, needs two persons"),
            t(f"trình và duyệt {correction_id}; cần gỡ ngay: giovang recall {item_id}",
              f"submit and approve {correction_id}; to take down now: giovang recall {item_id}"))
    return item.version


# ------------------------------------------------------------------ in place


def _edit_in_place(work: _Work, original: Delivery) -> bool:
    """False where it cannot be: then it is recalled, and corrected by a message."""
    knowable = bool(original.ref) or original.state not in OUT  # in doubt: known once it is found
    if original.channel not in work.ways.edit or not knowable:
        return False
    recalls = takeback.followers(work.session, [original], "recall")
    if any(r.maybe_out or r.state not in (*FAILED, *_WAITS) for r in recalls):
        return True  # it is being taken down, or is down: nothing is left to edit
    text = work.fill(original, original.tag, True)
    if text.problem:
        return False  # told once more where it is to be a message
    takeback.drop(work.session, work.now, recalls)
    mine = [d for d in work.earlier if d.refers_to == original.id]
    work.done.edits += _open(work, original, mine, original.tag, text)
    return True


# ------------------------------------------------------------------ as a message


def _one_a_target(out: Sequence[Delivery]) -> Iterator[Delivery]:
    """Who got it five times is corrected once: by what surely went out, the newest of it."""
    best: dict[tuple[str, str], Delivery] = {}
    for d in sorted(out, key=lambda d: (d.state in OUT, d.day, d.id)):
        best[d.channel, d.target] = d
    return iter(best.values())


def _send(work: _Work, original: Delivery) -> None:
    mine = [d for d in work.earlier if not edits(d.kind, d.id, d.tag)
            and (d.channel, d.target) == (original.channel, original.target)]
    _, key = takeback.place(work.session, work.installation, "correct", original)
    standing = _standing(work, mine)
    if standing is not None and standing.state in (*FAILED, "cancelled"):
        key = standing.id  # tried again: its text carries its tag
    tag = visible_tag(key)
    text = work.fill(original, tag, False)
    if text.problem:
        work.done.unable.append(Unable(original.channel, original.target, text.problem))
        return
    work.done.messages += _open(work, original, mine, tag, text)


# ------------------------------------------------------------------ either


def _standing(work: _Work, mine: Sequence[Delivery]) -> Delivery | None:
    """The newest correction by this very text."""
    return next((d for d in reversed(mine) if _said(work, d) == work.correction), None)


def _said(work: _Work, correction: Delivery) -> tuple[str, int]:
    batch = work.session.get_one(Batch, correction.batch_id)
    return batch.item_id, batch.item_version


def _open(
    work: _Work, original: Delivery, mine: Sequence[Delivery], tag: str, text: Text
) -> bool:
    """False where it is at work, or done, already, or another correction is."""
    _drop_stale(work, mine)
    standing, in_place = _standing(work, mine), tag == original.tag
    again = (*FAILED, "cancelled", "uncertain") if in_place else (*FAILED, "cancelled")
    if standing is not None:
        if standing.state in again and edits(standing.kind, standing.id, standing.tag) == in_place:
            _reopen(work, standing, original, text)
            return True
        if standing.state not in (*FAILED, "cancelled"):
            return False
    elif any(d.state not in (*FAILED, "cancelled", "recalled") and _said(work, d)[0] != work.item
             for d in mine):
        return False  # corrected otherwise: that one would have to be corrected
    version, key = takeback.place(work.session, work.installation, "correct", original)
    known = not in_place or stands(original)
    batch = takeback.add_batch(work.session, work.now, "correct", version, original, known=known,
                               item=work.correction)
    work.session.add(Delivery(
        id=key, day=original.day, occurrence_id=original.occurrence_id, batch_id=batch.id,
        kind="correct", version=version, channel=original.channel, account=original.account,
        target=original.target, content_sha256=text.sha256, tag=tag, refers_to=original.id,
        ref=original.ref if in_place else "",
    ))
    work.session.flush()
    return True


def _drop_stale(work: _Work, mine: Sequence[Delivery]) -> None:
    """Corrections whose approval was withdrawn before they began never will."""
    for d in mine:
        name, version = _said(work, d)
        item = work.session.get_one(Item, name)
        if (item.state, item.version) != ("approved", version):
            takeback.drop(work.session, work.now, [d])


def _reopen(work: _Work, standing: Delivery, original: Delivery, text: Text) -> None:
    if edits(standing.kind, standing.id, standing.tag):
        takeback.reopen(work.session, work.now, standing, original)
    else:
        takeback.send_again(work.session, work.now, standing)
    standing.content_sha256 = text.sha256
    work.session.flush()


def _write_down(
    session: Session, now: datetime, actor: str, work: _Work, reason: str, *, first: bool
) -> None:
    done, (name, version) = work.done, work.correction
    if first:  # the item is recalled: said where everybody looks for that
        audit.record(session, now, actor, "recall", work.item,
                     {"reason": reason, "cancelled": done.cancelled, "opened": done.taken_back,
                      "corrected": name})
    audit.record(session, now, actor, "correct", work.item,
                 {"with": name, "version": version, "reason": reason, "edits": done.edits,
                  "messages": done.messages, "recalls": done.taken_back,
                  "unable": len(done.unable)})
    occurrences = session.scalars(
        select(Batch.occurrence_id).where(Batch.item_id == work.item).distinct()
        .order_by(Batch.occurrence_id)).all()
    events.append(session, now, actor, [
        events.Note(o, "correct", None, {"with": name, "reason": reason}) for o in occurrences])
