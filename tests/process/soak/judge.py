"""What the far sides have, against what the installation says of itself, once all is over."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Row, func, select

from tests.process.invariant import MAY_BE_MISSING
from tests.process.soak.callers import Station
from tests.process.soak.place import Place
from tests.process.soak.programme import TARGETS
from worker import audit
from worker.campaigns import moves
from worker.campaigns.keys import key_of
from worker.models import (
    Aired,
    Alarm,
    Attempt,
    Batch,
    Campaign,
    CampaignMessage,
    Delivery,
    Event,
)
from worker.outbox import events

_WORD = re.compile(r"PHUT(\d{3})X")
#: how the sandbox calls what it took -> channel; a place at it -> target
_FROM = {"facebook": "facebook", "wordpress": "website", "zalo": "zalo", "webhook": "hook",
         "push": "push"}

Thing = tuple[str, str, str]  #: channel, target, item


@dataclass
class Verdict:
    """What is wrong, and the figures for the report."""

    wrong: list[str] = field(default_factory=list)
    channels: dict[str, Counter[str]] = field(default_factory=dict)
    campaign: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    events: int = 0

    def must(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)


def judge(
    place: Place, campaign: int, stations: list[Station], cut: datetime, lives_lost: int,
    in_flight: dict[str, int],
) -> Verdict:
    """
    `lives_lost`: by how many workers' lives, or connections, something on the wire was lost;
    `in_flight`: how much may be on the wire of one of them.
    """
    verdict = Verdict()
    far = Counter(_far(place))
    _campaign(place, campaign, verdict, lives_lost * in_flight["campaign"])
    shown, keys = _at_stations(place, stations, verdict), _sms(place)
    begun, unanswered = _tries(place)
    for row in _deliveries(place, cut):
        count = (shown[row.id] if row.channel == "loa" else keys[row.id]
                 if row.channel == "sms" else far[row.channel, row.target, row.item_id])
        figures = verdict.channels.setdefault(row.channel, Counter())
        figures["deliveries"] += 1
        figures["taken"] += count
        figures[row.state] += 1
        where = f"{row.channel} {row.target} {row.item_id} {row.state} {row.code}"
        verdict.must(count <= 1, f"{count} times: {where}")
        verdict.must(count > 0 or row.state in MAY_BE_MISSING, f"lost: {where}")
        verdict.must(not count or row.state in ("accepted", "delivered", "uncertain"),
                     f"there, and the log denies it: {where}")
        verdict.must(not count or begun[row.id] > 0, f"out before it was written down: {where}")
        if row.state == "uncertain":
            verdict.must(row.id in unanswered, f"uncertain though answered: {where}")
            figures["uncertain_taken"] += count
    for channel, figures in verdict.channels.items():
        verdict.must(figures["uncertain"] <= lives_lost * in_flight["channel"],
                     f"{channel}: {figures['uncertain']} uncertain")
    verdict.must(verdict.channels.keys() == TARGETS.keys(), f"channels: {verdict.channels.keys()}")
    _chains(place, verdict)
    _alarms(place, verdict)
    return verdict


# ------------------------------------------------------------------ the far sides


def _far(place: Place) -> Iterator[Thing]:
    """Everything the imitations took and the folders show, once for each time."""
    names = {(channel, address): f"n{number}" for channel, addresses in TARGETS.items()
             for number, address in enumerate(addresses, 1)}
    for row in place.made.taken():
        channel, match = _FROM.get(row["channel"]), _WORD.search(row["text"])
        if channel and match:
            at = row["target"].rpartition("/")[2]
            yield channel, names.get((channel, at), "n1"), f"tin-{match[1]}"
    folders = list((place.home.settings.var / "phat").rglob("*"))
    for path in folders:
        if path.is_file() and not path.name.startswith("."):
            for channel, at, number in _in_file(path):
                yield channel, names.get((channel, at), at), f"tin-{number}"


def _in_file(path: Path) -> Iterator[tuple[str, str, str]]:
    """Channel, address, number of an item: a page, an alert, a line of a board."""
    parts = path.parts
    if path.suffix == ".html" and path.parent.name == "trang-tin":
        if not re.fullmatch(r"index|thang-.*", path.stem) and (
                match := _WORD.search(path.read_text(encoding="utf-8"))):
            yield "trang_tinh", "trang-tin", match[1]
    elif path.suffix == ".xml" and "cap" in parts:
        text = path.read_text(encoding="utf-8")
        area = re.search(r"areaDesc>(.*?)<", text)
        if (match := _WORD.search(text)) and area:
            yield "cap", area[1], match[1]
    elif path.suffix == ".txt" and "bang" in parts:
        for match in _WORD.finditer(path.read_text(encoding="utf-8")):
            yield "bang", path.stem, match[1]
    elif path.suffix == ".json" and "bang-json" in parts:
        for line in json.loads(path.read_text(encoding="utf-8")):
            if match := _WORD.search(line["text"]):
                yield "bang_json", path.stem, match[1]


def _sms(place: Place) -> Counter[str]:
    return Counter(row["key"] for row in place.made.taken("sms"))


def _at_stations(place: Place, stations: list[Station], verdict: Verdict) -> Counter[str]:
    """Delivery -> how often it is read out at its station; nothing that was said is lost."""
    shown: Counter[str] = Counter()
    with place.made.store.read() as session:
        kept = {(a.station, f"{a.local_date.isoformat()}|{a.airing}") for a in
                session.scalars(select(Aired))}
    for station in stations:
        for bulletin in station.read(place.workers[0]):
            shown.update(s["delivery"] for s in bulletin["sections"]
                         if s["delivery"] and s.get("standing", "airs") == "airs"
                         and not bulletin["planned"])
        lost = {said for said in station.said if (station.name, said) not in kept}
        verdict.must(not lost, f"{station.name}: said and not kept: {lost}")
    return shown


# ------------------------------------------------------------------ what we wrote


def _deliveries(place: Place, cut: datetime) -> list[Row[tuple[str, str, str, str, str, str]]]:
    with place.made.store.read() as session:
        return list(session.execute(
            select(Delivery.id, Delivery.channel, Delivery.target, Delivery.state,
                   Delivery.code, Batch.item_id)
            .join(Batch, Batch.id == Delivery.batch_id)
            .where(Batch.opens_at <= cut, Delivery.kind == "publish")).all())


def _tries(place: Place) -> tuple[Counter[str], set[str]]:
    """How often each delivery was begun; those of which a try got no answer."""
    begun: Counter[str] = Counter()
    unanswered = set()
    with place.made.store.read() as session:
        for key, ended, outcome in session.execute(
                select(Attempt.delivery_id, Attempt.ended_at, Attempt.outcome)):
            begun[key] += 1
            if ended is None or outcome == "uncertain":
                unanswered.add(key)
    return begun, unanswered


def _campaign(place: Place, campaign: int, verdict: Verdict, most_uncertain: int) -> None:
    far = _sms(place)
    with place.made.store.read() as session:
        nonce = bytes.fromhex(session.get_one(Campaign, campaign).nonce)
        rows = session.execute(
            select(CampaignMessage.row, CampaignMessage.state, CampaignMessage.attempts,
                   CampaignMessage.code)
            .where(CampaignMessage.campaign_id == campaign)).all()
        kept = moves.counts(session, campaign)
    figures = verdict.campaign
    for row, state, tries, code in rows:
        count = far[key_of(nonce, campaign, row)]
        figures["messages"] += 1
        figures["taken"] += count
        figures[state] += 1
        where = f"campaign {row} {state} {code}"
        verdict.must(count <= 1, f"{count} times: {where}")
        verdict.must(count > 0 or state in MAY_BE_MISSING, f"lost: {where}")
        verdict.must(not count or state in ("accepted", "delivered", "uncertain"),
                     f"there, and the log denies it: {where}")
        verdict.must(not count or tries > 0, f"out before it was written down: {where}")
        if state == "uncertain":
            figures["uncertain_taken"] += count
            figures[f"code {code}"] += 1
            verdict.must(tries > 0, f"uncertain and never begun: {where}")
    verdict.must(figures["uncertain"] <= most_uncertain,
                 f"campaign: {figures['uncertain']} uncertain, at most {most_uncertain}")
    verdict.must(sum(kept.messages.values()) == len(rows), "the tally differs from the rows")


def _chains(place: Place, verdict: Verdict) -> None:
    with place.made.store.read() as session:
        verdict.must(audit.verify(session) is None, "the audit chain is broken")
        broken = list(events.broken_chains(session))
        verdict.events = session.scalars(select(func.count()).select_from(Event)).one()
    verdict.must(not broken, f"event chains are broken: {broken[:5]}")


def _alarms(place: Place, verdict: Verdict) -> None:
    """One cause is open once at a time; whoever is on duty hears once of each."""
    told = Counter(key.split("-")[1] for key in _sms(place) if key.startswith("alarm-"))
    verdict.must(max(told.values(), default=0) <= 1, f"told more than once: {told}")
    spans: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    with place.made.store.read() as session:
        for alarm in session.scalars(select(Alarm).order_by(Alarm.first_at, Alarm.id)):
            verdict.alarms[alarm.kind] += 1
            verdict.must(alarm.kind != "bug", f"bug: {alarm.what}")
            spans[alarm.cause].append((alarm.first_at, alarm.closed_at))
    for cause, each in spans.items():
        verdict.must(all(end is not None and end <= later for (_, end), (later, _) in
                         pairwise(each)), f"raised twice: {cause} {each}")
