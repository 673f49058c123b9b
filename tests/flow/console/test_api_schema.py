"""
schemathesis over every operation: whatever is sent, no 5xx, and no answer but those that the
OpenAPI documents. The seed is printed; GIOVANG_API_SEED sets it again.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.api.app import PREFIX, openapi
from console.server import Servers
from tests.api import KEY, a_key, something
from tests.builders import in_force, settings_for
from tests.conftest import START
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.office import Office

ROOT = Path(__file__).parents[3]
SCHEMA = schemathesis.openapi.from_dict(openapi())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
CHECKS: list[Any] = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance]
#: what there is, so that an operation comes further than "there is no such thing"
THERE: dict[str, Any] = {
    "item": "td-02", "key": KEY, "campaign": 1, "number": 1, "alarm": 1, "channel": "sms",
    "station": "dai-luc-ngan", "date": "2026-11-24", "airing": "11:30"}
SEED = int(os.environ.get("GIOVANG_API_SEED") or random.randrange(2**32))


@pytest.fixture(scope="module")
def api(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Calls a case of the real listener, with a key that may do everything."""
    folder = tmp_path_factory.mktemp("api")
    copy = folder / "giovang.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    store, clock = Store(f"sqlite:///{copy}", durable=False), VirtualClock(START)
    in_force(store)
    home = Home(replace(settings_for(folder), var=folder / "var", inner_port=0), store, clock)
    something(home)
    key = a_key(home, days=366)
    office = Office(home.settings, store, clock, True, None, home.programme()).open()
    servers = Servers(home, lambda: office, public=False)
    servers.start()

    def call(case: Case) -> None:
        clock.advance(0.2)  # as many a minute as a key may
        case.call_and_validate(base_url=servers.inner_url + PREFIX, checks=CHECKS,
                               headers={"Authorization": f"Bearer {key}"})

    yield call
    servers.stop()
    store.close()


def _aimed(operation: Any) -> dict[str, Any] | None:
    names = re.findall(r"\{(\w+)\}", operation.path)
    return {name: THERE[name] for name in names} or None


def _ask(operation: Any, api: Any, count: int) -> None:
    print(f"GIOVANG_API_SEED={SEED}")  # noqa: T201  (shown where it fails)
    ways = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE)]
    if aimed := _aimed(operation):
        ways.append(operation.as_strategy(generation_mode=GenerationMode.POSITIVE,
                                          path_parameters=aimed))
    if operation.method != "get" or "{" in operation.path or operation.query.items:
        ways.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    for strategy in ways:
        @seed(SEED)
        @settings(max_examples=count, deadline=None, database=None,
                  phases=[Phase.explicit, Phase.generate],
                  suppress_health_check=list(HealthCheck))
        @given(case=strategy)
        def every(case: Case) -> None:
            api(case)

        every()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_no_answer_but_those_documented(operation: Any, api: Any) -> None:
    _ask(operation, api, 3)


@pytest.mark.long
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_no_answer_but_those_documented_at_length(operation: Any, api: Any) -> None:
    _ask(operation, api, 200)


def test_the_description_is_the_one_that_was_promised() -> None:
    """What programs were built against: `python -m console.api.app > docs/openapi.json`."""
    kept = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))

    assert openapi() == kept
