"""`giovang status`: is the worker alive, and is anything waiting for a person?"""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from worker import nodes, still_out, withdrawn
from worker.alarms.held import alarms_held
from worker.campaigns import brief
from worker.growth import standing
from worker.home import Home, InForce, in_force, open_home
from worker.i18n import t
from worker.log_query import effective_state, within
from worker.models import (
    AccountRow,
    Batch,
    Delivery,
    Event,
    Installation,
    Node,
    StopOrder,
)
from worker.nodes import BEAT
from worker.output import dumps, local_iso
from worker.radio.fetches import old_copies
from worker.scope import WHOLE, Scope, Targets, has, targets_held
from worker.slots import next_openings
from worker.states import LABELS

#: a missed slot keeps `status` red for this long
MISSED = timedelta(hours=24)
#: places with something recalled that a person is shown; `--json` has 200
SHOWN = 10


def status(
    as_json: Annotated[bool, typer.Option("--json", help=t("một dòng JSON",
                                                           "one JSON line"))] = False,
) -> None:
    home = open_home()
    now = home.clock.now()
    with home.store.read() as session:
        force = in_force(session)
        found = gather(session, now, force, home)
        found["log"] = standing.of(session, force.programme, now)
    home.close()
    typer.echo(dumps(found) if as_json else to_text(found))
    raise typer.Exit(0 if found["ok"] else 1)


def gather(
    session: Session, now: datetime, force: InForce, home: Home, scope: Scope = WHOLE
) -> dict[str, Any]:
    """
    Everything `status` tells; `ok` is False when no worker beats or a slot was missed. Figures
    of deliveries, and what stands open, are of the targets in `scope`.
    """
    programme = force.programme
    held = targets_held(programme, scope)
    stations = {s.id for s in programme.stations if scope.holds(s.organisation)}
    zone = programme.zone()
    newest = last_beat(session)
    alive = newest is not None and now - newest <= BEAT
    beat, stopped = (newest, None) if alive else last_life(session)
    age = None if beat is None else max(0, round((now - beat).total_seconds()))
    missed = missed_slots(session, now, held)
    installation = session.scalars(select(Installation)).one()
    out = [one for one in still_out.left(session, now)
           if has(held, one.delivery.channel, one.delivery.target)]
    public = sum(one.public for one in out)
    return {
        "ok": alive and missed == 0,
        "worker": {"alive": alive, "beat_at": local_iso(beat, zone), "age_seconds": age,
                   "stopped_at": local_iso(stopped, zone)},
        "nodes": _nodes(session, now, zone),
        "training": installation.training,
        "live": installation.live_at is not None,
        "programme": force.version,
        "next": [
            {"slot": s.slot.id, "name": s.slot.name, "opens_at": local_iso(s.opens_at, zone)}
            for s in next_openings(programme, now, 3)
        ],
        "today": states_on(session, now.astimezone(zone).date(), held),
        "missed_24h": missed,
        "uncertain": _in_doubt(session, held),
        "alarms": len(alarms_held(session, programme, scope)),
        "recalled_still_public": public,
        "recalled_sms_out": len(out) - public,
        "recalled_places": still_out.named(session, now, out),
        "prepared_not_withdrawn": len(withdrawn.left(session, now)),
        "old_copies": [
            {"station": c.station, "date": c.date.isoformat(), "airing": c.airing,
             "held": c.held, "newest": c.newest}
            for c in old_copies(session, now.astimezone(zone).date())
            if scope.whole or c.station in stations
        ],
        "stops": [
            {"channel": o.channel, "by": o.by, "at": local_iso(o.at, zone), "reason": o.reason}
            for o in session.scalars(select(StopOrder).where(StopOrder.lifted_at.is_(None)))
        ],
        "pauses": [
            {"channel": a.channel, "account": a.account, "by": a.paused_by,
             "reason": a.paused_reason}
            for a in session.scalars(select(AccountRow).where(AccountRow.paused_at.is_not(None)))
        ],
        "campaigns": brief.under_way(session, scope),
        "disk_free_mb": disk_free(home.settings.var) // 1024 // 1024,
    }


