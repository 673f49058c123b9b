"""
Where a gateway's description stands: shipped here or in the programme's folder, one file or a
folder with `gateway.toml` and, where the table is long, `codes.toml`.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from channels.values import Problem
from vietnamese.i18n import t

GATEWAY: Final = "gateway.toml"
CODES: Final = "codes.toml"
GATEWAYS: Final = "gateways"
SERVICES: Final = "services"  #: those of `http_json`
#: where a description is named, by the folder of its kind
_OPTION: Final = {GATEWAYS: "options.gateway", SERVICES: "options.service"}


@dataclass(frozen=True)
class Part:
    """One file. `name`: as it is shown to people; `table`: where its contents belong."""

    name: str
    text: str
    table: str = ""


def parts(name: str, home: Path, kind: str = GATEWAYS) -> list[Part] | Problem:
    """
    The files of this gateway: the shipped one of this name, else the one below `home`.

    `kind`: the folder below `channels/` where shipped ones stand.
    """
    shipped = resources.files("channels") / kind
    for place in (shipped / f"{name}.toml", shipped / name, home / name):
        if (place / GATEWAY).is_file():
            files = [(f"{name}/{GATEWAY}", place / GATEWAY, "")]
            if (place / CODES).is_file():
                files.append((f"{name}/{CODES}", place / CODES, "codes"))
        elif place.is_file():
            files = [(name, place, "")]
        else:
            continue
        try:
            return [Part(n, p.read_text(encoding="utf-8"), table) for n, p, table in files]
        except (OSError, UnicodeDecodeError) as error:
            return _broken(f"{name}: {error}", kind)
    return Problem(_OPTION[kind], t(f"không có tệp {name}", f"there is no file {name}"),
                   t("Ghi đường dẫn tệp mô tả cổng", "Write the path of the description"))


def is_shipped(name: str, kind: str = GATEWAYS) -> bool:
    """True for a gateway that comes with the product."""
    shipped = resources.files("channels") / kind
    return (shipped / f"{name}.toml").is_file() or (shipped / name / GATEWAY).is_file()


def shipped_names() -> list[str]:
    """Every gateway that comes with the product."""
    found = (resources.files("channels") / "gateways").iterdir()
    return sorted(p.name.removesuffix(".toml") for p in found if is_shipped(
        p.name.removesuffix(".toml")))


def described(name: str, home: Path, kind: str = GATEWAYS) -> dict[str, Any] | Problem:
    """The whole description as data; a Problem when it cannot be read."""
    found = parts(name, home, kind)
    if isinstance(found, Problem):
        return found
    whole: dict[str, Any] = {}
    for part in found:
        try:
            data = tomllib.loads(part.text)
        except tomllib.TOMLDecodeError as error:
            return _broken(f"{part.name}: {error}", kind)
        if part.table:
            whole[part.table] = {**whole.get(part.table, {}), **data}
        else:
            whole |= data
    return whole


def _broken(what: str, kind: str) -> Problem:
    return Problem(_OPTION[kind], what, t("Sửa tệp mô tả cổng", "Correct the description"))
