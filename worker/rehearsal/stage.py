"""The stage of a rehearsal: a database of its own, with the items and history to rehearse with."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from worker import migrate
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.home import SYSTEM, TRAINING_UID, Home, create
from worker.i18n import t
from worker.items import approval
from worker.items.files import read_items
from worker.items.model import ItemContent
from worker.items.store import import_items
from worker.models import Item, ItemVersion, Occurrence, Person, Pin, ProgrammeVersion
from worker.planner.series import pinned
from worker.programme.load import load_text
from worker.programme.model import Programme
from worker.settings import Settings, from_environment

AUTHOR, APPROVER, SECOND = "chay-thu-soan", "chay-thu-duyet", "chay-thu-duyet-2"


@dataclass
class Stage:
    """A home that can be thrown away."""

    home: Home
    clock: VirtualClock
    programme: Programme
    first: date
    last: date
    excepted: dict[str, str]  #: item -> why it could not count as approved


def open_stage(first: date, days: int) -> Stage:
    """Build the stage; the caller closes `home` and may keep what was rendered."""
    settings = _own_folder(from_environment())
    programme, text = _programme(settings)
    last = first + timedelta(days=days - 1)
    zone = programme.zone()
    # a day before: the loudspeakers' scripts of the first day are due the evening before
    clock = VirtualClock(datetime.combine(first - timedelta(days=1), time(0), zone).astimezone(UTC))
    store = Store(settings.database_url, durable=False)
    create(store, clock, training=True, uid=TRAINING_UID)
    home = Home(settings, store, clock)
    _enter(home, text)
    source = _installation()
    contents = _contents(source, settings, programme)
    excepted = _approve(home, programme, contents)
    if source is not None:
        _history(home, source, first)
        source.close()
    return Stage(home, clock, programme, first, last, excepted)


def _own_folder(real: Settings) -> Settings:
    """var/chay-thu, made anew each time; in the temporary folder when var cannot be written."""
    var = real.var / "chay-thu"
    try:
        shutil.rmtree(var, ignore_errors=True)
        var.mkdir(parents=True)
    except OSError:
        var = Path(tempfile.mkdtemp(prefix="giovang-chay-thu-"))
    return replace(real, var=var, database_url=f"sqlite:///{var / 'chay-thu.sqlite3'}")


def _programme(settings: Settings) -> tuple[Programme, str]:
    try:
        text = settings.schedules.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            str(settings.schedules), t(f"không đọc được ({error.strerror})",
                                       f"cannot be read ({error.strerror})"),
            t("đặt GIOVANG_HOME tới thư mục có schedules.toml",
              "set GIOVANG_HOME to a folder with schedules.toml"),
        ) from error
    return load_text(text, settings.schedules.name, settings.home), text


def _enter(home: Home, text: str) -> None:
    now = home.clock.now()
    with home.store.write() as session:
        session.add(ProgrammeVersion(sha256="0" * 64, text=text, accepted_at=now,
                                     accepted_by=AUTHOR))
        for person, roles in ((AUTHOR, ["nguoi_soan"]), (APPROVER, ["nguoi_duyet"]),
                              (SECOND, ["nguoi_duyet"])):
            session.add(Person(id=person, name=person, roles=roles, active=True, created_at=now))


def _installation() -> Home | None:
    """The real (or training) installation, when there is one with items; only read."""
    settings = from_environment()
    store = Store(settings.database_url) if not _no_file(settings) else None
    if store is None:
        return None
    home = Home(settings, store)
    if migrate.empty(store) or migrate.pending(store):
        home.close()
        return None
    with store.read() as session:
        if session.scalars(select(Item.id).limit(1)).first() is None:
            home.close()
            return None
    return home


def _no_file(settings: Settings) -> bool:
    url = settings.database_url
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists()


def _contents(source: Home | None, settings: Settings, programme: Programme) -> list[ItemContent]:
    if source is not None:
        with source.store.read() as session:
            return [
                ItemContent.model_validate(content) for content in session.scalars(
                    select(ItemVersion.content)
                    .join(Item, (Item.id == ItemVersion.item_id)
                          & (Item.version == ItemVersion.version))
                    .where(Item.state.not_in(["recalled", "rejected"]))
                    .order_by(Item.id)
                )
            ]
    path = settings.home / "content" / "content.toml"
    read = read_items(path, themes=programme.themes, audiences=programme.audiences,
                      areas=programme.areas, images_dir=settings.images)
    return list(read.items)


def _approve(
    home: Home, programme: Programme, contents: list[ItemContent]
) -> dict[str, str]:
    """Whatever could be submitted counts as approved."""
    now = home.clock.now()
    excepted: dict[str, str] = {}
    author = home.person(AUTHOR)
    with home.store.write() as session:
        import_items(session, now, contents, author.id)
    for content in contents:
        try:
            with home.store.write() as session:
                approval.submit(session, now, programme, home.settings, content.id, author)
                for approver in (APPROVER, SECOND):
                    if session.get_one(Item, content.id).state == "submitted":
                        approval.approve(session, now, content.id, home.person(approver))
        except Refused as refused:
            excepted[content.id] = refused.mistakes[0].what
    return excepted


def _history(home: Home, source: Home, first: date) -> None:
    """Earlier picks, so that the rehearsal goes on where the real calendar stands; and pins."""
    with source.store.read() as session:
        picks = session.scalars(
            select(Occurrence).where(Occurrence.local_date < first, Occurrence.slot != "-")
        ).all()
        pins = pinned(session, first)
    columns = [c.key for c in Occurrence.__table__.columns]
    with home.store.write() as session:
        known = set(session.scalars(select(Item.id)))
        rows = [{c: getattr(o, c) for c in columns} for o in picks if o.item_id in known]
        if rows:
            session.execute(insert(Occurrence), rows)
        for place, item in pins.items():
            if item in known:
                session.add(Pin(entry=place.entry, slot=place.slot, local_date=place.day,
                                item_id=item, by=SYSTEM, at=home.clock.now()))

