"""By whose right somebody approves: delegations, signed paper, organisations; both databases."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from tests.builders import PROGRAMME, a_programme, an_item, in_force, settings_for, some_people
from tests.conftest import START
from worker.db import Store
from worker.errors import Refused, UserError
from worker.items import approval, authority, codes
from worker.items.authority import Wish
from worker.items.model import ItemContent
from worker.items.signed import Paper
from worker.items.store import import_items
from worker.models import Approval, Audit, Delegation, Item, ItemVersion, Person
from worker.settings import PRODUCT
from worker.users.store import needs_code

TODAY = date(2026, 11, 24)
SCAN = "a" * 64
XA = '\n[[organisations]]\nid = "xa-khac"\nname = "Xã Khác"\n'


class Office:
    """Items on the desk of an office with a deputy (`pho`) and a clerk (`vanthu`)."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.settings = settings_for(home)
        in_force(store, PROGRAMME + XA)
        self.people = some_people(store)
        for person, roles in (("pho", ["truc_dai"]), ("vanthu", ["nguoi_soan"]),
                              ("kiem", ["kiem_tra"]), ("admin", ["quan_tri"])):
            self.person(person, roles)

    def person(self, person: str, roles: list[str], organisation: str | None = None) -> None:
        with self.store.write() as s:
            row = Person(id=person, name=person.upper(), roles=roles, active=True,
                         created_at=START, organisation=organisation)
            s.add(row)
            s.flush()
            self.people[person] = row

    def submitted(self, item: ItemContent | None = None, by: str = "soan") -> str:
        """The item is submitted; gives the hash of its texts."""
        item = item or an_item()
        with self.store.write() as s:
            import_items(s, START, [item], by)
            approval.submit(s, START, a_programme(), self.settings, item.id, self.people[by])
        with self.store.read() as s:
            row = s.get_one(Item, item.id)
            return s.get_one(ItemVersion, (item.id, row.version)).renditions_sha256 or ""

    def lend(
        self, delegate: str = "pho", delegator: str = "duyet", by: str = "duyet",
        priorities: tuple[str, ...] = ("thong_thuong", "khan_cap"), first: date = TODAY,
        last: date = TODAY + timedelta(days=7),
    ) -> int:
        with self.store.write() as s:
            return authority.delegate(s, START, self.people[by], Wish(
                delegator, delegate, first, last, priorities, "12/UQ-TTVH", TODAY))

    def approve(
        self, who: str, item: str = "td-01", *, expected: str = "", paper: Paper | None = None
    ) -> approval.Approved:
        with self.store.write() as s:
            return approval.approve(s, START, item, self.people[who], expected=expected,
                                    paper=paper)

    def approvals(self) -> list[Approval]:
        with self.store.read() as s:
            return list(s.scalars(select(Approval).order_by(Approval.id)))


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store, PRODUCT)


def _signed(**changes: object) -> Paper:
    values = {"recorded_by": "vanthu", "document": "15/PTD", "signed_on": TODAY,
              "scan_sha256": SCAN, **changes}
    return Paper(**values)  # type: ignore[arg-type]


# ------------------------------------------------------------------ what was read


def test_what_changed_since_it_was_read_is_not_approved(office: Office) -> None:
    # given a page loaded before the author mended the text and submitted it again
    read = office.submitted()
    office.submitted(an_item(body="Gọi ngay số này."))

    # when the approver presses the button of that page
    with pytest.raises(Refused, match="đã thay đổi"):
        office.approve("duyet", expected=read)

    # then nothing is approved, nor returned
    with pytest.raises(Refused, match="đã thay đổi"), office.store.write() as s:
        approval.return_(s, START, "td-01", office.people["duyet"], "sai", expected=read)
    assert office.approvals() == []


# ------------------------------------------------------------------ delegations


def test_a_delegate_approves_in_the_days_and_for_the_priorities_lent(office: Office) -> None:
    office.submitted()
    with pytest.raises(Refused, match="vai trò"):
        office.approve("pho")
    number = office.lend()

    assert office.approve("pho").state == "approved"

    [yes] = office.approvals()
    assert (yes.approver, yes.authority, yes.delegation_id) == ("pho", "duyet", number)
    with office.store.read() as s:
        told = s.scalars(select(Audit).where(Audit.act == "approve")).one()
        assert (told.actor, told.detail["for"]) == ("pho", "duyet")


