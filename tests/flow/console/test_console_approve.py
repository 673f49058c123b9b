"""Duyệt on the real listener: the queue, a week, delegations, the signed sheet."""

import io
import re
from typing import Any

import pytest
import requests
from docx import Document
from sqlalchemy import select, update

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.builders import an_item
from worker.home import Home
from worker.home import in_force as programme_of
from worker.items import approval
from worker.items.codes import short_code
from worker.items.store import import_items
from worker.models import Approval, Campaign, Delegation, Item, ItemVersion, Person

PDF = b"%PDF-1.4 quet"


def _people(home: Home) -> None:
    for person, roles in (("soan", ["nguoi_soan"]), ("duyet", ["nguoi_duyet"]),
                          ("duyet2", ["nguoi_duyet"]), ("pho", ["truc_dai"]),
                          ("vanthu", ["nguoi_soan"]), ("kiem", ["kiem_tra"])):
        an_account(home, person, *roles)


def _submitted(home: Home, *items: Any, by: str = "soan") -> None:
    now = home.clock.now()
    with home.store.write() as s:
        import_items(s, now, items, by)
        for item in items:
            approval.submit(s, now, programme_of(s).programme, home.settings, item.id,
                            s.get_one(Person, by))


@pytest.fixture
def queue(home: Home, servers: Servers) -> Home:
    """Persons, and one item that waits."""
    del servers
    _people(home)
    _submitted(home, an_item())
    return home


def _as(person: Visitor, who: str) -> Visitor:
    person.web.cookies.clear()
    person.log_in(who)
    return person


def _sha(home: Home, item: str = "td-01") -> str:
    with home.store.read() as s:
        row = s.get_one(Item, item)
        return s.get_one(ItemVersion, (item, row.version)).renditions_sha256 or ""


def _state(home: Home, item: str = "td-01") -> str:
    with home.store.read() as s:
        return s.get_one(Item, item).state


def _send(person: Visitor, path: str, form: dict[str, Any], files: Any = None
          ) -> requests.Response:
    return person.web.post(person.url + path, data=form, files=files, timeout=20,
                           headers={"Origin": person.url}, allow_redirects=False)


def test_an_approver_reads_every_text_and_approves_what_was_read(
    queue: Home, person: Visitor
) -> None:
    page = _as(person, "duyet").get("/duyet").text
    read = _sha(queue)

    # every channel's words, what they cost, when they would air, whose they are
    for words in ("Giả danh công an", "Cong an khong lam viec", "không dấu, tính 1 tin",
                  "đọc khoảng 30 giây", "Lên sóng 24/11/2026 11:30", "Người soan", read):
        assert words in page, words
    # when the author mends it meanwhile, that page's button does nothing
    _submitted(queue, an_item(body="Không gọi lại số lạ. Báo {{ cong_an }}."))
    refused = person.post("/duyet/td-01/dong-y", sha256=read)
    assert refused.status_code == 409
    assert "đã thay đổi từ lúc bạn mở trang" in refused.text
    assert _state(queue) == "submitted"
    # a form without a hash approves nothing, either
    assert person.post("/duyet/td-01/dong-y").status_code == 409
    # and with what stands now it is approved
    done = person.post("/duyet/td-01/dong-y", sha256=_sha(queue))
    assert (done.status_code, done.headers["location"]) == (303, "/duyet?xong=duyet&tin=td-01")
    assert _state(queue) == "approved"
    assert acts(queue)[-1] == "approve"


def test_what_changed_since_the_last_yes_is_marked_word_by_word(
    queue: Home, person: Visitor
) -> None:
    _as(person, "duyet").post("/duyet/td-01/dong-y", sha256=_sha(queue))
    _submitted(queue, an_item(body="Công an không làm việc qua mạng. Báo {{ cong_an }}, gọi 113.",
                              source="Công an <b>xã</b>"))

    page = person.get("/duyet/td-01").text

    plain = re.sub(r'<span class="hidden">[^<]*</span>', "", page)
    assert "<del>điện thoại</del><ins>mạng</ins>" in plain
    assert "<del>dien thoai</del><ins>mang</ins>" in plain
    assert "khác bản 1 đã duyệt" in page
    assert "Công an &lt;b&gt;xã&lt;/b&gt;" in page
    assert "<b>xã" not in page


def test_return_and_reject_need_a_reason_and_keep_what_was_typed(
    queue: Home, person: Visitor
) -> None:
    _as(person, "duyet")
    missing = person.post("/duyet/td-01/tra-lai", sha256=_sha(queue), reason="  ")
    assert missing.status_code == 400
    assert "Ghi lý do" in missing.text
    stale = person.post("/duyet/td-01/tra-lai", sha256="khac", reason="Sai số vụ")
    assert "Sai số vụ" in stale.text

    assert person.post("/duyet/td-01/tra-lai", sha256=_sha(queue),
                       reason="Sai số vụ").status_code == 303
    assert _state(queue) == "returned"
    assert person.post("/duyet/td-01/khong-duyet", sha256=_sha(queue),
                       reason="x").status_code == 409


