"""Calls that Schemathesis makes up from the document, sent to the whole application: no 5xx, no undeclared answer."""

import random
import traceback
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from structlog.testing import capture_logs

from tests.contract.bodies import nearly_good
from tests.contract.world import OPERATOR_KEY, World, learn, refresh
from tests.support.app import Running, an_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_A_NEW_REQUEST_AFTER = 10  # calls
_ORDER = ["get", "put", "post", "patch", "delete"]  # What is there first; what ends things last.


@dataclass
class Findings:
    """What came of a run: statuses by operation, codes of errors with their status (None for a field's), and each fault
    once, with the call that shows it.
    """

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    codes: set[tuple[str, int | None]] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)

    def note_codes(self, status: int, body: Any) -> None:
        if status >= 400 and isinstance(body, dict) and isinstance(body.get("errors"), list):
            self.codes |= {(body["code"], status), *((one["code"], None) for one in body["errors"])}

    @property
    def cases(self) -> int:
        return sum(counted.total() for counted in self.statuses.values())


@dataclass(frozen=True)
class Target:
    """The application, in a thread of its own: Hypothesis is not asynchronous."""

    app: Running
    portal: BlockingPortal
    document: dict[str, Any]

    def send(self, prepared: requests.PreparedRequest) -> httpx.Response:
        """Send what Schemathesis has made up."""
        client = self.app.client
        request = client.build_request(
            prepared.method or "GET", prepared.url or "", headers=_sendable(prepared), content=_bytes(prepared.body)
        )
        return self.portal.call(client.send, request)


@contextmanager
def a_target(database_url: str, folder: Path) -> Iterator[Target]:
    """Run the application on a migrated database."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(an_app(database_url, folder, operator_key=OPERATOR_KEY)) as app,
    ):
        yield Target(app, portal, portal.call(app.client.get, "/openapi.json").json())


def fuzz(target: Target, *, cases: int, seed: int, findings: Findings | None = None) -> Findings:
    """Call each operation of the document `cases` times, good and bad calls mixed; add to findings, if given."""
    findings = Findings() if findings is None else findings
    world = World()
    schema = schemathesis.openapi.from_dict(target.document)
    operations = []
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        operations.append(found.ok())
    for operation in sorted(operations, key=lambda one: _ORDER.index(one.method.lower())):
        _fuzz_one(target, operation, world, findings, cases, seed)
    return findings


def _fuzz_one(target: Target, operation: Any, world: World, findings: Findings, cases: int, seed: int) -> None:
    name = operation.definition.raw["operationId"]
    counted = findings.statuses.setdefault(name, Counter())
    before = counted.total()
    modes = [schemathesis.GenerationMode.POSITIVE, *_can_be_wrong(operation)]

    def call(case: Any) -> None:
        luck = random.Random(f"{seed} {name} {counted.total()}")
        if (counted.total() - before) % _A_NEW_REQUEST_AFTER == 0:
            target.portal.call(refresh, world, target.app)
        with capture_logs() as logged:
            response = _send(target, case, world, luck)
        counted[response.status_code] += 1
        body = _json_of(response)
        learn(world, name, body)
        findings.note_codes(response.status_code, body)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failed:
            for one in failed.exceptions:
                fault = f"{name} {response.status_code} {type(one).__name__}"
                findings.faults.setdefault(fault, f"{failed}\n{_causes(logged)}")

    run = hypothesis.given(st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes]))(call)
    run = hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )(hypothesis.seed(seed)(run))
    run()


def _can_be_wrong(operation: Any) -> list[schemathesis.GenerationMode]:
    """Nothing can be wrong in a call without parameters and body."""
    raw = operation.definition.raw
    return [schemathesis.GenerationMode.NEGATIVE] if raw.get("requestBody") or raw.get("parameters") else []


def _send(target: Target, case: Any, world: World, luck: random.Random) -> httpx.Response:
    for name in case.path_parameters:
        known = world.path_value(name, luck)
        if known is not None:
            case.path_parameters[name] = known
    if case.operation.definition.raw.get("requestBody"):
        case.body = nearly_good(case.operation.definition.raw["operationId"], case.body, luck)
    world.put_codes_into(case.body, case.operation.path, luck)
    prepared = requests.Request(**case.as_transport_kwargs(base_url=target.app.settings.base_url)).prepare()
    bearer = world.bearer(case.operation.definition.raw.get("security", []), luck)
    if bearer is not None:
        prepared.headers["Authorization"] = f"Bearer {bearer}"
    return target.send(prepared)


def _sendable(prepared: requests.PreparedRequest) -> dict[bytes, bytes]:
    """Return the headers as bytes: httpx would refuse to encode some of what may well come over a wire."""
    return {_latin(name): _latin(value) for name, value in prepared.headers.items()}


def _causes(logged: Sequence[MutableMapping[str, Any]]) -> str:
    """Return what nobody foresaw, with where it happened."""
    errors = [entry["exc_info"] for entry in logged if isinstance(entry.get("exc_info"), BaseException)]
    return "".join("".join(traceback.format_exception(error)[-4:]) for error in errors)


def _latin(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")


def _bytes(body: Any) -> bytes | None:
    return body.encode() if isinstance(body, str) else body


def _json_of(response: httpx.Response) -> Any:
    with suppress(ValueError):  # A wrong body is a finding of the checks.
        return response.json()
    return None
