"""`giovang copy`: to another database, and back by the same command."""

from typing import Annotated

import typer
from sqlalchemy import select

from worker import migrate
from worker.copying import marks, move
from worker.copying.rows import CHUNK
from worker.db import Store
from worker.errors import UserError
from worker.home import Home, acting, open_home
from worker.i18n import t
from worker.models import Installation
from worker.output import say, show
from worker.settings import file_content

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]


def copy(
    to: Annotated[str | None, typer.Option(help=t(
        "Cơ sở dữ liệu trống: sqlite:///…, postgresql://… hoặc file:TỆP có địa chỉ ấy",
        "An empty database: sqlite:///…, postgresql://… or file:FILE that holds it"))] = None,
    reopen: Annotated[bool, typer.Option("--reopen", help=t(
        "bỏ nơi mới, quay về bản cũ này", "give the new one up, come back to this one"))] = False,
    as_: As = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Copy this installation into another database, compared row by row."""
    if (to is None) is not reopen:
        raise UserError("giovang copy", t("cần --to hoặc --reopen", "--to or --reopen is needed"),
                        t("giovang copy --to postgresql://MÁY/TÊN --as NGƯỜI",
                          "giovang copy --to postgresql://HOST/NAME --as PERSON"))
    home = _source()
    with home.store.read() as session:
        person = acting(session, as_, "quan_tri").id
    if to is None:
        _reopen(home, person)
    else:
        _copy(home, to, person, as_json=json_)
    home.close()


def _source() -> Home:
    """The installation here, also one that was moved away."""
    home = open_home(must_exist=False)
    there = marks.unfinished(home.store) is None and not migrate.empty(home.store)
    if there:
        with home.store.read() as session:
            there = session.scalars(select(Installation.id)).first() is not None
    if not there:
        raise UserError(marks.place(home.store), t("chưa có hệ thống nào ở đây",
                                                   "there is no installation here yet"),
                        t("đặt GIOVANG_DATABASE_URL tới bản cần chép",
                          "point GIOVANG_DATABASE_URL to the one to be copied"))
    migrate.must_match(home.store)
    if migrate.pending(home.store):
        raise UserError(marks.place(home.store), t("cơ sở dữ liệu khác phiên bản phần mềm",
                                                   "the database is of another version"),
                        t("chạy `giovang migrate`", "run `giovang migrate`"))
    return home


def _copy(home: Home, to: str, person: str, *, as_json: bool) -> None:
    secret = to.startswith("file:")  # a password in a command line is everybody's to read
    target = Store(file_content("--to", to.removeprefix("file:")) if secret else to)
    try:
        done = move.copy(home, target, person, _progress)
    finally:
        target.close()
    show([c._asdict() for c in done.tables],
         {"table": t("Bảng", "Table"), "rows": t("Dòng", "Rows"), "sha256": "SHA-256"},
         as_json=as_json)
    for line in done.broken:
        say(t(f"CHÚ Ý: {line}, ở bản cũ cũng vậy", f"NOTE: {line}, as in the old one"))
    say(t(f"đã chép sang {done.place}, so từng dòng: giống hệt. Từ nay đặt GIOVANG_DATABASE_URL "
          f"tới đó, mang theo thư mục {home.settings.var}, rồi chạy trạm phát. Bản cũ giữ nguyên "
          "và không chạy được nữa.",
          f"copied to {done.place}, compared row by row: the same. From now on point "
          f"GIOVANG_DATABASE_URL there, take the folder {home.settings.var} along, then start the "
          "worker. The old one is kept and does not start any more."))


def _progress(table: str, count: int) -> None:
    """Only what takes a while."""
    if count >= CHUNK:
        say(t(f"đã chép {table}: {count} dòng", f"copied {table}: {count} rows"))


def _reopen(home: Home, person: str) -> None:
    gone = marks.moved(home.store)
    if gone is None:
        raise UserError("--reopen", t("bản này chưa chuyển đi đâu", "this one was moved nowhere"),
                        t("cứ chạy như thường", "just start it"))
    move.reopen(home, person)
    say(t(f"đã mở lại bản này. DỪNG HẲN mọi trạm phát ở {gone.place}: hai nơi cùng chạy là gửi hai "
          "lần. Như sau khi phục hồi: lượt có thể đã gửi từ nơi kia sẽ «Chưa rõ kết quả», mọi "
          "người đăng nhập lại.",
          f"open again. STOP every worker at {gone.place} for good: two that run send twice. As "
          "after a restore: what may have gone out there will be uncertain, everybody logs in "
          "again."))
