"""Who was left out of a campaign and why, as a file; numbers show three digits."""

from pathlib import Path

from sqlalchemy import select

from worker.db import Store
from worker.i18n import t
from worker.models import Campaign, CampaignMessage, Recipient
from worker.rowfile import open_rows

from .words import reason

#: messages looked at in one transaction
_STEP = 5_000


def write(store: Store, campaign: Campaign, path: Path) -> int:
    """
    A .csv or .xlsx; gives how many rows it has.

    Raises:
        UserError: another ending, or a file that cannot be written.
    """
    heads = (t("Danh sách", "List"), t("Dòng trong tệp", "Row"), t("Số", "Number"),
             t("Lý do", "Why"))
    count = 0
    with open_rows(path, heads) as put:
        for first in range(1, campaign.total + 1, _STEP):
            with store.read() as session:
                rows = session.execute(
                    select(CampaignMessage.list_id, Recipient.source_row, CampaignMessage.last3,
                           CampaignMessage.code)
                    .outerjoin(Recipient, (Recipient.list_id == CampaignMessage.list_id)
                               & (Recipient.row == CampaignMessage.list_row))
                    .where(CampaignMessage.campaign_id == campaign.id,
                           CampaignMessage.row.between(first, first + _STEP - 1),
                           CampaignMessage.state == "left_out")
                    .order_by(CampaignMessage.row)).all()
            for list_id, source_row, last3, code in rows:
                put([str(list_id), str(source_row), "•••••••" + last3, reason(code, {})])
            count += len(rows)
    return count
