"""Commands over what is to go out: recall, cancel, pause, resume, stop, start, resolve."""

from typing import Annotated

import typer

from worker.errors import UserError
from worker.home import open_home
from worker.i18n import t
from worker.outbox import acts, desk
from worker.outbox.desk import needs_reason
from worker.output import say

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]
ChannelOrAccount = Annotated[
    str, typer.Argument(help=t("KÊNH hoặc KÊNH/TÀI-KHOẢN", "CHANNEL[/ACCOUNT]"))
]
Reason = Annotated[str, typer.Option("--reason", help=t("Lý do", "Reason"))]


def recall(
    item: Annotated[str, typer.Argument(help=t("Mã tin", "Item"))],
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Take an item back everywhere: one person, at once."""
    needs_reason(reason)
    home = open_home()
    done = desk.recall(home, home.person(as_).id, item, reason)
    say(t(f"đã thu hồi {item}: hủy {done.cancelled} lượt chưa gửi, đang gỡ {done.opened} nơi",
          f"recalled {item}: {done.cancelled} cancelled, {done.opened} being taken back"))
    if done.beyond:
        say(t(f"{done.beyond} lượt không gỡ được (SMS): cần tin đính chính",
              f"{done.beyond} cannot be taken back (SMS): a correction is needed"))
        say(t(f"khi tin đính chính đã được duyệt: giovang correct {item} --with TIN-ĐÍNH-CHÍNH",
              f"once a correction is approved: giovang correct {item} --with CORRECTION"))
    for line in done.lines:
        say(line)
    home.close()


def cancel(
    occurrence: Annotated[str, typer.Argument(help=t("Mã lượt phát", "Occurrence"))],
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Cancel what of an occurrence has not begun."""
    home = open_home()
    count = desk.cancel(home, home.person(as_).id, occurrence, reason)
    say(t(f"đã hủy {occurrence}: {count} lượt gửi", f"cancelled {occurrence}: {count} deliveries"))
    home.close()


def pause(
    channel: ChannelOrAccount,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Nothing new begins on this channel or account."""
    home = open_home()
    desk.pause(home, home.person(as_).id, channel, reason)
    say(t(f"đã tạm dừng {channel}", f"paused {channel}"))
    home.close()


def resume(
    channel: ChannelOrAccount,
    as_: As = None,
) -> None:
    """Lift a pause."""
    home = open_home()
    still = desk.resume(home, home.person(as_).id, channel)
    say(t(f"đã tiếp tục {channel}", f"resumed {channel}"))
    for left in still:
        say(t(f"còn tạm dừng: {left}; `giovang resume {left}`",
              f"still paused: {left}; `giovang resume {left}`"))
    home.close()


def stop(
    channel: Annotated[str, typer.Option("--channel", help=t("Chỉ kênh này", "Only this"))] = "*",
    reason: Reason = "",
    as_: As = None,
) -> None:
    """DỪNG KHẨN CẤP: one person, at once."""
    needs_reason(reason)
    home = open_home()
    withdrawn = desk.stop(home, home.person(as_).id, channel, reason)
    say(t(f"ĐÃ DỪNG {'mọi kênh' if channel == '*' else channel}; hai người `giovang start` để chạy "
          "lại", f"STOPPED {'everything' if channel == '*' else channel}; two persons `start`"))
    if withdrawn:
        say(t(f"đang gỡ {withdrawn} bài đã chuẩn bị trước",
              f"{withdrawn} prepared texts are being taken back"))
    home.close()


def start(
    channel: Annotated[
        str | None, typer.Option("--channel", help=t("Chỉ kênh này", "Only this"))
    ] = None,
    as_: As = None,
) -> None:
    """Start again after a stop: once by each of two persons."""
    home = open_home()
    running = desk.start(home, home.person(as_).id, channel)
    if not running:
        say(t("đã ghi nhận; cần thêm một người khác chạy `giovang start`",
              "noted; a second, other person must run `giovang start`"))
    else:
        say(t("đã chạy lại", "running again"))
    home.close()


def resolve(
    delivery: Annotated[str, typer.Argument(help=t("Mã lượt gửi (key)", "Delivery (key)"))],
    went_out: Annotated[
        bool, typer.Option("--went-out", help=t("Xác nhận đã gửi", "It went out"))
    ] = False,
    did_not: Annotated[
        bool, typer.Option("--did-not", help=t("Chưa gửi, thôi gửi", "It did not; let it be"))
    ] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help=t("Gửi lại (có thể trùng)", "Send again"))
    ] = False,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """A person ends a doubt, or decides on a recall that failed."""
    needs_reason(reason)
    chosen: list[acts.Resolution] = []
    chosen += ["went-out"] if went_out else []
    chosen += ["did-not"] if did_not else []
    chosen += ["send-again"] if send_again else []
    if len(chosen) != 1:
        raise UserError("resolve", t("phải chọn đúng một cách", "choose exactly one way"),
                        "--went-out | --did-not | --send-again")
    home = open_home()
    state = desk.resolve(home, home.person(as_).id, delivery, chosen[0], reason)
    say(f"{delivery}: {state}")
    home.close()
