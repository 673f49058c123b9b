"""`giovang sms …`: which texts carriers have registered, and the request for more of them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from worker import output
from worker.errors import Refused, UserError
from worker.home import open_home
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.people import Json
from worker.programme.model import Programme, SmsTemplate
from worker.slots import local_date

STATES = {
    "dang_ky": ("Đang đăng ký", "being registered"),
    "hieu_luc": ("Có hiệu lực", "in force"),
    "het_han": ("Hết hạn", "ended"),
    "tu_choi": ("Bị từ chối", "refused"),
}


def templates(json_: Json = False) -> None:
    home = open_home()
    programme = home.programme().programme
    rows = listed(programme, local_date(programme, home.clock.now()))
    home.close()
    output.show(rows, {
        "template": t("Mẫu", "Template"), "channel": t("Kênh", "Channel"),
        "account": t("Tài khoản", "Account"), "sender": t("Tên định danh", "Sender"),
        "carrier": t("Nhà mạng", "Carrier"), "state_name": t("Tình trạng", "State"),
        "valid_until": t("Đến hết", "Until"), "days_left": t("Còn (ngày)", "Days left"),
        "text": t("Nội dung", "Text"),
    }, as_json=json_)


def listed(programme: Programme, today: date) -> list[dict[str, Any]]:
    """A row for each template and carrier. `state`: as of today, `het_han` once it is past."""
    rows = []
    for one in programme.sms_templates:
        left = (one.valid_until - today).days if one.valid_until else None
        past = left is not None and left < 0 and one.state == "hieu_luc"
        state = "het_han" if past else one.state
        rows += [{
            "template": one.id, "channel": one.channel, "account": one.account,
            "sender": one.sender, "carrier": carrier, "state": state,
            "state_name": t(*STATES[state]),
            "valid_until": one.valid_until.isoformat() if one.valid_until else None,
            "days_left": left, "document": one.document, "text": one.text,
        } for carrier in one.carriers]
    return rows


def register(
    file: Annotated[Path, typer.Argument(metavar=t("TỆP.xlsx", "FILE.xlsx"))],
    template: Annotated[list[str] | None, typer.Option("--template", help=t(
        "chỉ mẫu này", "only this template"))] = None,
) -> None:
    home = open_home()
    programme = home.programme().programme
    today = local_date(programme, home.clock.now())
    home.close()
    if file.suffix.lower() != ".xlsx":
        raise UserError(str(file), t("không phải tên tệp Excel", "is no name of an Excel file"),
                        t("đặt tên có đuôi .xlsx", "let it end in .xlsx"))
    from .request import write_request  # noqa: PLC0415  (with it comes the Excel library)

    count = write_request(file, programme, _asked(programme, template or ()), today)
    output.say(t(f"{file}: {count} dòng (mẫu × nhà mạng)",
                 f"{file}: {count} rows (templates × carriers)"))


def _asked(programme: Programme, wanted: Sequence[str]) -> list[SmsTemplate]:
    """Those named, else those that are being registered."""
    known = {one.id: one for one in programme.sms_templates}
    for name in wanted:
        if name not in known:
            raise UserError(
                f"--template {name}", t("không có mẫu này", "there is no such template"),
                did_you_mean(name, known)
                + t("xem `giovang sms templates`", "see `giovang sms templates`"))
    found = ([known[name] for name in dict.fromkeys(wanted)] if wanted
             else [one for one in known.values() if one.state == "dang_ky"])
    if not found:
        raise Refused("sms_templates", t("không có mẫu nào đang đăng ký",
                                         "no template is being registered"),
                      t('khai [[sms_templates]] state = "dang_ky", hoặc thêm --template MẪU',
                        'declare one with state = "dang_ky", or add --template NAME'))
    return found