def _nodes(session: Session, now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {"node": n.node, "version": n.version, "alive": n.alive,
         "started_at": local_iso(n.started_at, zone), "beat_at": local_iso(n.beat_at, zone),
         "age_seconds": max(0, round((now - n.beat_at).total_seconds())),
         "stopped_at": local_iso(n.stopped_at, zone), "sent_minute": n.sent_minute}
        for n in nodes.seen(session, now)
    ]


def last_beat(session: Session) -> datetime | None:
    """The newest beat of any worker that has not signed off."""
    return session.scalars(
        select(func.max(Node.heartbeat_at)).where(Node.stopped_at.is_(None))
    ).one()


def last_life(session: Session) -> tuple[datetime | None, datetime | None]:
    """When any worker was last alive, and when it signed off: None when it never said so."""
    row = session.execute(
        select(Node.heartbeat_at, Node.stopped_at).order_by(Node.heartbeat_at.desc()).limit(1)
    ).first()
    return (row.heartbeat_at, row.stopped_at) if row else (None, None)


def missed_slots(session: Session, now: datetime, held: Targets | None = None) -> int:
    """Occurrences of which something was missed in the last 24 hours."""
    query = (select(func.count(Event.occurrence_id.distinct()))
             .where(Event.at > now - MISSED, Event.kind == "expired"))
    if held is not None:
        query = query.where(
            exists().where(Delivery.occurrence_id == Event.occurrence_id,
                           Batch.id == Delivery.batch_id, effective_state() == "expired",
                           within(held)))
    return session.scalars(query).one()


def states_on(session: Session, day: date, held: Targets | None = None) -> dict[str, int]:
    """How many deliveries of this local day are in which state."""
    state = effective_state()
    query = (select(state, func.count()).select_from(Delivery)
             .join(Batch, Batch.id == Delivery.batch_id).where(Delivery.day == day)
             .group_by(state))
    if held is not None:
        query = query.where(within(held))
    counts = dict(iter(session.execute(query)))
    return {name: counts[name] for name in LABELS if name in counts}


def _in_doubt(session: Session, held: Targets | None) -> int:
    # the rows, not a count(*): for that SQLite reads another index, of the whole log
    rows = session.execute(select(Delivery.id, Delivery.channel, Delivery.target)
                           .where(Delivery.state == "uncertain"))
    return sum(has(held, channel, target) for _, channel, target in rows)


def disk_free(var: Path) -> int:
    """Bytes free where this installation writes."""
    place = var if var.exists() else var.parent
    return shutil.disk_usage(place).free


def _not_running(worker: dict[str, Any]) -> str:
    if worker["beat_at"] is None:
        return t("Trạm phát chưa chạy lần nào: giovang run", "No worker ever ran: giovang run")
    if worker["stopped_at"] is not None:
        return t(f"Trạm phát đã được dừng đúng cách lúc {worker['stopped_at']}",
                 f"The worker was stopped in order at {worker['stopped_at']}")
    return t(f"Trạm phát không chạy, và không được dừng đúng cách (lần cuối: {worker['beat_at']})",
             f"No worker runs, and it was not stopped in order (last alive: {worker['beat_at']})")


def _of_nodes(found: list[dict[str, Any]]) -> list[str]:
    """Each worker, where there are several; one that was not stopped in order wants a person."""
    if len(found) < 2:
        return []
    lines = []
    for n in found:
        name = t(f"máy {n['node']}, phiên bản {n['version']}",
                 f"node {n['node']}, version {n['version']}")
        lines.append(
            "  " + name + t(
                f": {n['age_seconds']} giây trước, phút qua gửi {n['sent_minute']} tin",
                f": {n['age_seconds']} s ago, sent {n['sent_minute']} in the last minute")
            if n["alive"] else
            "  " + name + t(f": đã dừng lúc {n['stopped_at']}", f": stopped at {n['stopped_at']}")
            if n["stopped_at"] else
            "! " + name + t(f": không chạy (lần cuối: {n['beat_at']})",
                            f": does not run (last alive: {n['beat_at']})"))
    if len({n["version"] for n in found if n["alive"]}) > 1:
        lines.append("  " + t("các máy chạy phiên bản khác nhau", "the versions are not the same"))
    return lines