def test_who_may_not_approve_is_told_why(queue: Home, person: Visitor) -> None:
    for who, why in (("soan", "người khác phải duyệt"), ("pho", "không ai ủy quyền"),
                     ("kiem", "không ai ủy quyền")):
        page = _as(person, who).get("/duyet").text
        assert why in page, who
        assert "Trả lại để sửa" not in page
    assert person.post("/duyet/td-01/dong-y", sha256=_sha(queue)).status_code == 403


def test_an_urgent_item_says_one_of_two_and_may_go_alone_with_a_reason(
    queue: Home, person: Visitor
) -> None:
    _submitted(queue, an_item("kc-01", title="Lũ quét", priority="khan_cap"),
               an_item("kc-02", title="Vỡ đê", priority="khan_cap"))
    page = _as(person, "duyet").get("/duyet").text
    assert page.index("Lũ quét") < page.index("Giả danh công an")
    assert "0/2 người duyệt" in page

    first = person.post("/duyet/kc-01/dong-y", sha256=_sha(queue, "kc-01"))
    assert first.headers["location"] == "/duyet?xong=duyet-1"
    assert "1/2 người duyệt" in person.get("/duyet/kc-01").text
    assert person.post("/duyet/kc-02/dong-y", sha256=_sha(queue, "kc-02"), mot_minh="1",
                       reason="").status_code == 400
    person.post("/duyet/kc-02/dong-y", sha256=_sha(queue, "kc-02"), mot_minh="1",
                reason="Nước đang lên")

    assert (_state(queue, "kc-01"), _state(queue, "kc-02")) == ("submitted", "approved")
    page = _as(person, "duyet2").get("/duyet").text
    assert "đang phát theo một người duyệt" in page
    for item in ("kc-01", "kc-02"):
        person.post(f"/duyet/{item}/dong-y", sha256=_sha(queue, item))
    assert _state(queue, "kc-01") == "approved"
    assert "Vỡ đê" not in person.get("/duyet").text


def test_a_week_is_approved_together_and_what_fails_is_told_item_by_item(
    queue: Home, person: Visitor
) -> None:
    _submitted(queue, an_item("td-02", title="Việc nhẹ lương cao"), an_item("td-03", title="Ba"))
    page = _as(person, "duyet").get("/duyet/tuan").text
    assert "Thứ Ba, 24/11/2026" in page
    assert _send(person, "/duyet/tuan", {"ngay": "2026-11-23"}).status_code == 400
    stale = _sha(queue, "td-02")
    _submitted(queue, an_item("td-02", title="Việc nhẹ lương cao", body="Khác."))

    answer = _send(person, "/duyet/tuan", {"ngay": "2026-11-23", "tin": [
        f"td-02:{stale}", f"td-01:{_sha(queue)}", f"td-03:{_sha(queue, 'td-03')}", "khong-co:x"]})

    assert answer.status_code == 409
    assert [_state(queue, i) for i in ("td-01", "td-02", "td-03")] == [
        "approved", "submitted", "approved"]
    assert "Việc nhẹ lương cao: Lời tin đã thay đổi" in answer.text
    assert "khong-co: Không có tin này" in answer.text
    last = _send(person, "/duyet/tuan", {"ngay": "2026-11-23",
                                         "tin": [f"td-02:{_sha(queue, 'td-02')}"]})
    assert last.headers["location"] == "/duyet/tuan?xong=duyet&ngay=2026-11-23"


def test_a_right_is_lent_used_and_taken_back(queue: Home, person: Visitor) -> None:
    form = {"delegator": "duyet", "delegate": "pho", "first_day": "2026-11-24",
            "last_day": "30/11/2026", "document": "12/UQ", "document_date": "2026-11-24",
            "priorities": ["thong_thuong"]}
    assert _send(_as(person, "pho"), "/duyet/uy-quyen", form).status_code == 403
    _as(person, "duyet")
    wrong = _send(person, "/duyet/uy-quyen", {**form, "last_day": "31/13/2026"})
    assert wrong.status_code == 400
    assert "không phải là ngày dùng được" in wrong.text
    assert 'value="12/UQ"' in wrong.text
    assert _send(person, "/duyet/uy-quyen", form).status_code == 303
    assert "đang hiệu lực" in person.get("/duyet/uy-quyen").text

    page = _as(person, "pho").get("/duyet").text
    assert "Bạn duyệt thay Người duyet" in page
    assert person.post("/duyet/td-01/dong-y", sha256=_sha(queue)).status_code == 303

    with queue.store.read() as s:
        [yes] = s.scalars(select(Approval)).all()
        number = s.scalars(select(Delegation.id)).one()
    assert (yes.approver, yes.authority) == ("pho", "duyet")
    assert _as(person, "duyet2").post(f"/duyet/uy-quyen/{number}/thoi").status_code == 404
    assert _as(person, "duyet").post(f"/duyet/uy-quyen/{number}/thoi").status_code == 303
    _submitted(queue, an_item("td-02"))
    assert "không ai ủy quyền" in _as(person, "pho").get("/duyet").text


