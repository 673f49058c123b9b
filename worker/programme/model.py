"""
What `schedules.toml` means, as frozen values. `load.py` reads it, `check.py` holds the rules
that need more than one field. All clock times and dates here are local to `timezone`.
"""

from datetime import date, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from worker.programme.kinds import (
    ClockTime,
    Day,
    Duration,
    Silence,
    Weekday,
    WeekdayName,
    ZoneName,
)

Priority = Literal["thong_thuong", "uu_tien", "khan_cap"]  # Circular 39/2020/TT-BTTTT, 3 classes
Purpose = Literal["cong_ich", "quang_cao"]
ChannelType = Literal[
    "sms_http", "sms_smpp", "facebook", "wordpress", "static_site", "loudspeaker", "box", "board",
    "webhook", "http_json", "cap", "zalo_oa",
]
Late = Literal["publish", "skip"]
WhenUncertain = Literal["hold", "resend"]
Pick = Literal["rotate", "pinned"]
#: as vietnamese/mobile.py names them (a test holds that)
Carrier = Literal[
    "Viettel", "VinaPhone", "MobiFone", "Vietnamobile", "Gmobile", "iTel", "Wintel"
]
#: being registered, in force, ended, refused by the carrier
TemplateState = Literal["dang_ky", "hieu_luc", "het_han", "tu_choi"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]

WEEKDAYS: tuple[WeekdayName, ...] = ("t2", "t3", "t4", "t5", "t6", "t7", "cn")
PRIORITIES: tuple[Priority, ...] = ("thong_thuong", "uu_tien", "khan_cap")


class Model(BaseModel):
    """Frozen, and a key nobody knows is a mistake: a typo must not silently do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(Model):
    """One body in one span of time: names and hotlines are data, for bodies come and go."""

    id: Id
    name: str
    valid_from: Day | None = None
    valid_to: Day | None = None
    parent: Id | None = None
    sign_off: str = ""
    police: str = ""  #: {{ cong_an }}: the police station its people turn to
    committee: str = ""  #: {{ ubnd }}
    hotline: str = ""  #: {{ duong_day_nong }}


class Slot(Model):
    """A golden hour: the span in which an item may begin to be published."""

    id: Id
    name: str
    start: ClockTime
    end: ClockTime
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    channels: tuple[Id, ...] = ()  #: empty: every channel


class QuietHours(Model):
    """Hours in which nothing begins; empty lists mean all. `khan_cap` is never held back."""

    start: ClockTime
    end: ClockTime
    channels: tuple[Id, ...] = ()
    priorities: tuple[Priority, ...] = ("thong_thuong", "uu_tien")
    purposes: tuple[Purpose, ...] = ()


class Blackout(Model):
    """Days (or hours of a day, from `from_time`) on which nothing airs: Tết, national mourning."""

    name: str
    first: Day
    last: Day
    from_time: ClockTime | None = None
    channels: tuple[Id, ...] = ()
    priorities: tuple[Priority, ...] = ("thong_thuong", "uu_tien")


class ExtraDate(Model):
    """A day on which a segment airs beyond its weekdays."""

    segment: Id
    date: Day


class Target(Model):
    """Whom a channel reaches: a page, a site, a group's number. Stations stand apart."""

    id: Id
    name: str
    address: str  #: the value, or env:NAME / file:PATH where it is personal or secret
    account: Id = "chinh"
    organisation: Id | None = None
    audience: tuple[Id, ...] = ()
    area: tuple[Id, ...] = ()


class Account(Model):
    """What a gateway limits and suspends: a page token, an SMS login."""

    id: Id
    secrets: dict[str, str] = {}  #: name -> env:NAME or file:PATH, never the value
    rate: float | None = Field(default=None, gt=0)  #: parts (SMS) or messages a second
    options: dict[str, Any] = {}  #: sender name, category …: what the channel type asks for


