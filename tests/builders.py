"""Values for tests: a small programme with all four kinds of channel, items, persons."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from tests.conftest import START
from worker.db import Store
from worker.items.model import ItemContent
from worker.models import Person, ProgrammeVersion
from worker.programme.load import load_text
from worker.programme.model import ChannelConfig, Programme
from worker.settings import Settings, from_environment

#: whose every programme here is
ORGANISATION = """
[[organisations]]
id = "luc-ngan"
name = "Xã Lục Ngạn"
sign_off = "UBND xã Lục Ngạn"
police = "Công an xã Lục Ngạn"
committee = "UBND xã Lục Ngạn"
hotline = "113"
"""

PROGRAMME = """
name = "Phòng, chống lừa đảo"
timezone = "Asia/Ho_Chi_Minh"
organisation = "luc-ngan"

[themes]
thu_doan = "Thủ đoạn"
phap_luat = "Pháp luật"

[audiences]
hoc_sinh = "Học sinh"
""" + ORGANISATION + """
[[slots]]
id = "trua"
name = "Buổi trưa"
start = "11:30"
end = "13:00"

[[slots]]
id = "chieu"
name = "Buổi chiều"
start = "17:00"
end = "18:00"

[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
options = { gateway = "sandbox", max_parts = 1 }
[[channels.accounts]]
id = "chinh"
secrets = { key = "env:KEY" }
[[channels.targets]]
id = "to-1"
name = "Tổ 1"
address = "0950000101"
organisation = "luc-ngan"

[[channels]]
id = "facebook"
type = "facebook"
name = "Facebook"
options = { version = "v26.0" }
[[channels.accounts]]
id = "chinh"
secrets = { token = "env:TOKEN" }
[[channels.targets]]
id = "trang"
name = "Trang"
address = "100000000000001"

[[channels]]
id = "website"
type = "static_site"
name = "Trang tĩnh"
accounts = [{ id = "chinh" }]
[[channels.targets]]
id = "trang-tin"
name = "Trang tin"
address = "trang-tin"

[[channels]]
id = "loa"
type = "loudspeaker"
name = "Loa"
lead_time = "17:00"
accounts = [{ id = "chinh" }]

[[stations]]
id = "dai-luc-ngan"
name = "Đài truyền thanh xã Lục Ngạn"
organisation = "luc-ngan"

[[segments]]
id = "canh_giac"
name = "Cảnh giác"
themes = ["thu_doan"]
slots = ["trua"]
channels = ["sms", "facebook", "website", "loa"]
days_without_repeat = 0
stand_by = "td-01"
"""


def a_programme(**changes: Any) -> Programme:
    """The programme above; `changes` replace fields of it."""
    return load_text(PROGRAMME, "schedules.toml").model_copy(update=changes)


def a_channel(channel_id: str, options: Mapping[str, Any] | None = None,
              **changes: Any) -> ChannelConfig:
    """A channel of the programme; `options` are added to its own."""
    channel = a_programme().channel(channel_id)
    update = {"options": {**channel.options, **(options or {})}, **changes}
    return channel.model_copy(update=update)


def an_item(item_id: str = "td-01", **changes: Any) -> ItemContent:
    """An item that fits every channel."""
    values: dict[str, Any] = {
        "id": item_id, "title": "Giả danh công an", "theme": "thu_doan",
        "body": "Công an không làm việc qua điện thoại. Báo {{ cong_an }}, gọi 113.",
        "what_to_do": "Tắt máy.", "hotline": ["113"], **changes,
    }
    return ItemContent.model_validate(values)


def settings_for(home: Path) -> Settings:
    """Settings of a home, as the environment would say them."""
    return replace(from_environment(), home=home, var=home / "var")


def some_people(store: Store) -> dict[str, Person]:
    """An author, two approvers, and one who is both."""
    roles = {"soan": ["nguoi_soan"], "duyet": ["nguoi_duyet"], "duyet2": ["nguoi_duyet"],
             "ca_hai": ["nguoi_soan", "nguoi_duyet", "quan_tri"]}
    rows = [{"id": i, "name": i.upper(), "roles": r, "active": True, "created_at": START}
            for i, r in roles.items()]
    with store.write() as session:
        session.execute(insert(Person), rows)
        return {i: session.get_one(Person, i) for i in roles}


def in_force(store: Store, text: str = PROGRAMME) -> None:
    """Make this the accepted programme."""
    with store.write() as session:
        session.execute(insert(ProgrammeVersion), [{
            "sha256": "0" * 64, "text": text, "accepted_at": START, "accepted_by": "soan"}])
