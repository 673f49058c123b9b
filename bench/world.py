"""An installation in a temporary folder, with a programme and items as large as asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from worker.clock import Clock, VirtualClock
from worker.db import Store
from worker.home import TRAINING_UID, Home, create
from worker.items import approval
from worker.items.model import ItemContent
from worker.items.store import import_items
from worker.models import Item, Person, ProgrammeVersion
from worker.programme.versions import fingerprint
from worker.settings import from_environment

#: Monday 2027-01-04, 00:00 in Vietnam
START = datetime(2027, 1, 3, 17, 0, tzinfo=UTC)
FIRST_DAY = date(2027, 1, 4)

_HEAD = """
name = "Đo tốc độ"
timezone = "Asia/Ho_Chi_Minh"
organisation = "xa"

[themes]
thu_doan = "Thủ đoạn"
phap_luat = "Pháp luật"

[[organisations]]
id = "xa"
name = "Xã"
sign_off = "UBND xã"
police = "Công an xã"
committee = "UBND xã"
hotline = "113"

[[slots]]
id = "sang"
name = "Sáng"
start = "05:30"
end = "06:30"

[[slots]]
id = "trua"
name = "Trưa"
start = "11:30"
end = "13:00"

[[slots]]
id = "toi"
name = "Tối"
start = "19:00"
end = "21:00"
"""

_CHANNELS = """
[[channels]]
id = "facebook"
type = "facebook"
name = "Facebook"
options = { version = "v26.0" }
accounts = [{ id = "chinh", secrets = { token = "env:TOKEN" } }]
targets = [{ id = "trang", name = "Trang", address = "100000000000001" }]

[[channels]]
id = "website"
type = "static_site"
name = "Trang tĩnh"
accounts = [{ id = "chinh" }]
targets = [{ id = "trang-tin", name = "Trang tin", address = "trang-tin" }]

[[channels]]
id = "loa"
type = "loudspeaker"
name = "Loa"
lead_time = "17:00"
accounts = [{ id = "chinh" }]

[[stations]]
id = "dai"
name = "Đài truyền thanh xã"
organisation = "xa"
"""


def programme_text(*, segments: int = 0, numbers: int = 1, opens: datetime | None = None,
                   parallel: int = 8) -> str:
    """
    So many weekly segments on four channels, so many numbers on the SMS channel; with `opens`
    (local) a daily segment on SMS in the two hours from then.
    """
    targets = ",\n".join(
        f'{{ id = "so-{n}", name = "Số {n}", address = "095{n + 1000:07d}" }}'
        for n in range(numbers)
    )
    parts = [_HEAD, f"""
[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
options = {{ gateway = "sandbox", max_parts = 2 }}
max_parallel = {parallel}
accounts = [{{ id = "chinh", secrets = {{ key = "env:KEY" }} }}]
targets = [{targets}]
""", _CHANNELS]
    for n in range(segments):
        slot = ("sang", "trua", "toi")[n % 3]
        parts.append(f"""
[[segments]]
id = "cm-{n}"
name = "Chuyên mục {n}"
themes = ["thu_doan", "phap_luat"]
slots = ["{slot}"]
channels = ["sms", "facebook", "website", "loa"]
weekdays = ["{("t2", "t3", "t4", "t5", "t6", "t7", "cn")[n % 7]}"]
days_without_repeat = 14
stand_by = "tin-0"
""")
    if opens is not None:
        parts.append(f"""
[[slots]]
id = "dot"
name = "Đợt nhắn tin"
start = "{opens:%H:%M}"
end = "{opens + timedelta(hours=2):%H:%M}"

[[segments]]
id = "dot-nhan-tin"
name = "Đợt nhắn tin"
themes = ["thu_doan"]
slots = ["dot"]
channels = ["sms"]
days_without_repeat = 0
stand_by = "tin-0"
""")
    return "".join(parts)


def items(count: int) -> list[ItemContent]:
    """Items of about the length that staff write."""
    return [
        ItemContent(
            id=f"tin-{n}", title=f"Cảnh giác cuộc gọi giả danh công an, mẫu {n}",
            theme=("thu_doan", "phap_luat")[n % 2],
            texts={
                "sms": f"Công an không làm việc qua điện thoại, mẫu {n}. Báo {{{{ cong_an }}}}, "
                       "gọi 113.",
            },
            body=f"Thưa bà con, gần đây có người gọi điện tự xưng là công an (mẫu {n}). "
                 + "Công an không làm việc qua điện thoại, không yêu cầu chuyển tiền. " * 5
                 + "Khi nhận cuộc gọi lạ, bà con tắt máy và báo {{ cong_an }}, gọi 113.",
            what_to_do="Tắt máy, báo công an xã.", hotline=("113",),
        )
        for n in range(count)
    ]


@contextmanager
def installation(
    text: str, contents: list[ItemContent], clock: Clock | None = None, url: str = "",
) -> Iterator[Home]:
    """
    A training home with this programme in force and these items approved; then removed, but for
    the database at `url`.
    """
    clock = clock or VirtualClock(START)
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        settings = replace(
            from_environment(), home=Path(folder), var=Path(folder) / "var",
            database_url=url or f"sqlite:///{folder}/var/bench.sqlite3",
        )
        home = Home(settings, Store(settings.database_url), clock)
        try:
            create(home.store, clock, training=True, uid=TRAINING_UID)
            _enter(home, text)
            _approve(home, contents)
            yield home
        finally:
            home.close()


def _enter(home: Home, text: str) -> None:
    now = home.clock.now() - timedelta(days=1)
    with home.store.write() as session:
        session.add(ProgrammeVersion(sha256=fingerprint(text), text=text, accepted_at=now,
                                     accepted_by="soan"))
        for person, role in (("soan", "nguoi_soan"), ("duyet", "nguoi_duyet")):
            session.add(Person(id=person, name=person, roles=[role], active=True,
                               created_at=now))


def _approve(home: Home, contents: list[ItemContent]) -> None:
    programme, now = home.programme().programme, home.clock.now()
    author, approver = home.person("soan"), home.person("duyet")
    with home.store.write() as session:
        import_items(session, now, contents, author.id)
        for content in contents:
            approval.submit(session, now, programme, home.settings, content.id, author)
            approval.approve(session, now, content.id, approver)
            assert session.get_one(Item, content.id).state == "approved", content.id
