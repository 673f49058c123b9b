"""Files of a campaign: what came of each number, and who was left out."""

from collections.abc import Callable
from pathlib import Path

from fastapi import Response

from console.web.context import Ask, Site
from console.web.filters import made_file
from worker.campaigns import leftout, words
from worker.campaigns.export import Wanted, export, whole_numbers
from worker.errors import UserError

from .common import HERE, campaign_of, codes_of
from .one import refused


def results(site: Site, ask: Ask) -> Response:
    """Every number with three digits."""
    return _results(site, ask, str(ask.path["kind"]), ask.query.get("state", ""), "")


def in_clear(site: Site, ask: Ask) -> Response:
    """Whole numbers: for a reason, and written down."""
    return _results(site, ask, ask.form.get("kind", "xlsx"), ask.form.get("state", ""),
                    ask.form.get("reason", "").strip() or " ")


def _results(site: Site, ask: Ask, kind: str, state: str, reason: str) -> Response:
    home = site.home
    with home.store.read() as session:
        row = campaign_of(ask, session)
    states = (state,) if state in words.MESSAGE else ()
    force = home.programme()

    def write(path: Path) -> None:
        ring = whole_numbers(home, row.id, states, reason, ask.me.person) if reason else None
        export(home.store, path, Wanted(row.id, states, ring), force.programme.zone(),
               codes_of(site, row.channel))

    return _file(site, ask, kind, f"dot-{row.id}-ket-qua", write)


def left_out(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        row = campaign_of(ask, session)
    return _file(site, ask, str(ask.path["kind"]), f"dot-{row.id}-de-ngoai",
                 lambda path: leftout.write(site.home.store, row, path))


def _file(
    site: Site, ask: Ask, kind: str, name: str, write: Callable[[Path], object]
) -> Response:
    back = f"{HERE}/{ask.path['number']}"
    try:
        return made_file(site, ask, name, kind, write, back)
    except UserError as error:
        return refused(site, ask, error, back)
