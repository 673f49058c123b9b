"""Soạn tin through the real listener: nothing typed is lost, nothing saved over in silence."""

import io
import re
from typing import Any

import pytest
import requests
from docx import Document
from PIL import Image as Pictures
from sqlalchemy import select

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.builders import an_item
from worker.home import Home
from worker.items.approval import approve
from worker.items.store import import_items, load_content
from worker.models import Draft, Evidence, Item, ItemVersion, Person


@pytest.fixture
def author(home: Home, person: Visitor) -> Visitor:
    an_account(home, "an", "nguoi_soan")
    person.log_in("an")
    return person


def _form(**more: Any) -> dict[str, Any]:
    return {"key": "+0123456789abcdef", "base": "", "title": "Giả danh công an", "body": "Tắt máy.",
            "theme": "thu_doan", "priority": "thong_thuong", "purpose": "cong_ich",
            "audience": "tat_ca", "act": "luu", **more}


def _send(visitor: Visitor, path: str, form: dict[str, Any], **files: Any) -> requests.Response:
    return visitor.web.post(visitor.url + path, data=form, files=files or None, timeout=30,
                            headers={"Origin": visitor.url}, allow_redirects=False)


def _made(home: Home, *contents: Any, by: str = "an") -> None:
    with home.store.write() as session:
        import_items(session, home.clock.now(), contents, by)


def _content(home: Home, item: str) -> Any:
    with home.store.read() as session:
        return load_content(session, item)


def test_a_new_item_is_saved_composed_without_markup_and_nothing_invisible(
    home: Home, author: Visitor
) -> None:
    """NFD from a Mac, a zero-width space, Word's HTML, smart quotes: the words stay."""
    body = '<p class="MsoNormal">Ke\u0309 gian \u201cdọa\u201d<o:p></o:p></p><p>T\u200bắt máy.</p>'

    came = _send(author, "/soan-tin/moi", _form(body=body))

    assert came.headers["location"] == "/soan-tin/gia-danh-cong-an?xong=da-luu"
    assert _content(home, "gia-danh-cong-an").body == "Kẻ gian “dọa”\n\nTắt máy."
    page = author.get("/soan-tin/gia-danh-cong-an").text
    assert "Nháp" in page
    assert "Tắt máy." in page


def test_a_wrong_form_comes_back_as_typed_with_each_mistake_at_its_field(
    home: Home, author: Visitor
) -> None:
    came = _send(author, "/soan-tin/moi", _form(
        theme="", valid_from="31/02/2027", body="Gọi {{ cong_am }} <b>ngay</b>"))

    assert came.status_code == 400
    for name in ("theme", "valid_from", "body"):
        assert f'id="loi-{name}"' in came.text, name
    assert "có phải «cong_an»?" in came.text
    assert 'value="31/02/2027"' in came.text
    with home.store.read() as session:
        assert session.scalars(select(Item)).first() is None
        assert session.scalars(select(Draft.key)).all() == ["+0123456789abcdef"]


def test_every_channel_is_shown_as_it_will_look(home: Home, author: Visitor) -> None:
    came = _send(author, "/soan-tin/xem", _form(
        text_sms="Đừng chuyển tiền cho kẻ lạ [gấp] €", text_loudspeaker="Gọi XYZQ ngay.",
        body="Xem http://la.example/x <script>alert(1)</script>"))

    assert came.status_code == 200
    text = came.text
    assert "tính 1 tin" in text
    assert "Dung chuyen tien" in text
    assert "chưa khai giá" in text
    assert "hãy viết KHÔNG CHUYỂN" in text
    assert "<kbd>[</kbd>" in text
    assert "có đường dẫn ngoài danh sách" in text
    assert re.search(r'<mark title="[^"]+">XYZQ</mark>', text)
    assert "giây" in text
    assert "<script>" not in text


def test_what_is_typed_is_kept_and_offered_after_the_session_ended(
    home: Home, author: Visitor
) -> None:
    kept = _send(author, "/soan-tin/nhap", _form(title="Đang viết dở"))
    assert "Đã giữ bản nháp" in kept.json()["said"]
    author.web.cookies.clear()
    assert _send(author, "/soan-tin/nhap", _form()).status_code == 303

    author.log_in("an")

    assert "Đang viết dở" in author.get("/soan-tin").text
    assert 'value="Đang viết dở"' in author.get("/soan-tin/moi?nhap=%2B0123456789abcdef").text
    with home.store.read() as session:  # of nobody else
        an_other = session.scalars(select(Draft.person_id)).all()
    assert an_other == ["an"]


