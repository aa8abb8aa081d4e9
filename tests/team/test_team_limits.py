"""The limits of a team over real HTTP: what is refused, in which words, and that the others go on."""

import json
from pathlib import Path

import anyio
import httpx
import pytest

from preo_mcp.process import LOOPBACK
from tests.team.signed_in import ACCEPT, INITIALIZE, Served, a_team

pytestmark = pytest.mark.anyio

PATIENCE = 30
BODY = json.dumps(INITIALIZE).encode()


async def opened(team: Served, token: str) -> httpx.Response:
    return await team.asked(token, INITIALIZE)


def three_parts(text: str) -> None:
    assert len(text.strip().split(" · ")) == 3, text


async def test_who_asks_too_often_waits_and_the_others_do_not(tmp_path: Path) -> None:
    async with a_team(tmp_path, requests_per_minute=3) as team:
        anna, bo = team.token("anna"), team.token("bo")
        answers = [await opened(team, anna) for _ in range(5)]
        refused = [one for one in answers if one.status_code == 429]
        assert refused, "three of a minute, though a new minute may begin meanwhile"
        assert 1 <= int(refused[0].headers["retry-after"]) <= 60
        three_parts(refused[0].text)
        assert (await opened(team, bo)).status_code == 200


async def test_another_sign_in_of_the_same_name_has_no_minute_of_its_own(tmp_path: Path) -> None:
    async with a_team(tmp_path, requests_per_minute=3) as team:
        anna = team.token("anna")
        narrowed = [{"X-Preo-Read-Only": "true"}, {}, {"X-Preo-Preset": "support"}]
        answers = [await team.asked(anna, INITIALIZE, **narrowed[number % 3]) for number in range(9)]
        assert sum(one.status_code == 200 for one in answers) <= 6, "three of each of two minutes at most"


@pytest.mark.parametrize("declared", [True, False])
async def test_what_is_too_large_is_refused_before_it_is_whole(tmp_path: Path, declared: bool) -> None:
    async with a_team(tmp_path, max_body_megabytes=0.01) as team:
        large = BODY + b" " * 20_000

        async def pieces():
            yield large[:15_000]
            yield large[15_000:]

        headers = ACCEPT | {"Authorization": f"Bearer {team.token('anna')}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as http:
            refused = await http.post(team.url, content=large if declared else pieces())
            assert refused.status_code == 413
            three_parts(refused.text)
            assert (await http.post(team.url, content=BODY)).status_code == 200


async def test_half_a_request_is_given_up_and_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.limits.Limits.__init__.__defaults__", (0.2,))
    async with a_team(tmp_path, max_requests_at_once=2) as team:
        anna, bo = team.token("anna"), team.token("bo")
        assert (await opened(team, anna)).status_code == 200
        head = (
            f"POST /mcp HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {anna}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        halves = [await anyio.connect_tcp(LOOPBACK, int(team.here.rpartition(":")[2])) for _ in range(3)]
        try:
            for half in halves:
                await half.send(head.encode())
            assert (await opened(team, bo)).status_code == 200
            with anyio.fail_after(PATIENCE):
                answers = [(await half.receive()).decode() for half in halves]
        finally:
            for half in halves:
                await half.aclose()
        assert sorted(answer.split()[1] for answer in answers) == ["408", "408", "429"]
        assert (await opened(team, anna)).status_code == 200, "the places are free again"


async def test_a_session_that_nobody_uses_is_closed_and_a_place_is_free(tmp_path: Path) -> None:
    async with a_team(tmp_path, session_idle_minutes=0.005, max_sessions=1) as team:
        anna = team.token("anna")
        first = await opened(team, anna)
        session = {"Mcp-Session-Id": first.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
        with anyio.fail_after(PATIENCE):
            while True:
                again = await opened(team, anna)
                if again.status_code == 200:
                    break
                assert again.status_code == 503, "one session at a time"
                await anyio.sleep(0.05)
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await team.asked(anna, ping, **session)).status_code == 404
