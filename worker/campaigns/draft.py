"""
What a campaign would be: which text to whom, when, by which accounts; or everything that forbids
it. Nothing is written here.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese import sms
from vietnamese.plain import plain
from worker.db import next_ids
from worker.errors import Mistake, Refused, UserError
from worker.home import InForce
from worker.i18n import t
from worker.items.fields import FIELDS, OF_LISTS, names_in
from worker.items.model import ItemContent
from worker.items.store import load_content
from worker.models import Campaign, Installation, Item, Occurrence, RecipientList
from worker.outbox.keys import delivery_key, occurrence_id, visible_tag
from worker.planner.cells import PRIORITY_RANK
from worker.planner.picks import Candidate
from worker.planner.scope import renditions
from worker.planner.texts import Blank
from worker.programme.model import ChannelConfig, Programme
from worker.programme.values import field_values
from worker.scope import scope_of_person
from worker.slots import DAY, local_date, to_utc
from worker.specs import SMS

from . import recipients, registered

#: a campaign nobody gave an end closes after so long
LASTS = timedelta(days=7)
#: how an advertisement must say whom to tell that one wants no more (Decree 91/2020, article 16)
_WAY_OUT = re.compile(r"\btu choi\b.*\d{3}", re.DOTALL)


@dataclass(frozen=True)
class Wish:
    """What a person asked for. `weights`: account -> share; empty: as their rates."""

    item: str
    lists: tuple[int, ...]
    channel: str = ""
    name: str = ""
    starts: datetime | None = None
    closes: datetime | None = None
    trial: int = 500
    go_on_at: datetime | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    ceiling_parts: int | None = None
    ceiling_dong: int | None = None
    dong_per_part: int = 0
    correction: bool = False
    corrects: int | None = None  #: to who got this campaign, or may have; its lists


@dataclass(frozen=True)
class Draft:
    """A campaign before its first row."""

    campaign: Mapping[str, Any]  #: columns
    occurrence: Occurrence  #: its story, written down when its rows are whole
    lists: tuple[RecipientList, ...]
    handsets: tuple[str, ...]  #: our own phones by name, one for each carrier


def draft(session: Session, now: datetime, force: InForce, wish: Wish, by: str) -> Draft:
    """
    Judge a wish.

    Raises:
        UserError, Refused: what is wrong with it, and what to do instead.
    """
    programme = force.programme
    content, version = _item(session, wish.item)
    channel, texts = _channel(session, programme, content, version, wish.channel)
    starts = max(wish.starts or now, now)
    today = local_date(programme, starts)
    numbers = _lists(session, wish)
    _held(session, by, wish, numbers)
    lists = recipients.usable(session, numbers, today, content.purpose)
    closes = _closes(programme, content, lists, starts, wish.closes)
    _times(starts, closes, wish)
    [number] = next_ids(session, Campaign, 1)
    story = _occurrence(number, content, version, today, starts, closes, force.version)
    text, open_fields, parts = _text(session, programme, channel, content, version, texts, story)
    recipients.have_fields(lists, open_fields)
    if content.purpose == "quang_cao":
        _advertising(content.id, texts["text"])
    weights = _weights(channel, wish.weights)
    registered.refuse(programme, channel.id, [a for a, w in weights.items() if w], text, today)
    campaign = {
        "id": number, "name": (wish.name or content.title)[:150], "nonce": secrets.token_hex(16),
        "channel": channel.id, "item_id": content.id, "item_version": version,
        "correction": wish.correction or wish.corrects is not None, "corrects": wish.corrects,
        "priority": content.priority,
        "priority_rank": PRIORITY_RANK[content.priority], "purpose": content.purpose,
        "text": text, "fields": list(open_fields), "parts": parts,
        "weights": weights, "state": "queuing", "state_at": now,
        "state_by": by, "trial": wish.trial, "go_on_at": wish.go_on_at, "starts_at": starts,
        "closes_at": closes, "ceiling_parts": wish.ceiling_parts,
        "ceiling_dong": wish.ceiling_dong, "dong_per_part": wish.dong_per_part, "counts": {},
        "created_by": by, "created_at": now,
    }
    handsets = tuple(channel.options.get("seeds", {}))
    return Draft(campaign, story, lists, handsets)


def _held(session: Session, by: str, wish: Wish, lists: Sequence[int]) -> None:
    """Whoever works for an organisation sends its texts to its lists; others' are not there."""
    scope = scope_of_person(session, by)
    if scope.whole:
        return
    if not scope.holds(session.get_one(Item, wish.item).owner):
        raise _no_item(wish.item)
    for number in lists:
        row = session.get(RecipientList, number)
        if row is not None and not scope.holds(row.owner):
            raise recipients.none_such(number)


