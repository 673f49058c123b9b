"""One campaign on one screen: what it does and why, the next step, how far, what failed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from channels.values import Advice
from worker.home import SYSTEM, InForce
from worker.i18n import t
from worker.models import Campaign
from worker.output import local_iso

from . import words
from .figures import Failed, a_campaign, figures, waits_for_a_person
from .forecast import ahead, planned_rate
from .hindrances import hindrances
from .retry import is_temporary
from .speed import Rate, rate

_BAR = 30
#: reasons that are shown by name, and what of a reason's carriers
_MOST = 8

Codes = Mapping[str, Advice]


def gather(
    session: Session, now: datetime, force: InForce, campaign_id: int, codes: Codes,
    *, live: Rate | None = None,
) -> dict[str, Any]:
    """
    Everything `campaign status` tells. `codes`: the channel's table; `live`: a rate that the
    caller has measured.
    """
    campaign = a_campaign(session, campaign_id)
    f = figures(session, campaign_id)
    zone = force.programme.zone()
    speed = live or rate(session, now, campaign.occurrence_id)
    reckoned = speed.best or planned_rate(force.programme, campaign)
    coming = ahead(force.programme, now, campaign, f.left * campaign.parts, reckoned)
    held = hindrances(session, now, force, campaign)
    return {
        "campaign": campaign.id, "name": campaign.name, "state": campaign.state,
        "state_at": local_iso(campaign.state_at, zone), "state_by": campaign.state_by,
        "reason": campaign.reason, "pause_code": campaign.pause_code, "held": held,
        "next": _next(campaign, f.uncertain, _again(f.failed, codes),
                      asked=waits_for_a_person(session, campaign)),
        "channel": campaign.channel, "item": campaign.item_id,
        "starts_at": local_iso(campaign.starts_at, zone),
        "closes_at": local_iso(campaign.closes_at, zone),
        "total": f.total, "wanted": f.wanted, "done": f.done, "left": f.left,
        "waiting": f.waiting, "sending": f.sending, "accepted": f.accepted,
        "delivered": f.delivered, "rejected": f.rejected, "exhausted": f.exhausted,
        "uncertain": f.uncertain, "cancelled": f.cancelled, "expired": f.expired,
        "left_out": f.left_out,
        "failed": [{"state": x.state, "code": x.code, "carrier": x.carrier,
                    "messages": x.messages, "reason": words.reason(x.code, codes)}
                   for x in f.failed],
        "parts": f.parts, "dong": f.dong, "ceiling_parts": campaign.ceiling_parts,
        "ceiling_dong": campaign.ceiling_dong, "rate_10s": _rounded(speed.short),
        "rate_60s": _rounded(speed.long), "ahead": coming.sentence,
        "finishes_at": local_iso(coming.at, zone), "now": local_iso(now, zone),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _again(failed: tuple[Failed, ...], codes: Codes) -> int:
    """How many `retry-failed` would send again without being told a code."""
    return sum(x.messages for x in failed if is_temporary(x.state, x.code, codes))


def _next(campaign: Campaign, uncertain: int, again: int, *, asked: bool) -> list[str]:
    """Commands written out, the one that matters first; `asked`: it waits for “Chạy tiếp”."""
    n, who = campaign.id, t("NGƯỜI", "PERSON")
    why = t("LÝ-DO", "WHY")
    steps = {
        "queuing": [t("đợi: danh sách đang được ghi vào đợt", "wait: it is being queued")],
        "draft": [t(f"giovang campaign approve {n} --as NGƯỜI-DUYỆT   (không phải "
                    f"{campaign.created_by})",
                    f"giovang campaign approve {n} --as APPROVER   (not {campaign.created_by})")],
        "approved": [f"giovang campaign run {n} --as {who}"],
        "running": [f"giovang campaign pause {n} --reason {why} --as {who}"],
        "paused": [f"giovang campaign resume {n} --as {who}",
                   f"giovang campaign stop {n} --reason {why} --as {who}"],
    }
    if asked:
        steps["running"].insert(0, f"giovang campaign continue {n} --as {who}")
    found = list(steps.get(campaign.state, [t(f"giovang campaign export {n} ket-qua.xlsx",
                                              f"giovang campaign export {n} result.xlsx")]))
    if uncertain:
        found.append(f"giovang campaign resolve {n} --went-out|--did-not|--send-again …")
    if again and campaign.state in ("running", "finished"):
        found.append(f"giovang campaign retry-failed {n} --as {who}")
    return found


# ---------------------------------------------------------------- for a person


def to_text(s: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The screen."""
    now = datetime.fromisoformat(s["now"])
    out = [f"{t('Đợt nhắn tin', 'Campaign')} {s['campaign']} «{s['name']}»", _state(s, now, zone)]
    out += [f"! {why}" for why in s["held"]]
    out += [t("Việc tiếp theo:", "Next step:"), *(f"  {step}" for step in s["next"]), ""]
    of = f"{words.number(s['done'])} / {words.number(s['wanted'])} {t('số', 'numbers')}"
    out += [f"{bar(s['done'], s['wanted'])}  {of}", *_pace(s), ""]
    for key in ("delivered", "accepted", "sending", "waiting"):
        out += _row(t(*words.MESSAGE[key]), s[key])
    out += _row(("! " if s["uncertain"] else "") + t(*words.MESSAGE["uncertain"]), s["uncertain"])
    out += _row(t("Không gửi được", "Did not get through"), s["rejected"] + s["exhausted"])
    out += _failed(s["failed"])
    for key in ("expired", "cancelled"):
        out += _row(t(*words.MESSAGE[key]), s[key])
    out += _row(t(*words.MESSAGE["left_out"]), sum(s["left_out"].values()))
    out += [_under(n, words.reason(code, {})) for code, n in _most(s["left_out"])]
    return "\n".join([*out, *_spent(s)])


