"""The tables. Each constraint says what it prevents; migrations/ makes the same tables."""

from worker.models.aftercare import Aftercare, DeliveryFigures
from worker.models.api import ApiAnswer, ApiKey
from worker.models.area import AreaOrder
from worker.models.base import Base, UtcDateTime
from worker.models.campaigns import (
    Campaign,
    CampaignList,
    CampaignLot,
    CampaignMessage,
    CampaignRef,
    CampaignTally,
    TrialSend,
)
from worker.models.content import Approval, Item, ItemVersion, Pin, Rendition
from worker.models.delegation import Delegation
from worker.models.drafts import Draft, Evidence
from worker.models.lists import ListKey, OptOut, Recipient, RecipientList, RecipientLookup
from worker.models.log import AccountRow, Event, Receipt, TargetState, WireRef
from worker.models.notices import Notice
from worker.models.outbox import Attempt, Batch, ChannelPlan, Content, Delivery, Occurrence
from worker.models.people import (
    Alarm,
    Audit,
    ChannelTest,
    Installation,
    Node,
    Person,
    ProgrammeVersion,
    StopOrder,
)
from worker.models.radio import (
    Aired,
    BulletinAcceptance,
    BulletinDelivery,
    BulletinRow,
    Fetched,
    Recording,
    StandingAcceptance,
    StationChange,
    StationLink,
    StationNotice,
)
from worker.models.rates import AccountRate
from worker.models.series import Series, SeriesDay
from worker.models.users import LoginGuard, TrustedDevice, UserAccount, UserLink, UserSession

__all__ = [
    "AccountRate", "AccountRow", "Aftercare", "Aired", "Alarm", "ApiAnswer", "ApiKey", "Approval",
    "AreaOrder", "Attempt", "Audit", "Base", "Batch", "BulletinAcceptance", "BulletinDelivery",
    "BulletinRow",
    "Campaign", "CampaignList", "CampaignLot", "CampaignMessage", "CampaignRef", "CampaignTally",
    "ChannelPlan", "ChannelTest", "Content", "Delegation", "Delivery", "DeliveryFigures", "Draft",
    "Event", "Evidence", "Fetched", "Installation", "Item", "ItemVersion", "ListKey", "LoginGuard",
    "Node", "Notice", "Occurrence", "OptOut", "Person", "Pin", "ProgrammeVersion", "Receipt",
    "Recipient", "RecipientList", "RecipientLookup", "Recording", "Rendition", "Series",
    "SeriesDay", "StandingAcceptance", "StationChange", "StationLink", "StationNotice", "StopOrder",
    "TargetState", "TrialSend", "TrustedDevice", "UserAccount", "UserLink", "UserSession",
    "UtcDateTime", "WireRef",
]
