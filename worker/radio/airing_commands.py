"""Commands about what a station takes along, what it aired, and its recordings."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from worker.errors import UserError
from worker.home import Home, acting, open_home
from worker.i18n import t
from worker.models import BulletinRow, Recording
from worker.output import say, show
from worker.programme.model import Programme
from worker.radio import aired, links, playlog
from worker.radio.acceptance import acceptance_of
from worker.radio.bulletin import from_json
from worker.radio.paper.bundle import Stock, bundle, public_pem, usb
from worker.radio.paper.names import file_name
from worker.radio.speech import recordings
from worker.radio.speech.sounds import Sounds
from worker.radio.typed import day_given
from worker.slots import local_date

As = Annotated[str | None, typer.Option("--as", help=t("mã người làm việc này", "acting person"))]
Json = Annotated[bool, typer.Option("--json", help=t("mỗi dòng một đối tượng", "JSON lines"))]
Station = Annotated[str, typer.Argument(metavar=t("ĐÀI", "STATION"), help=t("mã đài", "station"))]


def take_along(
    station: Station,
    folder: Annotated[Path, typer.Argument(metavar=t("THƯ-MỤC", "FOLDER"),
                                           help=t("nơi chép", "where"))],
    whole: Annotated[bool, typer.Option("--bundle", help=t("gói ZIP có ký", "signed ZIP"))] = False,
) -> None:
    """«Chép USB»: one MP3 an airing of today and seven days; --bundle the signed ZIP."""
    home = open_home()
    programme = home.programme().programme
    links.must_be_known(programme, station)
    stock = stock_of(home, programme, station)
    try:
        if whole:
            first = stock.bulletins[0] if stock.bulletins else None
            name = f"{station}_{file_name(first, stock.zone)}.zip" if first else f"{station}.zip"
            folder.mkdir(parents=True, exist_ok=True)
            bundle(home, stock, folder / name)
            names = [name]
        else:
            names = usb(stock, folder)
    except OSError as error:
        raise UserError(str(folder), t(f"không ghi được ({error.strerror})",
                                       f"cannot write ({error.strerror})"),
                        t("xem chỗ trống, quyền ghi; bản cũ còn nguyên",
                          "check room and permission; the old copy is whole")) from error
    for name in names:
        print(name)  # noqa: T201  (data)
    missing = sum(b.key not in stock.sounds for b in stock.bulletins if b.lines)
    if missing:
        say(t(f"{missing} buổi chưa có bản tiếng", f"{missing} airings have no sound yet"))
    home.close()


def stock_of(home: Home, programme: Programme, station: str) -> Stock:
    """What a station takes along now: eight days, the sounds that stand ready, its page."""
    now, sounds = home.clock.now(), Sounds(home)
    today = local_date(programme, now)
    with home.store.read() as session:
        rows = session.scalars(
            select(BulletinRow)
            .where(BulletinRow.newest, BulletinRow.station == station,
                   BulletinRow.local_date >= today,
                   BulletinRow.local_date <= today + timedelta(days=7))
            .order_by(BulletinRow.airs_at)).all()
        read = [(from_json(row.body), row.id) for row in rows]
        found = [replace(b, accepted=acceptance_of(session, b, n)) for b, n in read]
    ready = {b.key: sound for b in found if (sound := sounds.mp3_for(programme, b)) is not None}
    return Stock(found, ready, programme.zone(), now, links.link_in_force(home, station))


def signing_key() -> None:
    """The public key that bundles are checked with (PEM)."""
    home = open_home()
    print(public_pem(home).decode(), end="")  # noqa: T201  (data)
    home.close()


def aired_(
    station: Annotated[str | None, typer.Argument(metavar=t("ĐÀI", "STATION"))] = None,
    date_: Annotated[str, typer.Option("--date", help=t("ngày phát", "local date"))] = "",
    airing: Annotated[str, typer.Option("--airing", help=t("giờ phát", "airing"))] = "",
    extent: Annotated[str, typer.Option("--extent", help="full, part, other, not")] = "full",
    by: Annotated[str, typer.Option("--by", help=t("ai phát", "who aired it"))] = "",
    reason: Annotated[str, typer.Option("--reason", help=", ".join(aired.REASONS))] = "",
    note: Annotated[str, typer.Option("--note", help=t("ghi chú", "note"))] = "",
    log: Annotated[Path | None, typer.Option("--log", help=t("tệp CSV, XLSX", "play log"))] = None,
    as_: As = None,
) -> None:
    """What a station told you by phone, or what a vendor's play log says."""
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        if log is not None:
            answers = playlog.read_play_log(session, log, home.programme().programme, person.id)
        elif station and date_ and airing:
            day = day_given("--date", date_)
            answers = [aired.Answer(station, day, airing, _extent(extent), by, "centre",
                                    reason=reason, note=note, said_to=person.id)]
        else:
            raise UserError("aired", t("thiếu đài, ngày hoặc giờ phát", "station, date, airing?"),
                            t("giovang aired ĐÀI --date NGÀY --airing GIỜ, hoặc --log TỆP",
                              "giovang aired STATION --date D --airing T, or --log FILE"))
        results = aired.report_many(session, now, answers)
    new, moved = sum(r.new for r in results), sum(r.moved for r in results)
    say(t(f"{len(results)} buổi, {new} mới, {moved} lượt phát có kết quả",
          f"{len(results)} airings, {new} new, {moved} deliveries ended"))
    home.close()


def recording_list(as_json: Json = False) -> None:
    """Recordings, those that wait for a second pair of ears first."""
    home = open_home()
    today = local_date(home.programme().programme, home.clock.now())
    with home.store.read() as session:
        asked = recordings.texts_asked_for(session, today)
        rows = [{"number": r.id, "station": r.station, "seconds": r.seconds, "made_by": r.made_by,
                 "heard_by": r.heard_by or "", "refused": r.refused,
                 # its words are in no bulletin of today or later: the text was edited
                 "again": "" if r.text_sha256 in asked else t("cần thu lại", "record again"),
                 "file": f"{r.file_sha256}.wav"}
                for r in session.scalars(select(Recording).order_by(
                    Recording.heard_by.is_not(None), Recording.id))]
    show(rows, {"number": t("Số", "Number"), "station": t("Đài", "Station"),
                "seconds": t("Giây", "Seconds"), "made_by": t("Người thu", "Made by"),
                "heard_by": t("Người nghe duyệt", "Heard by"),
                "again": t("Lời đã đổi", "Words changed"),
                "refused": t("Không dùng vì", "Refused")}, as_json=as_json)
    home.close()


def recording_hear(
    number: Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"))],
    refuse: Annotated[str, typer.Option("--refuse", help=t("lý do không dùng", "why not"))] = "",
    as_: As = None,
) -> None:
    """You have heard it to the end, and it may be used (or not, with a reason)."""
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        recordings.hear(session, home.clock.now(), number, person.name, refuse=refuse)
    say(t("đã ghi", "written down"))
    home.close()


def _extent(typed: str) -> aired.Extent:
    if typed not in aired.EXTENTS:
        raise UserError("--extent", t(f"không có mức «{typed}»", f"no extent “{typed}”"),
                        t(f"dùng một trong: {', '.join(aired.EXTENTS)}",
                          f"use one of: {', '.join(aired.EXTENTS)}"))
    return typed  # type: ignore[return-value]
