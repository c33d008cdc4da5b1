"""Hook route of native systems: which bodies are parsed, and what each response reveals."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.accounts.rules import Provider
from app.ats.ashby import connector as ashby
from app.ats.ingest import receive
from app.ats.registry import CONNECTORS
from app.core.errors import Unavailable, Unknown
from app.delivery.webhooks import signature
from app.sealing.keystore import KeyName
from tests.ats.ashby.fake import FakeAshby, signed
from tests.ats.ashby.story import a_story
from tests.faults import storage
from tests.support.app import Running, an_app
from tests.support.ats import Connected, a_connection, as_operator

PROVIDERS = [one.value for one in CONNECTORS]


@asynccontextmanager
async def connected(url: str, tmp_path: Path) -> AsyncIterator[tuple[Running, Connected, bytes]]:
    """Connect Acme's Ashby and yield one of its messages."""
    async with an_app(url, tmp_path) as app:
        fake = FakeAshby(app.clock)
        fake.archive()
        body = fake.message("applicationUpdate", {"application": fake.applications["app-1"]})
        yield app, await a_connection(app, provider="ashby"), body


async def post(app: Running, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await app.client.post(url, content=body, headers=headers)


async def test_unknown_connection_answers_404(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, body):
        headers = signed(body, acme.hook_secret)
        disabled = await a_connection(app, provider="ashby")
        await app.client.post(f"/v1/connections/{disabled.id}/disable", headers=as_operator(app))
        paths = [
            f"/v1/hooks/ashby/{uuid4()}",
            f"/v1/hooks/lever/{acme.id}",
            f"/v1/hooks/greenhouse/{acme.id}",
            f"/v1/hooks/ashby/{disabled.id}",
        ]
        answers = [await post(app, path, body, headers) for path in paths]
        assert {one.status_code for one in answers} == {404}
        assert len({one.content for one in answers}) == 1
        assert (await post(app, f"/v1/hooks/nobody/{acme.id}", body, headers)).status_code == 404


class Counting:
    """Ashby's connector, counting how often it checks a signature, and against how many secrets."""

    parse = staticmethod(ashby.parse)
    answer = staticmethod(ashby.answer)
    pull = staticmethod(ashby.pull)
    changed_since = staticmethod(ashby.changed_since)
    probe = staticmethod(ashby.probe)

    def __init__(self) -> None:
        self.checked: list[int] = []

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
        self.checked.append(len(secrets))
        return ashby.verify(headers, body, secrets, now)


async def test_unknown_connection_costs_one_signature_check_too(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, body):
        counting = Counting()
        for known in (uuid4(), UUID(acme.id)):
            with suppress(Unknown):
                await receive(app.ctx, counting, Provider.ASHBY, known, {}, body)
        assert counting.checked == [1, 1]


async def test_secret_of_another_connection_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, body):
        other = await a_connection(app, provider="ashby")
        assert (await post(app, acme.hook_url, body, signed(body, other.hook_secret))).status_code == 401
        assert (await post(app, acme.hook_url, body, signed(body, acme.hook_secret))).status_code == 200


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_other_methods_answer_405_and_store_nothing(sqlite_url: str, tmp_path: Path, provider: str) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        made = await a_connection(app, provider=provider)
        before = await storage.dump(sqlite_url)
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert (await app.client.request(method, made.hook_url)).status_code == 405
        assert await storage.dump(sqlite_url) == before


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_unsigned_handshake_is_refused(sqlite_url: str, tmp_path: Path, provider: str) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        made = await a_connection(app, provider=provider)
        for body in (b"", b"{}", b"[]", b"null", b'{"test":true}'):
            answer = await post(app, made.hook_url, body, {"Content-Type": "application/json"})
            assert answer.status_code in {400, 401}


async def test_wrong_content_type_answers_415(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, body):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"):
            answer = await post(app, acme.hook_url, body, signed(body, acme.hook_secret) | {"Content-Type": kind})
            assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe{}",
        b'{"action":"ping","action":"applicationUpdate"}',
        b'{"action":"ping","data":{"a":1,"a":2}}',
        b'{"action":"ping","data":{"a":' + b"9" * 5000 + b"}}",
        b'{"action":"ping","data":{"a":NaN}}',
        b'{"action":"ping","data":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"action":7}',
        b'{"action":"applicationUpdate","data":{"application":{"id":7}}}',
        b"not json",
    ],
)
async def test_ambiguous_json_is_malformed(sqlite_url: str, tmp_path: Path, body: bytes) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, _):
        assert (await post(app, acme.hook_url, body, signed(body, acme.hook_secret))).status_code == 400


