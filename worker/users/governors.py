"""
Who may change whom. An administrator changes persons of the organisations they hold; somebody
always remains who may change everybody.
"""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.errors import Refused, UserError
from worker.home import acting
from worker.i18n import t
from worker.models import Person, UserAccount
from worker.scope import scope_of_person

ADMIN = "quan_tri"


def governed(session: Session, by: str | None, person_id: str) -> tuple[Person, Person]:
    """
    The acting administrator and the person they act on. Whom they do not hold is answered like
    somebody who does not exist.
    """
    actor = acting(session, by, ADMIN)
    person = session.get(Person, person_id)
    if person is None or not scope_of_person(session, actor.id).holds(person.organisation):
        raise no_such_person(person_id)
    return actor, person


def no_such_person(person_id: str) -> UserError:
    return UserError(person_id, t("không có người này", "there is no such person"),
                     t("xem `giovang person list`; thêm bằng `giovang person add`",
                       "see `giovang person list`; add by `giovang person add`"))


def lock_persons(session: Session) -> None:
    """
    Nobody else changes persons meanwhile, and they are read anew: two who demote each other at
    once would each still see the other.
    """
    session.scalars(select(Person).where(Person.active).order_by(Person.id).with_for_update()
                    .execution_options(populate_existing=True)).all()


def governs_all(session: Session, person_id: str) -> bool:
    """Whether this person may change everybody, now."""
    return person_id in _governors(session)


def must_leave_one(session: Session, person_id: str) -> None:
    """Refused when nobody is left who may change everybody, after a change to this person."""
    session.flush()
    if not _governors(session):
        raise Refused(person_id, t("là quản trị cuối cùng của toàn hệ thống",
                                   "is the last administrator of the whole installation"),
                      t("thêm một quản trị khác trước", "add another administrator first"))


def must_be_another(by: str, person_id: str) -> None:
    """Refused for oneself: nobody makes themselves more, or locks themselves out."""
    if by == person_id:
        raise Refused(person_id, t("không tự đổi vai trò, đơn vị, hay khóa chính mình",
                                   "one's own roles, organisation and account are not changed"),
                      t("nhờ một quản trị khác", "ask another administrator"))


def _governors(session: Session) -> frozenset[str]:
    rows = session.execute(
        select(Person.id, Person.roles)
        .outerjoin(UserAccount, UserAccount.person_id == Person.id)
        .where(Person.active, Person.organisation.is_(None),
               or_(UserAccount.person_id.is_(None), UserAccount.disabled_at.is_(None))))
    return frozenset(person for person, roles in rows if ADMIN in roles)
