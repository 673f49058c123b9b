"""
Files made to fill memory, at every place that takes one: refused in words, at once, in little
memory. Each is small as it comes; what it says of itself is a lie in some of them.
"""

import io
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.accounts import Visitor
from tests.everything import Everything, everything
from tests.flow.console.patience import over

MB = 1 << 20
#: what a refusal may take, in bytes beyond what was there
ROOM = 150 * MB
SECONDS = 15.0
ZEROS = bytes(MB)
TYPES = """<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{kind}"/>
{more}</Types>"""
RELS = """<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{type}" Target="{main}"/>
</Relationships>"""  # noqa: E501
BOOK = """<?xml version="1.0"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"""
SHEET = "xl/worksheets/sheet1.xml"


def zipped(big: str, size: int, **small: str) -> bytes:
    """A zip with one part of so many zeros, and others."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in small.items():
            archive.writestr(name, text)
        with archive.open(big, "w", force_zip64=False) as part:
            for _ in range(size // MB):
                part.write(ZEROS)
    return out.getvalue()


def lying(data: bytes, name: str, size: int) -> bytes:
    """The same, saying that this part is small: size and checksum of what will be read of it."""
    told = struct.pack("<L", zlib.crc32(bytes(size)))
    sizes = struct.pack("<L", size)
    out, at = bytearray(data), -1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        local = archive.getinfo(name).header_offset
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        if data[at + 46:at + 46 + len(name)] == name.encode():
            out[at + 16:at + 20], out[at + 24:at + 28] = told, sizes
    out[local + 14:local + 18], out[local + 22:local + 26] = told, sizes
    return bytes(out)


def workbook(big: str, size: int, *, more: str = "", sheet: str = "worksheet") -> bytes:
    small = {
        "[Content_Types].xml": TYPES.format(
            main="xl/workbook.xml", kind="spreadsheetml.sheet.main+xml", more=more),
        "_rels/.rels": RELS.format(type="officeDocument", main="xl/workbook.xml"),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELS.format(type=sheet, main="worksheets/sheet1.xml"),
        SHEET: "<worksheet/>"}
    return zipped(big, size, **{k: v for k, v in small.items() if k != big})


def document(big: str, size: int) -> bytes:
    small = {
        "[Content_Types].xml": TYPES.format(
            main="word/document.xml", kind="wordprocessingml.document.main+xml", more=""),
        "_rels/.rels": RELS.format(type="officeDocument", main="word/document.xml"),
        "word/document.xml": "<w/>"}
    return zipped(big, size, **{k: v for k, v in small.items() if k != big})


def tags(count: int) -> bytes:
    """A Word file of empty paragraphs, small in bytes and large in objects."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document("x", 0))) as old, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            archive.writestr(name, old.read(name) if name != "word/document.xml" else (
                f'<w:document xmlns:w="{space}"><w:body>{"<w:p/>" * count}</w:body></w:document>'))
    return out.getvalue()


def picture(side: int) -> bytes:
    """A PNG that says it has so many dots each way."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(
            ">L", zlib.crc32(kind + data))

    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(bytes(side // 8 + 1)) for _ in range(side)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">LLBBBBB", side, side, 1, 0, 0, 0, 0)
                                      ) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


STRINGS = ('<Override PartName="/xl/worksheets/s.xml" ContentType="application/vnd.'
           'openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>')
BOOKS = {
    "sheet": lambda: workbook(SHEET, 1100 * MB),
    "texts": lambda: workbook("xl/sharedStrings.xml", 64 * MB),
    "styles": lambda: workbook("xl/styles.xml", 300 * MB),
    "styles that lie": lambda: lying(workbook("xl/styles.xml", 300 * MB), "xl/styles.xml", 500),
    "texts called a sheet": lambda: workbook("xl/worksheets/s.xml", 300 * MB, more=STRINGS),
    "a sheet called a chart": lambda: workbook(SHEET, 300 * MB, sheet="chartsheet"),
}
DOCUMENTS = {
    "text": lambda: document("word/document.xml", 64 * MB),
    "picture": lambda: document("word/media/x.png", 64 * MB),
    "text that lies": lambda: lying(document("word/document.xml", 300 * MB), "word/document.xml",
                                    500),
    "tags": lambda: tags(1_500_000),
}


@pytest.fixture(scope="module")
def inn(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    made = everything(migrated_sqlite, tmp_path_factory.mktemp("bom"))
    yield made
    made.close()


@pytest.fixture
def an(inn: Everything) -> Iterator[Visitor]:
    one = inn.visitor("an")
    yield one
    one.web.close()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@contextmanager
def in_little_room() -> Iterator[None]:
    """What is done meanwhile takes neither much memory nor long."""
    over, most, begun = threading.Event(), [before := resident()], time.monotonic()

    def watch() -> None:
        while not over.wait(0.005):
            most[0] = max(most[0], resident())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
    assert most[0] - before < ROOM
    assert time.monotonic() - begun < SECONDS


def sent(an: Visitor, path: str, field: str, name: str, data: bytes, **form: str) -> str:
    """The words it is refused with."""
    with in_little_room():
        answer = an.web.post(an.url + path, data=form or {"x": "1"}, files={field: (name, data)},
                             headers={"Origin": an.url}, allow_redirects=False, timeout=60)
        if answer.status_code == 303:
            answer = over(an, answer.headers["location"])
    assert answer.status_code == 400, answer.headers.get("location")
    return answer.text


@pytest.mark.parametrize("kind", BOOKS)
def test_a_workbook_that_would_fill_memory_is_refused(an: Visitor, kind: str) -> None:
    data = BOOKS[kind]()
    assert len(data) < 6 * MB

    said = sent(an, "/dot-nhan-tin/danh-sach/moi", "file", "dan.xlsx", data)
    assert "quá lớn" in said or "bị hỏng" in said
    said = sent(an, "/dot-nhan-tin/tu-choi/tep", "file", "dan.xlsx", data, kind="opt_out",
                source="thử")
    assert "quá lớn" in said or "bị hỏng" in said


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_word_file_that_would_fill_memory_is_refused(an: Visitor, kind: str) -> None:
    data = DOCUMENTS[kind]()
    assert len(data) < 8 * MB

    said = sent(an, "/soan-tin/moi", "word", "bai.docx", data, key="+0123456789abcdef", base="",
                title="x", body="x", theme="thu_doan", act="xem")
    assert "quá lớn" in said or "không phải tệp Word" in said


def test_a_picture_that_would_fill_memory_is_refused(an: Visitor) -> None:
    """900 million dots in 110 kB; the same as evidence."""
    data = picture(30_000)
    assert len(data) < MB

    said = sent(an, "/soan-tin/moi", "picture", "anh.png", data, key="+0123456789abcdef", base="",
                title="x", body="x", theme="thu_doan", act="xem")
    assert "không phải ảnh" in said or "quá nhiều điểm ảnh" in said
    said = sent(an, "/soan-tin/gop-y", "evidence", "anh.png", data, title="x", theme="thu_doan",
                what="x", where="x", source="x")
    assert "không phải ảnh" in said or "quá nhiều điểm ảnh" in said


def test_a_scan_is_weighed_and_never_opened(an: Visitor) -> None:
    """A PDF may hold anything: its first bytes and its size are all that is looked at."""
    said = sent(an, "/dai/dai-luc-ngan/chap-thuan", "scan", "to-trinh.pdf",
                b"%PDF-1.4" + bytes(10 * MB), signer="Chủ tịch", document="1/QĐ",
                priority="thong_thuong", first="24/11/2026", last="24/12/2026")
    assert "10 MB" in said
