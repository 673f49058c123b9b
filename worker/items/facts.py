"""
Facts an item requires, its open note, and words the lint of the spoken text stumbles over:
filled in, cleared and waived by name, as a new version, so that the approval binds them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.items.store import load_content, save_version
from worker.items.words import says, word_of
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


def waive(session: Session, now: datetime, item_id: str, word: str, person: Person) -> None:
    """This word may be read as it stands, says this person; it must stand in the item."""
    content = load_content(session, item_id)
    if not says(content, word):
        raise UserError(
            f"--word {word}", t("tin không có từ này", "the item does not say this"),
            t("ghi đúng chữ mà `giovang preview` nêu", "write it as `giovang preview` names it"))
    if word_of(word) in {word_of(known) for known in content.waived}:
        return
    waived = {**content.waived, " ".join(word.split()): person.id}
    save_version(session, now, content.model_copy(update={"waived": waived}), person.id, "waive",
                 {"word": word})


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