def _state(s: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    since = words.at(datetime.fromisoformat(s["state_at"]), now, zone)
    state = t(*words.CAMPAIGN[s["state"]])
    by = t("tự động", "by itself") if s["state_by"] == SYSTEM else s["state_by"]
    why = f": {s['reason']}" if s["reason"] else ""
    return f"{state[0].upper()}{state[1:]}, {since} ({by}){why}"


def bar(done: int, wanted: int) -> str:
    """How far, as a bar; full only when it is."""
    share = done / wanted if wanted else 1.0
    full = int(share * _BAR)
    percent = words.number(int(share * 1000) / 10, 1)  # never 100 before the last
    return f"{'█' * full}{'░' * (_BAR - full)} {percent} %"


def _pace(s: Mapping[str, Any]) -> list[str]:
    found = []
    if s["state"] == "running" and s["rate_10s"] is not None:
        short, long = words.number(s["rate_10s"], 1), words.number(s["rate_60s"], 1)
        found.append(t(f"{short} tin/giây (10 giây qua), {long} (1 phút qua)",
                       f"{short} parts/s (last 10 s), {long} (last minute)"))
    if s["ahead"] and s["left"]:
        left = words.number(s["left"])
        found.append(t(f"Còn {left} số, {s['ahead']}", f"{left} numbers left, {s['ahead']}"))
    return found


def _row(name: str, count: int) -> list[str]:
    return [f"{name:<32}{words.number(count):>12}"] if count else []


def _under(count: int, what: str) -> str:
    return f"{words.number(count):>14}  {what}"


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda x: (-x[1], x[0]))


def _failed(failed: list[dict[str, Any]]) -> list[str]:
    by: dict[tuple[str, str], dict[str, int]] = {}
    for x in failed:
        code = f" ({x['code']})" if x["code"] and x["code"] != x["reason"] else ""
        carriers = by.setdefault((x["reason"] + code, x["state"]), {})
        name = x["carrier"] or t("mạng khác", "other")
        carriers[name] = carriers.get(name, 0) + x["messages"]
    ranked = sorted(by.items(), key=lambda x: (-sum(x[1].values()), x[0]))
    out = []
    for (what, state), carriers in ranked[:_MOST]:
        tried = t(", đã thử hết lượt", ", tries used up") if state == "exhausted" else ""
        shares = ", ".join(f"{name} {words.number(n)}" for name, n in _most(carriers))
        out.append(_under(sum(carriers.values()), f"{what}{tried}: {shares}"))
    rest = sum(sum(c.values()) for _, c in ranked[_MOST:])
    if rest:
        out.append(_under(rest, t("lý do khác (xem campaign export)", "other reasons (export)")))
    return out


def _spent(s: Mapping[str, Any]) -> list[str]:
    if not s["parts"]:
        return []
    of = f" / {words.number(s['ceiling_parts'])}" if s["ceiling_parts"] is not None else ""
    parts = words.number(s["parts"])
    line = t(f"Đã dùng {parts}{of} tin tính cước", f"Used {parts}{of} parts")
    if s["dong"]:
        most = f" / {words.number(s['ceiling_dong'])}" if s["ceiling_dong"] is not None else ""
        line += f", {words.number(s['dong'])}{most} {t('đ', 'VND')}"
    return [line]
