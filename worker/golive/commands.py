"""`giovang golive`: make the real database, test, confirm, complete."""

from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy import select

from channels.base import ReportsDelivery
from worker import audit, migrate
from worker.db import Store
from worker.errors import Refused, UserError
from worker.founding import found
from worker.golive.checklist import Point, checklist
from worker.golive.trial import confirm_test, send_test
from worker.home import Home, made, open_home
from worker.i18n import t
from worker.models import Installation
from worker.office import Office
from worker.output import say, show
from worker.programme.commands import read_schedules
from worker.receipt_secret import receipt_url
from worker.settings import LIVE_DB, from_environment, given_url

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]


def golive(
    test: Annotated[str, typer.Option("--test", help=t("Gửi tin thử qua kênh", "Test"))] = "",
    target: Annotated[
        str | None, typer.Option("--target", help=t("Nơi nhận tin thử", "Target of the test"))
    ] = None,
    confirm: Annotated[
        str, typer.Option("--confirm", help=t("Xác nhận đã thấy tin thử của kênh", "Confirm"))
    ] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help=t("Bắt đầu phát thật", "Begin for real"))
    ] = False,
    as_: As = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Step by step; without options: make the database, then show what is missing."""
    home = _real_home(may_make=not (test or confirm or complete))
    office = Office(home.settings, home.store, home.clock, training=False, sandbox_url=None,
                    force=home.programme()).open()
    if test:
        say(send_test(home, office, test, target, home.person(as_)))
    elif confirm:
        confirm_test(home, office, confirm, home.person(as_))
        say(t(f"đã xác nhận tin thử của {confirm}", f"test of {confirm} confirmed"))
    else:
        with home.store.read() as session:
            points = checklist(session, office, home.clock.now())
        _show(points, as_json=as_json)
        if not as_json:
            _show_receipts(home, office)
        _finish(home, points, complete=complete, as_=as_)
    home.close()


def _real_home(*, may_make: bool) -> Home:
    """The real database; made by the plain command, never out of one for training."""
    settings = from_environment()
    if not given_url():
        real = settings.var / LIVE_DB
        home = Home(settings, Store(f"sqlite:///{real}"))
    else:
        home = open_home(must_exist=False)
    if not made(home.store):
        if not may_make:
            raise UserError(
                "golive", t("chưa có cơ sở dữ liệu phát thật", "there is no real database yet"),
                t("chạy `giovang golive`, không kèm tùy chọn", "run `giovang golive`, no options"))
        found(home, read_schedules(settings.schedules), training=False)
        say(t("đã tạo cơ sở dữ liệu phát thật; thêm người bằng `giovang person add`, nhập và "
              "duyệt lại tin", "made the real database; add persons, import and approve items"))
    migrate.upgrade(home.store)
    if home.installation().training:
        raise Refused(
            "golive", t("cơ sở dữ liệu này để tập huấn, mãi mãi là tập huấn",
                        "this database is for training, for ever"),
            t("chỉ GIOVANG_DATABASE_URL tới một cơ sở dữ liệu trống",
              "point GIOVANG_DATABASE_URL to an empty database"))
    return home


def _show(points: list[Point], *, as_json: bool) -> None:
    rows = [{**asdict(p), "done": p.done} for p in points]
    if not as_json:
        rows = [{**r, "done": "✓" if r["done"] else "✗", "fix": "" if r["done"] else r["fix"]}
                for r in rows]
    show(rows, {"done": "", "name": t("Việc", "Point"), "what": t("Hiện trạng", "State"),
                "fix": t("Cần làm", "To do")}, as_json=as_json)


def _show_receipts(home: Home, office: Office) -> None:
    """The addresses a gateway calls back with its receipts; each holds a secret of its own."""
    for channel_id, channel in office.channels.items():
        if isinstance(channel, ReportsDelivery):
            for account in office.config(channel_id).accounts:
                url = receipt_url(home, "https://" + t("ĐỊA-CHỈ-CÔNG-KHAI", "PUBLIC-ADDRESS"),
                                  channel_id, account.id)
                say(t(f"Địa chỉ báo kết quả của {channel_id}/{account.id}, đưa cho cổng: {url}",
                      f"Receipt address of {channel_id}/{account.id}, for the gateway: {url}"))


def _finish(home: Home, points: list[Point], *, complete: bool, as_: str | None) -> None:
    missing = [p.name for p in points if not p.done]
    with home.store.write() as session:
        installation = session.scalars(select(Installation)).one()
        if installation.live_at is not None:
            return
        if missing:
            raise Refused("golive", t(f"còn thiếu: {', '.join(missing)}",
                                      f"still missing: {', '.join(missing)}"))
        if not complete:
            say(t("đã đủ; `giovang golive --complete --as QUẢN-TRỊ` để bắt đầu phát thật",
                  "complete; `giovang golive --complete --as ADMIN` begins for real"))
            return
        person = home.person(as_, "quan_tri")
        installation.live_at = home.clock.now()
        audit.record(session, home.clock.now(), person.id, "golive", "installation")
    say(t("TỪ BÂY GIỜ PHÁT THẬT", "LIVE FROM NOW ON"))


