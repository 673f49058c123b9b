"""
An announcer's recordings. One is bound to the exact words it reads (their hash) and is used
only after a second person has heard it to the end and said so.
"""

import hashlib
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import BulletinRow, Recording
from worker.radio.bulletin import from_json
from worker.radio.speech.engines import MissingError, NoVoiceError, module, run_sound
from worker.radio.speech.parts import parts_of, text_sha256
from worker.shared.here import files_of
from worker.shared.kinds import RECORDINGS

#: a recording may be this long, seconds, and this large as it comes, bytes
LONGEST, LARGEST = 1800, 40 << 20


@dataclass(frozen=True)
class Take:
    """What came in: which words it reads, and who read them. `station` "": for every one."""

    station: str
    text_sha256: str
    made_by: str
    data: bytes


def add(home: Home, now: datetime, take: Take) -> int:
    """
    Keep a recording as WAV; gives its number. UserError: no sound, too long, too large. The
    same take twice is one.
    """
    if len(take.data) > LARGEST:
        raise _refused(t("tệp lớn quá 40 MB", "larger than 40 MB"))
    wav = _decoded(take.data)
    seconds = _seconds(wav)
    if seconds < 1:
        raise _refused(t("tệp không có tiếng", "there is no sound in it"))
    name = hashlib.sha256(wav).hexdigest()
    files_of(home.settings).put(RECORDINGS, f"{name}.wav", wav)
    with home.store.write() as session:
        known = session.scalars(select(Recording).where(
            Recording.station == take.station, Recording.text_sha256 == take.text_sha256,
            Recording.file_sha256 == name)).first()
        if known is not None:
            return known.id
        row = Recording(station=take.station, text_sha256=take.text_sha256, file_sha256=name,
                        seconds=seconds, made_by=take.made_by, made_at=now)
        session.add(row)
        session.flush()
        audit.record(session, now, take.made_by, "recording", str(row.id),
                     {"station": take.station, "text": take.text_sha256, "file": name})
        return row.id


def hear(session: Session, now: datetime, number: int, person: str, *, refuse: str = "") -> None:
    """A second person has heard it: it is used from now on, or, with a reason, never."""
    row = session.get(Recording, number, with_for_update=True)
    if row is None:
        raise UserError(str(number), t("không có bản thu này", "there is no such recording"),
                        t("xem `giovang recording list`", "see `giovang recording list`"))
    if person.casefold() == row.made_by.casefold():
        raise Refused(person, t("người thu không tự nghe duyệt bản thu của mình",
                                "whoever recorded it cannot release it"),
                      t("nhờ người khác nghe", "ask somebody else to hear it"))
    if refuse:
        row.refused = refuse
    row.heard_by, row.heard_at = person, now
    session.flush()
    audit.record(session, now, person, "recording_heard", str(number), {"refused": refuse})


def heard(session: Session, station: str, texts: Sequence[str]) -> dict[str, str]:
    """
    Of these texts (by hash) the newest recording that may be used here: hash of the text ->
    hash of the file; the station's own before one for every station.
    """
    rows = session.execute(
        select(Recording.text_sha256, Recording.file_sha256)
        .where(Recording.text_sha256.in_(texts), Recording.heard_by.is_not(None),
               Recording.refused == "",
               or_(Recording.station == station, Recording.station == ""))
        .order_by(Recording.station, Recording.id)
    )
    return dict(rows.all())  # the last of a text stays: the station's own, and the newest


def texts_asked_for(session: Session, since: date) -> set[str]:
    """Hashes of all that bulletins from this day on read: whole, and piece by piece."""
    rows = session.scalars(
        select(BulletinRow.body).where(BulletinRow.newest, BulletinRow.local_date >= since))
    found: set[str] = set()
    for body in rows:
        bulletin = from_json(body)
        found.add(text_sha256(bulletin.voice))
        found |= {text_sha256(part.text) for part in parts_of(bulletin)}
    return found


def _decoded(data: bytes) -> bytes:
    try:
        return run_sound([*module("decode_process"), str(LONGEST)], data, words=2000)
    except MissingError as error:
        raise UserError(t("bản thu", "recording"), error.what, error.fix) from error
    except NoVoiceError as error:
        raise _refused(t("không đọc được tệp âm thanh này, hoặc dài quá 30 phút",
                         "cannot be read as sound, or longer than 30 minutes")) from error


def _seconds(wav: bytes) -> int:
    with wave.open(BytesIO(wav)) as file:
        return int(file.getnframes() / file.getframerate())


def _refused(what: str) -> UserError:
    return UserError(t("bản thu", "recording"), what,
                     t("thu lại bằng điện thoại (MP3, M4A, WAV), dưới 30 phút",
                       "record again (MP3, M4A, WAV), under 30 minutes"))