def test_a_sheet_is_printed_signed_and_recorded_with_its_scan(
    queue: Home, person: Visitor
) -> None:
    # given the sheet, as the author prints it
    _as(person, "soan")
    word = person.get("/duyet/td-01/phieu.docx")
    sheet = Document(io.BytesIO(word.content))
    said = "\n".join(
        p.text for t in sheet.tables for row in t.rows for c in row.cells for p in c.paragraphs
    ) + "\n".join(p.text for p in sheet.paragraphs)
    code = short_code(_sha(queue))
    for words in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "XÃ LỤC NGẠN", "PHIẾU TRÌNH DUYỆT", code,
                  "Cong an khong lam viec qua dien thoai. Bao [tên công an sở tại], goi 113."):
        assert words in said, words
    assert word.content == person.get("/duyet/td-01/phieu.docx").content
    assert person.get("/duyet/td-01/phieu.pdf").content.startswith(b"%PDF")
    form = {"sha256": _sha(queue), "signer": "duyet", "document": "15/PTD",
            "signed_on": "2026-11-24", "code": code.lower().replace("-", " ")}
    path = "/duyet/td-01/phieu-da-ky"

    def recorded(files: Any = (("scan", ("quét.pdf", PDF)),), **changes: str) -> int:
        answer = _send(person, path, {**form, **changes}, dict(files))
        return answer.status_code

    # when its author, a wrong code, no scan, or something else than a scan is tried
    assert recorded() == 409
    _as(person, "vanthu")
    assert recorded(code="0000-0000-0000-0000") == 400
    assert recorded(files=(("x", ("", b"")),)) == 400
    assert recorded(files=(("scan", ("a.pdf", b"<script>")),)) == 400
    assert recorded(signer="vanthu") == 409
    assert _state(queue) == "submitted"
    # then only the whole is an approval, by the signer
    assert recorded() == 303
    with queue.store.read() as s:
        [yes] = s.scalars(select(Approval)).all()
    assert (yes.approver, yes.recorded_by, yes.document) == ("duyet", "vanthu", "15/PTD")
    # and the scan comes back as a file to be saved, to those who check
    scan = f"/duyet/td-01/ban-quet/{yes.id}"
    assert person.get(scan).status_code == 403
    got = _as(person, "kiem").get(scan)
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")
    assert person.get("/duyet/td-01/ban-quet/99").status_code == 404
    assert "Tải bản quét" in person.get("/duyet/td-01").text


def test_items_of_others_are_not_there(queue: Home, person: Visitor) -> None:
    with queue.store.write() as s:
        s.execute(update(Person).where(Person.id == "duyet2").values(organisation="luc-ngan"))
    _as(person, "duyet2")
    assert "Giả danh công an" not in person.get("/duyet").text
    for path in ("/duyet/td-01", "/duyet/td-01/phieu.pdf", "/duyet/khong-co", "/duyet/..%2f..",
                 "/duyet/td-01/ban-quet/1"):
        assert person.get(path).status_code == 404, path
    assert person.post("/duyet/td-01/dong-y", sha256=_sha(queue)).status_code == 404
    assert "Giả danh công an" not in person.get("/duyet/tuan").text
    with queue.store.write() as s:
        s.execute(update(Item).values(owner="luc-ngan"))

    assert "Giả danh công an" in person.get("/duyet").text
    assert person.post("/duyet/td-01/dong-y", sha256=_sha(queue)).status_code == 303


def test_campaigns_that_wait_are_linked(queue: Home, person: Visitor) -> None:
    now = queue.clock.now()
    with queue.store.write() as s:
        s.add(Campaign(
            name="Đợt tháng 12", nonce="0" * 32, channel="sms", item_id="td-01", item_version=1,
            priority="thong_thuong", priority_rank=2, purpose="cong_ich", text="x", fields=[],
            parts=1, weights={}, counts={}, state="draft", state_at=now, state_by="pho",
            starts_at=now, closes_at=now, created_by="pho", created_at=now, queued_at=now, total=7))
    page = _as(person, "duyet").get("/duyet").text

    assert 'href="/dot-nhan-tin/1">Đợt tháng 12' in page