def test_two_who_edit_one_item_lose_no_word(
    home: Home, servers: Servers, author: Visitor
) -> None:
    an_account(home, "binh", "nguoi_soan")
    _made(home, an_item("td-01", body="Lời đầu", summary="Tóm"))
    other = Visitor(servers.inner_url)
    other.log_in("binh")
    hers = _form(key="td-01", base="1", body="Lời của Bình", what_to_do="Gọi 113.")
    assert _send(other, "/soan-tin/nhap", hers).json()["others"] == ""
    mine = _form(key="td-01", base="1", body="Lời của An", summary="Tóm tắt An",
                 what_to_do="Tắt máy.")
    assert "Người binh đang sửa" in _send(author, "/soan-tin/nhap", mine).json()["others"]
    assert _send(other, "/soan-tin/td-01", hers).status_code == 303

    clash = _send(author, "/soan-tin/td-01", mine)

    assert clash.status_code == 409
    assert "Lời của An" in clash.text
    assert "Lời của Bình" in clash.text
    assert 'name="take" value="body"' in clash.text
    assert 'name="base" value="2"' in clash.text
    assert _content(home, "td-01").body == "Lời của Bình"
    # what she changed alone stands in the form; the rest of it is mine
    assert ">\nGọi 113.</textarea>" in clash.text
    done = _send(author, "/soan-tin/td-01", {**mine, "base": "2", "what_to_do": "Gọi 113.",
                                             "take": "body"})
    assert done.status_code == 303
    said = _content(home, "td-01")
    assert (said.body, said.summary, said.what_to_do) == (
        "Lời của Bình", "Tóm tắt An", "Gọi 113.")
    with home.store.read() as session:
        assert session.scalars(select(ItemVersion.author).order_by(
            ItemVersion.version)).all() == ["an", "binh", "an"]
    other.web.close()


def test_hindrances_are_mended_where_they_stand_and_the_item_is_submitted(
    home: Home, author: Visitor
) -> None:
    _made(home, an_item("td-01", body="Bắt {{ so_vu }} vụ. Báo {{ cong_an }}.",
                        requires=["so_vu"], note="Hỏi số vụ"))
    page = author.get("/soan-tin/td-01").text
    assert 'href="#o-fact_so_vu"' in page
    assert 'href="#ghi-chu"' in page
    form = _form(key="td-01", base="1", body="Bắt {{ so_vu }} vụ. Báo {{ cong_an }}.",
                 requires="so_vu", note="Hỏi số vụ", hotline="113", what_to_do="Tắt máy.")
    held = _send(author, "/soan-tin/td-01", {**form, "act": "trinh"})
    assert held.headers["location"] == "/soan-tin/td-01?chua=1"
    assert "chưa trình duyệt được" in author.get(held.headers["location"]).text

    _send(author, "/soan-tin/td-01", {**form, "fact_so_vu": "12", "act": "ghi-chu"})
    done = _send(author, "/soan-tin/td-01", {
        **form, "base": "3", "note": "", "fact_so_vu": "12", "act": "trinh"})

    assert done.headers["location"] == "/soan-tin/td-01?xong=da-trinh"
    with home.store.read() as session:
        assert session.get_one(Item, "td-01").state == "submitted"
    assert acts(home)[-3:] == ["edit", "clear_note", "submit"]


def test_a_word_the_voice_stumbles_over_is_let_be_from_its_place(
    home: Home, author: Visitor
) -> None:
    _made(home, an_item("td-01", body="Gọi XYZQ ngay."))
    form = _form(key="td-01", base="1", body="Gọi XYZQ ngay.", waive="XYZQ")

    assert _send(author, "/soan-tin/td-01", form).headers["location"].endswith("doc-duoc")

    assert _content(home, "td-01").waived == {"XYZQ": "an"}
    assert "<mark" not in author.get("/soan-tin/td-01").text


