"""Đợt nhắn tin: campaigns, their lists of recipients, one person's number."""

from console.web.route import Route

from . import areas, files, lists, live, making, one, people, upload
from .common import APPROVERS, FINDERS, HERE, SENDERS

#: a form of a few values; a campaign may name many lists
_MANY = 300
#: columns of a file, and what else its form has; a scan of the paper with it
_COLUMNS, _SCAN = 260, 11_000_000

ROUTES: tuple[Route, ...] = (
    Route("GET", HERE, one.page),
    Route("GET", f"{HERE}/moi", making.form, roles=FINDERS),
    Route("POST", f"{HERE}/moi", making.make, roles=SENDERS, fields=_MANY),
    Route("GET", f"{HERE}/moi/{{token}}", making.look, roles=FINDERS),
    Route("POST", f"{HERE}/moi/{{token}}/lap", making.accept, roles=SENDERS),
    Route("POST", f"{HERE}/moi/{{token}}/sua", making.drop, roles=SENDERS),
    Route("GET", f"{HERE}/danh-sach", lists.page),
    Route("GET", f"{HERE}/danh-sach/moi", upload.form, roles=FINDERS),
    Route("POST", f"{HERE}/danh-sach/moi", upload.take, roles=SENDERS, files=1,
          largest=upload.LARGEST),
    Route("GET", f"{HERE}/danh-sach/tep/{{token}}", upload.look, roles=FINDERS),
    Route("POST", f"{HERE}/danh-sach/tep/{{token}}", upload.read, roles=SENDERS, files=1,
          largest=_SCAN, fields=_COLUMNS),
    Route("GET", f"{HERE}/danh-sach/tep/{{token}}/khong-nhan", upload.bad, roles=FINDERS),
    Route("POST", f"{HERE}/danh-sach/tep/{{token}}/nhan", upload.accept, roles=SENDERS),
    Route("POST", f"{HERE}/danh-sach/tep/{{token}}/bo", upload.drop, roles=SENDERS),
    Route("GET", f"{HERE}/danh-sach/{{number}}", lists.one),
    Route("POST", f"{HERE}/danh-sach/{{number}}/ket-thuc", lists.end, roles=SENDERS),
    Route("GET", f"{HERE}/tim-so", people.find_form, roles=FINDERS),
    Route("POST", f"{HERE}/tim-so", people.find, roles=FINDERS),
    Route("POST", f"{HERE}/tim-so/xoa", people.erase, roles=SENDERS),
    Route("GET", f"{HERE}/tu-choi", people.wishes),
    Route("POST", f"{HERE}/tu-choi", people.add, roles=SENDERS),
    Route("POST", f"{HERE}/tu-choi/tep", people.take, roles=SENDERS, files=1,
          largest=upload.LARGEST),
    Route("GET", f"{HERE}/tu-choi/tep/{{token}}", people.taken, roles=FINDERS),
    Route("GET", f"{HERE}/vung", areas.page),
    Route("GET", f"{HERE}/vung/{{number}}", areas.one),
    Route("POST", f"{HERE}/vung/{{number}}/duyet", areas.approve, roles=APPROVERS),
    Route("POST", f"{HERE}/vung/{{number}}/giao", areas.hand_over, roles=SENDERS),
    Route("POST", f"{HERE}/vung/{{number}}/huy", areas.cancel, roles=SENDERS),
    Route("GET", f"{HERE}/{{number}}", one.one),
    Route("GET", f"{HERE}/{{number}}/tien-do", live.part, passive=True),
    Route("POST", f"{HERE}/{{number}}/duyet", one.approve, roles=APPROVERS),
    Route("POST", f"{HERE}/{{number}}/chay", one.run, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/chay-tiep", one.go_on, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/tam-dung", one.pause, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/tiep-tuc", one.resume, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/dung", one.stop, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/gui-thu", one.test, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/gui-lai", one.again, roles=SENDERS),
    Route("POST", f"{HERE}/{{number}}/xac-dinh", one.resolve, roles=SENDERS),
    Route("GET", f"{HERE}/{{number}}/ket-qua.{{kind}}", files.results),
    Route("POST", f"{HERE}/{{number}}/ket-qua", files.in_clear, roles=SENDERS),
    Route("GET", f"{HERE}/{{number}}/de-ngoai.{{kind}}", files.left_out),
)
