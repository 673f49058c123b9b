"""By whose right somebody approves an item: their own, or that of whoever lent it to them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from vietnamese import collate
from worker import audit
from worker.errors import Mistake, Refused, UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import Approval, Delegation, Item, ItemVersion, Person
from worker.programme.model import PRIORITIES
from worker.scope import scope_of_person
from worker.slots import local_date

APPROVER = "nguoi_duyet"
#: a delegation lasts no longer
LONGEST = timedelta(days=366)
#: reads everything and changes nothing
AUDITOR = "kiem_tra"


@dataclass(frozen=True)
class Authority:
    """Whose yes it counts as, and the delegation that says so (None: their own)."""

    whose: str
    delegation: int | None = None


@dataclass(frozen=True)
class Wish:
    """A delegation as somebody asks for it."""

    delegator: str
    delegate: str
    first_day: date
    last_day: date
    priorities: tuple[str, ...]
    document: str
    document_date: date


def authority_of(
    session: Session, now: datetime, item: Item, person: Person, *, day: date | None = None,
    taken: Collection[str | None] = (),
) -> Authority:
    """
    The right by which this person may judge the item (on that day; default: now). Of several
    that were lent, one of nobody who is `taken`: has approved already, or wrote it.

    Raises:
        Refused: they have none.
    """
    lacking = APPROVER not in person.roles
    if not lacking and holds(session, person, item.owner):
        return Authority(person.id)
    lent = [Authority(d.delegator, d.id)
            for d in delegations(session, now, person.id, day)
            if lends(d, item.priority)
            and holds(session, session.get_one(Person, d.delegator), item.owner)]
    if lent:
        return next((a for a in lent if a.whose not in taken), lent[0])
    if lacking:
        raise Refused(
            person.id, t(f"không có vai trò «{APPROVER}»", f"lacks the role “{APPROVER}”"),
            t("nhờ người có vai trò này", "ask somebody who has it"))
    raise UserError(item.id, t("không có tin này", "no such item"))


def holds(session: Session, person: Person, owner: str | None) -> bool:
    """Whether things of this owner are this person's to change."""
    return scope_of_person(session, person.id).holds(owner)


def authors(session: Session, item: Item) -> set[str | None]:
    """Who wrote any of the words that nobody has approved yet, or submitted them."""
    approved = session.scalar(select(func.max(Approval.version)).where(
        Approval.item_id == item.id, Approval.version < item.version)) or 0
    found = session.scalars(select(ItemVersion.author).where(
        ItemVersion.item_id == item.id, ItemVersion.version > approved))
    version = session.get_one(ItemVersion, (item.id, item.version))
    return {item.author, version.submitted_by, *found}


def reads(session: Session, now: datetime, person: Person, owner: str | None) -> bool:
    """Whether items of this owner are shown to this person: held, or lent by who holds them."""
    return holds(session, person, owner) or any(
        holds(session, session.get_one(Person, d.delegator), owner)
        for d in delegations(session, now, person.id))


def delegations(
    session: Session, now: datetime, person_id: str, day: date | None = None
) -> Iterator[Delegation]:
    """Those in force for this person, of delegators who may approve themselves."""
    mine = session.scalars(
        select(Delegation).where(Delegation.delegate == person_id, Delegation.revoked_at.is_(None))
        .order_by(Delegation.id)).all()
    if not mine:
        return
    on = day or local_date(in_force(session).programme, now)
    for one in mine:
        delegator = session.get_one(Person, one.delegator)
        if one.first_day <= on <= one.last_day and delegator.active \
                and APPROVER in delegator.roles:
            yield one


def lends(delegation: Delegation, priority: str) -> bool:
    """Whether it is for items of this priority."""
    return priority in PRIORITIES and bool(getattr(delegation, priority))


def may_still_approve(now: datetime) -> ColumnElement[bool]:
    """Of delegations: not revoked and not over, whatever the zone."""
    return Delegation.revoked_at.is_(None) & (Delegation.last_day >= (now - timedelta(1)).date())


def delegate(session: Session, now: datetime, by: Person, wish: Wish) -> int:
    """
    Lend one's right to approve (a quan_tri: an approver's); gives the delegation's number.

    Raises:
        UserError: mistakes by field of the wish.
    """
    delegator, delegate_ = (session.get(Person, x) for x in (wish.delegator, wish.delegate))
    if found := _mistakes(session, now, by, wish, delegator, delegate_):
        raise UserError.many(tuple(Mistake(field, *said) for field, said in found.items()))
    row = Delegation(
        delegator=wish.delegator, delegate=wish.delegate, first_day=wish.first_day,
        last_day=wish.last_day, document=wish.document.strip(),
        document_date=wish.document_date, made_by=by.id, made_at=now,
        **{p: p in wish.priorities for p in PRIORITIES})
    session.add(row)
    session.flush()
    audit.record(session, now, by.id, "delegate", f"delegation/{row.id}", {
        "delegator": row.delegator, "delegate": row.delegate,
        "first_day": row.first_day.isoformat(), "last_day": row.last_day.isoformat(),
        "priorities": list(wish.priorities), "document": row.document,
        "document_date": row.document_date.isoformat()})
    return row.id


