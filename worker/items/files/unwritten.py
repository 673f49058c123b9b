"""Why a file was not written. Apart from sheet.py, with which comes the Excel library."""

from pathlib import Path

from worker.errors import UserError
from worker.i18n import t


def not_written(path: Path, trouble: OSError) -> UserError:
    """The file cannot be written: most often Excel has it open."""
    what = t("không ghi được tệp", "the file cannot be written") + f" ({trouble.strerror})"
    fix = t(
        "đóng tệp nếu đang mở trong Excel, hoặc chọn tên, thư mục khác",
        "close it if it is open in Excel, or choose another name or folder",
    )
    return UserError(str(path), what, fix)
