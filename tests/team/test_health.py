"""Alive and ready: to strangers by any address, a word alone, and looked at rarely however often it is asked."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError, open_ledger
from preo_mcp.process import LOOPBACK, listen
from preo_mcp.settings import Settings
from preo_mcp.team.health import HEALTH, KEPT_SECONDS, PROBE_SECONDS, READY, Health, ledger_is_written, preo_answers
from tests.team.provider import served
from tests.team.signed_in import a_team

pytestmark = pytest.mark.anyio


class Needed:
    """Something that a server needs, and how often it was looked at."""

    def __init__(self) -> None:
        self.wrong: str | None = None
        self.looks = 0
        self.now = 100.0
        self.stopping = False
        self.health = Health((self.probe,), lambda: self.stopping, lambda: self.now)

    async def probe(self) -> str | None:
        self.looks += 1
        await anyio.lowlevel.checkpoint()
        return self.wrong

    async def status(self, path: str = READY) -> int:
        transport = httpx.ASGITransport(self.health)
        async with httpx.AsyncClient(transport=transport, base_url="http://anybody") as http:
            answer = await http.get(path)
        assert answer.text.strip() in ("alive", "ready", "not ready"), "nothing for strangers to learn"
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code


async def test_however_many_ask_it_is_looked_at_once_in_some_seconds() -> None:
    needed = Needed()
    statuses: list[int] = []

    async def ask() -> None:
        statuses.append(await needed.status())

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(ask)
    assert statuses == [200] * 50
    assert needed.looks == 1
    needed.wrong = "Preo answers 502"
    assert await needed.status() == 200, "as it was a moment ago"
    needed.now += KEPT_SECONDS
    assert await needed.status() == 503
    assert needed.looks == 2


async def test_what_is_wrong_is_told_in_the_log_once_and_so_is_the_end_of_it(caplog: pytest.LogCaptureFixture) -> None:
    needed = Needed()
    with caplog.at_level(logging.WARNING):
        for wrong in ("Preo answers 502", "Preo answers 502", None, None):
            needed.wrong = wrong
            await needed.status()
            needed.now += KEPT_SECONDS
    assert [one.getMessage() for one in caplog.records] == ["not ready: Preo answers 502", "ready again"]


async def test_a_server_that_is_being_stopped_lives_and_is_not_ready() -> None:
    needed = Needed()
    needed.stopping = True
    assert (await needed.status(HEALTH), await needed.status(READY)) == (200, 503)
    assert needed.looks == 0


async def test_a_look_that_takes_too_long_is_no_good_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.team.health.PROBE_SECONDS", 0.01)
    assert PROBE_SECONDS > 1

    async def never() -> str | None:
        await anyio.sleep_forever()
        return None

    health = Health((never,), lambda: False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(health), base_url="http://anybody") as http:
        assert (await http.get(READY)).status_code == 503


def account(url: str) -> Settings:
    return Settings.load({}, {"base_url": url, "token": SecretStr("s3cret")})


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (401, True), (404, True), (429, True), (502, False)])
async def test_any_answer_of_preo_but_a_broken_gateways_will_do_and_no_token_is_sent(
    status: int, is_well: bool
) -> None:
    seen: list[dict[bytes, bytes]] = []

    async def preo(scope: Scope, _: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with served(preo) as url:
        assert (await preo_answers(account(url))() is None) is is_well
    assert b"authorization" not in seen[0]


async def test_a_preo_that_cannot_be_reached_is_told_without_its_address() -> None:
    with listen(0) as probe:
        port = probe.getsockname()[1]
    told = await preo_answers(account(f"http://{LOOPBACK}:{port}"))()
    assert told is not None
    assert "cannot be reached" in told
    assert str(port) not in told


async def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    ledger = open_ledger(Settings.load({}, {"sandbox": True, "state_folder": tmp_path / "good"}))
    assert await ledger_is_written(lambda: ledger)() is None
    await ledger.close()
    (tmp_path / "bad").write_text("a file where a folder should be")
    broken = open_ledger(Settings.load({}, {"sandbox": True, "state_folder": tmp_path / "bad"}))
    told = await ledger_is_written(lambda: broken)()
    assert told is not None
    assert "the ledger cannot be written" in told


@pytest.mark.parametrize("error", [LedgerError, PreoError])
async def test_a_ledger_that_cannot_be_opened_is_told(error: type[PreoError]) -> None:
    def unopened() -> Ledger:
        raise error("Nothing was done", "there is no Redis client", "Install it.")

    refused: Callable[[], Ledger] = unopened
    assert await ledger_is_written(refused)() == "the ledger cannot be written: there is no Redis client"


async def test_strangers_are_answered_by_any_address_and_learn_nothing(tmp_path: Path) -> None:
    proxied: dict[str, Any] = {"public_url": "https://preo.example.org", "trusted_proxies": ("10.0.0.2",)}
    async with a_team(tmp_path, **proxied) as team, httpx.AsyncClient() as http:
        for path in (HEALTH, READY):
            asked = await http.get(f"{team.here}{path}", headers={"Host": "10.1.2.3:8765"})
            assert (asked.status_code, asked.text.strip()) == (200, "alive" if path == HEALTH else "ready")
            assert (await http.head(f"{team.here}{path}")).content == b""
        for path in (f"{HEALTH}/", "/healthz", f"{READY}/x", "/mcp"):
            assert (await http.get(f"{team.here}{path}")).status_code == 403, "all else came past the proxy"