def revoke(session: Session, now: datetime, by: Person, number: int) -> None:
    """From now on nothing is approved by it; what was approved stays approved."""
    row = session.get(Delegation, number, with_for_update=True)
    if row is None or not _may_lend(session, by, session.get_one(Person, row.delegator)):
        raise UserError(str(number), t("không có ủy quyền này", "there is no such delegation"))
    if row.revoked_at is not None:
        raise Refused(str(number), t("đã thôi ủy quyền rồi", "has been revoked already"))
    row.revoked_by, row.revoked_at = by.id, now
    session.flush()
    audit.record(session, now, by.id, "delegate_revoke", f"delegation/{number}")


def _may_lend(session: Session, by: Person, delegator: Person) -> bool:
    return by.id == delegator.id or (
        "quan_tri" in by.roles and holds(session, by, delegator.organisation))


def _mistakes(
    session: Session, now: datetime, by: Person, wish: Wish, delegator: Person | None,
    delegate_: Person | None,
) -> Mapping[str, tuple[str, str]]:
    """Field -> what is wrong, what to do; in the order of the form."""
    found: dict[str, tuple[str, str]] = {}
    if delegator is None or not delegator.active or APPROVER not in delegator.roles \
            or not _may_lend(session, by, delegator):
        found["delegator"] = (t("không phải người duyệt mà bạn được thay mặt",
                                "no approver you may act for"),
                              t("chọn trong danh sách", "choose from the list"))
    if delegate_ is None or not delegate_.active or set(delegate_.roles) <= {AUDITOR}:
        found["delegate"] = (t("không duyệt thay được", "cannot approve for others"),
                             t("chọn trong danh sách", "choose from the list"))
    elif wish.delegate == wish.delegator:
        found["delegate"] = (t("là chính người ủy quyền", "is the same person"),
                             t("chọn người khác", "choose somebody else"))
    elif wish.delegate == by.id:
        found["delegate"] = (t("không ai tự nhận quyền duyệt của người khác",
                               "nobody takes another's right for themselves"),
                             t("để người duyệt ấy, hoặc quản trị khác ghi",
                               "let the approver or another administrator write it"))
    today = local_date(in_force(session).programme, now)
    if wish.last_day < max(wish.first_day, today):
        found["last_day"] = (t("đã qua, hoặc trước ngày bắt đầu", "is over, or before it begins"),
                             t("sửa ngày", "mend the dates"))
    elif wish.last_day - wish.first_day > LONGEST:
        found["last_day"] = (t("dài quá một năm", "is longer than a year"),
                             t("ghi ngày gần hơn", "choose a nearer day"))
    if not wish.priorities or not set(wish.priorities) <= set(PRIORITIES):
        found["priorities"] = (t("chưa chọn loại tin", "no priority is chosen"),
                               t("tích ít nhất một loại", "tick at least one"))
    if not wish.document.strip():
        found["document"] = (t("chưa ghi số văn bản", "no document number"),
                             t("ghi như 12/UQ-TTVH", "write it like 12/UQ-TTVH"))
    if wish.document_date > today:
        found["document_date"] = (t("chưa tới ngày này", "is in the future"),
                                  t("ghi ngày ký văn bản", "write the day it was signed"))
    return found


def known(session: Session, by: Person) -> list[Delegation]:
    """Those this person may look at, the newest first: their own, and an administrator's all."""
    everything = session.scalars(select(Delegation).order_by(Delegation.id.desc())).all()
    looks = not {"quan_tri", AUDITOR}.isdisjoint(by.roles)
    return [d for d in everything if by.id in (d.delegator, d.delegate) or (
        looks and holds(session, by, session.get_one(Person, d.delegator).organisation))]


def lenders(session: Session, by: Person) -> list[Person]:
    """Approvers whose right this person may lend."""
    return [p for p in _active(session) if APPROVER in p.roles and _may_lend(session, by, p)]


def borrowers(session: Session, by: Person) -> list[Person]:
    """Persons a right may be lent to."""
    scope = scope_of_person(session, by.id)
    return [p for p in _active(session)
            if not set(p.roles) <= {AUDITOR} and scope.holds(p.organisation)]


def _active(session: Session) -> list[Person]:
    return sorted(session.scalars(select(Person).where(Person.active)),
                  key=lambda p: (collate.name_key(p.name), p.id))
