"""Which lists a campaign may go to, asked when it is made and again when it is started."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Refused, UserError
from worker.i18n import t
from worker.lists.origin import PURPOSES, STATES
from worker.models import CampaignList, RecipientList


def usable(
    session: Session, numbers: Sequence[int], today: date, purpose: str
) -> tuple[RecipientList, ...]:
    """
    These lists in this order, held against whoever would end them.

    Raises:
        UserError: none, one twice, one that is not there. Refused: one that may not be used.
    """
    if not numbers or len(set(numbers)) < len(numbers):
        raise UserError("--list", t("thiếu danh sách, hoặc ghi hai lần", "none, or one twice"),
                        t("ghi mỗi danh sách một lần", "name each list once"))
    found = {row.id: row for row in session.scalars(
        select(RecipientList).where(RecipientList.id.in_(numbers))
        .order_by(RecipientList.id).with_for_update(read=True))}
    for number in numbers:
        _judge(number, found.get(number), today, purpose)
    return tuple(found[number] for number in numbers)


def known(session: Session, numbers: Sequence[int]) -> None:
    """Refuse a list that is not there or not in use."""
    for number in numbers:
        _in_use(number, session.get(RecipientList, number))


def of_campaign(session: Session, campaign_id: int) -> list[int]:
    """Numbers of a campaign's lists, in its order."""
    return list(session.scalars(
        select(CampaignList.list_id).where(CampaignList.campaign_id == campaign_id)
        .order_by(CampaignList.ordinal)))


def none_such(number: int) -> UserError:
    """What is not there, or not for whoever asks."""
    return UserError(t(f"danh sách {number}", f"list {number}"),
                     t("không có", "there is none"),
                     t("xem `giovang list show`", "see `giovang list show`"))


def _in_use(number: int, row: RecipientList | None) -> RecipientList:
    where = t(f"danh sách {number}", f"list {number}")
    if row is None:
        raise none_such(number)
    if row.state != "ready":
        raise Refused(where, t(f"không dùng được: {STATES[row.state][0]}",
                               f"cannot be used: {STATES[row.state][1]}"),
                      t("nhập lại danh sách", "bring it again"))
    return row


def _judge(number: int, found: RecipientList | None, today: date, purpose: str) -> None:
    row, where = _in_use(number, found), t(f"danh sách {number}", f"list {number}")
    if row.expires < today:
        raise Refused(where, t(f"đã hết hạn {row.expires:%d/%m/%Y}", f"expired on {row.expires}"),
                      t("nhập lại với hạn mới", "bring it again with a later day"))
    if row.purpose != purpose:
        raise Refused(where, t(f"lập cho mục đích {PURPOSES[row.purpose][0]}",
                               f"was taken for {PURPOSES[row.purpose][1]}"),
                      t(f"tin này là {PURPOSES[purpose][0]}: dùng danh sách lập cho mục đích ấy",
                        f"the item is {PURPOSES[purpose][1]}: use a list taken for that"))
    # the table holds that advertising has consent


def have_fields(lists: Sequence[RecipientList], wanted: Sequence[str]) -> None:
    """Refuse a text with a field that a list does not fill: it would go out with its braces."""
    for row in lists:
        missing = [name for name in wanted if name not in row.fields]
        if missing:
            names = ", ".join(f"{{{{ {name} }}}}" for name in missing)
            has = ", ".join(row.fields) or t("không có trường nào", "no field")
            raise Refused(t(f"danh sách {row.id}", f"list {row.id}"),
                          t(f"lời tin cần {names}, danh sách có: {has}",
                            f"the text needs {names}, the list has: {has}"),
                          t(f'nhập lại với --map "TÊN CỘT={missing[0]}", hoặc điền vào chương '
                            "trình", f'bring it again with --map "HEAD={missing[0]}", or fill '
                            "it in the programme"))
