"""
The machine's log: one event a line on stderr, JSON or pretty, no secret and no phone number
in clear. What libraries log goes the same way, from WARNING on.

The canonical line is `delivery.attempt`, one a try, written by `worker/observer.py`.
"""

import contextlib
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from channels.scrub import MASK, scrub
from worker.clock import Clock
from worker.settings import Secret

#: the value under such a name is masked whatever it looks like
_SENSITIVE = re.compile(
    r"authorization|cookie|passw|mat_khau|secret|token$|^token|api_?key|^auth$|^khoa$",
    re.IGNORECASE,
)
#: texts whose masked form is kept: nearly every value of a line stood in the line before
_KEPT = 1024
#: our own ids: an all-digit one must not be taken for a phone number
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{MASK}@"),  # user:password in an address
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(
        r"((?:access_token|token|api_?key|passw(?:or)?d|secret)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]+",
        re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(/receipts/[^/\s]+/[^/\s]+/)[^\s/?]+"), rf"\1{MASK}"),
)
_JSON = json.JSONEncoder(ensure_ascii=False)


class Masker:
    """The processor that masks; `hide` adds values that became known later."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values, too."""
        self._secrets |= {s for s in secrets if s}
        self.text: Callable[[str], str] = lru_cache(_KEPT)(self._text)  # none masked by old rules

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        return {key: self.value(key, value) for key, value in event.items()}

    def value(self, key: str, value: Any) -> Any:
        """The value as it may be written under this name."""
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, Secret) or (isinstance(key, str) and _is_sensitive(key)):
            return MASK
        if isinstance(value, str):
            return value if _UUID.fullmatch(value) else self.text(value)
        if isinstance(value, int):
            return value if value < 10**8 or self.text(str(value)) == str(value) else MASK
        if isinstance(value, Mapping):
            return {k: self.value(k, v) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value("", v) for v in value]
        return self.text(str(value))

    def _text(self, text: str) -> str:
        """Free text without secrets, credentials and phone numbers."""
        for pattern, instead in _IN_TEXT:
            text = pattern.sub(instead, text)
        return scrub(text, self._secrets)


@lru_cache(_KEPT)
def _is_sensitive(name: str) -> bool:
    return _SENSITIVE.search(name) is not None


def _as_json(event: EventDict, **_: Any) -> str:
    return _JSON.encode(event)  # what the masker lets through, JSON can write


class _Unfailing(io.TextIOBase):
    """A stream whose reader may go away and whose disk may be full: that stops no delivery."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        with contextlib.suppress(OSError, ValueError):  # ValueError: it was closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


def configure(
    clock: Clock, *, as_json: bool, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> Masker:
    """Set up structlog and the libraries' logging; gives the masker, to hide more later."""
    out = cast("TextIO", _Unfailing(stream or sys.stderr))
    masker = Masker(secrets)

    def stamp(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        event["timestamp"] = clock.now().isoformat(timespec="milliseconds")
        return event

    render: Processor = (
        structlog.processors.JSONRenderer(_as_json) if as_json
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=20)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, stamp,
        # before the masker: a traceback shows values, too
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, masker, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _route_libraries(out, shared, masker, render)
    return masker


def _route_libraries(
    out: TextIO, shared: list[Processor], masker: Masker, render: Processor
) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared, _library],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, masker, render],
    ))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "apscheduler", "alembic", "urllib3"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)
    # its lines carry whole paths, and ours carry a secret
    logging.getLogger("uvicorn.access").disabled = True


def _library(
    logger: WrappedLogger, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    del method
    event["logger"] = getattr(logger, "name", None) or event["_record"].name
    return event
