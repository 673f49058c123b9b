"""Người dùng: who there is, what they may do, how they get in."""

from console.web.nav import ADMIN, ADMIN_READS
from console.web.pages.users import listing, person
from console.web.route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/nguoi-dung", listing.page, roles=ADMIN_READS),
    Route("POST", "/nguoi-dung", listing.add, roles=ADMIN),
    Route("GET", "/nguoi-dung/{person}", person.page, roles=ADMIN_READS),
    Route("POST", "/nguoi-dung/{person}", person.change, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/duong-dan", person.link, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/ma-moi", person.new_codes, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/khoa", person.lock, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/mo-lai", person.unlock, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/phien/{number}/ket-thuc", person.end, roles=ADMIN),
    Route("POST", "/nguoi-dung/{person}/thoat-het", person.end_all, roles=ADMIN),
)