def test_a_picture_loses_its_place_and_says_its_source(home: Home, author: Visitor) -> None:
    exif = Pictures.Exif()
    exif[0x8825] = {1: "N", 2: (21.0, 22.0, 3.0)}
    exif[0x0110] = "Máy của ai đó"
    out = io.BytesIO()
    Pictures.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    form = _form(act="anh", picture_alt="Ảnh đỏ", picture_source="Đài xã",
                 picture_permission="Văn bản 12")

    shown = _send(author, "/soan-tin/moi", form, picture=("../../x.jpg", out.getvalue()))
    name = re.search(r'name="image_path" value="([0-9a-f]{64}\.jpg)"', shown.text)
    assert name
    _send(author, "/soan-tin/moi", _form(
        image_path=name[1], image_alt="Ảnh đỏ", image_source="Đài xã",
        image_permission="Văn bản 12"))

    image = _content(home, "gia-danh-cong-an").images[0]
    assert (image.path, image.source, image.permission) == (name[1], "Đài xã", "Văn bản 12")
    data = author.get(f"/soan-tin/anh/{name[1]}").content
    assert not Pictures.open(io.BytesIO(data)).getexif()
    assert b"GPS" not in data
    refused = _send(author, "/soan-tin/moi", _form(image_path=name[1], image_alt=""))
    assert "mô tả" in refused.text  # words that stand for it are a must
    bad = _send(author, "/soan-tin/moi", form, picture=("x.jpg", b"<svg onload=1>"))
    assert (bad.status_code, 'id="loi-picture"' in bad.text) == (400, True)
    for stolen in ("../../var/khoa", "/etc/passwd", "a.jpg"):
        _send(author, "/soan-tin/moi", _form(title=f"T {stolen[-3:]}", image_path=stolen,
                                             image_alt="x"))
    with home.store.read() as session:
        images = [c["images"] for c in session.scalars(select(ItemVersion.content))]
    assert [i for row in images for i in row] == [image.model_dump()]


def test_a_word_file_fills_the_form_and_overwrites_nothing(home: Home, author: Visitor) -> None:
    document = Document()
    document.add_heading("Tiêu đề trong tệp", 1)
    document.add_paragraph("Đoạn một.")
    out = io.BytesIO()
    document.save(out)

    shown = _send(author, "/soan-tin/moi", _form(title="", body="Đã gõ.", act="word"),
                  word=("tin.docx", out.getvalue()))

    assert 'value="Tiêu đề trong tệp"' in shown.text
    assert ">\nĐã gõ.\n\nĐoạn một.</textarea>" in shown.text
    bad = _send(author, "/soan-tin/moi", _form(act="word"), word=("tin.docx", b"PK\x03\x04x"))
    assert "không phải tệp Word" in bad.text
    assert "Tắt máy." in bad.text


def test_history_shows_what_changed_and_gives_an_old_version_back(
    home: Home, author: Visitor
) -> None:
    _made(home, an_item("td-01", body="Tắt máy ngay."))
    _made(home, an_item("td-01", body="Tắt điện thoại ngay."))

    page = author.get("/soan-tin/td-01/lich-su/2").text
    assert "<del>máy</del><ins>điện thoại</ins>" in page
    assert "Bản 1" in author.get("/soan-tin/td-01/lich-su").text
    _send(author, "/soan-tin/td-01/lich-su/1/lay-lai", {"x": "1"})

    assert _content(home, "td-01").body == "Tắt máy ngay."
    with home.store.read() as session:
        assert session.get_one(Item, "td-01").version == 3
    assert author.get("/soan-tin/td-01/lich-su/9").status_code == 404


def test_copies_and_patterns_start_a_new_item(home: Home, author: Visitor) -> None:
    _made(home, an_item("td-01", title="Bản gốc", facts={"so_vu": "12"}, requires=["so_vu"],
                        body="Bắt {{ so_vu }} vụ"))

    copied = author.get("/soan-tin/moi?tu=td-01").text
    assert 'value="Bản gốc"' in copied
    assert 'value="12"' not in copied  # the figures of another case
    pattern = author.get("/soan-tin/moi?mau=mua-lon-lu-quet").text
    assert 'name="fact_noi_so_tan"' in pattern
    assert "Mưa lớn" in author.get("/soan-tin/mau").text


