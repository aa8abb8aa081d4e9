"""What a receiver is told of a question that waits: signed, of no customer, again while it fails, never awaited."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.plans import Decider, Plan
from preo_mcp.settings import Settings
from preo_mcp.team.notifying import MOST_WAITING, PAUSES, Notifier
from tests.team.provider import served
from tests.team.signed_in import a_team
from tests.team.test_apart import refund, waiting_plan

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
NOW = 1_780_000_000
ADDRESS = "https://preo.example.org/approvals"


def a_plan(number: int = 1) -> Plan:
    now = datetime.fromtimestamp(NOW, UTC)
    return Plan(
        id=f"pln_{number:024x}",
        call="call",
        account="account",
        principal="anna",
        decider=Decider.ANOTHER,
        tool="approve_refund",
        title="Approve refund",
        created=now,
        expires=now + timedelta(hours=24),
        question="Pay back 1,250.00 DKK to “Ida Holm”?",
        lines=(("Customer", "ida@example.org"),),
        digest="digest",
    )


def secret_file(folder: Path, secret: str = SECRET) -> Path:
    path = folder / "secret"
    path.touch(0o600)
    path.write_text(secret, encoding="utf-8")
    return path


def settings(folder: Path, **more: Any) -> Settings:
    url = {"notify_url": "https://hooks.example.org/in", "notify_secret_file": secret_file(folder)}
    return Settings.load({}, {"team": True, "transport": "http", "sandbox": True, **url, **more})


@dataclass
class Receiver:
    """Answers as `say` says, to the requests in the order in which they come."""

    say: Callable[[int], httpx.Response]
    requests: list[httpx.Request] = field(default_factory=list[httpx.Request])
    pauses: list[float] = field(default_factory=list[float])
    told: anyio.Event = field(default_factory=anyio.Event)
    enough: int = 1

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if len(self.requests) >= self.enough:
            self.told.set()
        return self.say(len(self.requests))

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def notified(made: Settings, receiver: Receiver) -> AsyncGenerator[Notifier]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(receiver.answer))
    notifier = Notifier(made, ADDRESS, http, receiver.sleep, lambda: NOW)
    async with notifier.running():
        yield notifier


async def after(receiver: Receiver) -> None:
    with anyio.fail_after(5):
        await receiver.told.wait()
    await anyio.wait_all_tasks_blocked()


def taken(_: int) -> httpx.Response:
    return httpx.Response(204)


async def test_a_message_is_signed_as_standard_webhooks_says_and_tells_of_no_customer(tmp_path: Path) -> None:
    receiver = Receiver(taken)
    async with notified(settings(tmp_path), receiver) as notifier:
        notifier.waits(a_plan())
        notifier.waits(a_plan())
        await after(receiver)
    [request] = receiver.requests
    assert json.loads(request.content) == {
        "type": "question.waiting",
        "timestamp": "2026-05-28T20:26:40+00:00",
        "data": {
            "plan": a_plan().id,
            "tool": "approve_refund",
            "address": f"{ADDRESS}/{a_plan().id}",
            "expires": "2026-05-29T20:26:40+00:00",
            "decider": "another",
        },
    }
    told = {name: request.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}
    whole = f"{told['id']}.{told['timestamp']}.{request.content.decode()}".encode()
    expected = base64.b64encode(hmac.new(KEY, whole, hashlib.sha256).digest()).decode()
    assert told == {"id": f"msg_{a_plan().id}", "timestamp": str(NOW), "signature": f"v1,{expected}"}


async def test_who_asked_is_said_where_that_is_set(tmp_path: Path) -> None:
    receiver = Receiver(taken)
    async with notified(settings(tmp_path, notify_names=True), receiver) as notifier:
        notifier.waits(a_plan())
        await after(receiver)
    assert json.loads(receiver.requests[0].content)["data"]["asked_by"] == "anna"


async def test_a_receiver_that_fails_is_told_again_with_the_same_id(tmp_path: Path) -> None:
    receiver = Receiver(lambda number: httpx.Response(503 if number < 3 else 200), enough=3)
    async with notified(settings(tmp_path), receiver) as notifier:
        notifier.waits(a_plan())
        await after(receiver)
    assert receiver.pauses == [*PAUSES[:2]]
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1


async def test_a_receiver_is_not_told_without_end_nor_somewhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = httpx.Response(307, headers={"Location": "https://evil.example/"})
    receiver = Receiver(lambda _: elsewhere, enough=1 + len(PAUSES))
    async with notified(settings(tmp_path), receiver) as notifier:
        notifier.waits(a_plan())
        await after(receiver)
    assert {request.url.host for request in receiver.requests} == {"hooks.example.org"}
    assert len(receiver.requests) == 1 + len(PAUSES)
    assert "it answered with 307" in caplog.text
    assert "Ida" not in caplog.text


async def test_more_than_can_be_kept_are_dropped_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(taken)
    async with notified(settings(tmp_path), receiver) as notifier:
        for number in range(MOST_WAITING + 1):
            notifier.waits(a_plan(number))
        assert "is not told that" in caplog.text
        await after(receiver)


@pytest.mark.parametrize("secret", ["", "short", "whsec_AAAA", "whsec_" + "!" * 44])
def test_a_secret_that_is_none_stops_the_start(tmp_path: Path, secret: str) -> None:
    made = settings(tmp_path)
    secret_file(tmp_path, secret)
    with pytest.raises(ConfigurationError, match="PREO_NOTIFY_SECRET_FILE"):
        Notifier(made, ADDRESS)


async def test_a_receiver_that_never_answers_costs_a_call_nothing(tmp_path: Path) -> None:
    asked = anyio.Event()

    async def never(_: Request) -> Response:
        asked.set()
        await anyio.sleep_forever()
        raise AssertionError

    async with served(Starlette(routes=[Route("/", never, methods=["POST"])])) as url:
        flags: dict[str, Any] = {"notify_url": f"{url}/", "notify_secret_file": secret_file(tmp_path)}
        async with a_team(tmp_path, **flags) as team, team.client(team.token("anna")) as anna:
            await anna.call_tool("list_editions", {})
            with anyio.fail_after(20):
                await waiting_plan(anna, refund(team))
                await asked.wait()
