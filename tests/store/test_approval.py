"""Approval binds texts, by two persons; both databases."""

from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.builders import a_programme, an_item, settings_for, some_people
from tests.conftest import START
from worker.alarms.store import open_alarms
from worker.db import Store
from worker.errors import Refused, UserError
from worker.items import approval
from worker.items.drift import would_read_differently
from worker.items.facts import waive
from worker.items.model import ItemContent
from worker.items.store import airable, import_items, load_content
from worker.models import Approval, Audit, Item, ItemVersion, Person, Rendition
from worker.settings import PRODUCT, Settings


class Desk:
    """An item on the desk, and who does what with it."""

    def __init__(self, store: Store, home: Path, item: ItemContent) -> None:
        self.store = store
        self.settings: Settings = settings_for(home)
        self.people: dict[str, Person] = some_people(store)
        self.id = item.id
        self.take_in(item)

    def take_in(self, item: ItemContent, author: str = "soan") -> None:
        with self.store.write() as session:
            import_items(session, START, [item], author)

    def submit(self, who: str = "soan") -> approval.Submitted:
        with self.store.write() as session:
            return approval.submit(session, START, a_programme(), self.settings, self.id,
                                   self.people[who])

    def approve(self, who: str = "duyet", *, alone: bool = False, reason: str = "") \
            -> approval.Approved:
        with self.store.write() as session:
            return approval.approve(session, START, self.id, self.people[who], alone=alone,
                                    reason=reason)

    def send_back(self, act: str, reason: str, who: str = "duyet") -> None:
        acts = {"return": approval.return_, "reject": approval.reject}
        with self.store.write() as session:
            acts[act](session, START, self.id, self.people[who], reason)

    def item(self) -> Item:
        with self.store.read() as session:
            return session.get_one(Item, self.id)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, PRODUCT, an_item())


@pytest.fixture
def urgent(store: Store) -> Desk:
    return Desk(store, PRODUCT, an_item(priority="khan_cap"))


def _alarms(session: Session) -> list[str]:
    return [a.kind for a in open_alarms(session)]


def test_submit_freezes_what_every_channel_will_say(desk: Desk) -> None:
    done = desk.submit()

    assert done.channels == ("sms", "facebook", "website", "loa")
    with desk.store.read() as session:
        version = session.get_one(ItemVersion, (desk.id, 1))
        frozen = session.scalars(select(Rendition)).all()
        assert len(version.renditions_sha256 or "") == 64
        assert all(r.problems == [] for r in frozen)
        assert {r.channel for r in frozen} == set(done.channels)
        assert next(r for r in frozen if r.channel == "loa").texts["seconds"] > 10


def test_approved_by_another_it_may_air(desk: Desk) -> None:
    desk.submit()

    done = desk.approve()

    assert (done.state, desk.item().state) == ("approved", "approved")
    with desk.store.read() as session:
        (item,) = airable(session)
        assert item.renditions["sms"].texts["text"].startswith("Cong an khong")
        acts = session.scalars(select(Audit.act).order_by(Audit.seq)).all()
        assert acts[-2:] == ["submit", "approve"]


@pytest.mark.parametrize("changes", [
    {"requires": ["so_vu"], "body": "{{ so_vu }} vụ"},
    {"note": "Hỏi lại Công an xã"},
])
def test_unfilled_facts_and_open_notes_cannot_be_submitted(
    store: Store, changes: dict[str, object]
) -> None:
    desk = Desk(store, PRODUCT, an_item(**changes))

    with pytest.raises(Refused, match=r"giovang (fill|clear-note) td-01"):
        desk.submit()


def test_a_channel_that_cannot_take_it_is_told_and_the_others_go_on(store: Store) -> None:
    """SMS here has one part: a longer text is refused there, with the reason, never cut."""
    desk = Desk(store, PRODUCT, an_item(texts={"sms": "a" * 161}))

    done = desk.submit()

    assert list(done.problems) == ["sms"]
    assert done.channels == ("facebook", "website", "loa")


def test_limits_are_judged_with_fields_at_their_longest(store: Store) -> None:
    """133 + «Cong an xa Luc Ngan»: the text as it stands fits, the text as it goes out does not."""
    desk = Desk(store, PRODUCT, an_item(texts={"sms": "{{ cong_an }}" + "a" * 145}))

    assert list(desk.submit().problems) == ["sms"]


