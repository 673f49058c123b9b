"""
What stands on the «Phiếu trình duyệt», before it is a DOCX or a PDF. The frozen words as they
are, their fields by name: the codes are of these very words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Refused
from worker.i18n import t
from worker.items.codes import short_code
from worker.items.fields import PLACEHOLDER
from worker.items.queue_ import Waiting
from worker.items.review import Review, Reviewer, field_words, parts_of
from worker.models import Installation, Rendition
from worker.programme.model import Organisation, Programme
from worker.renderer import MARK
from worker.slots import local_date

TITLE = "PHIẾU TRÌNH DUYỆT"
NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
ASKED = ("☐ Đồng ý cho phát", "☐ Trả lại để sửa", "☐ Không duyệt")


@dataclass(frozen=True)
class Part:
    """One channel."""

    name: str
    figure: str
    code: str
    sha256: str
    texts: tuple[tuple[str, str], ...]  #: what it is, the words
    blocked: str  #: why it does not air there; "" it does


@dataclass(frozen=True)
class Sheet:
    """All of it, in order."""

    parent: str
    issuer: str
    place: str
    year: int
    about: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    pictures: tuple[tuple[str, str, str], ...]  #: file, what it shows, SHA-256
    code: str
    sha256: str
    foot: str  #: on every page, so that none is exchanged
    training: bool
    at: datetime  #: when it was submitted: the same item gives the same bytes
    mark: str = MARK


def sheet_of(session: Session, now: datetime, programme: Programme, waits: Waiting) -> Sheet:
    """
    The sheet of a submitted item.

    Raises:
        Refused: nothing of it is frozen.
    """
    review = Reviewer(session, now, programme, None).review(waits)
    if not review.sha256 or review.state not in ("submitted", "approved"):
        raise Refused(waits.item_id, t("tin chưa trình duyệt", "is not submitted"),
                      t("trình duyệt trước, rồi in phiếu", "submit it first, then print"))
    day = local_date(programme, waits.submitted_at)
    body, above = _bodies(programme, waits.owner, day)
    return Sheet(
        parent=above.name if above else "", issuer=body.name if body else programme.name,
        place=_place(body), year=local_date(programme, now).year,
        about=f"V/v duyệt nội dung tin «{waits.title}»",
        facts=tuple(_facts(review, programme)), parts=tuple(_parts(session, review, programme)),
        pictures=tuple((i.path, i.alt, i.sha256) for i in review.pictures), code=review.code,
        sha256=review.sha256,
        foot=f"{waits.item_id}, bản {waits.version}. Mã đối chiếu: {review.code}",
        training=session.scalars(select(Installation.training)).one(), at=waits.submitted_at)


def _bodies(
    programme: Programme, owner: str | None, day: date
) -> tuple[Organisation | None, Organisation | None]:
    body = programme.organisation_on(owner or programme.organisation, day)
    above = programme.organisation_on(body.parent, day) if body and body.parent else None
    return body, above


def _place(body: Organisation | None) -> str:
    """Xã Lục Ngạn -> Lục Ngạn."""
    name = body.name if body else "............"
    for kind in ("Xã ", "Phường ", "Tỉnh ", "Thành phố ", "Đặc khu "):
        name = name.removeprefix(kind)
    return name


def _facts(review: Review, programme: Programme) -> Iterator[tuple[str, str]]:
    zone, waits = programme.zone(), review.waits
    yield "Mã tin", f"{waits.item_id}, bản số {waits.version}"
    for fact in review.facts:
        if fact.value != "-":
            yield fact.name, fact.value
    yield "Người soạn", review.authors
    yield "Trình lúc", (f"{waits.submitted_at.astimezone(zone):%H:%M ngày %d/%m/%Y}, "
                        f"{review.submitted_by}")
    if waits.airs:
        yield "Dự kiến phát", (f"{waits.airs.opens_at.astimezone(zone):%H:%M ngày %d/%m/%Y}, "
                               f"{waits.airs.slot}")
    yield "Mã đối chiếu chung", review.code


def _parts(session: Session, review: Review, programme: Programme) -> Iterator[Part]:
    known = {c.id: c for c in programme.channels}
    rows = {r.channel: r for r in session.scalars(select(Rendition).where(
        Rendition.item_id == review.waits.item_id, Rendition.version == review.waits.version))}
    for side in review.sides:
        row = rows[side.id]
        texts = parts_of(row.texts, known.get(side.id))
        yield Part(side.name, side.figure, short_code(row.sha256), row.sha256,
                   tuple((name, _in_words(text)) for name, text in texts.items()),
                   "; ".join(side.problems))


def _in_words(text: str) -> str:
    """Open fields as what they stand for: Báo [tên công an sở tại]."""
    return PLACEHOLDER.sub(lambda m: f"[{field_words(m[1])}]", text)