def test_an_edit_of_an_approved_item_is_a_draft_again(home: Home, author: Visitor) -> None:
    an_account(home, "lanh-dao", "nguoi_duyet")
    _made(home, an_item("td-01"))
    kept = _form(key="td-01", base="1", title="Giả danh công an", body=an_item().body,
                 what_to_do="Tắt máy.", hotline="113")
    assert _send(author, "/soan-tin/td-01", {**kept, "act": "trinh"}).status_code == 303
    with home.store.write() as session:
        approve(session, home.clock.now(), "td-01", session.get_one(Person, "lanh-dao"))
    assert "ngừng phát" in author.get("/soan-tin/td-01").text

    _send(author, "/soan-tin/td-01", kept)  # nothing changed: the approval stands
    with home.store.read() as session:
        assert session.get_one(Item, "td-01").state == "approved"
    _send(author, "/soan-tin/td-01", {**kept, "body": "Lời khác"})

    with home.store.read() as session:
        assert session.get_one(Item, "td-01").state == "draft"


def test_a_contribution_is_a_draft_nobody_can_submit_before_it_was_edited(
    home: Home, servers: Servers, author: Visitor
) -> None:
    an_account(home, "dai", "truc_dai")
    station = Visitor(servers.inner_url)
    station.log_in("dai")
    wrong = _send(station, "/soan-tin/gop-y", {"title": "Có kẻ lừa", "what": "Gọi điện"})
    assert (wrong.status_code, 'value="Có kẻ lừa"' in wrong.text) == (400, True)

    sent = _send(station, "/soan-tin/gop-y", {
        "title": "Có kẻ lừa", "theme": "thu_doan", "what": "Gọi điện đòi tiền",
        "where": "Thôn Làng, sáng nay", "source": "Bà con thôn Làng"},
        evidence=("anh chup.pdf", b"%PDF-1.4 x"))

    assert sent.headers["location"] == "/soan-tin?xong=gop-y"
    page = author.get("/soan-tin/co-ke-lua").text
    assert "Cần biên tập: góp ý của Người dai" in page
    with home.store.read() as session:
        number = session.scalars(select(Evidence.id)).one()
    file = author.get(f"/soan-tin/bang-chung/{number}")
    assert file.content == b"%PDF-1.4 x"
    assert file.headers["content-disposition"].startswith("attachment")
    form = _form(key="co-ke-lua", base="1", note=_content(home, "co-ke-lua").note, act="trinh")
    assert _send(author, "/soan-tin/co-ke-lua", form).headers["location"].endswith("chua=1")
    assert station.get("/soan-tin/moi").status_code == 403
    station.web.close()


def test_items_of_others_are_not_there(home: Home, author: Visitor) -> None:
    _made(home, an_item("cua-tinh"))
    with home.store.write() as session:
        session.get_one(Person, "an").organisation = "luc-ngan"
    _made(home, an_item("cua-xa"))

    page = author.get("/soan-tin").text

    assert "cua-xa" in page
    assert "cua-tinh" not in page
    for path in ("/soan-tin/cua-tinh", "/soan-tin/cua-tinh/lich-su", "/soan-tin/khong-co",
                 "/soan-tin/moi?tu=cua-tinh", "/soan-tin/..%2f..%2fetc"):
        assert author.get(path).status_code == 404, path
    for path in ("/soan-tin/cua-tinh", "/soan-tin/xem", "/soan-tin/nhap"):
        assert _send(author, path, _form(key="cua-tinh", base="1")).status_code == 404, path


def test_whoever_is_no_author_reads_and_changes_nothing(home: Home, person: Visitor) -> None:
    an_account(home, "kiem", "kiem_tra")
    person.log_in("kiem")
    _made(home, an_item("td-01"), by="kiem")

    page = person.get("/soan-tin/td-01").text

    assert "disabled" in page
    assert "Lưu" not in re.sub(r"<[^>]+>", "", page)
    assert _send(person, "/soan-tin/td-01", _form(key="td-01", base="1")).status_code == 403
    assert person.get("/soan-tin/gop-y").status_code == 403
    assert 'href="/soan-tin/gop-y"' not in person.get("/soan-tin").text


def test_the_list_is_found_by_state_theme_and_words_without_accents(
    home: Home, author: Visitor
) -> None:
    _made(home, an_item("td-01", title="Giả danh công an"),
          an_item("td-02", title="Luật mới", theme="phap_luat"))

    assert "td-02" not in author.get("/soan-tin?text=GIA+danh").text
    assert "td-01" not in author.get("/soan-tin?theme=phap_luat").text
    assert "Không có tin nào" in author.get("/soan-tin?state=approved").text
