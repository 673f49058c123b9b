"""`giovang campaign resolve`: a person ends doubts, which nothing else could."""

from typing import Annotated

import typer

from worker.errors import UserError
from worker.home import open_home
from worker.i18n import t
from worker.output import say
from worker.people import As, Reason

from . import doubt

ROLE = "dieu_phoi"

Row = Annotated[
    list[int] | None,
    typer.Option("--row", help=t("chỉ dòng này (nhiều lần được)", "only this row; repeatable")),
]


def resolve(
    campaign: Annotated[int, typer.Argument(help=t("Số của đợt", "Campaign"))],
    went_out: Annotated[
        bool, typer.Option("--went-out", help=t("Xác nhận đã gửi", "They went out"))
    ] = False,
    did_not: Annotated[
        bool, typer.Option("--did-not", help=t("Chưa gửi, thôi gửi", "They did not; let it be"))
    ] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help=t("Gửi lại (có thể trùng)", "Send again"))
    ] = False,
    row: Row = None,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """End the doubts of a campaign: all of them, or these rows."""
    chosen: list[doubt.Resolution] = []
    chosen += ["went-out"] if went_out else []
    chosen += ["did-not"] if did_not else []
    chosen += ["send-again"] if send_again else []
    if len(chosen) != 1:
        raise UserError("campaign resolve", t("phải chọn đúng một cách", "choose exactly one way"),
                        "--went-out | --did-not | --send-again")
    if not reason.strip():
        raise UserError("--reason", t("cần ghi lý do", "a reason is needed"),
                        t('thêm --reason "…"', 'add --reason "…"'))
    home = open_home()
    count = doubt.resolve_all(home, home.person(as_, ROLE).id, campaign, row, chosen[0], reason)
    say(t(f"đợt {campaign}: đã xác định {count} tin",
          f"campaign {campaign}: {count} messages resolved"))
    home.close()
