"""To the log-in of the organisation's own accounts, and back from it."""

from fastapi import HTTPException, Response
from fastapi.responses import RedirectResponse

from console.web.context import SESSION_AGE, Ask, Site, local
from console.web.pages.door import end_old
from worker.users.oidc import LASTS, OidcTrouble

BACK = "/dang-nhap/co-quan/ve"


def begin(site: Site, ask: Ask) -> Response:
    if site.oidc is None:
        raise HTTPException(404)
    url = ask.request.url
    target = local(ask.query.get("next", "/")[:500])
    try:
        begun = site.oidc.begin(f"{url.scheme}://{url.netloc}{BACK}", target)
    except OidcTrouble as trouble:
        return _again(site, ask, trouble)
    return site.keep(ask, RedirectResponse(begun.url, 303), "oidc", begun.cookie,
                     int(LASTS.total_seconds()))


def back(site: Site, ask: Ask) -> Response:
    """The provider sends the browser here; what it brings counts once, and in that browser only."""
    if site.oidc is None:
        raise HTTPException(404)
    try:
        came, target = site.oidc.finish(ask.query, ask.cookie("oidc"), ask.browser,
                                        ask.cookie("may"))
    except OidcTrouble as trouble:
        return site.forget(ask, _again(site, ask, trouble), "oidc")
    end_old(site, ask)
    answer = site.keep(ask, site.go(local(target)), "phien", came.token, SESSION_AGE)
    return site.forget(ask, answer, "oidc")


def _again(site: Site, ask: Ask, trouble: OidcTrouble) -> Response:
    return site.page(ask, "login", 401, why=str(trouble), next="/", name="", oidc=site.oidc_name)
