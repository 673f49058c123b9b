"""The page that says what is genuine: what stands there, when, and that it mends itself."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Rejected, Uncertain
from tests.builders import an_item
from tests.store.verify import Verified
from tests.store.world import NOON, World
from worker.corrections import Filler
from worker.home import in_force
from worker.items import approval
from worker.items.store import import_items
from worker.models import Batch, Content, Delivery, Installation
from worker.outbox.correct import Ways, correct_item
from worker.outbox.recall import recall_item
from worker.verification.published import Reader
from worker.verification.search import Found, search


@pytest.fixture
def verified(world: World) -> Verified:
    return Verified(world)


def recall(world: World, *channels: str) -> None:
    with world.store.write() as s:
        recall_item(s, world.clock.now(), "duyet", "td-01", "sai số máy", channels)


def aired(world: World, *channels: str) -> None:
    world.to(NOON)
    for channel in channels:
        world.run(channel)


def looked_up(verified: Verified, given: str) -> Found:
    with verified.world.store.read() as s:
        return search(Reader(s, verified.home.programme().programme, verified.world.clock.now()),
                      given)


# ------------------------------------------------------------------ what is said of a message


def test_a_post_stands_with_its_text_its_code_and_who_sent_it(verified: Verified) -> None:
    aired(verified.world, "facebook")
    post = verified.world.one("facebook")

    assert verified.tick() == 1

    said = verified.of("Facebook")
    assert said["code"] == post.tag
    [text] = said["text"]
    assert text == ("TẬP HUẤN, KHÔNG PHÁT\nCông an không làm việc qua điện thoại. Báo Công an "
                    f"xã Lục Ngạn, gọi 113.\n\nMã tin: {post.tag}")
    assert (said["sender"], said["organisation"]) == ("Trang", "Xã Lục Ngạn")
    assert (said["when"], said["recalled"]) == ("24/11/2026 11:30", False)
    assert (verified.path / f"ma/{post.tag[3:5]}/{post.tag[5:]}.json").is_file()
    page = (verified.path / "index.html").read_text()
    assert post.tag in page
    assert "thang/2026-11.html" in page


def test_an_article_stands_as_text_with_its_title_and_code(verified: Verified) -> None:
    aired(verified.world, "website")
    verified.tick()
    [text] = verified.of("Trang thông tin")["text"]
    assert "Giả danh công an\n" in text
    assert verified.world.one("website").tag in text
    assert "<" not in text


def test_an_sms_stands_without_its_receiver(verified: Verified) -> None:
    aired(verified.world, "sms")
    verified.tick()
    said = verified.of("Tin nhắn SMS")
    assert (said["code"], len(said["id"])) == ("", 16)
    assert "Tổ 1" not in verified.everything()
    assert "0950000101" not in verified.everything()


@pytest.mark.parametrize(("answer", "shown"), [
    (Accepted("r"), True), (Uncertain("timeout", "?"), True), (Rejected("x", "không nhận"), False),
])
def test_what_surely_did_not_go_out_is_not_shown(
    verified: Verified, answer: object, shown: bool
) -> None:
    verified.world.fakes["facebook"].script = [answer]
    aired(verified.world, "facebook")
    verified.tick()
    assert bool(verified.records()) is shown


def test_nothing_is_told_before_its_hour(verified: Verified) -> None:
    """The loudspeaker's text is handed over the evening before."""
    world = verified.world
    world.to(NOON + timedelta(hours=8))
    world.plan()
    world.run("loa")
    verified.tick()
    [tomorrow] = world.states("loa", day=NOON.date() + timedelta(days=1))
    assert tomorrow == "delivered"
    assert "25/11/2026" not in verified.everything()

    world.to(NOON + timedelta(days=1))
    verified.tick()

    assert verified.of("Loa truyền thanh")["when"] == "25/11/2026 11:30"


def test_what_was_replaced_between_handing_over_and_airing_is_not_told(
    verified: Verified,
) -> None:
    world = verified.world
    world.to(NOON + timedelta(hours=8))
    world.plan()
    world.run("loa")
    tomorrow = NOON.date() + timedelta(days=1)
    first = world.one("loa", day=tomorrow)
    with world.store.write() as s:
        batch = s.get_one(Batch, first.batch_id)
        second = Batch(**{c.name: getattr(batch, c.name) for c in Batch.__table__.columns
                          if c.name not in ("id", "version")}, version=2)
        s.add_all([second, Content(sha256="d" * 64, payload={"text": "Lời mới."})])
        s.flush()
        s.add(Delivery(**{c.name: getattr(first, c.name) for c in Delivery.__table__.columns
                          if c.name not in ("id", "version", "batch_id", "content_sha256")},
                       id="k" * 36, version=2, batch_id=second.id, content_sha256="d" * 64))
    world.to(NOON + timedelta(days=1))
    verified.tick()
    assert [r["text"] for r in verified.records() if r["media"] == "Loa truyền thanh"] == [
        ["Lời mới."]]


