"""`giovang campaign …`: what persons do to a campaign that was made."""

import sys
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import output
from worker.home import acting, open_home
from worker.i18n import t
from worker.items.authority import APPROVER
from worker.lists.commands import ROLE
from worker.models import Campaign
from worker.output import local_iso, say
from worker.people import As, Json, Reason

from . import acts, ends, moves, recipients
from .commands import Number
from .words import CAMPAIGN, MESSAGE, reason


def approve(number: Number, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        acts.approve(session, home.clock.now(), number, acting(session, as_, APPROVER).id)
    say(t(f"đã duyệt đợt {number}; chạy: giovang campaign run {number} --as NGƯỜI",
          f"campaign {number} is approved; run it: giovang campaign run {number} --as PERSON"))
    home.close()


def run(number: Number, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        until = acts.run(session, home.clock.now(), number, acting(session, as_, ROLE).id)
        say(_how_far(acts.find(session, number), until))
    home.close()


def go_on(number: Number, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        until = acts.go_on(session, home.clock.now(), number, acting(session, as_, ROLE).id)
        say(_how_far(acts.find(session, number), until))
    home.close()


def pause(number: Number, reason: Reason, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        acts.pause(session, home.clock.now(), number, acting(session, as_, ROLE).id, reason)
    say(t(f"đợt {number} tạm dừng; tin đang trên đường gửi nốt",
          f"campaign {number} is paused; what is on the wire finishes"))
    home.close()


def resume(number: Number, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        acts.resume(session, home.clock.now(), number, acting(session, as_, ROLE).id)
    say(t(f"đợt {number} gửi tiếp", f"campaign {number} goes on"))
    home.close()


def stop(number: Number, reason: Reason, as_: As = None) -> None:
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        acts.stop(session, now, number, acting(session, as_, ROLE).id, reason)
    count = ends.drain(home.store, now, number, "cancelled")
    say(t(f"đợt {number} đã dừng hẳn, {count} tin không gửi; tin đang trên đường gửi nốt",
          f"campaign {number} is stopped, {count} messages do not go; what is on the wire "
          "finishes"))
    home.close()


def list_(json_: Json = False) -> None:
    home = open_home()
    zone = home.programme().programme.zone()
    with home.store.read() as session:
        rows = [
            {"campaign": r.id, "name": r.name, "state": r.state, "item": r.item_id,
             "channel": r.channel, "total": r.total, "until_row": r.until_row,
             "starts_at": local_iso(r.starts_at, zone), "closes_at": local_iso(r.closes_at, zone),
             "created_by": r.created_by, "approved_by": r.approved_by,
             "state_shown": t(*CAMPAIGN[r.state])}
            for r in session.scalars(select(Campaign).where(Campaign.state != "queuing")
                                     .order_by(Campaign.id.desc()))]
    if json_:
        output.lines({k: v for k, v in row.items() if k != "state_shown"} for row in rows)
    else:
        output.show(rows, {
            "campaign": t("Đợt", "Campaign"), "state_shown": t("Trạng thái", "State"),
            "total": t("Số tin", "Messages"), "channel": t("Kênh", "Channel"),
            "item": t("Tin", "Item"), "name": t("Tên", "Name")}, as_json=False)
    home.close()


def show(number: Number, json_: Json = False) -> None:
    home = open_home()
    zone = home.programme().programme.zone()

    def at(moment: datetime | None) -> str | None:
        return local_iso(moment, zone)

    with home.store.read() as session:
        r = acts.find(session, number)
        whole = {
            "campaign": r.id, "name": r.name, "state": r.state, "state_by": r.state_by,
            "state_at": at(r.state_at), "reason": r.reason, "item": r.item_id,
            "version": r.item_version, "channel": r.channel, "purpose": r.purpose,
            "priority": r.priority, "correction": r.correction, "text": r.text,
            "parts": r.parts, "lists": recipients.of_campaign(session, number),
            "weights": r.weights, "seeds": r.seeds, "trial": r.trial, "until_row": r.until_row,
            "total": r.total, "counts": r.counts, "messages": _messages(session, number),
            "starts_at": at(r.starts_at), "closes_at": at(r.closes_at),
            "go_on_at": at(r.go_on_at), "ceiling_parts": r.ceiling_parts,
            "ceiling_dong": r.ceiling_dong, "dong_per_part": r.dong_per_part,
            "created_by": r.created_by, "approved_by": r.approved_by,
            "occurrence": r.occurrence_id}
    if json_:
        output.lines([whole])
    else:
        sys.stdout.write("".join(f"{k}: {v}\n" for k, v in _words(whole).items()))
    home.close()


def _messages(session: Session, number: int) -> dict[str, int]:
    """How many stand in each state, from the counts."""
    kept = moves.counts(session, number)
    found = {"waiting": kept.waiting, "sending": kept.flying}
    for (state, _), count in kept.messages.items():
        found[state] = found.get(state, 0) + count
    return {state: count for state, count in found.items() if count}


def _words(whole: dict[str, Any]) -> dict[str, Any]:
    left_out = ", ".join(f"{reason(code, {})}: {n}"
                         for code, n in whole["counts"].get("left_out", {}).items())
    shown = {
        t("Đợt", "Campaign"): f"{whole['campaign']} «{whole['name']}»",
        t("Trạng thái", "State"): f"{t(*CAMPAIGN[whole['state']])} ({whole['state_by']}, "
                                  f"{whole['state_at']})",
        t("Lý do", "Reason"): whole["reason"],
        t("Lời tin", "Text"): whole["text"],
        t("Tin", "Item"): f"{whole['item']}/{whole['version']}",
        t("Kênh", "Channel"): whole["channel"],
        t("Danh sách", "Lists"): ", ".join(map(str, whole["lists"])),
        t("Được gửi đến dòng", "Let go up to row"): f"{whole['until_row']}/{whole['total']}",
        t("Kết quả", "Messages"): ", ".join(f"{t(*MESSAGE[state])}: {n}"
                                            for state, n in whole["messages"].items()),
        t("Để ngoài", "Left out"): left_out,
        t("Bắt đầu", "Starts"): whole["starts_at"], t("Kết thúc", "Closes"): whole["closes_at"],
        t("Tự gửi tiếp", "Goes on at"): whole["go_on_at"],
        t("Người lập", "Made by"): whole["created_by"],
        t("Người duyệt", "Approved by"): whole["approved_by"],
        t("Mã trong nhật ký", "In the log"): whole["occurrence"],
    }
    return {name: value for name, value in shown.items() if value not in ("", None)}


def _how_far(row: Campaign, until: int) -> str:
    if until == row.total:
        return t(f"đợt {row.id}: gửi tới tất cả", f"campaign {row.id}: all of it goes")
    if until <= row.seeds:
        return t(f"đợt {row.id}: gửi tới {until} máy của ta; xem máy rồi «Chạy tiếp»: giovang "
                 f"campaign continue {row.id} --as NGƯỜI",
                 f"campaign {row.id}: goes to {until} handsets of ours; look at them, then giovang "
                 f"campaign continue {row.id} --as PERSON")
    return t(f"đợt {row.id}: gửi thử tới dòng {until}; xem kết quả rồi «Chạy tiếp»: giovang "
             f"campaign continue {row.id} --as NGƯỜI",
             f"campaign {row.id}: the trial goes, up to row {until}; look at it, then giovang "
             f"campaign continue {row.id} --as PERSON")