def test_outside_of_what_was_lent_a_delegate_approves_nothing(office: Office) -> None:
    office.submitted()
    office.lend(priorities=("uu_tien",))
    office.lend(first=TODAY + timedelta(days=1))
    office.lend(delegator="duyet2", by="duyet2")
    revoked = office.lend()
    with office.store.write() as s:
        authority.revoke(s, START, office.people["duyet"], revoked)
        s.execute(update(Person).where(Person.id == "duyet2").values(roles=[]))

    with pytest.raises(Refused, match="vai trò"):
        office.approve("pho")


def test_a_delegation_that_ended_yesterday_is_over(office: Office) -> None:
    office.submitted()
    office.lend(first=TODAY, last=TODAY)

    with pytest.raises(Refused, match="vai trò"), office.store.write() as s:
        approval.approve(s, START + timedelta(days=1), "td-01", office.people["pho"])


def test_an_author_approves_their_text_neither_as_delegate_nor_through_one(
    office: Office,
) -> None:
    office.submitted()
    office.lend(delegate="soan")
    with pytest.raises(Refused, match="không tự duyệt"):
        office.approve("soan")
    office.submitted(an_item("td-02"), by="ca_hai")
    office.lend(delegator="ca_hai", by="ca_hai")

    with pytest.raises(Refused, match="chính người soạn"):
        office.approve("pho", "td-02")


def test_who_lends_and_who_borrows_are_one_person_for_an_urgent_item(office: Office) -> None:
    office.lend()
    for item, first, second in (("td-01", "duyet", "pho"), ("td-02", "pho", "duyet")):
        office.submitted(an_item(item, priority="khan_cap"))
        assert office.approve(first, item).state == "submitted"

        with pytest.raises(Refused, match=r"duyệt tin này rồi|chỉ tính là một"):
            office.approve(second, item)
        assert office.approve("duyet2", item).state == "approved"


def test_of_two_rights_lent_the_one_that_counts_is_used(office: Office) -> None:
    """`duyet` has approved; for `duyet2`, who lent the right too, the deputy may."""
    office.submitted(an_item(priority="khan_cap"))
    office.lend()
    office.lend(delegator="duyet2", by="duyet2")
    office.approve("duyet")

    assert office.approve("pho").state == "approved"


def test_a_wrong_delegation_is_told_at_its_field(office: Office) -> None:
    before = TODAY - timedelta(days=9)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"delegator": "soan"}, "delegator"), ({"delegate": "duyet"}, "delegate"),
        ({"delegate": "kiem"}, "delegate"), ({"by": "duyet2"}, "delegator"),
        ({"by": "admin", "delegate": "admin"}, "delegate"), ({"priorities": ()}, "priorities"),
        ({"last": before, "first": before}, "last_day"),
        ({"last": TODAY + timedelta(days=400)}, "last_day"),
    ]
    for changes, field in wrong:
        with pytest.raises(UserError) as told:
            office.lend(**changes)

        assert [m.where for m in told.value.mistakes] == [field], changes


def test_a_delegate_needs_codes_outside_training(office: Office) -> None:
    office.lend(first=TODAY + timedelta(days=2))

    with office.store.read() as s:  # a test database is for training for ever
        assert not needs_code(s, START, office.people["pho"])
        assert s.scalars(select(Delegation.id).where(
            authority.may_still_approve(START))).all()
        assert not s.scalars(select(Delegation.id).where(
            authority.may_still_approve(START + timedelta(days=9)))).all()


# ------------------------------------------------------------------ organisations


def test_an_approver_judges_what_their_organisation_holds(office: Office) -> None:
    office.submitted()
    office.person("xa", ["nguoi_duyet"], "xa-khac")

    with pytest.raises(UserError, match="không có tin này"):
        office.approve("xa")
    with office.store.write() as s:
        s.execute(update(Item).values(owner="xa-khac"))
    assert office.approve("xa").state == "approved"


# ------------------------------------------------------------------ on paper


def test_a_signed_sheet_is_the_signers_yes_recorded_by_another(office: Office) -> None:
    office.submitted()

    assert office.approve("duyet", paper=_signed()).state == "approved"

    [yes] = office.approvals()
    assert (yes.approver, yes.recorded_by, yes.scan_sha256) == ("duyet", "vanthu", SCAN)
    with office.store.read() as s:
        told = s.scalars(select(Audit).where(Audit.act == "approve_on_paper")).one()
        assert (told.actor, told.detail["approver"]) == ("vanthu", "duyet")


