"""Words from Word, the web and any keyboard; pictures and files that are not what they say."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pictures

from tests.builders import a_programme, an_item, settings_for
from tests.conftest import START
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import UserError
from worker.home import Home
from worker.items.look import tokens
from worker.items.model import Image
from worker.items.pasted import words_of
from worker.items.patterns import patterns
from worker.items.uploads import is_ours, keep_evidence, keep_picture
from worker.items.wordfile import read_docx
from worker.items.written import clean, form_of, guessed, read_form
from worker.renderer import render


@pytest.mark.parametrize(("pasted", "words"), [
    ("nhiệt độ < 5 độ, a <b và c> d", "nhiệt độ < 5 độ, a <b và c> d"),
    ("<b>Tắt máy</b> &amp; gọi 113", "Tắt máy & gọi 113"),
    ("<p class=MsoNormal>Một\nhai<o:p></o:p></p><p>Ba</p>", "Một hai\n\nBa"),
    ("<ul><li>Một</li><li>Hai</li></ul>", "- Một\n- Hai"),
    ("<table><tr><td>A</td><td>B</td></tr></table>x", "A B\n\nx"),
    ("<style>p{}</style><script>alert(1)</script><p>Lời</p>", "Lời"),
    ("<!--[if mso]><p>Ẩn</p><![endif]--><p>Hiện</p>", "Hiện"),
    ("{{ cong_an }}<br>dòng", "{{ cong_an }}\ndòng"),
])
def test_markup_goes_and_words_stay(pasted: str, words: str) -> None:
    assert words_of(pasted) == words


@given(st.text())
def test_words_without_markup_are_as_they_were(text: str) -> None:
    if "<" not in text:
        assert words_of(text) == text


@pytest.mark.parametrize("changes", [
    {}, {"images": [Image(path=f"{'a' * 64}.png", alt="Ảnh", source="Đài", permission="VB 1")]},
    {"facts": {"so_vu": "12"}, "requires": ["so_vu"], "audience": ["hoc_sinh"],
     "texts": {"sms": "Tắt máy.", "loudspeaker_tay": "Lời Tày"}, "note": "Hỏi"},
    {"valid_from": "2026-12-01", "valid_to": "2026-12-31", "legal_basis": ["Luật 1", "Luật 2"],
     "priority": "khan_cap", "waived": {"Lời": "an"}, "body": "Lời", "source": "Dân"},
])
def test_an_item_and_its_form_say_the_same(changes: dict[str, object], tmp_path: Path) -> None:
    item = type(an_item()).model_validate({**an_item().model_dump(), **changes})
    for image in item.images:
        (tmp_path / image.path).write_bytes(b"x")

    read = read_form(form_of(item), item.id, item, a_programme(), tmp_path)

    assert read.content is not None, read.mistakes
    plain = {"images"} if item.images else set()
    assert read.content.model_dump(exclude=plain) == item.model_dump(exclude=plain)
    assert [(i.source, i.permission) for i in read.content.images] == [
        (i.source, i.permission) for i in item.images]


def test_the_hash_of_an_item_is_what_it_was_before_pictures_had_a_source() -> None:
    """Approvals are bound to it: an upgrade must not undo them."""
    item = an_item(images=[{"path": "a.png", "alt": "Ảnh", "sha256": "0" * 64}])

    assert an_item().sha256() == (
        "30d913c2b81171f15b09ec59d3b142ec513b5b729691c49cfa1b5bb792329e8c")
    assert item.sha256() == (
        "07c935a14e5bb162cf2393ba9a696a142c1bb829f636a239fab9e886d375b531")
    told = item.model_copy(update={"images": (item.images[0].model_copy(
        update={"source": "Đài"}),)})
    assert told.sha256() != item.sha256()


def test_a_form_is_composed_and_loses_what_nobody_sees(tmp_path: Path) -> None:
    form = {"title": ["  Le\u0302\u0323nh\u200b mới "], "theme": ["thu_doan"],
            "body": ["\u201cTa\u0306\u0301t\u201d\u00a0máy\u00ad\r\nngay\ufeff"]}

    read = read_form(form, "a", None, a_programme(), tmp_path)

    assert read.content is not None
    assert (read.content.title, read.content.body) == ("Lệnh mới", "“Tắt”\u00a0máy\nngay")


def test_a_form_takes_no_field_and_no_picture_that_is_not_its_own(tmp_path: Path) -> None:
    form = {"title": ["A"], "state": ["approved"], "fact_so_vu": ["1"], "text_la": ["x"],
            "text_sms": ["y"], "image_path": ["../../x.png", f"{'b' * 64}.png"],
            "image_alt": ["a", "b"], "image_drop": []}

    kept = clean(form)

    assert set(kept) >= {"title", "fact_so_vu", "text_sms"}
    assert not {"state", "text_la"} & set(kept)
    content = guessed(kept, "a", None, a_programme())
    assert [i.path for i in content.images] == [f"{'b' * 64}.png"]
    assert clean({**form, "image_drop": ["1"]})["image_path"] == ["../../x.png"]


# ------------------------------------------------------------------ Word files


def _docx(document: object) -> io.BytesIO:
    out = io.BytesIO()
    document.save(out)
    out.seek(0)
    return out


def test_a_word_file_gives_title_paragraphs_lists_and_tables() -> None:
    document = Document()
    document.add_heading("Thông báo", 0)
    document.add_paragraph("Đoạn một\ndòng hai.")
    document.add_paragraph("Không nghe", style="List Bullet")
    document.add_paragraph("Báo công an", style="List Bullet")
    table = document.add_table(1, 3)
    for cell, text in zip(table.rows[0].cells, ("0", "0", "số"), strict=True):
        cell.text = text
    table.rows[0].cells[1].merge(table.rows[0].cells[2])
    document.add_paragraph("Hết.")
    out = _docx(document)

    words = read_docx("a.docx", out, len(out.getvalue()))

    assert words.title == "Thông báo"
    assert words.body == ("Đoạn một\ndòng hai.\n\n- Không nghe\n- Báo công an\n\n"
                          "0 | 0 số\n\nHết.")


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * (60 << 20))
    return out.getvalue()


@pytest.mark.parametrize(("data", "why"), [
    (b"\xd0\xcf\x11\xe0 old", "kiểu cũ"), (b"%PDF-1.4", "không phải"), (b"", "không phải"),
    (_bomb(), "giải nén"),
], ids=["doc", "pdf", "empty", "bomb"])
def test_what_is_no_word_file_is_refused_in_words(data: bytes, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_docx("a.docx", io.BytesIO(data), len(data))


def test_a_damaged_word_file_is_refused_in_words() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><w>&a;")

    with pytest.raises(UserError, match="bị hỏng"):
        read_docx("a.docx", io.BytesIO(out.getvalue()), len(out.getvalue()))


# ------------------------------------------------------------------ pictures


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    store = Store(f"sqlite:///{tmp_path / 'x.sqlite3'}")  # nobody asks it
    yield Home(settings_for(tmp_path), store, VirtualClock(START))
    store.close()


def _picture(kind: str, size: tuple[int, int] = (8, 6), **more: object) -> io.BytesIO:
    out = io.BytesIO()
    Pictures.new("RGB", size, "red").save(out, kind, **more)
    out.seek(0)
    return out


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_by_its_hash_without_traces(home: Home, kind: str) -> None:
    exif = Pictures.Exif()
    exif[0x0112], exif[0x013B] = 6, "Tên người chụp"  # lying on its side
    given = _picture(kind, exif=exif)

    kept = keep_picture(home, "x", given, 1)

    data = (home.settings.images / kept.name).read_bytes()
    assert is_ours(kept.name)
    assert b"Exif" not in data
    with Pictures.open(io.BytesIO(data)) as opened:
        assert opened.size == (6, 8)  # turned upright
        assert not opened.getexif()
    assert not list(home.settings.images.glob("*.moi"))


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"GIF89a", b"\xff\xd8\xff" + b"0" * 99])
def test_what_is_no_picture_is_refused(home: Home, data: bytes) -> None:
    with pytest.raises(UserError):
        keep_picture(home, "x.jpg", io.BytesIO(data), len(data))
    assert not home.settings.images.exists()


def test_a_picture_of_too_many_dots_is_not_unpacked(home: Home) -> None:
    given = _picture("PNG", (10_000, 4_001), compress_level=1)

    with pytest.raises(UserError, match="điểm ảnh"):
        keep_picture(home, "x.png", given, 1)


def test_evidence_stands_apart_from_what_may_be_published(home: Home) -> None:
    kept = keep_evidence(home, "x.pdf", io.BytesIO(b"%PDF-1.7 x"), 10)

    assert kept.kind == "pdf"
    assert (home.settings.var / "bang-chung" / kept.name).read_bytes() == b"%PDF-1.7 x"
    assert not is_ours(kept.name)


# ------------------------------------------------------------------ patterns and looks


def test_every_pattern_fits_once_its_facts_are_filled_in(tmp_path: Path) -> None:
    programme = a_programme()
    for name, content in patterns().values():
        facts = dict.fromkeys(content.requires, "5")
        full = content.model_copy(update={"facts": facts, "theme": "thu_doan"})
        assert name
        for channel in programme.channels:
            rendered = render(full, channel, settings_for(tmp_path).template_folders())
            assert rendered.problems == (), (name, channel.id)
        read = read_form(form_of(full), content.id, None, programme, tmp_path)
        assert read.content is not None, read.mistakes


def test_an_article_is_shown_as_tags_of_ours_and_words() -> None:
    found = tokens('<p onclick="x">Lời &lt;b&gt;</p><script>x</script><br>')

    assert ("open", "p") in found
    assert ("text", "Lời <b>") in found
    assert {tag for kind, tag in found if kind == "open"} <= {"p", "br"}
