"""What went wrong, as `application/problem+json` (RFC 9457), in the installation's language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from worker.api.answers import OtherRequestError, UnderWayError
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.output import dumps

log = structlog.get_logger("giovang.api")

MEDIA = "application/problem+json"


class MistakeShown(BaseModel):
    """One mistake."""

    where: str = Field(description="The field, parameter or thing that is wrong.")
    what: str = Field(description="What is wrong with it.")
    fix: str = Field(description="What to do instead; may be empty.")


class Problem(BaseModel):
    """Nothing was changed (but for 503, after which the same call may be sent again)."""

    type: str = Field(description="Which kind of problem; does not change.",
                      examples=["urn:giovang:problem:not-now"])
    title: str
    status: int
    detail: str
    mistakes: list[MistakeShown]


#: kind -> its status and title
KINDS: Mapping[str, tuple[int, str, str]] = {
    "not-understood": (400, "Không hiểu yêu cầu", "The request is not understood"),
    "no-key": (401, "Thiếu khóa API, hoặc khóa không dùng được", "No API key that works"),
    "not-allowed": (403, "Khóa này không được làm việc đó", "This key may not do that"),
    "not-found": (404, "Không có", "There is no such thing"),
    "no-such-method": (405, "Địa chỉ này không nhận yêu cầu như vậy", "Not done at this address"),
    "not-now": (409, "Hiểu nhưng không làm được", "Understood, but not done"),
    "under-way": (409, "Lần gọi trước còn đang làm", "The same call is under way"),
    "length": (411, "Thiếu Content-Length", "Content-Length is missing"),
    "too-large": (413, "Quá lớn", "Too large"),
    "kind-of-body": (415, "Không nhận kiểu dữ liệu này", "This kind of body is not taken"),
    "invalid": (422, "Có chỗ sai", "Something in it is wrong"),
    "other-request": (422, "Idempotency-Key đã dùng cho việc khác",
                      "The Idempotency-Key was used for something else"),
    "too-often": (429, "Gọi quá nhiều lần", "Too many calls"),
    "our-bug": (500, "Lỗi của chương trình", "A bug of ours"),
    "busy": (503, "Máy chủ đang bận", "The server is busy"),
}

#: a validator's kind of error -> Vietnamese
_WRONG: Mapping[str, str] = {
    "missing": "thiếu", "extra_forbidden": "không có trường này",
"string_type": "phải là chữ",
    "string_too_short": "ngắn quá", "string_too_long": "dài quá",
    "string_pattern_mismatch": "không đúng dạng", "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên", "int_from_float": "phải là số nguyên",
    "bool_type": "phải là true hoặc false", "bool_parsing": "phải là true hoặc false",
    "float_type": "phải là số", "float_parsing": "phải là số",
    "greater_than_equal": "nhỏ quá", "greater_than": "nhỏ quá", "less_than_equal": "lớn quá",
    "less_than": "lớn quá", "enum": "không có trong danh sách",
    "literal_error": "không có trong danh sách", "list_type": "phải là danh sách",
    "dict_type": "phải là bảng tên và giá trị", "too_long": "nhiều quá", "too_short": "ít quá",
}


class ProblemError(Exception):
    """Answered as it stands."""

    def __init__(self, kind: str, detail: str = "", mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.mistakes = kind, detail, tuple(mistakes)


def answer(
    kind: str, detail: str = "", mistakes: Iterable[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as it goes out."""
    status, vi, en = KINDS[kind]
    shown = [{"where": field(m.where), "what": m.what, "fix": m.fix} for m in mistakes]
    body = {"type": f"urn:giovang:problem:{kind}", "title": t(vi, en), "status": status,
            "detail": detail or "; ".join(": ".join(filter(None, (m["where"], m["what"])))
                                          for m in shown) or t(vi, en),
            "mistakes": shown}
    if status in (429, 503):
        headers = {"Retry-After": "60" if status == 429 else "10", **(headers or {})}
    elif status == 401:
        headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
    # a name that holds half a character must not break the answer about it
    return Response(dumps(body).encode("utf-8", "replace"), status, headers, MEDIA)


def field(where: str) -> str:
    """An option of the command line as the field of the API: `--go-on-at` is `go_on_at`."""
    option = where.startswith("--") and " " not in where
    return where[2:].replace("-", "_") if option else where


def missing(what: str, vi: str = "không có", en: str = "there is none") -> ProblemError:
    """Neither there nor, to whoever may not see it, thinkable."""
    return ProblemError("not-found", "", [Mistake(what, t(vi, en))])


def install(app: FastAPI) -> None:
    """Every exception that is expected, as a problem."""
    app.add_exception_handler(ProblemError, lambda _, e: answer(e.kind, e.detail, e.mistakes))
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(OtherRequestError, lambda *_: answer("other-request", t(
        "Cùng một khóa mà nội dung khác: dùng khóa mới cho việc mới.",
        "The same key, another content: use a new key for something new.")))
    app.add_exception_handler(UnderWayError, lambda *_: answer("under-way", t(
        "Chờ ít giây rồi gọi lại với đúng khóa ấy.", "Call again with the same key in a while.")))


def _user_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)  # noqa: S101  (registered for it)
    return answer("not-now" if error.exit_code == 1 else "invalid", "", error.mistakes)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for it)
    found = error.errors()
    mistakes = [_mistake(e) for e in found]
    plain = any(e["type"] == "json_invalid" or (
        e["type"] == "missing" and e["loc"][0] == "header") for e in found)
    return answer("not-understood" if plain else "invalid", "", mistakes)


def _mistake(error: Mapping[str, Any]) -> Mistake:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "text":
        return Mistake(error["ctx"]["at"][:200] or "body", said)
    if error["type"] == "json_invalid":
        return Mistake("body", t(f"không phải JSON ({error['ctx']['error']})",
                                 f"is no JSON ({error['ctx']['error']})"))
    if error["type"] == "value_error":
        return Mistake(where[:200], said)
    vi = _WRONG.get(error["type"], "")
    return Mistake(where[:200], t(f"{vi} ({said})" if vi else said, said))


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for it)
    kinds = {400: "not-understood", 404: "not-found", 405: "no-such-method", 413: "too-large",
             415: "kind-of-body"}
    return answer(kinds.get(error.status_code, "not-understood"), headers=error.headers)


def _database(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)  # noqa: S101  (registered for it)
    log.error("api.database", error=str(error.orig))
    return answer("busy", t("Chưa làm được. Chờ một phút rồi gọi lại.",
                            "Not done. Call again in a minute."))


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Responses of an operation as its OpenAPI tells them."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, _, en = KINDS[kind]
        said = found.setdefault(status, {"description": "", "content": {
            MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}})
        said["description"] = "; ".join(filter(None, (said["description"], en)))
    return found


READING = ("not-understood", "no-key", "not-allowed", "not-found", "invalid", "too-often", "busy")
ACTING = (*READING, "not-now", "under-way", "length", "too-large", "kind-of-body",
          "other-request")