def test_a_sheet_that_proves_nothing_is_not_recorded(office: Office) -> None:
    office.submitted()
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"recorded_by": "soan"}, "duyet", "không tự ghi nhận"),
        ({"recorded_by": "ca_hai"}, "ca_hai", "người ký không tự ghi nhận"),
        ({"recorded_by": "pho"}, "duyet", "không có vai trò"),
        ({}, "vanthu", "vai trò"),
        ({"signed_on": TODAY - timedelta(days=1)}, "duyet", "trước ngày trình"),
        ({"signed_on": TODAY + timedelta(days=1)}, "duyet", "chưa tới"),
        ({"document": " "}, "duyet", "số phiếu"),
    ]
    for paper, signer, why in wrong:
        with pytest.raises(UserError, match=why):
            office.approve(signer, paper=_signed(**paper))
    assert office.approvals() == []


def test_a_code_is_read_from_paper_whatever_the_hand_writing() -> None:
    code = codes.short_code("00" * 4 + "ff" * 28)

    assert code == "0000-007Z-ZZZZ-ZZZZ"
    assert codes.is_code_of(" oooo 0o7z.zzzz zzzz", "00" * 4 + "ff" * 28)
    assert not codes.is_code_of("0000-007Z-ZZZZ-ZZZY", "00" * 4 + "ff" * 28)
    assert not codes.is_code_of("", "00" * 32)


# ------------------------------------------------------------------ the database's own word


def test_the_database_refuses_an_approval_that_is_none(office: Office) -> None:
    office.submitted()
    office.lend()
    office.approve("duyet")

    for change in (
        "authority = 'soan', delegation_id = 1",  # through one's own author
        "authority = 'duyet2'",  # in a name, without a delegation
        "delegation_id = 1",  # a delegation of somebody else
        "authority = 'duyet2', delegation_id = 1",  # … and in a name it does not have
        "recorded_by = 'soan', scan_sha256 = 'x', signed_on = '2026-11-24'",
        "recorded_by = 'duyet', scan_sha256 = 'x', signed_on = '2026-11-24'",
        "recorded_by = 'vanthu'",  # without its scan
        "approver = author",
    ):
        with pytest.raises(DBAPIError), office.store.write() as s:
            s.execute(text(f"UPDATE approval SET {change}"))  # noqa: S608


def test_the_database_counts_lender_and_borrower_once(office: Office) -> None:
    sha256 = office.submitted(an_item(priority="khan_cap"))
    number = office.lend()
    office.approve("duyet")

    with pytest.raises(DBAPIError), office.store.write() as s:
        s.add(Approval(item_id="td-01", version=1, approver="pho", authority="duyet",
                       delegation_id=number, author="soan", renditions_sha256=sha256,
                       alone=False, reason="", at=START))


def test_the_database_refuses_a_delegation_that_is_none(office: Office) -> None:
    office.lend()

    for change in ("delegate = delegator", "made_by = delegate", "last_day = '2020-01-01'",
                   "thong_thuong = false, uu_tien = false, khan_cap = false"):
        with pytest.raises(DBAPIError), office.store.write() as s:
            s.execute(text(f"UPDATE delegation SET {change}"))  # noqa: S608


def test_approvals_of_before_count_as_their_approvers_own(tmp_path: Path) -> None:
    """0014 on a database with data; item triggers hold as before."""
    from worker import migrate  # noqa: PLC0415

    store = Store(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate.upgrade_to(store, "0013")
    with store.write() as s:
        s.execute(text(
            "INSERT INTO item (id, version, state, title, theme, priority, needs_approvals, author,"
            " created_at, changed_at) VALUES ('a', 1, 'submitted', 'T', 't', 'thong_thuong', 1,"
            " 'soan', '2026-11-24', '2026-11-24')"))
        s.execute(text(
            "INSERT INTO item_version (item_id, version, content, sha256, author, created_at,"
            " renditions_sha256) VALUES ('a', 1, '{}', 'x', 'soan', '2026-11-24', 'y')"))
        s.execute(text(
            "INSERT INTO approval (item_id, version, approver, author, renditions_sha256, alone,"
            " reason, at) VALUES ('a', 1, 'duyet', 'soan', 'y', 0, '', '2026-11-24')"))

    migrate.upgrade(store)

    with store.read() as s:
        [yes] = s.scalars(select(Approval)).all()
        assert (yes.authority, yes.delegation_id, yes.recorded_by) == ("duyet", None, None)
    with store.write() as s:
        s.execute(text("UPDATE item SET state = 'approved'"))
    with pytest.raises(DBAPIError, match="lacks approvals"), store.write() as s:
        s.execute(text("UPDATE item SET version = 2"))
    store.close()