def test_what_a_receipt_denies_leaves_the_page(verified: Verified) -> None:
    aired(verified.world, "facebook")
    verified.tick()
    assert verified.records()
    with verified.world.store.write() as s:
        s.execute(update(Delivery).where(Delivery.channel == "facebook",
                                         Delivery.state == "delivered").values(state="rejected"))
    verified.again()
    assert verified.records() == []
    assert "Mã tin: GV" not in verified.everything()


# ------------------------------------------------------------------ recalled, corrected


def test_a_recall_is_told_at_the_next_tick(verified: Verified) -> None:
    """Also of an SMS, which nobody can take back."""
    aired(verified.world, "facebook", "sms")
    verified.tick()
    verified.world.clock.advance(600)
    recall(verified.world, "facebook")

    verified.tick()

    for said in verified.records():
        assert (said["recalled"], said["recalled_at"]) == (True, "24/11/2026 11:40")
    assert "đã thu hồi ngày 24/11/2026 11:40" in (verified.path / "index.html").read_text()
    verified.world.run("facebook")
    assert verified.world.states("facebook") == ["recalled"]
    verified.tick()
    assert verified.of("Facebook")["recalled_at"] == "24/11/2026 11:40"


def test_what_was_taken_back_before_its_hour_is_never_told(verified: Verified) -> None:
    world = verified.world
    world.to(NOON + timedelta(hours=8))
    world.plan()
    world.run("loa")
    recall(world, "loa")
    world.run("loa")
    world.to(NOON + timedelta(days=1))
    verified.tick()
    assert "25/11/2026" not in verified.everything()


def test_the_corrected_text_stands_beside_the_recalled_one(verified: Verified) -> None:
    world = verified.world
    aired(world, "facebook")
    verified.tick()
    world.clock.advance(60)
    recall(world, "facebook")
    verified.tick()
    with world.store.write() as s:
        programme = verified.home.programme().programme
        import_items(s, world.clock.now(), [an_item(body="Công an xã không gọi video. Gọi 113.")],
                     "soan")
        approval.submit(s, world.clock.now(), programme, verified.home.settings, "td-01",
                        world.people["soan"])
        approval.approve(s, world.clock.now(), "td-01", world.people["duyet"])
    world.plan()
    world.to(NOON + timedelta(days=1))
    world.run("facebook")

    verified.tick()

    old, new = sorted((r for r in verified.records() if r["media"] == "Facebook"),
                      key=lambda r: r["when"])
    assert not new["recalled"]
    assert old["correction"]["id"] == new["id"]
    assert "không gọi video" in old["correction"]["text"]
    assert old["correction"]["when"] == "25/11/2026 11:30"


def corrected(verified: Verified, *, edit: bool) -> None:
    """As `giovang correct` does it; the post's place takes the correction, or gets a new post."""
    world = verified.world
    world.approved(an_item("dc-01", title="Đính chính", body="Công an xã không gọi video."))
    ways = Ways(frozenset() if edit else frozenset({"facebook"}),
                frozenset({"facebook"}) if edit else frozenset(), frozenset())
    with world.store.write() as s:
        fill = Filler(s, in_force(s), world.clock.now(), "dc-01")
        correct_item(s, world.clock.now(), "duyet", "td-01", "dc-01", "sai số máy", ways, fill)


def test_a_correction_sent_as_a_message_stands_beside_each_airing(verified: Verified) -> None:
    """Also beside yesterday's, of which nothing is written down when it goes out."""
    world = verified.world
    aired(world, "sms")
    world.to(NOON + timedelta(days=1))
    world.run("sms")
    corrected(verified, edit=False)
    verified.tick()
    world.clock.advance(300)
    verified.tick()
    world.run("sms")

    verified.tick()

    [first, second, right] = sorted(verified.records(), key=lambda r: r["recalled"], reverse=True)
    assert (first["recalled"], second["recalled"], right["recalled"]) == (True, True, False)
    assert first["correction"]["id"] == second["correction"]["id"] == right["id"]
    assert "khong goi video" in first["correction"]["text"]


def test_an_edited_post_keeps_its_code_and_both_texts_are_told(verified: Verified) -> None:
    world = verified.world
    aired(world, "facebook")
    verified.tick()
    corrected(verified, edit=True)
    with world.store.write() as s:  # as the channel's edit leaves the two
        s.execute(update(Delivery).where(Delivery.kind == "correct")
                  .values(state="delivered", first_try_at=world.clock.now()))
        s.execute(update(Delivery).where(Delivery.kind == "publish",
                                         Delivery.state == "delivered").values(state="recalled"))
    verified.again()

    post = world.one("facebook")
    by_code = json.loads((verified.path / f"ma/{post.tag[3:5]}/{post.tag[5:]}.json").read_bytes())
    [right] = [r for r in verified.records() if not r["recalled"]]
    assert by_code["recalled"]
    assert by_code["correction"]["text"] == right["text"][0]
    assert (right["code"], len(right["id"])) == (post.tag, 16)


