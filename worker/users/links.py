"""One-time links: the only way to a first password, and out of a forgotten one."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused
from worker.i18n import t
from worker.models import Person, UserAccount, UserLink
from worker.users.sessions import Browser, open_session
from worker.users.store import account_of, close_links, must_have, shut_out
from worker.users.tokens import hashed, new_token

LASTS = timedelta(hours=24)


def make_link(
    session: Session, now: datetime, person_id: str, by: str, *, new_totp: bool = False
) -> str:
    """A token that opens once within 24 hours; earlier links of this person no longer do."""
    must_have(session, person_id)
    close_links(session, now, person_id)
    token = new_token()
    session.add(UserLink(token_sha256=hashed(token), person_id=person_id, new_totp=new_totp,
                         made_at=now, made_by=by, ends_at=now + LASTS))
    session.flush()
    audit.record(session, now, by, "user_link", f"user/{person_id}", {"new_totp": new_totp})
    return token


def whose(session: Session, now: datetime, token: str) -> Person | None:
    """Whom a link is for, while it opens; looking does not use it up (Zalo looks, too)."""
    row = session.get(UserLink, hashed(token))
    if row is None or row.closed_at is not None or row.ends_at <= now:
        return None
    if account_of(session, row.person_id) is None:
        return None
    return session.get_one(Person, row.person_id)


def use(session: Session, now: datetime, token: str, stored: str, browser: Browser) -> str:
    """
    Set the password (`passwords.stored`) and log in; whoever was in is out. The link is taken by
    the same statement that asks whether it is open: two at once cannot both have it.

    Raises:
        Refused: it is used, replaced or over.
    """
    row = session.execute(
        update(UserLink)
        .where(UserLink.token_sha256 == hashed(token), UserLink.closed_at.is_(None),
               UserLink.ends_at > now)
        .values(closed_at=now).returning(UserLink.person_id, UserLink.new_totp)
        .execution_options(synchronize_session=False)
    ).first()
    account = account_of(session, row.person_id) if row is not None else None
    if row is None or account is None:
        raise Refused(t("đường dẫn", "link"), t("đã dùng, đã thay hoặc quá 24 giờ",
                                                "used, replaced, or older than 24 hours"),
                      t("xin quản trị đường dẫn mới", "ask an administrator for a new one"))
    account.password, account.password_at = stored, now
    if row.new_totp:
        account.totp_at, account.totp = None, None
    shut_out(session, now, row.person_id)
    audit.record(session, now, row.person_id, "password_set", f"user/{row.person_id}",
                 {"by": "link", "new_totp": row.new_totp})
    return open_session(session, now, row.person_id, browser, second=False)


def change_password(
    session: Session, now: datetime, person_id: str, seen: str, stored: str, number: int
) -> None:
    """`seen`: the hash that the old password was checked against; all other sessions end."""
    account = session.scalars(
        select(UserAccount).where(UserAccount.person_id == person_id).with_for_update()).one()
    if account.password != seen:
        raise Refused(t("mật khẩu", "password"), t("vừa được đổi ở nơi khác",
                                                   "has just been changed elsewhere"),
                      t("tải lại trang rồi làm lại", "load the page and do it again"))
    account.password, account.password_at = stored, now
    shut_out(session, now, person_id, but=number)
    audit.record(session, now, person_id, "password_set", f"user/{person_id}", {"by": "self"})


