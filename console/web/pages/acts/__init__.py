"""Nhật ký thao tác: who did what, and whether the chain of it is whole."""

from console.web.nav import ADMIN_READS
from console.web.pages.acts import chain, listing
from console.web.route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/nhat-ky-thao-tac", listing.page, roles=ADMIN_READS),
    Route("GET", "/nhat-ky-thao-tac/tep.{kind}", listing.export, roles=ADMIN_READS),
    Route("GET", "/nhat-ky-thao-tac/kiem-chuoi", chain.page, roles=ADMIN_READS),
    Route("GET", "/nhat-ky-thao-tac/kiem-chuoi/phan", chain.part, roles=ADMIN_READS),
)