def test_an_item_no_channel_can_take_is_refused(store: Store) -> None:
    desk = Desk(store, PRODUCT, an_item(body="", texts={"sms": "a" * 161}))

    with pytest.raises(Refused, match="tối đa 1"):
        desk.submit()
    assert desk.item().state == "draft"


def test_an_author_cannot_approve_their_own_item(store: Store) -> None:
    desk = Desk(store, PRODUCT, an_item("b"))
    desk.take_in(an_item("b", title="Sửa"), author="ca_hai")
    desk.submit()

    with pytest.raises(Refused, match="không tự duyệt"):
        desk.approve("ca_hai")


def test_who_submitted_cannot_approve(desk: Desk) -> None:
    desk.submit("ca_hai")

    with pytest.raises(Refused, match="không tự duyệt"):
        desk.approve("ca_hai")


def test_who_wrote_an_earlier_unapproved_version_cannot_approve(store: Store) -> None:
    """Letting somebody else change a comma must not make one's own words approvable."""
    desk = Desk(store, PRODUCT, an_item())
    desk.take_in(an_item(title="Của tôi"), author="ca_hai")
    desk.take_in(an_item(title="Của tôi."), author="soan")
    desk.submit()

    with pytest.raises(Refused, match="không tự duyệt"):
        desk.approve("ca_hai")


@pytest.mark.parametrize("act", ["submit", "approve"])
def test_a_role_is_needed(desk: Desk, act: str) -> None:
    if act == "approve":
        desk.submit()

    with pytest.raises(Refused, match="vai trò"):
        desk.submit("duyet") if act == "submit" else desk.approve("soan")


def test_urgent_needs_two_approvers(urgent: Desk) -> None:
    urgent.submit()

    assert urgent.approve("duyet").state == "submitted"
    with pytest.raises(Refused, match="đã duyệt tin này rồi"):
        urgent.approve("duyet")
    assert urgent.approve("duyet2").state == "approved"


def test_urgent_alone_is_told_until_a_second_confirms(urgent: Desk) -> None:
    urgent.submit()

    assert urgent.approve("duyet", alone=True, reason="Lũ quét").state == "approved"
    with urgent.store.read() as session:
        assert _alarms(session) == ["alone_approval"]
    urgent.approve("duyet2")

    with urgent.store.read() as session:
        assert _alarms(session) == []


def test_alone_needs_a_reason(urgent: Desk) -> None:
    urgent.submit()

    with pytest.raises(UserError, match="--reason"):
        urgent.approve("duyet", alone=True)


def test_alone_is_for_urgent_items_only(desk: Desk) -> None:
    desk.submit()

    with pytest.raises(UserError, match="khẩn cấp"):
        desk.approve("duyet", alone=True, reason="vội")


@pytest.mark.parametrize(("act", "state"), [("return", "returned"), ("reject", "rejected")])
def test_return_and_reject_need_a_reason_and_take_it_off_the_air(
    desk: Desk, act: str, state: str
) -> None:
    desk.submit()
    desk.approve()

    with pytest.raises(UserError, match="--reason"):
        desk.send_back(act, "  ")
    desk.send_back(act, "Sai số vụ")

    assert desk.item().state == state
    with desk.store.read() as session:
        assert airable(session) == []


def test_a_rejected_item_must_be_edited_first(desk: Desk) -> None:
    desk.submit()
    desk.send_back("reject", "Không đúng")

    with pytest.raises(Refused, match="Không duyệt"):
        desk.submit()
    desk.take_in(an_item(title="Khác"))
    assert desk.submit().version == 2


def test_a_returned_item_loses_the_approvals_it_had(urgent: Desk) -> None:
    """One of two said yes, then it came back: the second yes alone must not be enough."""
    urgent.submit()
    urgent.approve("duyet")
    urgent.send_back("return", "Sửa giờ", "duyet2")

    assert urgent.submit().version == 2
    assert urgent.approve("duyet2").state == "submitted"


def test_an_edited_template_changes_nothing_approved(store: Store, tmp_path: Path) -> None:
    """`check` lists what would read differently; submitting and approving again takes it over."""
    # given an approved item
    desk = Desk(store, tmp_path, an_item())
    desk.submit()
    desk.approve()
    # when staff edit the SMS template
    own = tmp_path / "templates" / "sms" / "text.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ item.text }} {{ ky_ten }}", encoding="utf-8")
    # then what was approved stays as it was
    with store.read() as session:
        before = airable(session)[0].renditions["sms"].texts["text"]
        drifted = would_read_differently(session, a_programme(), desk.settings)
    assert "ky_ten" not in before
    assert drifted == [("td-01", "sms")]
    # and a new approval takes it over
    assert desk.submit().version == 2
    with store.read() as session:
        assert airable(session) == []
    desk.approve()
    with store.read() as session:
        assert airable(session)[0].renditions["sms"].texts["text"].endswith("{{ ky_ten }}")
        assert would_read_differently(session, a_programme(), desk.settings) == []


