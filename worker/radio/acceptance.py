"""
The commune's yes. Its People's Committee answers for what its station airs (Decree
49/2024/NĐ-CP), so every bulletin is covered by a standing acceptance of its priorities, or is
accepted by itself; until then every form of it says CHƯA DUYỆT PHÁT, and no machine is given
it to play. What is urgent is played at once (Circular 39/2020/TT-BTTTT) and waits for nobody.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import insert_missing
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import BulletinAcceptance, BulletinRow, StandingAcceptance
from worker.programme.model import PRIORITIES
from worker.radio.bulletin import Acceptance, Bulletin, from_json
from worker.shared.here import files_of
from worker.shared.kinds import SCANS

How = Literal["page", "scan", "centre"]

#: a signed paper, scanned: PDF or a picture, bytes
LARGEST_SCAN = 10 << 20
_KINDS = ((b"%PDF", ".pdf"), (b"\xff\xd8\xff", ".jpg"), (b"\x89PNG", ".png"))


@dataclass(frozen=True)
class Yes:
    """Who accepts a bulletin, and how we know."""

    by: str
    how: How
    recorded_by: str
    document: str = ""
    scan_sha256: str = ""


def accept(session: Session, now: datetime, bulletin_id: int, yes: Yes) -> Acceptance:
    """
    Accept one bulletin; gives the acceptance that counts: of two at one instant the first.
    Refused: it has been replaced, for nobody may accept what is no longer aired.
    """
    row = session.get(BulletinRow, bulletin_id)
    if row is None:
        raise UserError(str(bulletin_id), t("không có bản tin này", "there is no such bulletin"))
    if not row.newest:
        raise Refused(t(f"bản số {row.number}", f"number {row.number}"),
                      t("đã có bản mới hơn", "a newer one has taken its place"),
                      t("tải lại trang, xem bản mới rồi duyệt", "load the page again"))
    if not yes.by.strip():
        raise UserError(t("người duyệt", "who accepts"), t("chưa ghi họ tên", "no name"),
                        t("ghi họ tên và chức vụ", "write name and office"))
    audit.record(session, now, yes.recorded_by, "bulletin_accepted", row_name(row),
                 {"how": yes.how, "number": row.number})
    insert_missing(session, BulletinAcceptance, [{
        "bulletin_id": bulletin_id, "by": yes.by.strip(), "how": yes.how,
        "document": yes.document.strip(), "scan_sha256": yes.scan_sha256,
        "recorded_by": yes.recorded_by, "at": now,
    }])
    return _value(session.get_one(BulletinAcceptance, bulletin_id))


def acceptance_of(
    session: Session, bulletin: Bulletin, bulletin_id: int | None
) -> Acceptance | None:
    """The bulletin's own, else a standing one that covers the priority of every item in it."""
    own = session.get(BulletinAcceptance, bulletin_id) if bulletin_id is not None else None
    if own is not None:
        return _value(own)
    wanted = {s.priority for s in bulletin.airing_sections}
    found = {row.priority: row for row in standing(session, bulletin.station, bulletin.date)}
    if not wanted or not wanted <= found.keys():
        return None
    least = max((found[p] for p in wanted), key=lambda row: row.recorded_at)
    return Acceptance(least.signer, "standing", least.recorded_at, least.document)


def accepted_before(session: Session, newest: Bulletin) -> Bulletin | None:
    """The number before it that the commune accepted last; None where there is none."""
    for row in session.scalars(
        select(BulletinRow)
        .where(BulletinRow.station == newest.station, BulletinRow.local_date == newest.date,
               BulletinRow.airing == newest.airing, BulletinRow.number < newest.number)
        .order_by(BulletinRow.number.desc())
    ):
        bulletin = from_json(row.body)
        accepted = acceptance_of(session, bulletin, row.id)
        if accepted is not None:
            return replace(bulletin, accepted=accepted)
    return None


def waits_for_yes(bulletin: Bulletin) -> bool:
    """Nothing may air it by itself yet. With an urgent item in it, it is played at once."""
    return bulletin.accepted is None and bulletin.priority != "khan_cap"


def standing(session: Session, station: str, day: date) -> Sequence[StandingAcceptance]:
    """What holds on this day; the newest of a priority last."""
    return session.scalars(
        select(StandingAcceptance)
        .where(StandingAcceptance.station == station, StandingAcceptance.valid_from <= day,
               StandingAcceptance.valid_until >= day, StandingAcceptance.revoked_at.is_(None))
        .order_by(StandingAcceptance.id)
    ).all()


def record_standing(
    session: Session, now: datetime, person: str, given: StandingAcceptance
) -> int:
    """Write a standing acceptance down; gives its number. The fields are checked here."""
    if given.priority not in PRIORITIES:
        raise UserError("--priority", t(f"không có mức «{given.priority}»",
                                        f"no priority “{given.priority}”"),
                        t(f"dùng một trong: {', '.join(PRIORITIES)}",
                          f"use one of: {', '.join(PRIORITIES)}"))
    for name, value in (("--signer", given.signer), ("--document", given.document)):
        if not value.strip():
            raise UserError(name, t("chưa ghi", "is empty"),
                            t("ghi người ký và số văn bản", "name signer and document"))
    if given.valid_until < given.valid_from:
        raise UserError("--until", t("trước ngày bắt đầu", "before it begins"),
                        t("sửa ngày", "mend the dates"))
    audit.record(session, now, person, "standing_acceptance", given.station,
                 {"priority": given.priority, "until": given.valid_until.isoformat()})
    given.recorded_by, given.recorded_at = person, now
    session.add(given)
    session.flush()
    return given.id


def revoke_standing(session: Session, now: datetime, person: str, number: int) -> None:
    """From now on it covers nothing; what was aired under it stays as it was."""
    audit.record(session, now, person, "standing_revoked", str(number))
    done = session.execute(
        update(StandingAcceptance)
        .where(StandingAcceptance.id == number, StandingAcceptance.revoked_at.is_(None))
        .values(revoked_at=now).returning(StandingAcceptance.id)).first()
    if done is None:
        raise UserError(str(number), t("không có, hoặc đã thôi hiệu lực", "not there, or revoked"),
                        t("xem `giovang station acceptances`", "see `giovang station acceptances`"))


def keep_scan(home: Home, data: bytes) -> str:
    """Keep a signed paper; gives its SHA-256. UserError: not a PDF or picture."""
    kind = next((ext for start, ext in _KINDS if data.startswith(start)), "")
    if not kind or len(data) > LARGEST_SCAN:
        raise UserError(t("bản quét", "scan"),
                        t("không phải PDF, JPG, PNG, hoặc lớn quá 10 MB",
                          "not PDF, JPG or PNG, or larger than 10 MB"),
                        t("chụp hoặc quét lại", "scan it again"))
    name = hashlib.sha256(data).hexdigest()
    files_of(home.settings).put(SCANS, f"{name}{kind}", data)
    return name


def row_name(row: BulletinRow) -> str:
    """Station, day and airing, for the audit."""
    return f"{row.station}/{row.local_date.isoformat()}/{row.airing}"


def _value(row: BulletinAcceptance) -> Acceptance:
    return Acceptance(row.by, row.how, row.at, row.document)  # type: ignore[arg-type]
