"""A programme's names, a folder with two pictures, and short ways to make and read files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from worker.errors import Mistake, UserError
from worker.items.files import Imported, read_items

THEMES = {"phap_luat": "Quy định của pháp luật", "thu_doan": "Phương thức, thủ đoạn"}
AUDIENCES = {"nguoi_cao_tuoi": "Người cao tuổi", "hoc_sinh": "Học sinh"}
AREAS = {"luc_ngan": "Xã Lục Ngạn"}

Read = Callable[[Path], Imported]
Mistakes = Callable[[Path], tuple[Mistake, ...]]
Sheet = Callable[..., Path]


@pytest.fixture(scope="session")
def images_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "images"
    (folder / "dot 1").mkdir(parents=True)
    (folder / "poster.png").write_bytes(b"a poster")
    (folder / "dot 1" / "anh.JPG").write_bytes(b"a photograph")
    (folder.parent / "secret.png").write_bytes(b"outside")
    return folder


@pytest.fixture(scope="session")
def read(images_dir: Path) -> Read:
    def run(path: Path) -> Imported:
        return read_items(
            path, themes=THEMES, audiences=AUDIENCES, areas=AREAS, images_dir=images_dir
        )

    return run


@pytest.fixture
def mistakes(read: Read) -> Mistakes:
    """All mistakes of a file that must be refused."""

    def run(path: Path) -> tuple[Mistake, ...]:
        with pytest.raises(UserError) as refused:
            read(path)
        return refused.value.mistakes

    return run


@pytest.fixture
def xlsx(tmp_path: Path) -> Sheet:
    """Writes rows to a workbook of one sheet, «Tin»."""

    def run(*rows: Sequence[object], name: str = "tin.xlsx") -> Path:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Tin"
        for row in rows:
            sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return run
