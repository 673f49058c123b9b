"""Góp ý: the short form by which anybody on the staff sends in what happened."""

from fastapi import Response

from console.web.context import Ask, Site
from console.web.pages.compose.parts import shared
from worker.errors import Mistake, UserError
from worker.home import in_force
from worker.items.contribute import FIELDS, Contribution, contribute
from worker.items.uploads import keep_evidence
from worker.models import Person


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask, {})


def _page(site: Site, ask: Ask, mistakes: dict[str, Mistake], status: int = 200) -> Response:
    with site.home.store.read() as session:
        themes = in_force(session).programme.themes
    return site.page(ask, "compose/contribute", status, themes=themes, mistakes=mistakes,
                     given={name: ask.form.get(name, "") for name in FIELDS}, **shared())


def send(site: Site, ask: Ask) -> Response:
    home, file = site.home, ask.file("evidence")
    evidence = None
    try:
        if file is not None:
            evidence = file.name, keep_evidence(home, file.name, file.stream, file.size)
    except UserError as error:
        return _page(site, ask, {"evidence": error.mistakes[0]}, 400)
    try:
        with home.store.write() as session:
            contribute(session, home.clock.now(), in_force(session).programme,
                       Contribution(**{name: ask.form.get(name, "") for name in FIELDS}),
                       session.get_one(Person, ask.me.person), evidence)
    except UserError as error:
        return _page(site, ask, {m.where: m for m in reversed(error.mistakes)}, 400)
    return site.go("/soan-tin?xong=gop-y")
