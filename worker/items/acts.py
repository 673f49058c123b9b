"""The commands of approval: submit, approve, return, reject."""

from typing import Annotated

import typer

from worker import output
from worker.home import acting, in_force, open_home
from worker.i18n import t
from worker.items import approval
from worker.people import As, Reason

ItemId = Annotated[str, typer.Argument(metavar=t("TIN", "ITEM"), help=t("mã tin", "item id"))]


def submit(item: ItemId, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        programme = in_force(session).programme
        done = approval.submit(
            session, home.clock.now(), programme, home.settings, item, person
        )
    channels = ", ".join(done.channels)
    output.say(t(f"{item}, bản {done.version}: đã trình duyệt, phát được ở: {channels}",
                 f"{item}, version {done.version}: submitted, fits: {channels}"))
    for channel, problems in done.problems.items():
        output.say(t(f"không phát được ở {channel}: ", f"does not fit {channel}: ")
                   + "; ".join(problems))


def approve(
    item: ItemId,
    as_: As = None,
    alone: Annotated[bool, typer.Option("--alone", help=t(
        "tin khẩn cấp: một người duyệt, phải có --reason", "urgent: one approver, with --reason",
    ))] = False,
    reason: Reason = "",
) -> None:
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        done = approval.approve(
            session, home.clock.now(), item, person, alone=alone, reason=reason
        )
    if done.state == "approved":
        output.say(t(f"{item}, bản {done.version}: đã duyệt",
                     f"{item}, version {done.version}: approved"))
    if done.given < done.needed:
        output.say(t(f"{item}: {done.given}/{done.needed} người duyệt, cần thêm một người",
                     f"{item}: {done.given} of {done.needed} approvals, one more is needed"))


def return_(item: ItemId, as_: As = None, reason: Reason = "") -> None:
    home = open_home()
    with home.store.write() as session:
        approval.return_(session, home.clock.now(), item, acting(session, as_), reason)
    output.say(t(f"{item}: đã trả lại để sửa", f"{item}: returned"))


def reject(item: ItemId, as_: As = None, reason: Reason = "") -> None:
    home = open_home()
    with home.store.write() as session:
        approval.reject(session, home.clock.now(), item, acting(session, as_), reason)
    output.say(t(f"{item}: không duyệt", f"{item}: rejected"))
