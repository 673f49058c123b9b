"""WebDAV (RFC 4918) to a box: MKCOL, PUT beside, MOVE into place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote

from channels.box.codes import CODES
from channels.box.ways import Shelf, T, Trouble
from channels.values import Accepted, Delivered, Retry, Uncertain
from channels.verdict import verdict
from channels.wire import Answer, NoAnswer, Wire


class _RefusedError(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


@dataclass(frozen=True)
class WebdavWay:
    """`url`: the folder below which the stations' folders are."""

    wire: Wire
    url: str
    user: str
    password: str
    timeout: float

    def visit(self, act: Callable[[Shelf], T], deadline: float, draft: str) -> T | Trouble:
        try:
            return act(_Webdav(self, deadline, draft))
        except _RefusedError as error:
            return error.trouble

    def alive(self, deadline: float) -> Trouble | None:
        return _trouble(self.ask("PROPFIND", "", deadline, headers={"Depth": "0"}))

    def ask(
        self, method: str, name: str, deadline: float, data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | NoAnswer:
        return self.wire.request(
            method, self.address(name), deadline=deadline, timeout=self.timeout, idempotent=True,
            # a text packed on the way has another length
            headers={"Accept-Encoding": "identity", **(headers or {})}, data=data,
            auth=(self.user, self.password))

    def address(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{quote(name)}"


def _trouble(got: Answer | NoAnswer) -> Trouble | None:
    if isinstance(got, NoAnswer) and got.proves == "not_sent" and got.code != "deadline":
        return Retry("unreachable", got.detail, counts=False, scope="account")
    found = verdict(got, idempotent=True, codes=CODES)
    # of an idempotent channel it says Retry, or Rejected
    assert not isinstance(found, Accepted | Delivered | Uncertain)  # noqa: S101
    return found


@dataclass
class _Webdav:
    way: WebdavWay
    deadline: float
    draft: str
    made: set[PurePosixPath] = field(default_factory=set)

    def put(self, name: str, data: bytes) -> None:
        self._folders(PurePosixPath(name).parent)
        draft = str(PurePosixPath(name).with_name(self.draft))
        self._ask("PUT", draft, data=data)
        if self.size(draft) != len(data):  # there are servers that say 201 to half a file
            raise _RefusedError(Retry("short", CODES["short"].meaning))
        self._ask("MOVE", draft, headers={"Destination": self.way.address(name),
                                          "Overwrite": "T"})

    def delete(self, name: str) -> None:
        self._ask("DELETE", name, fine=(404,))

    def size(self, name: str) -> int | None:
        seen = self._ask("HEAD", name, fine=(404,))
        return None if seen.status == 404 else int(seen.headers.get("Content-Length", "-1"))

    def read(self, name: str) -> bytes | None:
        seen = self._ask("GET", name, fine=(404,))
        return None if seen.status == 404 else seen.body

    def _folders(self, folder: PurePosixPath) -> None:
        for part in [*reversed(folder.parents), folder][1:]:
            if part not in self.made:
                # 405: it is there; a server that lets nobody make folders says so at the PUT
                self._ask("MKCOL", f"{part}/", fine=(301, 403, 405, 409))
                self.made.add(part)

    def _ask(
        self, method: str, name: str, *, data: bytes | None = None,
        headers: Mapping[str, str] | None = None, fine: tuple[int, ...] = (),
    ) -> Answer:
        got = self.way.ask(method, name, self.deadline, data, headers)
        if isinstance(got, Answer) and got.status in fine:
            return got
        trouble = _trouble(got)
        if trouble is not None:
            raise _RefusedError(trouble)
        assert isinstance(got, Answer)  # noqa: S101  (no answer is always trouble)
        return got