def _of_place(place: dict[str, Any]) -> str:
    """One place that has what was recalled."""
    where = ", ".join(filter(None, (place["channel"], place["name"], place["address"])))
    what = t("còn công khai", "still public") if place["what"] == "public" else t(
        "chưa được đính chính", "not corrected")
    return f"!   {place['item']} {what}: {where}"


def to_text(s: dict[str, Any]) -> str:
    """For a person, one thing a line; what wants a person begins with «!»."""
    worker = s["worker"]
    mode = t("TẬP HUẤN", "TRAINING") if s["training"] else (
        t("phát thật", "live") if s["live"] else t("chưa phát thật", "not yet live"))
    out = [
        t(f"Trạm phát: {mode}, chương trình số {s['programme']}",
          f"Worker: {mode}, programme {s['programme']}"),
        t(f"Còn sống: {worker['age_seconds']} giây trước", f"Alive: {worker['age_seconds']} s ago")
        if worker["alive"] else
        "! " + _not_running(worker),
        *_of_nodes(s["nodes"]),
        t("Khung giờ tới: ", "Next: ")
        + "; ".join(f"{n['name']} {n['opens_at']}" for n in s["next"]),
        t("Hôm nay: ", "Today: ") + (", ".join(
            f"{t(*LABELS[k])}: {v}" for k, v in s["today"].items()) or "-"),
    ]
    wanting = (
        ("missed_24h", t("lượt bị lỡ trong 24 giờ", "missed in 24 h")),
        ("uncertain", t("lượt chưa rõ kết quả (giovang log --state uncertain)", "uncertain")),
        ("alarms", t("sự cố đang mở (giovang alarms)", "open alarms")),
        ("prepared_not_withdrawn", t("bài đã chuẩn bị phải gỡ mà chưa gỡ được",
                                     "prepared texts that could not be withdrawn")),
        ("recalled_still_public", t("tin đã thu hồi còn ở nơi công khai", "recalled, still out")),
        ("recalled_sms_out", t("SMS của tin đã thu hồi tới máy dân, chưa đính chính",
                               "SMS of recalled items are out")),
    )
    out += [f"! {s[key]} {words}" for key, words in wanting if s[key]]
    out += [_of_place(place) for place in s["recalled_places"][:SHOWN]]
    if s["old_copies"]:
        names = ", ".join(dict.fromkeys(c["station"] for c in s["old_copies"]))
        out.append("! " + t(f"đài còn giữ bản tin cũ (giovang station copies): {names}",
                            f"stations that hold an old copy: {names}"))
    out += ["! " + t(f"DỪNG KHẨN CẤP {o['channel']} ({o['by']}: {o['reason']})",
                     f"EMERGENCY STOP {o['channel']} ({o['by']}: {o['reason']})")
            for o in s["stops"]]
    out += ["! " + t(f"Tạm dừng {p['channel']}/{p['account']} ({p['by']}: {p['reason']})",
                     f"Paused {p['channel']}/{p['account']} ({p['by']}: {p['reason']})")
            for p in s["pauses"]]
    out += [("! " if c["state"] == "paused" else "") + brief.line(c) for c in s["campaigns"]]
    out.append(t(f"Đĩa còn trống: {s['disk_free_mb']} MB", f"Disk free: {s['disk_free_mb']} MB"))
    if "log" in s:
        out.append(standing.line(s["log"]))
    return "\n".join(out)
