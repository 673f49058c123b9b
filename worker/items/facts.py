"""Facts an item requires, and its open note: filled in and cleared by name, as a new version."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.items.store import load_content, save_version
from worker.models import Person

LONGEST = 200  #: characters of one fact


def fill_in(
    session: Session, now: datetime, item_id: str, given: Sequence[str], person: Person
) -> tuple[str, ...]:
    """Put `NAME=VALUE` facts into the item; returns the names still missing."""
    content = load_content(session, item_id)
    facts = dict(_fact(entry, content.requires) for entry in given)
    if facts.items() <= content.facts.items():
        return content.unfilled()
    filled = content.model_copy(update={"facts": {**content.facts, **facts}})
    save_version(session, now, filled, person.id, "fill", {"names": sorted(facts)})
    return filled.unfilled()


def clear(session: Session, now: datetime, item_id: str, person: Person) -> str:
    """The note is dealt with, says this person; returns what it said."""
    content = load_content(session, item_id)
    if not content.note:
        raise UserError(item_id, t("tin không có ghi chú", "the item has no note"))
    cleared = content.model_copy(update={"note": ""})
    save_version(session, now, cleared, person.id, "clear_note", {"note": content.note})
    return content.note


def _fact(entry: str, requires: tuple[str, ...]) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in entry.partition("="))
    if not equals or not value:
        raise UserError(entry, t("không phải TÊN=GIÁ-TRỊ", "is not NAME=VALUE"),
                        t("viết như so_vu=12", "write it like so_vu=12"))
    if name not in requires:
        known = ", ".join(requires) or t("(không có)", "(none)")
        raise UserError(name, t("tin không cần số liệu này", "the item does not ask for this"),
                        did_you_mean(name, requires)
                        + t(f"các số liệu: {known}", f"it asks for: {known}"))
    if len(value) > LONGEST or "\n" in value or "{{" in value:
        raise UserError(name, t(f"phải là một dòng, tối đa {LONGEST} ký tự, không có {{{{",
                                f"must be one line of {LONGEST} characters at most, no {{{{"))
    return name, value
