"""An order written down: the approved words, where, when, by whom; all of it frozen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese import sms
from vietnamese.plain import nfc, plain, unplainable
from worker import audit
from worker.db import lock_audit, next_ids
from worker.errors import Mistake, Refused, UserError
from worker.home import InForce
from worker.i18n import t
from worker.items.model import ItemContent
from worker.items.store import load_content, load_item
from worker.models import AreaOrder, Installation, Occurrence, Rendition
from worker.outbox import events
from worker.outbox.keys import delivery_key, occurrence_id, visible_tag
from worker.programme.model import ChannelConfig, Organisation, Programme
from worker.programme.values import field_values
from worker.renderer import fill_texts, mark_training, measure_texts
from worker.slots import in_span, local_date
from worker.specs import SMS

from .lawful import Area, areas_named, check_window

#: no slot of the calendar: planning leaves it alone
SLOT = "-"
#: what stands before a place's own name
_KINDS = ("Xã ", "Phường ", "Đặc khu ", "Thành phố ", "Tỉnh ")


@dataclass(frozen=True)
class Wanted:
    """What a person asks for."""

    item: str
    carrier: str
    areas: tuple[str, ...]  #: as typed
    opens_at: datetime
    closes_at: datetime
    ordered_by: str
    document: str
    document_date: date
    channel: str = ""  #: whose text; "" the only SMS channel that has one
    sender: str = ""  #: "" the channel's
    organisation: str = ""  #: who writes the letter; "" the publishing body
    signature: tuple[str, ...] = ()  #: lines above and below the seal; empty: by hand
    again: bool = False  #: yes, the same item to the same place once more


def make(
    session: Session, now: datetime, force: InForce, person: str, wanted: Wanted
) -> AreaOrder:
    """
    Write an order down as a draft.

    Raises:
        UserError: what was typed will not do.
        Refused: the item is not approved, its text does not fit, or the place had it already.
    """
    lock_audit(session)  # nothing else is ordered, and no item recalled, meanwhile
    programme = force.programme
    _check_words(wanted, local_date(programme, now))
    areas = areas_named(programme, wanted.areas)
    item = load_item(session, wanted.item)
    content = load_content(session, wanted.item)
    if item.state != "approved":
        raise Refused(wanted.item, t("chưa được duyệt", "is not approved"),
                      t("trình và duyệt tin trước", "submit and approve the item first"))
    channel, texts = _rendition(session, programme, item.id, item.version, wanted.channel)
    check_window(programme, channel.id, content.priority, (wanted.opens_at, wanted.closes_at), now)
    _fits(programme, content, areas, local_date(programme, wanted.opens_at))
    since = now - timedelta(days=programme.caps.public_item_days)
    _not_again(session, since, wanted, areas)
    body = _body(programme, wanted)
    [number] = next_ids(session, AreaOrder, 1)
    placed = _occurrence(force, number, wanted, content, item.version)
    installation = session.scalars(select(Installation)).one()
    code = visible_tag(delivery_key(
        installation.uid, placed, "publish", 1, wanted.carrier, now.isoformat()))
    text = _filled(programme, channel, texts, body, wanted, code, training=installation.training)
    session.add(placed)
    session.flush()
    order = AreaOrder(
        id=number, code=code, occurrence_id=placed.id, channel=channel.id, item_id=item.id,
        item_version=item.version, priority=content.priority, text=text, bare=plain(text),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(), carrier=nfc(wanted.carrier).strip(),
        sender=_sender(channel, wanted), areas=[list(area) for area in areas],
        opens_at=wanted.opens_at, closes_at=wanted.closes_at,
        organisation=nfc(wanted.ordered_by).strip(), document=nfc(wanted.document).strip(),
        document_date=wanted.document_date, made_by=person, made_at=now, files={}, result={},
        letter=_letter(programme, body, wanted, training=installation.training))
    session.add(order)
    session.flush()
    detail = {"carrier": order.carrier, "areas": [code or name for code, name in areas],
              "text_sha256": order.text_sha256}
    note(session, now, person, order, "area-ordered", detail)
    return order


def note(
    session: Session, now: datetime, person: str, order: AreaOrder, kind: str,
    detail: Mapping[str, object],
) -> None:
    """A person's act on an order: its event and its line in the audit."""
    audit.record(session, now, person, kind, f"vung:{order.id}", detail)
    events.append(session, now, person,
                  [events.Note(order.occurrence_id, kind, None, detail)])


