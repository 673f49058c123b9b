"""Accounts: made, disabled, who needs a code."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.authority import may_still_approve
from worker.models import (
    Delegation,
    Installation,
    Person,
    TrustedDevice,
    UserAccount,
    UserLink,
    UserSession,
)
from worker.users.governors import (
    governs_all,
    lock_persons,
    must_be_another,
    must_leave_one,
    no_such_person,
)

#: outside training they must show a code besides the password
NEED_A_CODE = frozenset({"nguoi_duyet", "quan_tri"})


def account_of(session: Session, person_id: str) -> UserAccount | None:
    """The account, if it may be used now: neither it nor its person is out of service."""
    return session.scalars(
        select(UserAccount).join(Person, Person.id == UserAccount.person_id)
        .where(UserAccount.person_id == person_id, Person.active,
               UserAccount.disabled_at.is_(None))
    ).first()


def add(session: Session, now: datetime, person_id: str, by: str) -> None:
    """An account for a person; one that was disabled is opened again, without its password."""
    person = session.get(Person, person_id)
    if person is None or not person.active:
        raise no_such_person(person_id)
    found = session.get(UserAccount, person_id)
    if found is not None and found.disabled_at is None:
        raise Refused(person_id, t("đã có tài khoản", "has an account already"),
                      t("cấp đường dẫn đặt mật khẩu: `giovang user link`",
                        "hand out a link by `giovang user link`"))
    if found is None:
        session.add(UserAccount(person_id=person_id, made_at=now, totp_step=0))
    else:
        found.disabled_at, found.password, found.password_at = None, None, None
    session.flush()
    audit.record(session, now, by, "user_add", f"user/{person_id}")


def disable(session: Session, now: datetime, person_id: str, by: str) -> None:
    """Nobody logs in with it, and whoever is in is out at once."""
    must_be_another(by, person_id)
    lock_persons(session)
    governor = governs_all(session, person_id)
    account = must_have(session, person_id)
    account.disabled_at = now
    if governor:
        must_leave_one(session, person_id)
    shut_out(session, now, person_id)
    close_links(session, now, person_id)
    audit.record(session, now, by, "user_disable", f"user/{person_id}")


def close_links(session: Session, now: datetime, person_id: str) -> None:
    """No link of theirs opens any more."""
    session.execute(update(UserLink).where(UserLink.person_id == person_id,
                                           UserLink.closed_at.is_(None)).values(closed_at=now))


def must_have(session: Session, person_id: str) -> UserAccount:
    """The account in use; UserError with the step otherwise."""
    account = account_of(session, person_id)
    if account is None:
        raise UserError(person_id, t("không có tài khoản đang dùng", "has no account in use"),
                        t("xem `giovang user list`; mở bằng `giovang user add`",
                          "see `giovang user list`; make one by `giovang user add`"))
    return account


def shut_out(session: Session, now: datetime, person_id: str, *, but: int | None = None) -> int:
    """End every session (`but` one) and forget every trusted device; how many sessions ended."""
    ended = session.execute(
        update(UserSession)
        .where(UserSession.person_id == person_id, UserSession.revoked_at.is_(None),
               UserSession.id != (but or 0))
        .values(revoked_at=now).returning(UserSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(update(TrustedDevice).where(TrustedDevice.person_id == person_id,
                                                TrustedDevice.ends_at > now).values(ends_at=now)
                    .execution_options(synchronize_session=False))
    return len(ended)


def needs_code(session: Session, now: datetime, person: Person) -> bool:
    """Approvers, administrators, and who is to approve for one; in training nobody must."""
    if session.scalars(select(Installation.training)).one():
        return False
    return not NEED_A_CODE.isdisjoint(person.roles) or session.scalars(
        select(Delegation.id).where(Delegation.delegate == person.id, may_still_approve(now))
        .limit(1)).first() is not None


def nobody_is_in(session: Session, now: datetime) -> None:
    """After a restore: what was revoked since the backup was made must not live again."""
    for table, column in ((UserSession, UserSession.revoked_at), (UserLink, UserLink.closed_at)):
        session.execute(update(table).where(column.is_(None)).values({column: now})
                        .execution_options(synchronize_session=False))
    session.execute(update(TrustedDevice).where(TrustedDevice.ends_at > now).values(ends_at=now)
                    .execution_options(synchronize_session=False))
