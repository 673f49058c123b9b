"""
The two web applications beside the worker. Inner (loopback): is it alive, is it ready, its
figures. Public: gateways' receipts, stations' pages. Neither ever sends a message.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from channels.base import Channel, ReportsDelivery
from console.api.app import add_api
from console.metrics import Figures
from console.stations.app import in_words, stations_router
from console.web.app import add_console
from worker.errors import UserError
from worker.home import Home, in_force
from worker.nodes import BEAT
from worker.receipt_secret import secret_for
from worker.receipts import store_receipts
from worker.status import last_beat

log = structlog.get_logger("giovang.web")

#: bytes; a receipt is a few hundred
MAX_BODY = 64 * 1024
#: seconds a caller may take over it
BODY_SECONDS = 10.0

Channels = Callable[[], Mapping[str, Channel]]


def inner_app(home: Home, channels: Channels = dict, *, pages: bool = True) -> FastAPI:
    """
    GET /healthz, /readyz, /metrics, asked by machines without a secret; and the console, its
    pages and its API.
    """
    app = _bare("giovang")
    registry = CollectorRegistry()
    registry.register(Figures(home))

    @app.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    def readyz() -> Response:
        missing = not_ready(home)
        return JSONResponse({"ready": not missing, "missing": missing},
                            status_code=503 if missing else 200)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    if pages:
        add_console(app, home, channels)
        add_api(app, home, channels)
    return app


def not_ready(home: Home) -> list[str]:
    """What is missing for publishing: the database, a programme, a worker's beat in 90 s."""
    try:
        with home.store.read() as session:
            beat = last_beat(session)
            in_force(session)
    except DBAPIError:
        return ["database"]
    except UserError:
        return ["programme"]
    alive = beat is not None and home.clock.now() - beat <= BEAT
    return [] if alive else ["worker"]


def public_app(home: Home, channels: Channels) -> FastAPI:
    """Receipts at /receipts/CHANNEL/ACCOUNT/SECRET, stations at /stations/TOKEN/; else 404."""
    app = _bare("giovang-receipts")

    @app.api_route("/receipts/{channel}/{account}/{secret}", methods=["GET", "POST"])
    async def receive(channel: str, account: str, secret: str, request: Request) -> Response:
        try:
            known = await run_in_threadpool(_known, home, channels, channel, account, secret)
        except DBAPIError:
            return Response(status_code=503)
        if known is None:
            return Response(status_code=404)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):  # it hung up: it will call again
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        params = dict(request.query_params)
        return await run_in_threadpool(_store, home, known, channel, account, params, body)

    app.include_router(stations_router(home))
    app.add_exception_handler(HTTPException, in_words)
    return app


def _bare(title: str) -> FastAPI:
    # no pages of documentation: they would tell the world what is here; no telemetry: its
    # spans would carry paths, and ours carry secrets
    return FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None,
                   telemetry={"tracing": False, "metrics": False, "logs": False})


def _known(
    home: Home, channels: Channels, channel: str, account: str, secret: str
) -> ReportsDelivery | None:
    """The channel, when the secret is this account's: compared in constant time, and first."""
    right = secret_for(home, channel, account)
    if not hmac.compare_digest(right.encode(), secret.encode()):
        return None
    found = channels().get(channel)
    return found if isinstance(found, ReportsDelivery) else None


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is larger than we read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _store(
    home: Home, found: ReportsDelivery, channel: str, account: str, params: dict[str, str],
    body: bytes,
) -> Response:
    """200 once it is kept: the gateway may forget it then. 503: call again later."""
    reports = found.parse_report(params, body)
    raw = hashlib.sha256(repr(sorted(params.items())).encode() + b"\n" + body).hexdigest()
    try:
        with home.store.write() as session:
            new = store_receipts(session, home.clock.now(), channel, account, reports, raw)
    except DBAPIError as error:
        log.error("receipt.not_kept", channel=channel, account=account,
                  error=str(error.orig))
        return Response(status_code=503)
    log.info("receipt", channel=channel, account=account, reports=len(reports), new=new)
    return PlainTextResponse("OK")