def _check_words(wanted: Wanted, today: date) -> None:
    found = [
        Mistake(option, t("để trống, hoặc dài quá", "empty, or too long"),
                t(f"viết 1 đến {most} ký tự", f"write 1 to {most} letters"))
        for option, value, most in (
            ("--carrier", wanted.carrier, 63), ("--ordered-by", wanted.ordered_by, 200),
            ("--document", wanted.document, 100))
        if not 1 <= len(value.strip()) <= most]
    if wanted.document_date > today:
        found.append(Mistake("--date", t("văn bản của ngày chưa tới", "is a day to come"),
                             t("viết ngày ký văn bản", "write the day it was signed")))
    if found:
        raise UserError.many(tuple(found))


def _rendition(
    session: Session, programme: Programme, item: str, version: int, wanted: str
) -> tuple[ChannelConfig, dict[str, str]]:
    """The SMS channel and its approved texts, fields still open."""
    channels = {c.id: c for c in programme.channels if c.type in SMS and c.enabled}
    rows = {r.channel: r for r in session.scalars(select(Rendition).where(
        Rendition.item_id == item, Rendition.version == version)) if r.channel in channels}
    fit = [name for name in channels if name in rows and not rows[name].problems]
    if not fit or (wanted and wanted not in fit):
        why = "; ".join(f"{name}: {p['what']}"
                        for name, row in rows.items() for p in row.problems)
        raise Refused(item, t(f"không có lời SMS đã duyệt {why}", f"no approved SMS text {why}"),
                      t("xem `giovang preview`; kênh SMS dùng được: ",
                        "see `giovang preview`; SMS channels that have one: ")
                      + (", ".join(fit) or "-"))
    if not wanted and len(fit) > 1:
        raise UserError("--channel", t("có nhiều kênh SMS, lời khác nhau",
                                       "several SMS channels have a text"),
                        t(f"chọn một: {', '.join(fit)}", f"choose one: {', '.join(fit)}"))
    name = wanted or fit[0]
    return channels[name], {k: v for k, v in rows[name].texts.items() if isinstance(v, str)}


def _fits(
    programme: Programme, content: ItemContent, areas: Sequence[Area], day: date
) -> None:
    if content.purpose != "cong_ich":
        raise Refused(content.id, t(
            "là quảng cáo: chỉ gửi cho người đã đồng ý trước (Nghị định 91/2020/NĐ-CP), mà cả vùng "
            "thì không ai đã đồng ý", "is advertising: it needs each person's prior consent, which "
            "a whole area has not given (Decree 91/2020/NĐ-CP)"),
            t("nhắn theo danh sách có sự đồng ý", "send it to a list of people who consented"))
    if not in_span(day, content.valid_from, content.valid_to):
        raise Refused(content.id, t("ngày ấy tin không còn (hoặc chưa) dùng được",
                                    "is not valid on that day"),
                      t("chọn ngày khác", "choose another day"))
    outside = [area.name for area in areas if content.area and area.code not in content.area]
    if outside:
        only = ", ".join(programme.areas.get(code, code) for code in content.area)
        raise Refused(content.id, t(f"chỉ dành cho {only}, không cho {', '.join(outside)}",
                                    f"is meant for {only}, not for {', '.join(outside)}"),
                      t("chọn vùng của tin", "choose an area of the item"))