class ChannelConfig(Model):
    """A channel as it is used here."""

    id: Id
    type: ChannelType
    name: str
    enabled: bool = True
    template: str = ""  #: folder under templates/; default: the type's own
    lead: Duration | None = None  #: due this long before `opens_at` …
    lead_time: ClockTime | None = None  #: … or at this clock time of the day before
    accounts: tuple[Account, ...]
    targets: tuple[Target, ...] = ()
    options: dict[str, Any] = {}  #: plain, max_parts, url, version, folder …, by type
    max_parallel: int | None = Field(default=None, ge=1, le=64)
    timeout: float | None = Field(default=None, gt=0, le=120)  #: seconds


class Airing(Model):
    """When a station airs what a slot gives it: a clock time, or after the relay."""

    slot: Id
    at: ClockTime | None = None
    after_relay: bool = False
    max_minutes: int | None = Field(default=None, ge=1, le=240)  #: None: until the slot closes


class Pause(Model):
    """Days on which a station is silent (a repair, a feast)."""

    first: Day
    last: Day
    reason: str = ""


class Contact(Model):
    """Who at a station is told of an urgent, changed or recalled bulletin, in this order."""

    name: str
    phone: str  #: env:NAME or file:PATH, never the number itself


class Station(Model):
    """A commune radio station; the loudspeaker channel's targets."""

    id: Id
    name: str
    organisation: Id
    airings: tuple[Airing, ...] = ()  #: empty: every slot, at the slot's start
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    pauses: tuple[Pause, ...] = ()
    audience: tuple[Id, ...] = ()
    area: tuple[Id, ...] = ()
    clusters: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    languages: tuple[str, ...] = ("vi",)  #: in which it reads, where an item has the text


class Segment(Model):
    """A weekly segment: which item airs in which slots on which channels."""

    id: Id
    name: str
    themes: tuple[Id, ...]
    slots: tuple[Id, ...]
    channels: tuple[Id, ...]
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    priority: Priority = "thong_thuong"
    purpose: Purpose = "cong_ich"
    audience: tuple[Id, ...] = ("tat_ca",)
    area: tuple[Id, ...] = ()
    pick: Pick = "rotate"
    days_without_repeat: int = Field(default=7, ge=0, le=366)
    max_reading_seconds: int = Field(default=180, ge=10, le=3600)
    stand_by: Id | None = None
    late: Late = "publish"
    when_uncertain: WhenUncertain = "hold"
    valid_from: Day | None = None
    valid_to: Day | None = None


class SmsTemplate(Model):
    """A text of customer care that carriers have registered for a sender name."""

    id: Id  #: our name for it (template_ref)
    channel: Id
    account: Id = "chinh"
    carriers: tuple[Carrier, ...]
    sender: str
    text: str  #: as registered, with its slots: {ten:20}, {so:6} (smstemplates/pattern.py)
    state: TemplateState
    valid_until: Day | None = None  #: the last day on which it may be used
    document: str = ""  #: number of the paper that goes with the registration


class Campaign(Model):
    """The plan's own period; outside it nothing is planned."""

    name: str
    first: Day
    last: Day


class Duty(Model):
    """Who hears of a Sự cố, at which hours, and who is next when nobody answers."""

    person: Id
    start: ClockTime = time(0, 0)
    end: ClockTime = time(0, 0)  #: equal to start: the whole day
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    deputy: Id | None = None
    phone: str = ""  #: env:NAME or file:PATH
    email: str = ""  #: env:NAME or file:PATH


class Alarms(Model):
    """Where a Sự cố goes beside the log."""

    webhook: str = ""  #: https address, env:NAME or file:PATH
    smtp: str = ""  #: smtp://user:password@host:port as env:NAME or file:PATH
    sms_channel: Id | None = None
    heartbeat_url: str = ""  #: an outside watcher is told every minute that we live
    escalate_after: Duration = timedelta(minutes=15)
    duty: tuple[Duty, ...] = ()


