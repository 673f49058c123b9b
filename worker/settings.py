"""Where this installation lives, from the environment; secrets are masked when shown."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from worker.errors import UserError
from worker.i18n import t

#: the checkout (or the image's /app): ships templates and the sample
PRODUCT = Path(__file__).resolve().parent.parent

TRAINING_DB = "tap-huan.sqlite3"
LIVE_DB = "giovang.sqlite3"


class Secret(str):
    """A value that does not show itself in a log or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True)
class Oidc:
    """Logging in to the console by an organisation's own accounts (docs/console.md)."""

    issuer: str  #: GIOVANG_OIDC_ISSUER, https
    client_id: str  #: GIOVANG_OIDC_CLIENT_ID
    secret: Secret  #: GIOVANG_OIDC_SECRET, or in the file GIOVANG_OIDC_SECRET_FILE; may be empty
    claim: str = "preferred_username"  #: GIOVANG_OIDC_CLAIM: says the person's id
    domain: str = ""  #: GIOVANG_OIDC_DOMAIN: the claim ends in @domain, before it stands the id
    name: str = ""  #: GIOVANG_OIDC_NAME: what the button calls it


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides."""

    home: Path  #: GIOVANG_HOME: holds schedules.toml, content/, templates/ (optional)
    var: Path  #: everything this installation writes: GIOVANG_VAR, else var/ below home
    database_url: str  #: GIOVANG_DATABASE_URL, or in the file GIOVANG_DATABASE_URL_FILE
    inner_port: int  #: GIOVANG_PORT: health, metrics; loopback
    public_port: int  #: GIOVANG_PUBLIC_PORT: receipts
    public_host: str  #: GIOVANG_PUBLIC_HOST
    log_json: bool  #: GIOVANG_LOG=json
    sandbox_url: str = ""  #: GIOVANG_SANDBOX_URL: in training, a sandbox that runs already
    grace: int = 30  #: GIOVANG_GRACE: seconds that what is on the wire gets at shutdown
    oidc: Oidc | None = None  #: None: by password only
    engine: str = "embedded"  #: GIOVANG_ENGINE: embedded or distributed
    files: str = ""  #: GIOVANG_FILES: s3://bucket/prefix of shared files; "" below var
    files_cache: int = 10_000  #: GIOVANG_FILES_CACHE: MB kept on this machine of what is there

    @property
    def schedules(self) -> Path:
        return self.home / "schedules.toml"

    @property
    def images(self) -> Path:
        return self.home / "content" / "images"

    def template_folders(self) -> tuple[Path, ...]:
        """The home's own templates before the product's."""
        own = self.home / "templates"
        shipped = PRODUCT / "templates"
        return (own, shipped) if own != shipped and own.is_dir() else (shipped,)


def from_environment() -> Settings:
    """Read GIOVANG_*; see docs/schedules.md, "Biến môi trường"."""
    home = Path(os.environ.get("GIOVANG_HOME") or PRODUCT).resolve()
    var = Path(os.environ.get("GIOVANG_VAR") or home / "var").resolve()
    url = given_url() or default_url(var)
    return Settings(
        home=home,
        var=var,
        database_url=url,
        inner_port=_number("GIOVANG_PORT", os.environ.get("GIOVANG_PORT"), 8470, 65535),
        public_port=_number(
            "GIOVANG_PUBLIC_PORT", os.environ.get("GIOVANG_PUBLIC_PORT"), 8471, 65535),
        public_host=os.environ.get("GIOVANG_PUBLIC_HOST", "127.0.0.1"),
        log_json=os.environ.get("GIOVANG_LOG", "").lower() == "json",
        sandbox_url=os.environ.get("GIOVANG_SANDBOX_URL", ""),
        grace=_number("GIOVANG_GRACE", os.environ.get("GIOVANG_GRACE"), 30, 600),
        oidc=_oidc(),
        engine=os.environ.get("GIOVANG_ENGINE") or "embedded",
        files=os.environ.get("GIOVANG_FILES", "").strip(),
        files_cache=_number("GIOVANG_FILES_CACHE", os.environ.get("GIOVANG_FILES_CACHE"), 10_000,
                            10_000_000),
    )


def given_url() -> str:
    """The database that the environment names, with its password; "" where it names none."""
    url = os.environ.get("GIOVANG_DATABASE_URL", "")
    file = os.environ.get("GIOVANG_DATABASE_URL_FILE", "")
    if url and file:
        raise UserError("GIOVANG_DATABASE_URL_FILE",
                        t("GIOVANG_DATABASE_URL cũng được đặt", "so is GIOVANG_DATABASE_URL"),
                        t("chỉ đặt một trong hai", "set one of the two"))
    if not file:
        return url
    found = file_content("GIOVANG_DATABASE_URL_FILE", file)
    if not found:  # else a machine of a cluster would begin an SQLite file of its own
        raise UserError("GIOVANG_DATABASE_URL_FILE", t(f"{file} trống", f"{file} is empty"),
                        t("ghi postgresql://… vào đó", "write postgresql://… into it"))
    return found


def file_content(name: str, file: str) -> str:
    """What stands in the file that a variable names."""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(name, t(f"không đọc được: {error}", f"cannot be read: {error}"),
                        t("kiểm tra đường dẫn và quyền", "check path and permissions")) from error


def _oidc() -> Oidc | None:
    issuer = os.environ.get("GIOVANG_OIDC_ISSUER", "")
    client = os.environ.get("GIOVANG_OIDC_CLIENT_ID", "")
    if not issuer and not client:
        return None
    if not issuer or not client:
        raise UserError(
            "GIOVANG_OIDC_CLIENT_ID" if issuer else "GIOVANG_OIDC_ISSUER", t("thiếu", "is missing"),
            t("đặt cả GIOVANG_OIDC_ISSUER và GIOVANG_OIDC_CLIENT_ID, hoặc bỏ cả hai",
              "set both GIOVANG_OIDC_ISSUER and GIOVANG_OIDC_CLIENT_ID, or neither"))
    local = urlsplit(issuer).hostname in ("127.0.0.1", "localhost", "::1")
    if not issuer.startswith("https://") and not (local and issuer.startswith("http://")):
        raise UserError("GIOVANG_OIDC_ISSUER", t("phải là địa chỉ https", "must be https"),
                        t("viết đúng như nơi cấp công bố", "write it as its keeper does"))
    secret = os.environ.get("GIOVANG_OIDC_SECRET", "")
    if file := os.environ.get("GIOVANG_OIDC_SECRET_FILE"):
        secret = file_content("GIOVANG_OIDC_SECRET_FILE", file)
    return Oidc(issuer, client, Secret(secret),
                os.environ.get("GIOVANG_OIDC_CLAIM") or "preferred_username",
                os.environ.get("GIOVANG_OIDC_DOMAIN", "").lower().lstrip("@"),
                os.environ.get("GIOVANG_OIDC_NAME", ""))


def _number(name: str, given: str | None, default: int, most: int) -> int:
    if not given:
        return default
    if not given.isdecimal() or int(given) > most:
        raise UserError(name, t(f"«{given}» không dùng được", f"“{given}” will not do"),
                        t(f"viết một số từ 0 đến {most}", f"write a number from 0 to {most}"))
    return int(given)


def default_url(var: Path) -> str:
    """The real database once `golive` has made it; until then the one for training."""
    live = var / LIVE_DB
    return f"sqlite:///{live if live.exists() else var / TRAINING_DB}"
