"""`giovang verify`: is this message ours?"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.errors import UserError
from worker.home import open_home
from worker.i18n import t
from worker.output import lines
from worker.programme.model import Programme
from worker.verification.compare import differences
from worker.verification.published import Reader
from worker.verification.records import record
from worker.verification.search import Found, search

MOST = 20_000  #: letters of a pasted text that are looked at


def verify(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help=t(
        "mã tin, hoặc tên người gửi", "the message's code, or a sender's name"))] = None,
    text: Annotated[str | None, typer.Option("--text", help=t(
        "tệp có lời của tin; - là dán vào đây", "a file with the text; - reads stdin"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t(
        "một dòng JSON", "one JSON object"))] = False,
) -> None:
    """Say whether a message is genuine, with its full text; exit 1 when it is not."""
    if (code is None) == (text is None):
        raise UserError("verify", t("cần mã tin hoặc --text", "a code or --text is needed"),
                        t("ví dụ: giovang verify GV-ABCD2345; giovang verify --text tin.txt",
                          "such as: giovang verify GV-ABCD2345; giovang verify --text tin.txt"))
    given = code if code is not None else _read(str(text))
    home = open_home()
    try:
        programme = home.programme().programme
        with home.store.read() as session:
            found = search(Reader(session, programme, home.clock.now()), given[:MOST])
    finally:
        home.close()
    if as_json:
        lines([_row(found, given, programme)])
    else:
        sys.stdout.write("\n".join(_told(found, given, programme)) + "\n")
    if not found.genuine:
        raise typer.Exit(1)


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UserError(name, t(f"không đọc được ({error.strerror})",
                                f"cannot be read ({error.strerror})"),
                        t("kiểm tra tên tệp", "check the file's name")) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(name, t("không phải chữ UTF-8", "is not UTF-8 text"),
                        t("lưu lại tệp bằng UTF-8", "save the file as UTF-8")) from None
    if not text.strip():
        raise UserError(name, t("tệp trống", "the file is empty"),
                        t("dán lời của tin vào tệp", "paste the message into it"))
    return text


def _row(found: Found, given: str, programme: Programme) -> dict[str, Any]:
    zone = programme.zone()
    parted = found.kind in ("near", "borrowed")
    return {
        "found": found.kind, "genuine": found.genuine,
        "messages": [record(e, zone) for e in found.entries],
        "differences": [{"given": d.given, "genuine": d.genuine}
                        for d in differences(given, found.entries[0].text)] if parted else [],
    }


def _told(found: Found, given: str, programme: Programme) -> list[str]:
    said = [{
        "same": t("TRÙNG với tin đã phát", "THE SAME as a published message"),
        "part": t("TRÙNG MỘT PHẦN: phần đã dán có trong tin này",
                  "A PART: what was pasted stands in this message"),
        "near": t("GẦN GIỐNG, KHÔNG TRÙNG", "NEARLY THE SAME, NOT THE SAME"),
        "borrowed": t("MÃ LÀ CỦA TIN KHÁC", "THE CODE IS ANOTHER MESSAGE'S"),
        "code": t("Mã này có trong sổ phát; so từng chữ với nguyên văn",
                  "The code is in the book; compare every word of the text"),
        "sender": t("Các tin mới của người gửi này", "Newest messages of this sender"),
        "none": t("Không có tin này trong hệ thống", "There is no such message"),
    }[found.kind]]
    if found.kind in ("near", "borrowed"):
        said += [f"  {t('đã dán', 'pasted')}: «{d.given}» | {t('tin thật', 'genuine')}: "
                 f"«{d.genuine}»" for d in differences(given, found.entries[0].text)]
    for entry in found.entries:
        r = record(entry, programme.zone())
        said += ["", r["title"]]
        if r["recalled"]:
            said.append(t(f"ĐÃ THU HỒI {r['recalled_at']}", f"RECALLED {r['recalled_at']}"))
        elif r["correction"]:
            said.append(t("ĐÃ ĐÍNH CHÍNH", "CORRECTED"))
        said += [entry.text, " · ".join(filter(None, (
            r["organisation"], r["sender"] if r["sender"] != r["organisation"] else "",
            r["media"], r["when"], r["code"])))]
        if r["correction"]:
            said.append(t(f"Tin đúng: {r['correction']['text']}",
                          f"What is right: {r['correction']['text']}"))
    return said
