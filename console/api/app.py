"""The API put together, and its description (OpenAPI), for those who hold a key."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.routing import Mount

from channels.base import Channel
from console.api import (
    approvals,
    campaigns,
    check,
    deliveries,
    items,
    lists,
    plan,
    problems,
    state,
    stations,
)
from console.api.desk import Desk, May
from console.api.guard import LARGEST, Guard
from console.api.problems import Problem
from console.stations.limits import Limits
from worker.api.keys import SCOPES
from worker.home import Home

#: a promise: what is answered below it keeps its meaning
PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    items.router, approvals.router, plan.router, deliveries.router, state.router,
    campaigns.router, lists.router, stations.router, check.router)
#: bytes of a body by the end of its address
WIDER: Mapping[str, int] = {f"{PREFIX}/lists": lists.LARGEST}

DESCRIPTION = """
The functions of the console for programs. Send a key made by an administrator as
`Authorization: Bearer gv_…`; it acts for a person, with that person's roles and organisation,
within its scopes. Keys never approve, never start again after an emergency stop, and never make
persons or keys. Times have an offset; lists have `next`, to be sent as `cursor`.
"""


def add_api(
    app: FastAPI, home: Home, channels: Callable[[], Mapping[str, Channel]]
) -> None:
    """Put the API below its prefix."""
    mount = Mount(PREFIX, api_app(home, channels))
    # a line's end in an address is no reason to answer with a page of the console
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    app.router.routes.append(mount)


def api_app(
    home: Home, channels: Callable[[], Mapping[str, Channel]], limits: Limits | None = None
) -> FastAPI:
    """The application below the prefix."""
    # no telemetry: its spans would carry keys; no pages of documentation: they need a CDN
    app = FastAPI(title="giovang", docs_url=None, redoc_url=None, openapi_url=None,
                  redirect_slashes=False,
                  telemetry={"tracing": False, "metrics": False, "logs": False})
    app.state.desk = Desk(home, channels)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/openapi.json", include_in_schema=False)
    def description(_request: Request) -> JSONResponse:
        return JSONResponse(openapi())

    problems.install(app)
    app.add_middleware(Guard, home=home, limits=limits or Limits(home.clock.elapsed),
                       largest=largest)
    return app


def largest(path: str) -> int:
    return next((most for end, most in WIDER.items() if path.endswith(end)), LARGEST)


def openapi() -> dict[str, Any]:
    """What there is, as OpenAPI 3.1; docs/openapi.json is this, a test compares."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    found = get_openapi(title="giovang", version="1", description=DESCRIPTION.strip(),
                        routes=app.routes, servers=[{"url": PREFIX}])
    parts = found.setdefault("components", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.setdefault("schemas", {}).update(schema.pop("$defs", {}) | {"Problem": schema})
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer",
                                        "description": "A key: `gv_…`"}}
    found["security"] = [{"key": []}]
    for route in app.routes:
        if isinstance(route, APIRoute):
            _tell_scope(found["paths"][route.path_format], route)
    return found


def _tell_scope(path: dict[str, Any], route: APIRoute) -> None:
    may = next(d.call for d in route.dependant.dependencies if isinstance(d.call, May))
    for method in route.methods or ():
        operation = path[method.lower()]
        operation["x-scope"], operation["x-roles"] = may.scope, sorted(may.roles)
        operation["description"] = "\n\n".join(filter(None, (
            operation.get("description", ""),
            f"Scope `{may.scope}` ({SCOPES[may.scope][1]}). Roles: {', '.join(sorted(may.roles))}.",
        )))


if __name__ == "__main__":  # docs/openapi.json is made by `python -m console.api.app`
    sys.stdout.write(json.dumps(openapi(), ensure_ascii=False, indent=1) + "\n")
