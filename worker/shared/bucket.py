"""
Shared files in an S3 bucket, through fsspec (extra `s3`). Keys come as S3's own tools read them:
the environment (AWS_…) or the file that AWS_SHARED_CREDENTIALS_FILE names; never from the URL,
and what a library says of an error is not repeated, so no key reaches a log.

An object is written by one PUT: it is there whole or not at all. After a failure everybody is told
at once for some seconds that it is away, instead of each waiting for it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from worker.clock import SystemClock
from worker.errors import UserError
from worker.i18n import t
from worker.shared.cache import Cache
from worker.shared.kinds import (
    PICTURES,
    Entry,
    FileGone,
    FilesAway,
    Kind,
    checked,
    is_hash,
    too_large,
)

T = TypeVar("T")

#: seconds: to connect, between two pieces of an answer, and of not asking after a failure
CONNECT, READ, REST = 3, 20, 5.0
_PROBE = "kiem-tra.txt"
#: one PUT writes so much; more would be written in parts
_ONE_PUT = 5 << 30


@dataclass
class Bucket:
    """`s3://bucket/prefix`."""

    url: str
    images: Path  #: pictures that staff put beside the content by hand stand on each machine
    cache: Cache
    elapsed: Callable[[], float] = field(default_factory=lambda: SystemClock().elapsed)
    _fs: Any = None
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _away: tuple[float, str] = (float("-inf"), "")

    @property
    def where(self) -> str:
        return self.url

    def put(self, kind: Kind, name: str, data: bytes) -> None:
        if len(data) > kind.most:
            raise too_large(kind, name)
        self._write(kind, name, data)
        with suppress(OSError):  # no room here: brought when it is asked for
            self.cache.keep(self.cache.at(kind, name), data)

    def offer(self, kind: Kind, path: Path) -> None:
        target, size = self._key(kind, path.name), path.stat().st_size
        there = self._ask(lambda fs: _info(fs, target))
        if there is None or there["size"] != size:
            self._write(kind, path.name, path.read_bytes())
        if path == self.cache.at(kind, path.name):
            self.cache.grown(size)

    def read(self, kind: Kind, name: str) -> bytes:
        target = self._key(kind, name)

        def get(fs: Any) -> bytes | None:
            # one byte too many is enough to know; nothing larger is taken into memory
            try:
                data: bytes = fs.cat_file(target, start=0, end=kind.most + 1)
            except FileNotFoundError:
                return None
            except OSError:  # an empty object has no first byte
                if (_info(fs, target) or {}).get("size") == 0:
                    return b""
                raise
            return data

        data = self._ask(get)
        if data is None:
            raise FileGone(kind, name)
        return checked(kind, name, data)

    def at(self, kind: Kind, name: str) -> Path:
        by_hand = self.images / name
        if kind is PICTURES and (not is_hash(name) or by_hand.is_file()):
            kind.path(name)
            return by_hand
        return self.cache.at(kind, name)

    def local(self, kind: Kind, name: str) -> Path:
        path = self.at(kind, name)
        if kind is PICTURES and path.is_relative_to(self.images):
            if not path.is_file():
                raise FileGone(kind, name)
            return path
        try:
            return self.cache.bring(kind, name, lambda: self.read(kind, name))
        except OSError as error:  # this machine's disk: nothing says that the file is gone
            raise FilesAway(error.strerror or type(error).__name__) from error

    def entries(self, kind: Kind) -> Iterator[Entry]:
        top = f"{self._top}/{kind.folder}"
        found = self._ask(lambda fs: fs.find(top, detail=True))
        for path, about in found.items():
            name = path.removeprefix(f"{top}/")
            try:
                kind.path(name)
            except ValueError:
                continue
            at = about.get("LastModified") or datetime.fromtimestamp(0, UTC)
            yield Entry(name, int(about["size"]), at)

    def drop(self, kind: Kind, name: str) -> None:
        target = self._key(kind, name)
        self._ask(lambda fs: _gone(fs, target))
        self.cache.at(kind, name).unlink(missing_ok=True)

    def probe(self) -> None:
        target = f"{self._top}/{_PROBE}"

        def both(fs: Any) -> bytes | None:
            try:
                fs.pipe_file(target, b"giovang")
            except FileNotFoundError:
                return None
            data: bytes = fs.cat_file(target)
            return data

        if self._ask(both, strict=True) is None:
            raise _wrong(t(f"không có kho «{urlsplit(self.url).netloc}»",
                           f"there is no bucket “{urlsplit(self.url).netloc}”"),
                         t("tạo kho, hoặc sửa GIOVANG_FILES", "make it, or mend GIOVANG_FILES"))

    # ------------------------------------------------------------------ the wire

    @property
    def _top(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.netloc}{parts.path}".rstrip("/")

    def _key(self, kind: Kind, name: str) -> str:
        return f"{self._top}/{kind.path(name)}"

    def _write(self, kind: Kind, name: str, data: bytes) -> None:
        target = self._key(kind, name)

        def write(fs: Any) -> bool:
            try:
                fs.pipe_file(target, data, chunksize=_ONE_PUT)
            except FileNotFoundError:
                return False
            return True

        if not self._ask(write):
            raise FilesAway(t("không còn kho", "the bucket is gone"))

    def _ask(self, act: Callable[[Any], T], *, strict: bool = False) -> T:
        until, why = self._away
        if self.elapsed() < until and not strict:
            raise FilesAway(why)
        try:
            return act(self._opened())
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001  (the library's own, aiohttp's, the system's)
            why = _why(error)
            refused = _refusal(error)
            self._away = (self.elapsed() + REST, why)
            if strict and refused is not None:
                raise refused from None  # what stands in the cause is not for a log
            raise FilesAway(why) from None

    def _opened(self) -> Any:
        with self._opening:
            if self._fs is None:
                self._fs = _open()
            return self._fs


def _open() -> Any:
    try:
        import fsspec  # noqa: PLC0415  (of the extra)
        import s3fs  # noqa: F401, PLC0415
    except ImportError as error:
        raise _wrong(t("thiếu gói s3", "the extra s3 is missing"),
                     t("cài giovang[s3]", "install giovang[s3]")) from error
    fs = fsspec.filesystem(
        "s3", skip_instance_cache=True, use_listings_cache=False,
        # a proxy of the environment is never used here either
        config_kwargs={"connect_timeout": CONNECT, "read_timeout": READ, "proxies": {},
                       "retries": {"max_attempts": 1}})
    fs.retries = 1  # the library would go on for half a minute; whoever asks comes again
    fs.connect()
    endpoint = urlsplit(fs.s3.meta.endpoint_url)
    if endpoint.scheme != "https" and endpoint.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise _wrong(t(f"địa chỉ kho {endpoint.hostname} không phải https",
                       f"the endpoint {endpoint.hostname} is not https"),
                     t("sửa AWS_ENDPOINT_URL_S3", "mend AWS_ENDPOINT_URL_S3"))
    return fs


def _info(fs: Any, target: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = fs.info(target)
    except FileNotFoundError:
        return None
    return found


def _gone(fs: Any, target: str) -> None:
    try:
        fs.rm_file(target)
    except FileNotFoundError:
        return


def _refusal(error: Exception) -> UserError | None:
    """What a person has to mend; None: it may pass by itself."""
    if isinstance(error, PermissionError):
        return _wrong(t("kho từ chối khóa, hoặc khóa không được ghi",
                        "the bucket refused the key, or the key may not write"), _keys())
    if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError",
                                "CredentialRetrievalError", "ProfileNotFound"):
        return _wrong(t("chưa có khóa của kho", "there is no key of the bucket"), _keys())
    if type(error).__name__ in ("ParamValidationError", "InvalidRegionError", "NoRegionError"):
        return _wrong(t("tên kho hoặc vùng không dùng được", "bucket or region will not do"),
                      t("sửa GIOVANG_FILES, AWS_DEFAULT_REGION",
                        "mend GIOVANG_FILES, AWS_DEFAULT_REGION"))
    return None


def _keys() -> str:
    return t("đặt AWS_ACCESS_KEY_ID và AWS_SECRET_ACCESS_KEY, hoặc AWS_SHARED_CREDENTIALS_FILE",
             "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE")


def _why(error: Exception) -> str:
    """Its kind alone: messages of libraries hold addresses and may hold keys."""
    return type(error.__cause__ or error).__name__


def _wrong(what: str, fix: str) -> UserError:
    return UserError("GIOVANG_FILES", what, fix)