# ------------------------------------------------------------------ kept up to date


def test_a_tick_with_nothing_new_writes_nothing(verified: Verified) -> None:
    aired(verified.world, "facebook", "website", "sms")
    assert verified.tick() == 3
    before = {f: f.stat().st_mtime_ns for f in verified.path.rglob("*.*")}
    verified.world.clock.advance(3)
    assert verified.tick() == 0
    assert verified.again() == 0
    assert {f: f.stat().st_mtime_ns for f in verified.path.rglob("*.*")
            if f.name != ".khoa"} == {f: t for f, t in before.items() if f.name != ".khoa"}


@pytest.mark.parametrize("lost", ["", "index.html", "chu", "ma", "ngay", "thang",
                                  "nguoi-gui.json", "xac-minh.js"])
def test_what_is_lost_is_written_again_at_the_next_tick(verified: Verified, lost: str) -> None:
    aired(verified.world, "facebook", "website", "sms")
    verified.tick()
    verified.tick()
    before = verified.files()
    gone = verified.path / lost
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()

    verified.tick()

    assert verified.files() == before


def test_half_written_files_are_mended_by_the_next_life(verified: Verified) -> None:
    aired(verified.world, "facebook", "website", "sms")
    verified.tick()
    before = verified.files()
    for name in before:
        (verified.path / name).write_bytes(before[name][:len(before[name]) // 2])
    (verified.path / "ma" / ".x.tmp").write_bytes(b"half")

    verified.again()

    assert verified.files() == before


def test_half_of_a_file_is_mended_within_a_day(verified: Verified) -> None:
    aired(verified.world, "facebook")
    verified.tick()
    [file] = verified.path.glob("ma/*/*.json")
    whole = file.read_bytes()
    file.write_bytes(whole[:9])
    verified.world.clock.advance(24 * 3600)
    verified.tick()
    assert file.read_bytes() == whole


def test_files_of_another_installation_vouch_for_nothing_here(verified: Verified) -> None:
    aired(verified.world, "facebook")
    verified.tick()
    strange = verified.path / "ma" / "AB" / "CDEFGH.json"
    strange.parent.mkdir(exist_ok=True)
    strange.write_text("{}")
    (verified.path / "cua.json").write_text(json.dumps({"installation": "khac", "form": "1"}))

    verified.tick()

    assert not strange.exists()
    assert verified.records()


def test_a_folder_that_cannot_be_written_is_an_alarm_until_it_can(
    verified: Verified, tmp_path: Path
) -> None:
    aired(verified.world, "facebook")
    blocked = verified.home.settings.var / "phat"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("không phải thư mục")

    verified.tick()

    assert "verification:website" in verified.world.alarms()
    blocked.unlink()
    verified.tick()  # it rests: a slow disk must not hold up the other ticks
    assert not verified.path.exists()
    verified.world.clock.advance(31)
    verified.tick()
    assert verified.of("Facebook")
    assert "verification:website" not in verified.world.alarms()


# ------------------------------------------------------------------ looked up by staff


def test_staff_find_the_same_as_the_page(verified: Verified) -> None:
    aired(verified.world, "facebook", "website", "sms")
    post = verified.world.one("facebook")
    verified.tick()
    [text] = verified.of("Facebook")["text"]

    by_code = looked_up(verified, post.tag.lower())
    assert (by_code.kind, by_code.genuine, by_code.entries[0].code) == ("code", True, post.tag)
    assert looked_up(verified, "GV-AAAAAAAA").kind == "none"
    assert looked_up(verified, text).kind == "same"
    near = looked_up(verified, text.replace("113", "0950 000 999"))
    assert (near.kind, near.genuine, near.entries[0].code) == ("near", False, post.tag)
    stolen = looked_up(verified, f"Bạn trúng thưởng xe máy, bấm vào quatang.top. Mã tin {post.tag}")
    assert (stolen.kind, stolen.genuine) == ("borrowed", False)
    assert {e.media for e in looked_up(verified, "Lục Ngạn").entries} == {
        "Facebook", "Trang thông tin", "Tin nhắn SMS"}
    assert looked_up(verified, "Ngân hàng ABC").kind == "none"
    recall(verified.world, "facebook")
    assert not looked_up(verified, post.tag).genuine


def test_training_is_said_on_every_page(verified: Verified) -> None:
    with verified.world.store.read() as s:
        assert s.scalars(select(Installation.training)).one()
    aired(verified.world, "facebook")
    verified.tick()
    for page in verified.path.rglob("*.html"):
        assert "TẬP HUẤN, KHÔNG PHÁT" in page.read_text()
