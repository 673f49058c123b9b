"""
API keys: a program acts for a person, with that person's roles and organisation of the moment,
within the key's scopes, until it ends. 256 random bits, shown once, stored as a hash.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Mistake, Refused, UserError
from worker.i18n import t
from worker.models import ApiKey, Person, UserAccount
from worker.scope import WHOLE, Scope, scope_of_person
from worker.users.tokens import hashed, new_token

#: what a key may be let do; never approve, start after a stop, or make persons and keys
SCOPES: Mapping[str, tuple[str, str]] = {
    "read": ("Đọc mọi thứ người ấy được xem", "Read what the person may see"),
    "items": ("Soạn, sửa, trình duyệt tin", "Write, change and submit items"),
    "review": ("Trả lại, không duyệt tin (không duyệt được)", "Return and reject items"),
    "plan": ("Xếp tin vào lịch, bỏ xếp", "Pin and unpin"),
    "publish": ("Phát ngay, phát lại, hủy, thu hồi, đính chính",
                "Publish, repeat, cancel, recall, correct"),
    "campaigns": ("Lập và chạy đợt nhắn tin đã duyệt", "Make campaigns, run approved ones"),
    "lists": ("Nhập danh sách người nhận", "Import lists of recipients"),
    "stations": ("Ghi «Đã phát» thay đài", "Write down what stations aired"),
    "operate": ("Tạm dừng, tiếp tục kênh; nhận sự cố; dừng khẩn cấp",
                "Pause, resume; take alarms; emergency stop"),
}
MARK = "gv_"
#: letters of a key that are kept to know it by
KNOWN_BY = 9
LONGEST = 366  #: days
#: "last used" is written no more often than this
TOUCH = timedelta(minutes=1)
#: before its end by so much, people are told
ENDS_SOON = timedelta(days=14)
_LOOKS_RIGHT = re.compile(r"gv_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Caller:
    """Whoever calls: a program's key, and the person it acts for."""

    key: int
    person: str
    name: str
    roles: frozenset[str]
    scopes: frozenset[str]
    organisation: str | None  #: None: works for the whole installation


@dataclass(frozen=True)
class Wish:
    """A key that is asked for."""

    name: str
    person: str
    scopes: Collection[str]
    days: int


def add(session: Session, now: datetime, wish: Wish, by: Person) -> str:
    """A new key, given away here and never again."""
    name = " ".join(wish.name.split())
    person = session.get(Person, wish.person)
    if person is not None and not scope_of_person(session, by.id).holds(person.organisation):
        person = None  # whom somebody does not hold is answered like nobody
    mistakes = tuple(_faults(wish, name, person))
    if mistakes:
        raise UserError.many(mistakes)
    if session.scalars(select(ApiKey.id).where(ApiKey.name == name,
                                               ApiKey.revoked_at.is_(None))).first() is not None:
        raise Refused(name, t("đã có khóa đang dùng mang tên này",
                              "a key in use has this name already"),
                      t("đặt tên khác, hoặc thu hồi khóa kia", "name it otherwise, or revoke it"))
    token = MARK + new_token()
    row = ApiKey(token_sha256=hashed(token), prefix=token[:KNOWN_BY], name=name,
                 person_id=wish.person, scopes=[s for s in SCOPES if s in wish.scopes],
                 made_at=now, made_by=by.id, expires_at=now + timedelta(days=wish.days))
    session.add(row)
    session.flush()
    audit.record(session, now, by.id, "api_key", f"api-key/{row.id}", {
        "name": name, "person": wish.person, "scopes": row.scopes,
        "expires_at": row.expires_at.isoformat()})
    return token


