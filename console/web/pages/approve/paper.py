"""«Phiếu trình duyệt»: printed from here, signed, and written down with its scan."""

from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse

from console.web.context import Ask, Site
from console.web.pages.approve.waiting import Desk, Typed, shown, words_of
from worker.errors import UserError
from worker.i18n import t
from worker.items import approval, signed
from worker.items.signed import Paper
from worker.models import Approval, Person
from worker.radio.acceptance import LARGEST_SCAN, keep_scan
from worker.shared.here import files_of
from worker.shared.kinds import SCANS, FileGone
from worker.typed import a_date

if TYPE_CHECKING:
    from worker.items.paper.sheet import Sheet

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png"}


def docx(site: Site, ask: Ask) -> Response:
    from worker.items.paper.word import docx as write  # noqa: PLC0415  (20 MB, for few)

    sheet, name = _sheet(site, ask)
    return _file(write(sheet), WORD, f"{name}.docx")


def pdf(site: Site, ask: Ask) -> Response:
    from worker.items.paper.print import pdf as write  # noqa: PLC0415  (as above)

    sheet, name = _sheet(site, ask)
    return _file(write(sheet), "application/pdf", f"{name}.pdf")


def _sheet(site: Site, ask: Ask) -> tuple["Sheet", str]:
    from worker.items.paper.sheet import sheet_of  # noqa: PLC0415  (as above)

    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        waits = desk.item(str(ask.path["item"]))
        sheet = sheet_of(session, desk.now, desk.programme, waits)
    return sheet, f"phieu-trinh-duyet-{waits.item_id}-ban-{waits.version}"


def record(site: Site, ask: Ask) -> Response:
    """Checked before the scan is kept, and again with it."""
    mistakes = _mistakes(site, ask)
    if mistakes:
        return shown(site, ask, Typed("phieu", mistakes=mistakes, values=ask.form), 400)
    upload = ask.file("scan")
    assert upload is not None  # noqa: S101  (looked at above)
    try:
        sha256 = keep_scan(site.home, upload.stream.read(LARGEST_SCAN + 1))
    except UserError as error:
        return shown(site, ask, Typed("phieu", mistakes={"scan": words_of(error)},
                                      values=ask.form), 400)
    try:
        with site.home.store.write() as session:
            desk = Desk.of(site, ask, session)
            waits = desk.item(str(ask.path["item"]))
            signer = session.get(Person, ask.form.get("signer", ""))
            if signer is None or not signer.active:
                raise UserError("signer", t("chọn người ký", "choose who signed"))
            paper = Paper(desk.person.id, ask.form["document"].strip(),
                          a_date("signed_on", ask.form["signed_on"].strip()), sha256)
            approval.approve(session, desk.now, waits.item_id, signer, paper=paper,
                             expected=ask.form.get("sha256", "") or "-")
    except UserError as error:
        field = error.mistakes[0].where
        known = field in ("signer", "document", "signed_on")
        typed = Typed("phieu", "" if known else words_of(error),
                      {field: words_of(error)} if known else {}, ask.form)
        return shown(site, ask, typed, 409 if error.exit_code == 1 else 400)
    return site.go("/duyet?xong=phieu")


def _mistakes(site: Site, ask: Ask) -> dict[str, str]:
    """By field."""
    found = {}
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        waits = desk.item(str(ask.path["item"]))
        if not signed.right_code(session, waits.item_id, ask.form.get("code", "")):
            found["code"] = t(
                "Mã không khớp lời đang trình. Xem lại mã cuối trang phiếu; nếu gõ đúng thì tin đã "
                "sửa sau khi in: in phiếu mới rồi trình ký lại.",
                "Not the code of what is submitted. Check the foot of the sheet; if it is right, "
                "the item changed after printing: print and sign a new sheet.")
    if not ask.form.get("signer"):
        found["signer"] = t("Chọn người đã ký.", "Choose who signed.")
    if not ask.form.get("document", "").strip() or len(ask.form["document"]) > 200:
        found["document"] = t("Ghi số của phiếu.", "Write the sheet's number.")
    try:
        a_date("signed_on", ask.form.get("signed_on", "").strip())
    except UserError as error:
        found["signed_on"] = words_of(error)
    upload = ask.file("scan")
    if upload is None:
        found["scan"] = t("Chọn tệp bản quét (PDF, JPG, PNG).", "Choose the scan (PDF, JPG, PNG).")
    elif upload.size > LARGEST_SCAN:
        found["scan"] = t("Tệp lớn quá 10 MB. Quét lại nhẹ hơn.", "Over 10 MB. Scan it smaller.")
    return found


def scan(site: Site, ask: Ask) -> Response:
    """Always to be saved, never opened inside our pages."""
    number = str(ask.path["number"])
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        waits = desk.item(str(ask.path["item"]))
        row = session.get(Approval, int(number)) if number.isdecimal() and len(number) < 10 \
            else None
    if row is None or row.item_id != waits.item_id or row.scan_sha256 is None:
        raise HTTPException(404)
    for ending, kind in ENDINGS.items():
        with suppress(FileGone):
            path = files_of(site.home.settings).local(SCANS, f"{row.scan_sha256}{ending}")
            return FileResponse(path, media_type=kind,
                                filename=f"phieu-da-ky-{row.item_id}-ban-{row.version}{ending}")
    return site.message(ask, 404, t("Không còn tệp", "The file is gone"), t(
        "Bản quét không còn trong kho tệp. Lấy lại từ bản sao lưu.",
        "The scan is not among the files. Put it back from a backup."),
        f"/duyet/{row.item_id}")


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, media_type=kind,
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})