def _not_again(
    session: Session, since: datetime, wanted: Wanted, areas: Sequence[Area]
) -> None:
    """A warning doubled is worse than one more question."""
    mine = {area.code or area.name for area in areas}
    for old in session.scalars(select(AreaOrder).where(
            AreaOrder.item_id == wanted.item, AreaOrder.state != "cancelled",
            AreaOrder.closes_at > since).order_by(AreaOrder.id)):
        same = mine & {code or name for code, name in old.areas}
        carrier = plain(old.carrier).casefold() == plain(wanted.carrier).strip().casefold()
        if same and carrier and not wanted.again:
            raise Refused(wanted.item, t(
                f"đơn {old.id} đã gửi (hoặc sắp gửi) tin này tới {', '.join(sorted(same))}",
                f"order {old.id} sends it to {', '.join(sorted(same))} already"),
                t("gửi lần nữa thì thêm --again; không thì `giovang area cancel`",
                  "to send it once more add --again; else `giovang area cancel`"))


def _body(programme: Programme, wanted: Wanted) -> Organisation:
    """Who writes the letter, by the name in force on the day of sending."""
    day = local_date(programme, wanted.opens_at)
    name = wanted.organisation or programme.organisation
    body = programme.organisation_on(name, day)
    if body is None:
        known = ", ".join(dict.fromkeys(o.id for o in programme.organisations))
        raise UserError("--organisation", t(f"ngày ấy không có đơn vị «{name}»",
                                            f"there is no body “{name}” on that day"),
                        t(f"dùng một trong: {known}", f"use one of: {known}"))
    return body


def _occurrence(
    force: InForce, number: int, wanted: Wanted, content: ItemContent, version: int
) -> Occurrence:
    day, entry = local_date(force.programme, wanted.opens_at), f"vung:{number}"
    return Occurrence(
        id=occurrence_id(entry, SLOT, day, 1), entry=entry, slot=SLOT, local_date=day, run=1,
        item_id=content.id, item_version=version, picked_by="area", priority=content.priority,
        purpose="cong_ich", opens_at=wanted.opens_at, closes_at=wanted.closes_at,
        programme_version=force.version)


def _filled(
    programme: Programme, channel: ChannelConfig, texts: dict[str, str], body: Organisation,
    wanted: Wanted, code: str, *, training: bool,
) -> str:
    """The text as subscribers will read it; measured before the mark of a training."""
    local = wanted.opens_at.astimezone(programme.zone())
    values = {**field_values(programme, body.id, None, local.date()), "ma_tin": code,
              "ngay": f"{local:%d/%m/%Y}", "gio": f"{local:%H:%M}"}
    filled = fill_texts({"text": texts["text"]}, values, "text")
    measure = measure_texts(filled, channel.type, channel.options,
                            programme.settings.allowed_domains)
    problems = [p.what for p in measure.problems]
    if lost := unplainable(filled["text"]):
        problems.append(t("không viết không dấu được: ", "has no plain form: ") + " ".join(lost))
    if problems:
        raise Refused(wanted.item, "; ".join(problems),
                      t("sửa lời SMS của tin rồi duyệt lại", "mend its SMS text, approve it anew"))
    return mark_training(filled, "text")["text"] if training else filled["text"]


def _sender(channel: ChannelConfig, wanted: Wanted) -> str:
    told = wanted.sender or next(
        (str(a.options["sender"]) for a in channel.accounts if a.options.get("sender")), "")
    fit = told.isascii() and 1 <= len(told) <= 11 and not sms.refused_characters(told)
    if not fit or told.strip() != told:
        raise UserError("--sender", t(f"tên định danh «{told}» không dùng được",
                                      f"“{told}” is no sender name"),
                        t("1 đến 11 chữ không dấu, số, dấu cách, như đã đăng ký với nhà mạng",
                          "1 to 11 ASCII letters, as registered with the carrier"))
    return told


def _letter(
    programme: Programme, body: Organisation, wanted: Wanted, *, training: bool
) -> dict[str, object]:
    day = local_date(programme, wanted.opens_at)
    parent = programme.organisation_on(body.parent, day) if body.parent else None
    kind = next((k for k in _KINDS if body.name.startswith(k)), "")
    return {
        "parent": (parent.committee or parent.name) if parent else "",
        "issuer": body.committee or body.name, "place": body.name.removeprefix(kind),
        "signature": [nfc(line).strip() for line in wanted.signature], "training": training,
        "zone": programme.timezone,
    }
