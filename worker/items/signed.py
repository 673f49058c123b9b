"""A «Phiếu trình duyệt» that was signed on paper: who may write it down, and what it must say."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese import collate
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.i18n import t
from worker.items.authority import Authority, authority_of, authors, holds
from worker.items.codes import is_code_of
from worker.models import Item, ItemVersion, Person

#: may write a signed paper down
RECORDERS = frozenset({"nguoi_soan", "quan_tri"})


@dataclass(frozen=True)
class Paper:
    """A signed «Phiếu trình duyệt», and who writes it down."""

    recorded_by: str
    document: str  #: its number
    signed_on: date
    scan_sha256: str


def may_record(
    session: Session, now: datetime, item: Item, version: ItemVersion, paper: Paper,
    signer: Person, authority: Authority,
) -> None:
    """A paper is written down by an officer who neither wrote the item nor signed it."""
    officer = session.get_one(Person, paper.recorded_by)
    if RECORDERS.isdisjoint(officer.roles):
        raise Refused(officer.id, t("không có vai trò Người soạn hay Quản trị",
                                    "is neither author nor administrator"),
                      t("nhờ văn thư ghi nhận", "ask the clerk"))
    if not holds(session, officer, item.owner):
        raise UserError(item.id, t("không có tin này", "no such item"))
    if officer.id in authors(session, item):
        raise Refused(officer.id, t("người soạn không tự ghi nhận phiếu đã ký cho tin của mình",
                                    "an author cannot record the signed sheet of their own item"),
                      t("nhờ người khác ghi nhận", "ask somebody else to record it"))
    if officer.id in (signer.id, authority.whose):
        raise Refused(officer.id, t("người ký không tự ghi nhận phiếu của mình",
                                    "who signed cannot record it"),
                      t("duyệt ngay trên trang, hoặc nhờ người khác ghi nhận",
                        "approve on the page, or ask somebody else to record it"))
    zone = in_force(session).programme.zone()
    submitted = version.submitted_at or version.created_at
    if not submitted.astimezone(zone).date() <= paper.signed_on <= now.astimezone(zone).date():
        raise UserError("signed_on", t("trước ngày trình, hoặc chưa tới",
                                       "before it was submitted, or in the future"),
                        t("ghi ngày ký trên phiếu", "write the day on the paper"))
    if not paper.document.strip():
        raise UserError("document", t("chưa ghi số phiếu", "no number of the paper"),
                        t("ghi số ghi trên phiếu", "write the number on the paper"))


def may_ever_record(session: Session, officer: Person, item_id: str) -> bool:
    """Whether the form to write a signed paper down is for this person at all."""
    item = session.get_one(Item, item_id)
    return not RECORDERS.isdisjoint(officer.roles) and holds(session, officer, item.owner) \
        and officer.id not in authors(session, item)


def signers(session: Session, now: datetime, item_id: str) -> list[Person]:
    """Who may have signed the item's paper: whoever may approve it today."""
    item = session.get_one(Item, item_id)
    wrote, found = authors(session, item), []
    for person in sorted(session.scalars(select(Person).where(Person.active)),
                         key=lambda p: (collate.name_key(p.name), p.id)):
        if person.id in wrote:
            continue
        try:
            authority_of(session, now, item, person)
        except UserError:
            continue
        found.append(person)
    return found


def right_code(session: Session, item_id: str, typed: str) -> bool:
    """Whether this is the code of the frozen texts, as their sheet has it."""
    item = session.get_one(Item, item_id)
    version = session.get_one(ItemVersion, (item_id, item.version))
    return version.renditions_sha256 is not None and is_code_of(typed, version.renditions_sha256)