class Radio(Model):
    """What holds for the bulletins of every station."""

    stand_by: Id | None = None  #: item read where nothing else airs; approved like any other
    speech: Literal["espeak", "piper", "none"] = "espeak"
    speech_model: str = ""  #: piper: path of the voice (.onnx) that you supply
    speech_rate: int = Field(default=140, ge=80, le=220)  #: words a minute
    tune: str = ""  #: WAV of the station's signature tune; empty: a chime of our own
    unconfirmed_at: ClockTime = time(8, 0)  #: who has not said "Đã phát" by then is a Sự cố
    answer_within: Duration = timedelta(minutes=10)  #: then the next contact is told
    public_url: str = ""  #: https address of the stations' pages as seen from outside


class Caps(Model):
    """How often one number may get SMS campaigns; 0 never holds back. Urgent ones: any number."""

    public_per_day: int = Field(default=1, ge=0, le=100)  #: cong_ich, a local day
    public_item_days: int = Field(default=30, ge=0, le=30)  #: cong_ich, the same item once in
    #: quang_cao, 24 hours; the most is the law's (Decree 91/2020/NĐ-CP, article 13)
    advertising_per_day: int = Field(default=3, ge=1, le=3)


class Limits(Model):
    """When an SMS campaign pauses itself; of its newest 1,000 messages."""

    rejected_percent: float = Field(default=5, gt=0, le=100)
    uncertain_percent: float = Field(default=0.5, gt=0, le=100)
    #: so long without a receipt, while so many messages waited for theirs
    receipts_silent: Silence = timedelta(minutes=10)
    receipts_silent_messages: int = Field(default=500, ge=1, le=1_000_000)


class Settings(Model):
    """Figures that hold for the whole programme."""

    plan_ahead_days: int = Field(default=8, ge=1, le=62)
    late_after: Duration = timedelta(minutes=5)  #: begun later than this: marked late
    confirm_edits: bool = False
    notices_at: ClockTime = time(17, 0)  #: each centre hears tomorrow's programme
    allowed_domains: tuple[str, ...] = ()  #: links may lead only here; none by default
    list_months: int = Field(default=12, ge=1, le=120)  #: how long numbers of a list are kept
    log_months: int = Field(default=60, ge=12, le=240)  #: how long each delivery is kept
    #: an SMS to us that begins with one of these, with or without accents, is an opt-out
    opt_out_words: tuple[str, ...] = ("TC", "TU CHOI", "TUCHOI", "STOP")


class Programme(Model):
    """Everything `schedules.toml` says."""

    name: str
    timezone: ZoneName
    organisation: Id  #: the body that publishes; its fields stand where a target has none
    campaign: Campaign | None = None
    themes: dict[Id, str]
    audiences: dict[Id, str] = {}
    areas: dict[Id, str] = {}
    organisations: tuple[Organisation, ...]
    slots: tuple[Slot, ...]
    quiet_hours: tuple[QuietHours, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    extra_dates: tuple[ExtraDate, ...] = ()
    channels: tuple[ChannelConfig, ...]
    stations: tuple[Station, ...] = ()
    segments: tuple[Segment, ...]
    sms_templates: tuple[SmsTemplate, ...] = ()
    alarms: Alarms = Alarms()
    radio: Radio = Radio()
    caps: Caps = Caps()
    limits: Limits = Limits()
    settings: Settings = Settings()

    def zone(self) -> ZoneInfo:
        """The programme's time zone."""
        return ZoneInfo(self.timezone)

    def slot(self, slot_id: str) -> Slot:
        return next(s for s in self.slots if s.id == slot_id)

    def channel(self, channel_id: str) -> ChannelConfig:
        return next(c for c in self.channels if c.id == channel_id)

    def segment(self, segment_id: str) -> Segment:
        return next(s for s in self.segments if s.id == segment_id)

    def organisation_on(self, organisation_id: str, day: date) -> Organisation | None:
        """The body's names in force on this day; None when it did not exist then."""
        for body in self.organisations:
            begun = body.valid_from is None or body.valid_from <= day
            if (
                body.id == organisation_id
                and begun
                and (body.valid_to is None or day <= body.valid_to)
            ):
                return body
        return None
