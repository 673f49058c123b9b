"""What is typed is kept, nobody's words are saved over, and history tells who wrote what."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tests.builders import a_programme, an_item, in_force, settings_for, some_people
from tests.conftest import START
from tests.store.campaigns.standing import a_campaign
from worker.db import Store
from worker.errors import Refused, UserError
from worker.items import drafts, history
from worker.items.approval import approve, hindrances, submit
from worker.items.contribute import Contribution, contribute
from worker.items.edit import Clash, new_id, save_edit, save_new, take_theirs
from worker.items.look import Sms, look
from worker.items.shelf import shelf
from worker.items.store import import_items, load_content
from worker.items.uploads import Kept
from worker.items.written import form_of
from worker.models import Draft, Evidence, Item, Person
from worker.scope import Scope
from worker.settings import PRODUCT


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    in_force(store)
    found = some_people(store)
    with store.write() as session:
        import_items(session, START, [an_item("a", body="Lời đầu")], "soan")
    return found


def _save(store: Store, base: int, who: str, **changes: str) -> Clash | None:
    with store.write() as session:
        content = load_content(session, "a", base).model_copy(update=changes)
        return save_edit(session, START, content, form_of(content), base, who)


def test_a_draft_is_one_of_a_person_and_an_item(
    store: Store, people: dict[str, Person]
) -> None:
    with store.write() as session:
        drafts.keep(session, START, "soan", "a", {"title": ["Một"]}, 1)
        drafts.keep(session, START, "soan", "a", {"title": ["Hai"]}, 1)
        drafts.keep(session, START, "duyet", "a", {"title": ["Ba"]}, 1)
        drafts.keep(session, START, "soan", drafts.new_key(), {"title": ["Tin mới"]}, None)

    with store.read() as session:
        assert drafts.load(session, "soan", "a").form == {"title": ["Hai"]}
        assert len(list(drafts.mine(session, "soan"))) == 2
        assert [o.name for o in drafts.others(session, START, "a", "soan")] == ["DUYET"]
        later = START + drafts.FRESH
        assert drafts.others(session, later, "a", "soan") == []
    row = {"person_id": "soan", "form": {}, "saved_at": START}
    for wrong in ({"key": "a", "item_id": "a", "base_version": 1},  # a second one
                  {"key": "b", "item_id": "a", "base_version": None}):  # of no version
        with pytest.raises(IntegrityError), store.write() as session:
            session.execute(insert(Draft), [{**row, **wrong}])


def test_drafts_are_bounded_and_old_ones_go(store: Store, people: dict[str, Person]) -> None:
    with pytest.raises(UserError), store.write() as session:
        drafts.keep(session, START, "soan", "a", {"body": ["x" * (drafts.LARGEST + 1)]}, 1)
    with store.write() as session:
        for _ in range(drafts.MOST):
            drafts.keep(session, START, "soan", drafts.new_key(), {}, None)
    with pytest.raises(Refused), store.write() as session:
        drafts.keep(session, START, "soan", drafts.new_key(), {}, None)
    with store.write() as session:
        drafts.tidy(session, START + drafts.KEEP + timedelta(days=1))
        assert list(drafts.mine(session, "soan")) == []


def test_nothing_is_saved_over_a_newer_version(store: Store, people: dict[str, Person]) -> None:
    assert _save(store, 1, "duyet", body="Của người kia", summary="Tóm tắt") is None

    clash = _save(store, 1, "soan", body="Của tôi", what_to_do="Gọi 113.")

    assert clash is not None
    assert (clash.version, clash.author) == (2, "DUYET")
    assert clash.theirs == {"body": ["Của người kia"]}
    assert clash.form["body"] == ["Của tôi"]
    assert clash.form["summary"] == ["Tóm tắt"]  # only they changed it
    assert clash.form["what_to_do"] == ["Gọi 113."]  # only I did
    with store.read() as session:
        assert load_content(session, "a").body == "Của người kia"
        theirs = form_of(load_content(session, "a"))
    taken = take_theirs(clash.form, ["body"], theirs)
    assert (taken["body"], taken["what_to_do"]) == (["Của người kia"], ["Gọi 113."])


def test_both_changing_one_field_to_the_same_words_is_no_clash_of_words(
    store: Store, people: dict[str, Person]
) -> None:
    _save(store, 1, "duyet", body="Như nhau")

    clash = _save(store, 1, "soan", body="Như nhau", summary="Thêm")

    assert clash is not None
    assert clash.theirs == {}
    assert _save(store, 2, "soan", summary="Thêm") is None


def test_history_says_who_and_what_became_of_each_version(
    store: Store, people: dict[str, Person]
) -> None:
    with store.write() as session:
        submit(session, START, a_programme(), settings_for(PRODUCT), "a",
               session.get_one(Person, "soan"))
        approve(session, START, "a", session.get_one(Person, "duyet"))
    _save(store, 1, "ca_hai", body="Lời sau", title="Giả danh công an xã")

    with store.read() as session:
        told = history.versions(session, "a")
        changed = history.changes(load_content(session, "a", 1), load_content(session, "a", 2))

    assert [(p.version, p.author, p.state, p.approvers) for p in told] == [
        (2, "CA_HAI", "draft", ()), (1, "SOAN", "approved", ("DUYET",))]
    assert {c.name: c.pieces for c in changed} == {
        "title": (("same", "Giả danh công an"), ("new", " xã")),
        "body": (("same", "Lời "), ("gone", "đầu"), ("new", "sau")),
    }


def test_an_id_is_made_of_the_title_and_is_nobody_elses(
    store: Store, people: dict[str, Person]
) -> None:
    with store.write() as session:
        assert new_id(session, "A") == "a-2"
        assert new_id(session, "Mới") == "moi-2"  # an address of the console
        assert new_id(session, "!!!") == "tin"
        save_new(session, START, an_item(new_id(session, "Đừng chuyển tiền")), "soan")
        assert new_id(session, "Đừng chuyển tiền!") == "dung-chuyen-tien-2"


def test_a_contribution_waits_for_an_author(store: Store, people: dict[str, Person]) -> None:
    given = Contribution("Có kẻ lừa", "thu_doan", "<p>Gọi điện</p><p>đòi tiền</p>", "Thôn 1", "Dân")
    file = Kept("x.pdf", "a" * 64, "pdf")
    with store.write() as session:
        person = session.get_one(Person, "duyet")
        person.organisation = "luc-ngan"
        item_id = contribute(session, START, a_programme(), given, person, ("anh.pdf", file))

    with store.read() as session:
        content = load_content(session, item_id)
        assert content.body == "Gọi điện\n\nđòi tiền\n\nNơi xảy ra: Thôn 1."
        assert [m.where for m in hindrances(content)] == [item_id]
        assert session.get_one(Item, item_id).owner == "luc-ngan"
        assert session.scalars(select(Evidence.by)).one() == "duyet"
        mine = shelf(session, Scope(frozenset({"luc-ngan"})), text="co KE")
        assert [row.item.id for row in mine.rows] == [item_id]
        assert shelf(session, Scope(frozenset({"khac"}))).total == 0


def test_a_wrong_contribution_names_every_field(store: Store, people: dict[str, Person]) -> None:
    with pytest.raises(UserError) as error, store.write() as session:
        contribute(session, START, a_programme(), Contribution("", "khong", "{{ x }}", "", ""),
                   session.get_one(Person, "duyet"))

    assert {m.where for m in error.value.mistakes} == {"title", "theme", "where", "source", "what"}


def test_a_text_message_is_shown_in_both_writings_with_what_it_costs(
    store: Store, people: dict[str, Person]
) -> None:
    """The price is what the newest campaign on this channel says; where none does, none."""
    item = an_item("a", texts={"sms": "Đừng chuyển tiền ^nhanh^ " + "ạ" * 60})

    def texts() -> dict[bool, Sms]:
        with store.read() as session:
            looks = look(session, a_programme(), item, (PRODUCT / "templates",), START)
        return {sms.accents: sms for sms in looks[0].texts}

    found = texts()
    assert (len(found[True].parts), found[True].encoding, found[True].dong) == (2, "ucs2", None)
    assert "".join(found[True].parts) == item.texts["sms"]
    assert set("Đừểềạ") == set(found[True].dear)
    assert (len(found[False].parts), found[False].double) == (1, ("^",))
    a_campaign(store, "accepted", dong_per_part=300)

    assert (texts()[True].dong, texts()[False].dong) == (600, 300)