def test_a_broken_template_holds_back_its_channel_and_check_names_its_line(
    store: Store, tmp_path: Path
) -> None:
    """An urgent text must not wait for a page's template; `giovang check` says what to mend."""
    desk = Desk(store, tmp_path, an_item())
    own = tmp_path / "templates" / "facebook" / "text.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ item.text }}\n{% if %}", encoding="utf-8")

    done = desk.submit()
    desk.approve()

    assert "facebook" not in done.channels
    assert "sms" in done.channels
    assert f"{own}:2" in done.problems["facebook"][0]
    with store.read() as session, pytest.raises(UserError, match=r"text\.j2:2"):
        would_read_differently(session, a_programme(), desk.settings)


def test_what_cannot_be_read_aloud_holds_back_the_radio_until_somebody_answers_for_it(
    store: Store,
) -> None:
    """A finding is mended or waived by name; the waiver is a version, so the approval binds it."""
    desk = Desk(store, PRODUCT, an_item(texts={"loudspeaker": "Không cài ứng dụng XYZQ."}))

    done = desk.submit()
    desk.approve()

    assert done.channels == ("sms", "facebook", "website")
    assert "«XYZQ»" in done.problems["loa"][0]
    with store.write() as session:
        waive(session, START, "td-01", "xyzq", desk.people["soan"])
    assert (desk.item().state, desk.item().version) == ("draft", 2)
    assert desk.submit().channels == ("sms", "facebook", "website", "loa")
    with store.read() as session:
        assert load_content(session, "td-01").waived == {"xyzq": "soan"}
    desk.approve()
    with store.write() as session:  # the same file again: the word is still said, and answered for
        report = import_items(session, START, [an_item(
            texts={"loudspeaker": "Không cài ứng dụng XYZQ."})], "soan")
    assert report.unchanged == ["td-01"]
    desk.take_in(an_item(texts={"loudspeaker": "Không cài ứng dụng lạ."}))
    with store.read() as session:
        assert load_content(session, "td-01").waived == {}


def test_a_word_the_item_does_not_say_cannot_be_waived(desk: Desk) -> None:
    with desk.store.write() as session, pytest.raises(UserError, match="--word OTPX"):
        waive(session, START, "td-01", "OTPX", desk.people["soan"])


def test_an_edited_dictionary_or_phrase_of_the_radio_changes_nothing_approved(
    store: Store, tmp_path: Path
) -> None:
    """The lines of a bulletin are frozen with the rest; `giovang check` tells what would differ."""
    desk = Desk(store, tmp_path, an_item())
    desk.submit()
    desk.approve()
    own = tmp_path / "templates" / "loudspeaker" / "again.j2"
    own.parent.mkdir(parents=True)
    own.write_text("Đọc lại lần hai.", encoding="utf-8")

    with store.read() as session:
        [loa] = [r for r in session.scalars(select(Rendition)) if r.channel == "loa"]
        assert [x["voice"] for x in loa.texts["lines"] if x["part"] == "again"] == ["Xin nhắc lại."]
        assert would_read_differently(session, a_programme(), desk.settings) == [("td-01", "loa")]


def test_texts_altered_after_submission_cannot_be_approved(desk: Desk) -> None:
    """The approver's yes is to the texts that were frozen, whoever touched the table since."""
    desk.submit()
    with desk.store.write() as session:
        session.execute(update(Rendition).where(Rendition.channel == "sms")
                        .values(texts={"text": "Goi so khac"}))

    with pytest.raises(Refused, match="khác với lời đã trình"):
        desk.approve()


def test_the_database_refuses_an_approval_of_other_texts(desk: Desk) -> None:
    desk.submit()

    with pytest.raises(DBAPIError), desk.store.write() as session:
        session.add(Approval(item_id=desk.id, version=1, approver="duyet", author="soan",
                             renditions_sha256="f" * 64, alone=False, reason="", at=START))


def test_a_draft_cannot_be_approved(desk: Desk) -> None:
    with pytest.raises(Refused, match="giovang submit"):
        desk.approve()