def _lists(session: Session, wish: Wish) -> Sequence[int]:
    """A correction goes to the very lists of what it corrects, once."""
    if wish.corrects is None:
        return wish.lists
    where = t(f"đợt {wish.corrects}", f"campaign {wish.corrects}")
    wrong = session.get(Campaign, wish.corrects)
    if wrong is None or wrong.state == "queuing":
        raise UserError(where, t("không có", "there is none"),
                        t("xem `giovang campaign list`", "see `giovang campaign list`"))
    if wrong.item_id == wish.item:
        raise UserError("--item", t("chính là tin phải đính chính", "is what is to be corrected"),
                        t("soạn và duyệt một tin đính chính", "write and approve a correction"))
    other = correction_of(session, wrong.id)
    if other is not None:
        raise Refused(where, t(f"đã có đợt đính chính {other}", f"is corrected by {other} already"),
                      t(f"dùng đợt {other}, hoặc dừng hẳn nó trước",
                        f"use campaign {other}, or stop it first"))
    return recipients.of_campaign(session, wrong.id)


def correction_of(session: Session, number: int) -> int | None:
    """The campaign that corrects this one, if there is one that counts."""
    return session.scalars(
        select(Campaign.id)
        .where(Campaign.corrects == number, Campaign.state.not_in(["stopped", "expired"]))
        .order_by(Campaign.id).limit(1)).one_or_none()


def wanted_fields(
    session: Session, programme: Programme, item: str, channel: str
) -> tuple[str, ...]:
    """The fields that a list must fill; an item or channel that will not do is refused."""
    content, version = _item(session, item)
    texts = _channel(session, programme, content, version, channel)[1]
    return tuple(name for name in names_in(texts["text"]) if name in OF_LISTS)


def _item(session: Session, item_id: str) -> tuple[ItemContent, int]:
    item = session.get(Item, item_id)
    if item is None:
        raise _no_item(item_id)
    if item.state != "approved":
        raise Refused(item_id, t("chưa được duyệt", "is not approved"),
                      t("trình và duyệt trước: giovang submit, giovang approve",
                        "submit and approve it first"))
    content = load_content(session, item_id)
    if content.purpose == "quang_cao" and content.priority == "khan_cap":
        raise Refused(item_id, t("quảng cáo không thể là tin khẩn cấp",
                                 "an advertisement cannot be urgent"),
                      t("sửa mức ưu tiên của tin", "change the item's priority"))
    return content, item.version


def _no_item(item_id: str) -> UserError:
    return UserError(item_id, t("không có tin này", "no such item"),
                     t("xem `giovang items`", "see `giovang items`"))


def _channel(
    session: Session, programme: Programme, content: ItemContent, version: int, wanted: str
) -> tuple[ChannelConfig, Mapping[str, str]]:
    """The channel and the frozen texts it has of the item."""
    able = {c.id: c for c in programme.channels if c.enabled and c.type in SMS}
    if wanted and wanted not in able:
        raise UserError("--channel", t(f"«{wanted}» không phải kênh SMS đang bật",
                                       f"“{wanted}” is no SMS channel in use"),
                        t(f"dùng: {', '.join(able)}", f"use: {', '.join(able)}"))
    texts = renditions(session, [(content.id, version)]).get((content.id, version), {})
    fitting = [name for name in able if name in texts and wanted in ("", name)]
    if not fitting:
        raise Refused(content.id, t("không có bản duyệt vừa với kênh SMS",
                                    "has no approved text that fits an SMS channel"),
                      t(f"xem `giovang preview {content.id}`, sửa rồi trình lại",
                        f"see `giovang preview {content.id}`, mend and submit it again"))
    if len(fitting) > 1:
        raise UserError("--channel", t("có nhiều kênh SMS", "there are several SMS channels"),
                        t(f"chọn một: {', '.join(fitting)}", f"choose one: {', '.join(fitting)}"))
    return able[fitting[0]], texts[fitting[0]]


