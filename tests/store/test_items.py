"""Items are taken in by id, keep their history, and an edit is never published unapproved."""

import pytest
from sqlalchemy import event, func, select

from tests.builders import a_programme, an_item, settings_for, some_people
from tests.conftest import START
from worker.db import Store
from worker.errors import UserError
from worker.items.approval import approve, submit
from worker.items.facts import clear, fill_in
from worker.items.store import airable, import_all, import_items, load_content
from worker.models import Audit, Item, ItemVersion
from worker.settings import PRODUCT


def _import(store: Store, *contents, author: str = "soan"):
    with store.write() as session:
        return import_items(session, START, contents, author)


def _approve(store: Store, item_id: str) -> None:
    people = some_people(store)
    with store.write() as session:
        submit(session, START, a_programme(), settings_for(PRODUCT), item_id, people["soan"])
        approve(session, START, item_id, people["duyet"])


def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    first = _import(store, an_item("a"), an_item("b"))

    again = _import(store, an_item("a"), an_item("b"))

    assert (first.new, again.unchanged) == (["a", "b"], ["a", "b"])
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(ItemVersion)) == 2
        assert session.scalar(select(func.count()).select_from(Audit).where(
            Audit.act == "import")) == 1


def test_reimport_updates_by_id_and_keeps_history(store: Store) -> None:
    _import(store, an_item("a", title="Cũ"))

    report = _import(store, an_item("a", title="Mới", priority="khan_cap"), author="khac")

    assert report.changed == ["a"]
    with store.read() as session:
        item = session.get_one(Item, "a")
        assert (item.version, item.title, item.needs_approvals) == (2, "Mới", 2)
        assert load_content(session, "a", 1).title == "Cũ"
        assert load_content(session, "a").title == "Mới"


def test_an_edit_of_an_approved_item_needs_a_new_approval(store: Store) -> None:
    """Nothing unapproved is published: the edit is a draft, and nothing of it may air."""
    _import(store, an_item("a"))
    _approve(store, "a")
    with store.read() as session:
        assert [a.content.id for a in airable(session)] == ["a"]

    _import(store, an_item("a", body="Lời khác"))

    with store.read() as session:
        assert session.get_one(Item, "a").state == "draft"
        assert airable(session) == []


def test_equal_content_keeps_the_approval(store: Store) -> None:
    _import(store, an_item("a"))
    _approve(store, "a")

    _import(store, an_item("a"))

    with store.read() as session:
        assert session.get_one(Item, "a").state == "approved"


def test_reimport_keeps_facts_and_cleared_note_while_the_words_are_the_same(store: Store) -> None:
    """The file knows nothing of what was filled in here."""
    item = an_item("a", body="{{ so_vu }} vụ", requires=["so_vu"], note="Hỏi số vụ")
    _import(store, item)
    person = some_people(store)["soan"]
    with store.write() as session:
        assert fill_in(session, START, "a", ["so_vu = 12"], person) == ()
        clear(session, START, "a", person)

    same = _import(store, item)
    with store.read() as session:
        kept = load_content(session, "a")
    other = _import(store, item.model_copy(update={"body": "Lời khác {{ so_vu }}"}))

    assert (same.unchanged, kept.facts, kept.note) == (["a"], {"so_vu": "12"}, "")
    assert other.changed == ["a"]
    with store.read() as session:
        changed = load_content(session, "a")
        assert (changed.facts, changed.note) == ({"so_vu": "12"}, "Hỏi số vụ")


@pytest.mark.parametrize("given", ["so_vu", "so_vu=", "khac=1", "so_vu=a\nb", "so_vu={{ dai }}"])
def test_a_wrong_fact_is_refused(store: Store, given: str) -> None:
    _import(store, an_item("a", requires=["so_vu"]))
    person = some_people(store)["soan"]

    with pytest.raises(UserError), store.write() as session:
        fill_in(session, START, "a", [given], person)


def test_a_mistyped_id_names_the_nearest(store: Store) -> None:
    _import(store, an_item("td-01-gia-danh"))

    with pytest.raises(UserError, match="«td-01-gia-danh»"), store.read() as session:
        load_content(session, "td-01-gia-dan")


def test_a_big_import_writes_in_short_pieces(store: Store) -> None:
    """A writer must not keep the sender waiting: 500 items in one transaction at most."""
    commits = []
    event.listen(store.engine, "commit", commits.append)

    report = import_all(store, START, [an_item(f"tin-{n}") for n in range(1100)], "soan")

    assert len(report.new) == 1100
    assert len(commits) == 3
