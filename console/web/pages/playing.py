"""Training's way round "nobody approves their own item": play the sample's leader, and stop."""

from fastapi import Response

from console.web.context import OWN, SESSION_AGE, Ask, Site, local
from console.web.pages.door import end_old
from worker.users import playing


def play(site: Site, ask: Ask) -> Response:
    token = playing.play(site.home, ask.me, ask.browser)
    answer = site.keep(ask, site.go(local(ask.form.get("next", "/"))), "phien", token, SESSION_AGE)
    return site.keep(ask, answer, OWN, ask.cookie("phien"), SESSION_AGE)


def stop(site: Site, ask: Ask) -> Response:
    """Back to one's own session; to the log-in page where that is over."""
    own = ask.cookie(OWN)
    if not own:
        return site.go("/")
    end_old(site, ask)
    answer = site.go(local(ask.form.get("next", "/")))
    site.keep(ask, answer, "phien", own, SESSION_AGE)
    return site.forget(ask, answer, OWN)
