"""The calendar as a person or program reads it: what stands, and what would be planned."""

from datetime import date
from typing import Any

from sqlalchemy import select

from worker.home import Home, in_force
from worker.i18n import t
from worker.models import Batch, ChannelPlan, Delivery, Item, Occurrence
from worker.output import local_iso
from worker.planner import scope as reading
from worker.planner.wanted import Want, wanted

COLUMNS = {"opens_at": ("Mở lúc", "Opens"), "slot": ("Khung giờ", "Slot"),
           "segment": ("Chuyên mục", "Segment"), "channel": ("Kênh", "Channel"),
           "item": ("Tin", "Item"), "state": ("Tình trạng", "State"),
           "problem": ("Ghi chú", "Remark")}

#: a cell with deliveries in several states shows the one a person should know of first
_ORDER = ("uncertain", "sending", "ready", "held", "exhausted", "rejected", "expired",
          "accepted", "delivered", "recalled", "cancelled")


def view(home: Home, first: date, last: date) -> list[dict[str, Any]]:
    """One row per occurrence and channel, in order of opening; nothing is written."""
    now = home.clock.now()
    with home.store.read() as session:
        force = in_force(session)
        stands = reading.standing(session, first)
        scope = reading.scope(session, force, now, first, stands)
        titles = dict(session.execute(select(Item.id, Item.title)).all())
        states = _states(session, first, last)
    zone = force.programme.zone()
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for want in wanted(scope, first, last):
        for row in _of_want(want, zone):
            rows[row["occurrence"], row["channel"]] = row
    for stand in stands.values():
        o = stand.occurrence
        if not first <= o.local_date <= last:
            continue
        fixed = stand.frozen(now) or o.cancelled_at is not None
        if not fixed and o.slot != "-" and o.run == 1:
            _overlay(rows, o, stand.plans, states)
            continue
        wants = {key[1]: rows.pop(key) for key in [k for k in rows if k[0] == o.id]}
        for channel, plan in stand.plans.items():
            row = rows[o.id, channel] = _of_standing(o, plan, states, zone)
            if channel in wants and wants[channel]["item"] == o.item_id:  # carriers that warn
                row["problem"] = row["problem"] or wants[channel]["problem"]
    for row in rows.values():
        row["title"] = titles.get(row["item"] or "", "")
    return sorted(rows.values(), key=lambda r: (r["opens_at"], r["occurrence"], r["channel"]))


def _of_want(want: Want, zone: Any) -> list[dict[str, Any]]:
    if want.planned is None:
        segment = want.segment.id if want.segment else None
        return [{
            "occurrence": f"{segment}/{want.slot.id}/{want.day.isoformat()}/1",
            "opens_at": local_iso(want.opens_at, zone),
            "closes_at": local_iso(want.closes_at, zone),
            "slot": want.slot.id, "segment": segment, "item": None, "channel": channel,
            "priority": want.segment.priority if want.segment else "thong_thuong",
            "purpose": want.segment.purpose if want.segment else "cong_ich",
            "state": "empty", "picked_by": want.choice.how, "due_at": None, "targets": 0,
            "problem": t("không có tin nào để phát", "nothing to air"),
        } for channel in (want.segment.channels if want.segment else ())]
    p = want.planned
    return [{
        "occurrence": p.id, "opens_at": local_iso(p.opens_at, zone),
        "closes_at": local_iso(p.closes_at, zone), "slot": p.slot, "segment": p.segment,
        "item": p.item.id, "channel": c.channel, "priority": p.priority, "purpose": p.purpose,
        "state": "planned" if c.parcels else "blocked", "picked_by": p.picked_by,
        "due_at": local_iso(c.due_at, zone), "targets": sum(len(x.mails) for x in c.parcels),
        "problem": c.remark,
    } for c in p.channels]


def _of_standing(
    o: Occurrence, plan: ChannelPlan, states: dict[tuple[str, str], list[str]], zone: Any
) -> dict[str, Any]:
    found = states.get((o.id, plan.channel), [])
    state = "cancelled" if o.cancelled_at and not found else _worst(found) or "blocked"
    return {
        "occurrence": o.id, "opens_at": local_iso(o.opens_at, zone),
        "closes_at": local_iso(o.closes_at, zone), "slot": o.slot, "segment": o.segment,
        "item": o.item_id, "channel": plan.channel, "priority": o.priority, "purpose": o.purpose,
        "state": state, "picked_by": o.picked_by, "due_at": local_iso(plan.due_at, zone),
        "targets": len(found), "problem": plan.problem,
    }


def _overlay(
    rows: dict[tuple[str, str], dict[str, Any]], o: Occurrence,
    plans: Any, states: dict[tuple[str, str], list[str]],
) -> None:
    """Stands in the outbox and may still be rewritten: shown as planned now, with its state."""
    for channel in plans:
        row = rows.get((o.id, channel))
        if row is not None and row["state"] == "planned" and row["item"] == o.item_id:
            row["state"] = _worst(states.get((o.id, channel), [])) or "planned"


def _worst(states: list[str]) -> str:
    return next((s for s in _ORDER if s in states), "")


def _states(session: Any, first: date, last: date) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for occurrence, channel, state, batch in session.execute(
        select(Delivery.occurrence_id, Delivery.channel, Delivery.state, Batch.state)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.day >= first, Delivery.day <= last, Delivery.kind == "publish")
    ):
        queued = {"leased": "ready", "done": "ready"}.get(batch, batch)
        shown = queued if state == "queued" else state
        found.setdefault((occurrence, channel), []).append(shown)
    return found
