"""Trouble told in one clear line; a traceback goes to a file, never to staff."""

import errno
import traceback

from sqlalchemy.exc import DBAPIError

from worker.copying import marks
from worker.db import is_full_or_locked
from worker.errors import UserError
from worker.i18n import t
from worker.settings import from_environment

#: what the system says in English only
_WHY = {
    errno.ENOENT: "không có tệp hoặc thư mục này", errno.EACCES: "không có quyền",
    errno.EPERM: "không được phép", errno.ENOSPC: "hết chỗ trên đĩa",
    errno.EROFS: "đĩa chỉ cho đọc", errno.EISDIR: "đây là một thư mục",
    errno.ENOTDIR: "có một tệp ở chỗ của thư mục",
}


def explain(error: Exception) -> tuple[str, int]:
    """The line to show and the exit code."""
    if isinstance(error, UserError):
        return "\n".join(str(m) for m in error.mistakes), error.exit_code
    if isinstance(error, DBAPIError):
        if marks.WORDS in str(error.orig):
            return t("cơ sở dữ liệu này đã chuyển đi nơi khác, không ghi được nữa; khởi động lại "
                     "với GIOVANG_DATABASE_URL mới",
                     "this database was moved away and takes no more writes; start again with "
                     "the new GIOVANG_DATABASE_URL"), 2
        kind = is_full_or_locked(error)
        if kind == "disk":
            return t("cơ sở dữ liệu: đĩa đầy hoặc không ghi được; chưa có gì bị thay đổi; "
                     "dọn đĩa, kiểm tra quyền ghi rồi làm lại",
                     "database: disk full or read-only; nothing was changed; "
                     "free the disk, check permissions, do it again"), 1
        if kind == "locked":
            return t("cơ sở dữ liệu: đang bận hoặc không kết nối được; chưa có gì bị thay đổi; "
                     "thử lại sau một phút",
                     "database: busy or unreachable; nothing was changed; try again in a minute"), 1
    if isinstance(error, OSError):
        where = error.filename or t("tệp", "file")
        why = t(_WHY.get(error.errno or 0, error.strerror or ""), error.strerror or "")
        return t(f"{where}: {why}; kiểm tra tên, quyền và dung lượng đĩa",
                 f"{where}: {why}; check name, permission and disk space"), 2
    return _bug(error), 1


def _bug(error: Exception) -> str:
    path = from_environment().var / "loi.txt"
    report = "".join(traceback.format_exception(error))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"---\n{report}\n")
        kept = str(path)
    except OSError:
        kept = t("(không ghi được tệp)", "(could not be written)")
    return t(f"lỗi của phần mềm: {type(error).__name__}: {error}; chi tiết trong {kept}",
             f"a bug of the software: {type(error).__name__}: {error}; details in {kept}")
