"""What is exported is what is imported, in all three formats, whatever people wrote."""

import csv
import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.unit.items.conftest import AREAS, AUDIENCES, THEMES, Read
from worker.errors import UserError
from worker.items.files import export_items, read_items
from worker.items.files.text import MAX_LINE, tidy
from worker.items.model import Image, ItemContent

HOSTILE = (
    "=1+1", "+84950005678", "-5", "@x", "'", "''", "'=x", "'xin chào'", '"', '"""', "'''", "\\",
    "\\;", ";", ";;", "a;b", ",", "\n", "\n\n", "⚠️", "👨‍👩‍👧", "_x000D_",
    "_x005F_x0041_", "#", "[x]", "=",
    "{", "}", "%", "&amp;", "<b>", "đừng", "ĐÚNG", "\u00a0", "0912", "12/5", "TRUE", "1e5",
    "\\u0041",
    "=cmd|' /C calc'!A0", "ﬁ", "½", "&#10;", "]]>", "’",
)  # fmt: skip
# Random Latin-1 letters could by chance be a word of TCVN3 or VNI, which is read as what it means.
LETTERS = st.characters(max_codepoint=0x7E, exclude_categories=("Cc",)) | st.characters(
    min_codepoint=0x100, exclude_categories=("Cc", "Cs", "Co", "Cn")
)
PIECES = st.sampled_from(HOSTILE) | st.text(LETTERS, max_size=12)
# Every door tidies, so an item only ever holds tidy text; the direction marks are refused.
NEVER = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
TEXTS = (
    st.lists(PIECES, max_size=8)
    .map(lambda parts: tidy("".join(parts)))
    .filter(lambda text: not NEVER & set(text) and "{{" not in text and "}}" not in text)
)
LINES = TEXTS.map(lambda text: " ".join(text.split())).filter(lambda line: len(line) <= MAX_LINE)
WORDS = LINES.filter(bool)
LISTS = st.lists(WORDS, max_size=4).map(tuple)
IDS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
DAYS = st.none() | st.dates(date(2024, 1, 1), date(2030, 12, 31))


@st.composite
def items(draw: st.DrawFn) -> ItemContent:
    first, last = sorted((draw(DAYS), draw(DAYS)), key=lambda day: day or date.min)
    names = st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True)
    keys = st.sampled_from(("sms", "facebook", "board", "loudspeaker_tay", "loudspeaker_nung"))
    texts = draw(st.dictionaries(keys, TEXTS))
    return ItemContent(
        id=draw(IDS),
        title=draw(WORDS.map(lambda line: line[:150].strip()).filter(bool)),
        theme=draw(st.sampled_from(sorted(THEMES))),
        body=draw(TEXTS.filter(bool)),
        texts={key: text for key, text in texts.items() if text},
        summary=draw(TEXTS),
        what_to_do=draw(TEXTS),
        audience=draw(
            st.lists(st.sampled_from(("tat_ca", *AUDIENCES)), min_size=1, max_size=3).map(tuple)
        ),
        area=draw(st.lists(st.sampled_from(sorted(AREAS)), max_size=1).map(tuple)),
        priority=draw(st.sampled_from(("thong_thuong", "uu_tien", "khan_cap"))),
        purpose=draw(st.sampled_from(("cong_ich", "quang_cao"))),
        language=draw(st.sampled_from(("vi", "en", "tay"))),
        source=draw(LINES),
        valid_from=first if last else None,
        valid_to=last,
        legal_basis=draw(LISTS),
        hotline=draw(LISTS),
        requires=draw(st.lists(names, max_size=3).map(tuple)),
        facts=draw(st.dictionaries(names, WORDS.filter(lambda w: len(w) < 200), max_size=3)),
        note=draw(TEXTS),
        scam=draw(LINES),
    )


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round_trip")


@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written=st.lists(items(), min_size=1, max_size=2, unique_by=lambda item: item.id))
def test_an_export_is_read_back_as_the_same_items(
    kind: str, folder: Path, read: Read, written: list[ItemContent]
) -> None:
    """Export and import change nothing that is said, so not the hash approval binds either."""
    path = folder / f"tin.{kind}"
    export_items(written, path)
    imported = read(path)
    assert list(imported.items) == written
    assert [item.sha256() for item in imported.items] == [item.sha256() for item in written]