async def test_body_over_limit_answers_413(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, _):
        fits = b'{"action":"somethingNew","data":"' + b"x" * (255 * 1024) + b'"}'
        assert (await post(app, acme.hook_url, fits, signed(fits, acme.hook_secret))).status_code == 200
        large = b'{"action":"somethingNew","data":"' + b"x" * (257 * 1024) + b'"}'
        assert (await post(app, acme.hook_url, large, signed(large, acme.hook_secret))).status_code == 413


async def test_simultaneous_deliveries_are_stored_once(database_url: str, tmp_path: Path) -> None:
    async with connected(database_url, tmp_path) as (app, acme, body):
        headers = signed(body, acme.hook_secret)
        answers = await asyncio.gather(*(post(app, acme.hook_url, body, headers) for _ in range(6)))
        assert {one.status_code for one in answers} == {200}
        dump = await storage.dump(database_url)
        assert len(dump["ats_applications"]) == len(dump["ats_inbound"]) == len(dump["ats_pulls"]) == 1


@pytest.mark.parametrize("provider", [*PROVIDERS, "neutral"])
@pytest.mark.parametrize("body", [b'{"data":{"interviews":[' + b"{}," * 80_000 + b"{}]}}", b"[" * 200_000, b"no json"])
async def test_unsigned_body_gets_same_refusal_whatever_it_contains(
    sqlite_url: str, tmp_path: Path, provider: str, body: bytes
) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        made = await a_connection(app, provider=provider)
        for url in (made.hook_url, f"/v1/hooks/{provider}/{uuid4()}"):
            answer = await post(app, url, body, {"Content-Type": "application/json"})
            assert answer.status_code == (401 if url == made.hook_url else 404)
            assert len(answer.content) < 1024


async def test_long_unsigned_body_is_not_accepted_as_ping(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        made = await a_connection(app, provider="ashby")
        for filling, status in ((10, 200), (10_000, 401)):
            ping = b'{"action":"ping","data":{"webhookActionType":"ping"},"x":"' + b"x" * filling + b'"}'
            assert (await post(app, made.hook_url, ping, {"Content-Type": "application/json"})).status_code == status


async def test_signed_events_count_towards_rate_limit(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, connection_rate=2) as app:
        made = await a_connection(app)
        ping = {"id": "e1", "type": "ping", "occurred_at": app.clock.now().isoformat()}
        raw = json.dumps(ping).encode()
        headers = signature.signed_headers([made.hook_secret], "e1", app.clock.now(), raw)
        headers |= {"Content-Type": "application/json"}
        statuses = [(await post(app, made.hook_url, raw, headers)).status_code for _ in range(3)]
        assert statuses == [202, 202, 429]


class BusyKeys:
    """A key store that does not respond."""

    def __getattr__(self, _name: str) -> Any:
        async def fail(_key: KeyName) -> None:
            raise Unavailable("keystore_unavailable", "Not now.")

        return fail


async def test_message_that_met_key_store_outage_is_processed_on_retry(sqlite_url: str, tmp_path: Path) -> None:
    async with connected(sqlite_url, tmp_path) as (app, acme, body):
        headers = {name.lower(): value for name, value in signed(body, acme.hook_secret).items()}
        connector, known = CONNECTORS[Provider.ASHBY], UUID(acme.id)
        broken = replace(app.ctx, keys=BusyKeys())
        answer = await receive(broken, connector, Provider.ASHBY, known, headers, body)
        assert answer.status == 503
        assert not (await storage.dump(sqlite_url))["ats_inbound"]
        assert (await receive(app.ctx, connector, Provider.ASHBY, known, headers, body)).status == 200
        assert len((await storage.dump(sqlite_url))["ats_applications"]) == 1


async def test_delivery_is_retried_until_service_is_back(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.archive()
        (body,) = story.ashby.burst("applicationUpdate")
        away = iter((502, 503, 500))

        async def posted(url: str, headers: dict[str, str], raw: bytes) -> int:
            return next(away, None) or await story.post(url, headers, raw)

        url, secret = story.connected.hook_url, story.connected.hook_secret
        assert await story.ashby.deliver(posted, url, body, secret) == [502, 503, 500, 200]
        await story.look()
        assert (await story.row()) is not None
