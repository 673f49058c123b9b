"""API keys: which programs may call, for whom; made, shown once, revoked."""

from console.web.nav import ADMIN, ADMIN_READS
from console.web.pages.keys import listing
from console.web.route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/khoa-api", listing.page, roles=ADMIN_READS),
    Route("POST", "/khoa-api", listing.make, roles=ADMIN),
    Route("POST", "/khoa-api/{number}/thu-hoi", listing.revoke, roles=ADMIN),
)