def _faults(wish: Wish, name: str, person: Person | None) -> list[Mistake]:
    faults = []
    if not 1 <= len(name) <= 80 or not name.isprintable():
        faults.append(Mistake("--name", t("thiếu tên, hoặc dài quá 80 ký tự",
                                          "missing, or over 80 long"),
                              t("đặt tên chương trình sẽ dùng khóa",
                                "name the program that will use it")))
    if person is None or not person.active:
        faults.append(Mistake("--for", t(f"không có người «{wish.person}»",
                                         f"no person “{wish.person}”"),
                              t("xem `giovang person list`", "see `giovang person list`")))
    unknown = [s for s in wish.scopes if s not in SCOPES]
    if unknown or not wish.scopes:
        known = ", ".join(SCOPES)
        faults.append(Mistake("--scope", t(f"không có quyền «{unknown[0]}»",
                                           f"no scope “{unknown[0]}”") if unknown
                              else t("chưa chọn quyền nào", "no scope is chosen"),
                              t(f"dùng: {known}", f"use: {known}")))
    if not 1 <= wish.days <= LONGEST:
        faults.append(Mistake("--days", t(f"phải từ 1 đến {LONGEST} ngày",
                                          f"must be 1 to {LONGEST} days"),
                              t("hết hạn thì tạo khóa mới", "make another when it has ended")))
    return faults


def who(session: Session, now: datetime, token: str) -> tuple[Caller, bool] | None:
    """
    Whoever this key acts for, as of this moment, and whether "last used" is due to be written;
    None: not a key of ours, over, revoked, or its person is out of service.
    """
    if not _LOOKS_RIGHT.fullmatch(token):
        return None
    found = session.execute(
        select(ApiKey, Person).join(Person, Person.id == ApiKey.person_id)
        .outerjoin(UserAccount, UserAccount.person_id == Person.id)
        .where(ApiKey.token_sha256 == hashed(token), ApiKey.revoked_at.is_(None),
               ApiKey.expires_at > now, Person.active, UserAccount.disabled_at.is_(None))
    ).first()
    if found is None:
        return None
    key, person = found
    due = key.last_used_at is None or now - key.last_used_at >= TOUCH
    return Caller(key.id, person.id, person.name, frozenset(person.roles),
                  frozenset(key.scopes), person.organisation), due


def touch(session: Session, now: datetime, number: int) -> None:
    """It is in use."""
    session.execute(update(ApiKey).where(ApiKey.id == number).values(last_used_at=now))


def revoke(session: Session, now: datetime, number: int, by: Person) -> ApiKey:
    """It opens nothing from here on; UserError when there is none in use of this number."""
    row = session.scalars(select(ApiKey).where(
        ApiKey.id == number, ApiKey.revoked_at.is_(None)).with_for_update()).first()
    if row is None or not scope_of_person(session, by.id).holds(
            session.get_one(Person, row.person_id).organisation):
        raise UserError(str(number), t("không có khóa đang dùng mang số này",
                                       "no key in use has this number"),
                        t("xem `giovang api-key list`", "see `giovang api-key list`"))
    row.revoked_at, row.revoked_by = now, by.id
    session.flush()
    audit.record(session, now, by.id, "api_key_revoke", f"api-key/{number}", {"name": row.name})
    return row


class Listed(NamedTuple):
    """A key, the person it acts for, and `in_use`, `ends_soon`, `over`, `shut`, `revoked`."""

    key: ApiKey
    person: Person
    standing: str


def every(session: Session, now: datetime, scope: Scope = WHOLE) -> list[Listed]:
    """The keys of persons held, those in use first, the newest first."""
    found = session.execute(
        select(ApiKey, Person, UserAccount.disabled_at)
        .join(Person, Person.id == ApiKey.person_id)
        .outerjoin(UserAccount, UserAccount.person_id == Person.id)
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc()))
    return [Listed(key, person, _standing(key, now, shut=not person.active or bool(disabled)))
            for key, person, disabled in found if scope.holds(person.organisation)]


def _standing(key: ApiKey, now: datetime, *, shut: bool) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "over"
    if shut:
        return "shut"
    return "ends_soon" if key.expires_at - now <= ENDS_SOON else "in_use"


def none_works(session: Session, now: datetime, by: str) -> None:
    """After a restore: a key revoked since the backup was made must not open again."""
    session.execute(update(ApiKey).where(ApiKey.revoked_at.is_(None))
                    .values(revoked_at=now, revoked_by=by)
                    .execution_options(synchronize_session=False))
