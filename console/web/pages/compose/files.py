"""Pictures, sounds and evidence by their address. A name of a request never is a path."""

import re

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse

from console.web.context import Ask, Site
from console.web.pages.compose.parts import item_of
from worker.items.store import load_content
from worker.items.uploads import KINDS, is_ours
from worker.models import Evidence, Item
from worker.shared.here import files_of
from worker.shared.kinds import EVIDENCE, PICTURES, TRIALS, FileGone, Kind

_SOUND = re.compile(r"[0-9a-f]{64}\.wav")


def picture(site: Site, ask: Ask) -> Response:
    """One that was uploaded here: who knows its hash has seen it."""
    name = str(ask.path["name"])
    if not is_ours(name):
        raise HTTPException(404)
    return _file(site, PICTURES, name)


def picture_of(site: Site, ask: Ask) -> Response:
    """The picture of an item as it is saved, by its place."""
    number = str(ask.path["number"])
    with site.home.store.read() as session:
        images = load_content(session, item_of(site, ask, session).id).images
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(images):
        raise HTTPException(404)
    return _file(site, PICTURES, images[int(number)].path)


def sound(site: Site, ask: Ask) -> Response:
    name = str(ask.path["name"])
    if not _SOUND.fullmatch(name):
        raise HTTPException(404)
    mine = site.home.settings.var / "tieng" / "manh" / name
    if mine.is_file():
        return FileResponse(mine, media_type="audio/wav")
    return _file(site, TRIALS, name, "audio/wav")


def evidence(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    with site.home.store.read() as session:
        row = session.get(Evidence, int(number)) if number.isdecimal() and len(number) < 10 \
            else None
        item = session.get(Item, row.item_id) if row is not None else None
        if row is None or item is None or not site.scope(ask).holds(item.owner):
            raise HTTPException(404)
    answer = _file(site, EVIDENCE, f"{row.sha256}.{row.kind}")
    # a PDF may hold anything: it is saved, never opened inside our pages
    answer.headers["Content-Disposition"] = f'attachment; filename="bang-chung-{row.id}.{row.kind}"'
    return answer


def _file(site: Site, folder: Kind, name: str, kind: str = "") -> Response:
    known = kind or KINDS.get(name.rpartition(".")[2].lower(), "")
    if not known:
        raise HTTPException(404)
    try:
        path = files_of(site.home.settings).local(folder, name)
    except (FileGone, ValueError) as error:
        raise HTTPException(404) from error
    return FileResponse(path, media_type=known,
                        headers={"Cache-Control": "private, max-age=86400"})
