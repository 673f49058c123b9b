"""
What somebody who is no author sends in: what happened, where, from whom it is known. It becomes a
draft with a note that has to be cleared, so that nobody submits it before it was edited.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.edit import new_id, save_new
from worker.items.files.places import Found, Place
from worker.items.files.text import accept
from worker.items.model import ItemContent
from worker.items.pasted import words_of
from worker.items.uploads import Kept
from worker.models import Evidence, Person
from worker.programme.model import Programme

FIELDS = ("title", "theme", "what", "where", "source")
#: what stands before the note's words: the authors' list looks for nothing else
NOTE = "Cần biên tập"


@dataclass(frozen=True)
class Contribution:
    """The short form, as typed."""

    title: str
    theme: str
    what: str
    where: str
    source: str


def contribute(
    session: Session, now: datetime, programme: Programme, given: Contribution, person: Person,
    evidence: tuple[str, Kept] | None = None,
) -> str:
    """
    A draft of the contributor's organisation; gives its id. `evidence`: the file's name as the
    sender called it, and the file.

    Raises:
        UserError: with every mistake; `where` of each is the field's name.
    """
    said = _checked(given, programme)
    body = f"{said['what']}\n\nNơi xảy ra: {said['where']}."
    note = f"{NOTE}: góp ý của {person.name}. Kiểm chứng với nguồn: {said['source']}"
    if evidence:
        note += ". Có bằng chứng kèm theo"
    content = ItemContent(id=new_id(session, said["title"]), title=said["title"],
                          theme=given.theme, body=body, source=said["source"], note=note)
    item_id = save_new(session, now, content, person.id)
    if evidence is not None:
        name, file = evidence
        session.add(Evidence(item_id=item_id, name=name[:255], kind=file.kind, sha256=file.sha256,
                             by=person.id, at=now))
        session.flush()
    audit.record(session, now, person.id, "contribute", item_id,
                 {"evidence": evidence[1].sha256 if evidence else ""})
    return item_id


def _checked(given: Contribution, programme: Programme) -> dict[str, str]:
    found = Found()
    said = {name: accept(words_of(getattr(given, name)), Place(name), found) for name in FIELDS}
    for name in ("title", "where", "source"):
        said[name] = " ".join(said[name].split())
    missing = {name: t("còn trống", "is empty") for name in FIELDS if not said[name]}
    if said["theme"] not in programme.themes:
        missing["theme"] = t("chưa chọn chủ đề", "no theme is chosen")
    wrong = [*found.mistakes, *(Mistake(name, what) for name, what in missing.items())]
    for name, longest in (("title", 150), ("where", 300), ("source", 300)):
        if len(said[name]) > longest:
            wrong.append(Mistake(name, t(f"tối đa {longest} ký tự", f"{longest} characters")))
    if "{{" in "".join(said.values()):
        wrong.append(Mistake("what", t("không dùng dấu {{", "no {{ here")))
    if wrong:
        raise UserError.many(tuple(wrong))
    return said


def evidence_of(session: Session, item_id: str) -> list[Evidence]:
    """Files that came with this item."""
    return list(session.scalars(
        select(Evidence).where(Evidence.item_id == item_id).order_by(Evidence.id)))
