"""Commands of the centre about stations: their links, acceptances, and whom to call."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.home import acting, open_home
from worker.i18n import t
from worker.items.files.read import read_bytes
from worker.models import BulletinRow, StandingAcceptance
from worker.output import say, show
from worker.radio import acceptance, fetches, links, notices
from worker.radio.typed import day_given
from worker.slots import local_date

As = Annotated[str | None, typer.Option("--as", help=t("mã người làm việc này", "acting person"))]
Json = Annotated[bool, typer.Option("--json", help=t("mỗi dòng một đối tượng", "JSON lines"))]
Station = Annotated[str, typer.Argument(metavar=t("ĐÀI", "STATION"), help=t("mã đài", "station"))]
Day = Annotated[str, typer.Option("--date", help=t("ngày phát, 25/11/2026", "local date"))]
Airing = Annotated[str, typer.Option("--airing", help=t("giờ phát, 05:30", "its airing"))]


def link(station: Station, as_: As = None) -> None:
    """Show the secret address of the station's page; make it at the first call."""
    home = open_home()
    person = home.person(as_)
    print(links.link_for(home, home.clock.now(), station, person.id))  # noqa: T201  (data)
    home.close()


def revoke(station: Station, as_: As = None) -> None:
    """The address is dead at once; `station link` makes another."""
    home = open_home()
    links.revoke(home, home.clock.now(), station, home.person(as_).id)
    say(t(f"địa chỉ trang của {station} đã hết hiệu lực", f"the page of {station} is closed"))
    home.close()


def allow(
    station: Station,
    priority: Annotated[str, typer.Option("--priority", help="thong_thuong, uu_tien, khan_cap")],
    signer: Annotated[str, typer.Option("--signer", help=t("ai ký, chức vụ", "who signed"))],
    document: Annotated[str, typer.Option("--document", help=t("số văn bản", "document"))],
    from_: Annotated[str, typer.Option("--from", help=t("từ ngày", "from"))],
    until: Annotated[str, typer.Option("--until", help=t("đến ngày", "until"))],
    scan: Annotated[Path | None, typer.Option("--scan", help=t("bản quét", "scan"))] = None,
    as_: As = None,
) -> None:
    """Write down the commune's standing acceptance of a priority."""
    home = open_home()
    links.must_be_known(home.programme().programme, station)
    given = StandingAcceptance(
        station=station, priority=priority, signer=signer, document=document,
        valid_from=day_given("--from", from_), valid_until=day_given("--until", until),
        scan_sha256=acceptance.keep_scan(home, read_bytes(scan)) if scan else "")
    with home.store.write() as session:
        person = acting(session, as_)
        number = acceptance.record_standing(session, home.clock.now(), person.id, given)
    say(t(f"đã ghi chấp thuận số {number} của {station}", f"standing acceptance {number} kept"))
    home.close()


def disallow(
    number: Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"))], as_: As = None
) -> None:
    """Revoke a standing acceptance."""
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        acceptance.revoke_standing(session, home.clock.now(), person.id, number)
    say(t(f"chấp thuận số {number} đã thôi hiệu lực", f"acceptance {number} revoked"))
    home.close()


def acceptances(as_json: Json = False) -> None:
    """Standing acceptances, those in force first."""
    home = open_home()
    with home.store.read() as session:
        rows = [{"number": a.id, "station": a.station, "priority": a.priority,
                 "signer": a.signer, "document": a.document,
                 "from": a.valid_from.isoformat(), "until": a.valid_until.isoformat(),
                 "revoked": a.revoked_at.isoformat() if a.revoked_at else ""}
                for a in session.scalars(select(StandingAcceptance).order_by(
                    StandingAcceptance.revoked_at.is_not(None), StandingAcceptance.id))]
    show(rows, {"number": t("Số", "Number"), "station": t("Đài", "Station"),
                "priority": t("Loại", "Priority"), "signer": t("Người ký", "Signer"),
                "document": t("Văn bản", "Document"), "until": t("Đến", "Until"),
                "revoked": t("Đã thôi", "Revoked")}, as_json=as_json)
    home.close()


def accept(
    station: Station, date_: Day, airing: Airing,
    by: Annotated[str, typer.Option("--by", help=t("ai duyệt, chức vụ", "who accepts"))],
    scan: Annotated[Path | None, typer.Option("--scan", help=t("bản quét", "scan"))] = None,
    document: Annotated[str, typer.Option("--document", help=t("số văn bản", "document"))] = "",
    as_: As = None,
) -> None:
    """«Duyệt phát» on a station's behalf: by a signed scan, or as they told you."""
    home = open_home()
    sha = acceptance.keep_scan(home, read_bytes(scan)) if scan else ""
    with home.store.write() as session:
        person = acting(session, as_)
        row = _bulletin(session, station, date_, airing)
        done = acceptance.accept(session, home.clock.now(), row.id, acceptance.Yes(
            by, "scan" if scan else "centre", person.id, document, sha))
    say(t(f"bản tin đã được {done.by} duyệt phát", f"accepted by {done.by}"))
    home.close()


def calls(as_json: Json = False) -> None:
    """Whom to call: stations that have not answered an urgent, changed or recalled bulletin."""
    home = open_home()
    stations = {s.id: s for s in home.programme().programme.stations}
    with home.store.read() as session:
        rows = []
        for notice in notices.open_notices(session):
            station = stations.get(notice.station)
            names = [c.name for c in station.contacts] if station else []
            row = session.get_one(BulletinRow, notice.bulletin_id)
            rows.append({"number": notice.id, "station": notice.station, "kind": notice.kind,
                         "date": row.local_date.isoformat(), "airing": row.airing,
                         "told": names[:notice.told], "call": names})
    show(rows, {"number": t("Số", "Number"), "station": t("Đài", "Station"),
                "kind": t("Việc", "Kind"), "date": t("Ngày", "Date"),
                "airing": t("Giờ", "Airing"), "call": t("Gọi", "Call")}, as_json=as_json)
    home.close()


def answered(
    number: Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"))],
    by: Annotated[str, typer.Option("--by", help=t("ai ở đài đã nhận", "who received it"))],
    as_: As = None,
) -> None:
    """They were reached by phone."""
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        notices.answer(session, home.clock.now(), number, by, person.id)
    say(t("đã ghi: đài đã nhận", "written down: they have it"))
    home.close()


def copies(as_json: Json = False) -> None:
    """Stations that still hold an old copy."""
    home = open_home()
    today = local_date(home.programme().programme, home.clock.now())
    with home.store.read() as session:
        rows = [{"station": c.station, "date": c.date.isoformat(), "airing": c.airing,
                 "held": c.held, "newest": c.newest, "taken_at": c.taken_at.isoformat()}
                for c in fetches.old_copies(session, today - timedelta(days=1))]
    show(rows, {"station": t("Đài", "Station"), "date": t("Ngày", "Date"),
                "airing": t("Giờ", "Airing"), "held": t("Đang giữ bản số", "Holds"),
                "newest": t("Bản mới số", "Newest")}, as_json=as_json)
    home.close()



def _bulletin(session: Session, station: str, day: str, airing: str) -> BulletinRow:
    row = session.scalars(
        select(BulletinRow).where(BulletinRow.newest, BulletinRow.station == station,
                                  BulletinRow.local_date == day_given("--date", day),
                                  BulletinRow.airing == airing)).first()
    if row is None:
        raise UserError(f"{station} {day} {airing}",
                        t("không có bản tin này", "there is no such bulletin"),
                        t("xem `giovang bulletin list`", "see `giovang bulletin list`"))
    return row
