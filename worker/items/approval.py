"""
From draft to approved: `draft → submitted → approved → recalled`, back by return or reject.

Submitting freezes what every channel will say (renditions, with their hash); an approval is a
yes to exactly that hash, so no edit of a template, a dictionary or the item changes what was
approved. Author and approver are two persons; `khan_cap` takes two approvers, or one alone with
a reason, which stays a Sự cố until a second one confirms.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worker import audit
from worker.alarms.store import close_alarm, raise_alarm
from worker.errors import Mistake, Refused, UserError
from worker.i18n import t, written
from worker.items.authority import Authority, authority_of, authors, holds
from worker.items.model import ItemContent
from worker.items.renditions import Frozen, freeze
from worker.items.signed import Paper, may_record
from worker.items.store import load_content, load_item, save_version
from worker.models import Approval, Item, ItemVersion, Person, Rendition
from worker.outbox.acts import follow_item
from worker.programme.model import Programme
from worker.settings import Settings

AUTHOR = "nguoi_soan"


@dataclass(frozen=True)
class Submitted:
    """What was frozen, and the channels that cannot take it."""

    version: int
    channels: tuple[str, ...]
    problems: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Approved:
    """Where the item stands after this approval."""

    version: int
    state: str
    given: int
    needed: int
    alone: bool


def hindrances(content: ItemContent) -> tuple[Mistake, ...]:
    """What must be done before the item may be submitted."""
    found = []
    if missing := content.unfilled():
        names = " ".join(f"{name}=…" for name in missing)
        found.append(Mistake(
            content.id, t("thiếu số liệu: ", "not filled in: ") + ", ".join(missing),
            f"giovang fill {content.id} {names}",
        ))
    if content.note:
        found.append(Mistake(content.id, t(f"còn ghi chú: {content.note}", f"note: {content.note}"),
                             f"giovang clear-note {content.id}"))
    return tuple(found)


def submit(
    session: Session, now: datetime, programme: Programme, settings: Settings, item_id: str,
    person: Person,
) -> Submitted:
    """
    Freeze the renditions and ask for approval. An approved item may be submitted again: the
    same words through the templates of today, to be approved anew.
    """
    _need_role(person, AUTHOR)
    item = load_item(session, item_id, lock=True)
    if not holds(session, person, item.owner):
        raise UserError(item_id, t("không có tin này", "no such item"))
    if item.state not in ("draft", "returned", "approved"):
        raise Refused(item_id, _stands(item), _instead(item))
    content = load_content(session, item_id)
    if found := hindrances(content):
        raise _refused(found)
    frozen = freeze(content, programme, settings)
    if not any(f.fits for f in frozen):
        raise _refused(tuple(
            Mistake(f"{item_id}, {f.channel}", p.what, p.fix) for f in frozen for p in f.problems
        ) or (Mistake(item_id, t("chương trình không có kênh nào bật", "no channel is enabled")),))
    version = session.get_one(ItemVersion, (item_id, item.version))
    if version.renditions_sha256 is not None:  # frozen before: those texts keep their approvals
        save_version(session, now, content, version.author, "new_version")
        version = session.get_one(ItemVersion, (item_id, item.version))
    _store(session, version, frozen)
    version.renditions_sha256 = bound_sha256(content, {f.channel: f.sha256 for f in frozen})
    version.submitted_by, version.submitted_at = person.id, now
    item.state, item.changed_at = "submitted", now
    session.flush()
    _record(session, now, person.id, "submit", item, {"sha256": version.renditions_sha256})
    return Submitted(
        version.version, tuple(f.channel for f in frozen if f.fits),
        {f.channel: tuple(p.what for p in f.problems) for f in frozen if not f.fits},
    )


def approve(
    session: Session, now: datetime, item_id: str, person: Person, *, alone: bool = False,
    reason: str = "", expected: str = "", paper: Paper | None = None,
) -> Approved:
    """
    Say yes to the frozen texts. `alone` (khan_cap only, with a reason) makes one approver do,
    and raises a Sự cố that the second approver's yes closes. `expected`: the hash of the texts
    that were read; other texts are not approved. `paper`: the person signed it there.
    """
    item, version, given, authority = _judged(
        session, now, item_id, person, expected, day=paper.signed_on if paper else None)
    confirming = item.state == "approved" and len(given) < item.needs_approvals
    if item.state != "submitted" and not confirming:
        raise Refused(item_id, _stands(item), _instead(item))
    _may_approve(session, item, given, person, authority)
    if alone:
        _may_alone(item, given, reason)
    sha256 = _verified(session, version)
    if paper:
        may_record(session, now, item, version, paper, person, authority)
    session.add(Approval(
        item_id=item_id, version=item.version, approver=person.id, author=version.author,
        renditions_sha256=sha256, alone=alone, reason=reason.strip(), at=now,
        authority=authority.whose, delegation_id=authority.delegation,
        **(asdict(paper) if paper else {}),
    ))
    session.flush()
    count = len(given) + 1
    if alone or count >= item.needs_approvals:
        item.state, item.changed_at = "approved", now
        session.flush()
    detail = {"sha256": sha256, "alone": alone, "reason": reason.strip(), **_lent(authority)}
    if paper:
        detail |= {"approver": person.id, "document": paper.document, "scan": paper.scan_sha256,
                   "signed_on": paper.signed_on.isoformat()}
    by = paper.recorded_by if paper else person.id
    _record(session, now, by, "approve_on_paper" if paper else "approve", item, detail)
    if alone:
        _tell_alone(session, now, item, person, reason)
    elif item.state == "approved":
        close_alarm(session, now, _cause(item))
    follow_item(session, now, item_id, by)
    return Approved(item.version, item.state, count, item.needs_approvals, alone)


def may_approve(session: Session, now: datetime, item_id: str, person: Person) -> Authority:
    """
    By whose right this person may approve the item as it stands.

    Raises:
        UserError: they may not, with the reason.
    """
    item, _, given, authority = _judged(session, now, item_id, person, lock=False)
    _may_approve(session, item, given, person, authority)
    return authority


def return_(
    session: Session, now: datetime, item_id: str, person: Person, reason: str,
    expected: str = "",
) -> None:
    """Back to its author to be mended; the reason says what."""
    _send_back(session, now, item_id, person, reason, "returned", expected)


def reject(
    session: Session, now: datetime, item_id: str, person: Person, reason: str,
    expected: str = "",
) -> None:
    """It will not be published; the reason says why."""
    _send_back(session, now, item_id, person, reason, "rejected", expected)


def bound_sha256(content: ItemContent, renditions: dict[str, str]) -> str:
    """What an approval binds: every channel's texts, and the pictures by their bytes."""
    images = [[image.path, image.sha256, image.alt] for image in content.images]
    text = json.dumps([content.sha256(), renditions, images], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _judged(
    session: Session, now: datetime, item_id: str, person: Person, expected: str = "", *,
    day: date | None = None, lock: bool = True,
) -> tuple[Item, ItemVersion, list[Approval], Authority]:
    """The item as it stands, and by whose right this person judges it."""
    item = load_item(session, item_id, lock=lock)
    version = session.get_one(ItemVersion, (item_id, item.version))
    given = list(session.scalars(select(Approval).where(
        Approval.item_id == item_id, Approval.version == item.version)))
    taken = {a.authority for a in given} | authors(session, item)
    authority = authority_of(session, now, item, person, day=day, taken=taken)
    if expected and expected != version.renditions_sha256:
        raise Refused(item_id, t("lời tin đã thay đổi từ lúc bạn mở trang, nên chưa ghi gì",
                                 "its texts changed since you read them; nothing was done"),
                      t("tải lại trang, đọc phần thay đổi rồi quyết định",
                        "load the page again, read what changed, then decide"))
    return item, version, given, authority


def _may_approve(
    session: Session, item: Item, given: list[Approval], person: Person, authority: Authority
) -> None:
    """Four eyes, and nobody counts twice, be it through somebody else."""
    wrote = authors(session, item)
    if person.id in wrote:
        raise Refused(person.id, t("người soạn không tự duyệt tin của mình",
                                   "an author cannot approve their own item"),
                      t("nhờ người duyệt khác", "ask another approver"))
    if authority.whose in wrote:
        raise Refused(person.id, t("không duyệt thay chính người soạn tin",
                                   "nobody approves an item for its own author"),
                      t("nhờ người duyệt khác", "ask another approver"))
    if person.id in {a.approver for a in given} or person.id in {a.authority for a in given}:
        raise Refused(person.id, t("đã duyệt tin này rồi", "has approved this item already"),
                      t("cần một người duyệt thứ hai", "a second approver is needed"))
    if authority.whose in {a.authority for a in given}:
        raise Refused(person.id, t("người ủy quyền cho bạn đã có lượt duyệt ở tin này; hai người "
                                   "chỉ tính là một",
                                   "whoever lent you the right is counted already; you are one"),
                      t("cần một người duyệt thứ hai", "a second approver is needed"))


def _send_back(
    session: Session, now: datetime, item_id: str, person: Person, reason: str, state: str,
    expected: str,
) -> None:
    item, _, _, authority = _judged(session, now, item_id, person, expected)
    _need_reason(reason)
    if item.state not in ("submitted", "approved"):
        raise Refused(item_id, _stands(item), _instead(item))
    item.state, item.changed_at = state, now
    session.flush()
    act = "return" if state == "returned" else "reject"
    _record(session, now, person.id, act, item, {"reason": reason.strip(), **_lent(authority)})
    close_alarm(session, now, _cause(item))
    follow_item(session, now, item_id, person.id)


def _lent(authority: Authority) -> dict[str, Any]:
    """For the audit: whose right it was, where it was not the person's own."""
    if authority.delegation is None:
        return {}
    return {"for": authority.whose, "delegation": authority.delegation}


def _store(session: Session, version: ItemVersion, frozen: tuple[Frozen, ...]) -> None:
    session.execute(insert(Rendition), [
        {"item_id": version.item_id, "version": version.version, "channel": f.channel,
         "language": f.language, "texts": dict(f.texts), "sha256": f.sha256,
         "problems": [asdict(p) for p in f.problems]}
        for f in frozen
    ])


def _verified(session: Session, version: ItemVersion) -> str:
    """The bound hash; it must still be that of the texts stored, whoever touched the tables."""
    rows = session.scalars(select(Rendition).where(
        Rendition.item_id == version.item_id, Rendition.version == version.version)).all()
    stored = {r.channel: r.sha256 for r in rows}
    content = ItemContent.model_validate(version.content)
    intact = all(Frozen(r.channel, r.language, r.texts).sha256 == r.sha256 for r in rows)
    bound = version.renditions_sha256 or ""
    if not intact or bound_sha256(content, stored) != bound:
        raise Refused(
            version.item_id, t("lời đã lưu khác với lời đã trình", "the stored texts were altered"),
            t("trả lại rồi trình duyệt lại", "return it, and submit it again"),
        )
    return bound


def _may_alone(item: Item, given: list[Approval], reason: str) -> None:
    _need_reason(reason)
    if item.needs_approvals < 2:
        raise UserError("--alone", t("chỉ dùng cho tin khẩn cấp", "is for urgent items only"),
                        t("bỏ --alone", "leave it out"))
    if given:
        raise UserError("--alone", t("tin đã có một người duyệt", "one person has approved it"),
                        t("bỏ --alone", "leave it out"))


@written()
def _tell_alone(
    session: Session, now: datetime, item: Item, person: Person, reason: str
) -> None:
    raise_alarm(
        session, now, _cause(item), "alone_approval", "serious",
        t(f"«{item.title}» là tin khẩn cấp, {person.name} duyệt một mình: {reason.strip()}",
          f"“{item.title}” is urgent, {person.name} approved it alone: {reason.strip()}"),
        t(f"người duyệt thứ hai: giovang approve {item.id} --as NGƯỜI",
          f"a second approver: giovang approve {item.id} --as PERSON"),
    )


def _cause(item: Item) -> str:
    return f"approved-alone/{item.id}"


def _need_role(person: Person, role: str) -> None:
    if role not in person.roles:
        raise Refused(person.id, t(f"không có vai trò «{role}»", f"lacks the role “{role}”"),
                      t("nhờ người có vai trò này", "ask somebody who has it"))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise UserError("--reason", t("phải nói lý do", "a reason is needed"),
                        t('viết --reason "…"', 'write --reason "…"'))


def _refused(found: tuple[Mistake, ...]) -> Refused:
    error = Refused.many(found)
    assert isinstance(error, Refused)  # noqa: S101  (`many` makes one of its own class)
    return error


STATES = {
    "draft": ("Nháp", "draft"), "submitted": ("Chờ duyệt", "submitted"),
    "approved": ("Đã duyệt", "approved"), "returned": ("Trả lại để sửa", "returned"),
    "rejected": ("Không duyệt", "rejected"), "recalled": ("Đã thu hồi", "recalled"),
}


def _stands(item: Item) -> str:
    vi, en = STATES[item.state]
    return t(f"tin đang ở trạng thái «{vi}»", f"the item is {en}")


def _instead(item: Item) -> str:
    if item.state == "submitted":
        return t("chờ duyệt, hoặc nhờ người duyệt trả lại", "wait, or have it returned")
    if item.state in ("rejected", "recalled"):
        return t("sửa tin, nhập lại, rồi trình duyệt", "edit it, import it again, submit it")
    if item.state == "approved":
        return t("không phải làm gì", "nothing to do")
    return t("trình duyệt trước: giovang submit", "submit it first: giovang submit")


def _record(
    session: Session, now: datetime, by: str, act: str, item: Item, detail: dict[str, Any]
) -> None:
    audit.record(session, now, by, act, item.id, {"version": item.version, **detail})