@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
def test_pictures_keep_their_words_and_get_the_hash_of_their_bytes(
    kind: str, tmp_path: Path, read: Read
) -> None:
    """A picture is named in the file; what it is comes from its bytes."""
    alts = ("Áp phích; ba điều cần nhớ", "Ảnh chụp")
    images = tuple(
        Image(path=name, alt=alt, sha256="no longer true")
        for name, alt in zip(("poster.png", "dot 1/anh.JPG"), alts, strict=True)
    )
    item = ItemContent(id="a", title="A", theme="thu_doan", body="A", images=images)
    path = tmp_path / f"tin.{kind}"
    export_items([item], path)
    back = read(path).items[0].images
    assert [(image.path, image.alt) for image in back] == [(i.path, i.alt) for i in images]
    hashes = [hashlib.sha256(data).hexdigest() for data in (b"a poster", b"a photograph")]
    assert [image.sha256 for image in back] == hashes


@pytest.mark.parametrize("text", ["=1+1", "+84950005678", "-5", "@x", "=cmd|' /C calc'!A0"])
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    """Excel must show what was written, not run it: in a cell as text, in CSV behind a '."""
    item = ItemContent(id="a", title="A", theme="thu_doan", body=text)
    export_items([item], tmp_path / "a.xlsx")
    sheet = load_workbook(tmp_path / "a.xlsx")["Tin"]
    cell = next(c for c in sheet[2] if c.value == text)
    assert (cell.data_type, cell.quotePrefix) == ("s", True)

    export_items([item], tmp_path / "a.csv")
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert f"'{text}" in rows[1]


def test_csv_opens_in_excel_by_a_double_click(tmp_path: Path) -> None:
    """A byte order mark, semicolons, quoted cells, and days no Excel can misread."""
    item = ItemContent(
        id="a", title="Đừng tin", theme="thu_doan", body="A", valid_from=date(2026, 3, 5)
    )
    export_items([item], tmp_path / "a.csv")
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith('\ufeff"Mã tin";"Tiêu đề";'.encode())
    assert b'"2026-03-05"' in data


def test_the_sample_content_passes_through_every_format(tmp_path: Path, images_dir: Path) -> None:
    """The 24 real items, with their line breaks and emoji, come back as they were."""
    source = Path(__file__).parents[3] / "content" / "content.toml"
    document = tomllib.loads(source.read_text("utf-8"))
    named = {name for item in document["item"] for name in item["audience"]}
    known = {
        "themes": document["themes"],
        "audiences": {name: name for name in named},
        "areas": {},
        "images_dir": images_dir,
    }
    imported = read_items(source, **known)
    assert (len(imported.items), imported.notes) == (24, ())
    for kind in ("toml", "csv", "xlsx"):
        path = tmp_path / f"tin.{kind}"
        export_items(imported.items, path)
        assert read_items(path, **known) == imported


def test_what_no_file_can_hold_is_said_and_not_cut(tmp_path: Path) -> None:
    """A cell of Excel ends at 32,767 units; a text without a column has nowhere to stand."""
    long = ItemContent(id="a", title="A", theme="thu_doan", body="á" * 33_000)
    with pytest.raises(UserError, match="dài quá một ô"):
        export_items([long], tmp_path / "a.xlsx")
    strange = ItemContent(id="a", title="A", theme="thu_doan", texts={"fax": "A"})
    with pytest.raises(UserError, match="fax"):
        export_items([strange], tmp_path / "a.toml")
    plain = ItemContent(id="a", title="A", theme="thu_doan", body="A")
    with pytest.raises(UserError, match="không ghi được tệp"):
        export_items([plain], tmp_path / "no such folder" / "a.csv")
    with pytest.raises(UserError, match=r"kiểu «\.doc»"):
        export_items([plain], tmp_path / "a.doc")
