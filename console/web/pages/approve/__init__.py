"""Duyệt: what waits for a yes, a week on one page, delegations, the signed sheet of paper."""

from console.web.nav import ACTORS
from console.web.pages.approve import delegations, judge, paper, waiting, weekly
from console.web.route import Route
from worker.items.signed import RECORDERS
from worker.radio.acceptance import LARGEST_SCAN

LENDERS = frozenset({"nguoi_duyet", "quan_tri"})

# whoever was lent the right approves, whatever their role: worker/items/authority.py says who
ROUTES: tuple[Route, ...] = (
    Route("GET", "/duyet", waiting.page),
    Route("GET", "/duyet/tuan", weekly.page),
    Route("POST", "/duyet/tuan", weekly.approve, roles=ACTORS, fields=500),
    Route("GET", "/duyet/uy-quyen", delegations.page),
    Route("POST", "/duyet/uy-quyen", delegations.delegate, roles=LENDERS),
    Route("POST", "/duyet/uy-quyen/{number}/thoi", delegations.revoke, roles=LENDERS),
    Route("GET", "/duyet/{item}", waiting.one),
    Route("POST", "/duyet/{item}/dong-y", judge.approve, roles=ACTORS),
    Route("POST", "/duyet/{item}/tra-lai", judge.return_, roles=ACTORS),
    Route("POST", "/duyet/{item}/khong-duyet", judge.reject, roles=ACTORS),
    Route("GET", "/duyet/{item}/phieu.docx", paper.docx),
    Route("GET", "/duyet/{item}/phieu.pdf", paper.pdf),
    Route("POST", "/duyet/{item}/phieu-da-ky", paper.record, roles=RECORDERS, files=1,
          largest=LARGEST_SCAN + (64 << 10)),
    Route("GET", "/duyet/{item}/ban-quet/{number}", paper.scan, roles=waiting.READERS),
)
