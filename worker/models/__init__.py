"""The tables. Each constraint says what it prevents; migrations/ makes the same tables."""

from worker.models.base import Base, UtcDateTime
from worker.models.content import Approval, Item, ItemVersion, Pin, Rendition
from worker.models.log import AccountRow, Event, Receipt, TargetState, WireRef
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

__all__ = [
    "AccountRow", "Alarm", "Approval", "Attempt", "Audit", "Base", "Batch", "ChannelPlan",
    "ChannelTest", "Content", "Delivery", "Event", "Installation", "Item", "ItemVersion",
    "Node", "Occurrence", "Person", "Pin", "ProgrammeVersion", "Receipt", "Rendition",
    "StopOrder", "TargetState", "UtcDateTime", "WireRef",
]