def _closes(
    programme: Programme, content: ItemContent, lists: Sequence[RecipientList],
    starts: datetime, wanted: datetime | None,
) -> datetime:
    """The end asked for, else a week; never beyond what the lists and the item allow."""
    days = [row.expires for row in lists] + ([content.valid_to] if content.valid_to else [])
    last = to_utc(programme.zone(), min(days) + DAY, time(0))
    if wanted is not None and wanted > last:
        raise UserError("--closes",
                        t(f"danh sách hoặc tin chỉ được dùng đến hết {min(days):%d/%m/%Y}",
                          f"the lists or the item may be used until {min(days)} only"),
                        t("chọn lúc sớm hơn", "choose an earlier moment"))
    return wanted or min(starts + LASTS, last)


def _times(starts: datetime, closes: datetime, wish: Wish) -> None:
    if closes <= starts:
        raise UserError("--closes", t("kết thúc trước khi bắt đầu", "it ends before it starts"),
                        t("đổi --starts hoặc --closes", "change --starts or --closes"))
    if wish.go_on_at is not None and not starts < wish.go_on_at < closes:
        raise UserError("--go-on-at", t("không nằm giữa bắt đầu và kết thúc",
                                        "does not lie between start and end"),
                        t("chọn lúc khác", "choose another moment"))


def _occurrence(
    number: int, content: ItemContent, version: int, day: date, starts: datetime,
    closes: datetime, programme_version: int,
) -> Occurrence:
    entry = f"chien-dich:{number}"
    return Occurrence(
        id=occurrence_id(entry, "-", day, 1), entry=entry, slot="-", local_date=day, run=1,
        item_id=content.id, item_version=version, picked_by="campaign",
        priority=content.priority, purpose=content.purpose, opens_at=starts, closes_at=closes,
        programme_version=programme_version)


def _text(
    session: Session, programme: Programme, channel: ChannelConfig, content: ItemContent,
    version: int, texts: Mapping[str, str], story: Occurrence,
) -> tuple[str, tuple[str, ...], int]:
    """As it goes out, what stays open in it, and its parts with each of that at its longest."""
    installation = session.scalars(select(Installation)).one()
    blank = Blank(Candidate(content, version, frozenset((channel.id,))), channel, texts,
                  installation.training, programme.settings.allowed_domains, {})
    day, starts = story.local_date, story.opens_at.astimezone(programme.zone())
    key = delivery_key(installation.uid, story, "publish", 1, channel.id, "")
    values = {**field_values(programme, None, None, day), "ngay": f"{day:%d/%m/%Y}",
              "gio": f"{starts:%H:%M}", "ma_tin": visible_tag(key)}
    filled = blank.fill(values)
    left = names_in(filled.texts["text"])
    longest = blank.fill({**values, **{name: "x" * FIELDS[name][1] for name in left
                                       if name in OF_LISTS}})
    if longest.measure.problems:
        raise Refused.many(tuple(Mistake(f"{content.id}, {channel.id}", p.what, p.fix)
                                 for p in longest.measure.problems))
    return filled.texts["text"], left, sms.count(longest.texts["text"]).parts


def _advertising(item: str, text: str) -> None:
    """Decree 91/2020/NĐ-CP: label (article 15) and a way out (article 16) stand in the text."""
    faults = []
    if not text.startswith(sms.LABELS):
        faults.append(Mistake(item, t("quảng cáo phải bắt đầu bằng [QC]",
                                      "an advertisement must begin with [QC]"),
                              t("thêm [QC] vào đầu lời SMS", "put [QC] in front of its SMS text")))
    if not _WAY_OUT.search(plain(text).lower()):
        faults.append(Mistake(item, t("quảng cáo phải chỉ cách từ chối",
                                      "an advertisement must say how to refuse it"),
                              t("thêm vào cuối, ví dụ: Từ chối: soạn TC gửi 1234",
                                "add at its end, such as: Tu choi: soan TC gui 1234")))
    if faults:
        raise Refused.many(tuple(faults))


def _weights(channel: ChannelConfig, wanted: Mapping[str, float]) -> dict[str, float]:
    known = [account.id for account in channel.accounts]
    for name, weight in wanted.items():
        if name not in known or weight <= 0:
            raise UserError("--account", t(f"«{name}={weight:g}» không dùng được",
                                           f"“{name}={weight:g}” will not do"),
                            t(f"viết TÀI-KHOẢN=SỐ-DƯƠNG; tài khoản: {', '.join(known)}",
                              f"write ACCOUNT=POSITIVE; accounts: {', '.join(known)}"))
    rates = {account.id: account.rate for account in channel.accounts}
    if not wanted and all(rates.values()):  # alike, a slow account would hold the others back
        return {name: rate for name, rate in rates.items() if rate}
    return dict(wanted) or dict.fromkeys(known, 1.0)
