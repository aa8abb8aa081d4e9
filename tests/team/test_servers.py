"""When a server of one who is signed in is opened and closed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.backend import Backend, Factories
from preo_mcp.server import PreoServer, build_server
from preo_mcp.settings import Preset, Settings
from preo_mcp.team.preo_tokens import PreoToken
from preo_mcp.team.principals import ALL, Principal, Refused
from preo_mcp.team.rights import Wish, rights_of
from preo_mcp.team.servers import MOST_OF_ONE, RETIRED_SECONDS, Grant, OpenServer, Servers
from tests.team.provider import provided
from tests.team.signed_in import ACCEPT, Served, a_team
from tests.team.test_apart import SESSION


class Office:
    """Servers on a clock that is set by hand, with the principals who are still let in."""

    def __init__(self, folder: Path) -> None:
        flags = {"sandbox": True, "team": True, "transport": "http", "state_folder": folder / "state"}
        self.settings = Settings.load({}, flags)
        self.now = 0.0
        self.gone: set[str] = set()
        self.opened: list[str] = []
        self.servers: Servers

    def factories(self, grant: Grant) -> Factories:
        self.opened.append(grant.principal.name)
        return Factories()

    def grant(self, name: str = "anna", *preset: Preset) -> Grant:
        principal = Principal(name, ALL)
        return Grant(principal, None, rights_of(self.settings, principal, None, Wish(preset)))

    async def token(self) -> PreoToken:
        await anyio.lowlevel.checkpoint()
        return PreoToken(SecretStr("sandbox-admin"))


@asynccontextmanager
async def office(folder: Path) -> AsyncGenerator[Office]:
    it = Office(folder)
    async with anyio.create_task_group() as tasks:
        it.servers = Servers(it.settings, tasks, it.factories, lambda who, _: who.name not in it.gone, lambda: it.now)
        async with it.servers.swept():
            yield it


async def test_requests_that_come_at_once_share_one_server(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        found: list[object] = []

        async def come() -> None:
            found.append(await at.servers.of(at.grant(), at.token))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(come)
        assert at.opened == ["anna"]
        assert len(set(map(id, found))) == 1


async def test_what_nobody_uses_is_closed_and_opened_again(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        first = await at.servers.of(at.grant(), at.token)
        at.now = at.settings.team_idle_minutes * 60 - 1
        at.servers.sweep()
        assert await at.servers.of(at.grant(), at.token) is first
        at.now += 2
        with anyio.CancelScope() as under_way:
            first.requests.add(under_way)
            at.servers.sweep()
            assert await at.servers.of(at.grant(), at.token) is first, "a request is under way"
            first.requests.discard(under_way)
            at.servers.sweep()
        second = await at.servers.of(at.grant(), at.token)
        assert second is not first
        assert first.closing.cancel_called
        assert at.opened == ["anna", "anna"]


async def test_who_is_no_longer_let_in_is_cut_off_and_nobody_else(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        anna = await at.servers.of(at.grant("anna"), at.token)
        bo = await at.servers.of(at.grant("bo"), at.token)
        under_way = anyio.CancelScope()
        anna.requests.add(under_way)
        at.gone.add("anna")
        at.servers.sweep()
        assert under_way.cancel_called
        assert anna.closing.cancel_called
        assert await at.servers.of(at.grant("bo"), at.token) is bo


async def test_whose_entry_changed_is_served_by_it_at_once(tmp_path: Path) -> None:
    """A principal with the same rights and another token of Preo."""
    async with office(tmp_path) as at:
        before = await at.servers.of(at.grant(), at.token)
        at.gone.add("anna")  # as it was
        after = await at.servers.of(at.grant(), at.token)
        assert after is not before
        at.servers.sweep()
        assert before.closing.cancel_called


async def test_a_server_whose_token_of_preo_ends_lets_calls_end_and_takes_no_new_ones(tmp_path: Path) -> None:
    async with office(tmp_path) as at:

        async def short() -> PreoToken:
            await anyio.lowlevel.checkpoint()
            return PreoToken(SecretStr("sandbox-admin"), at.now + 100)

        first = await at.servers.of(at.grant(), short)
        at.now = 100
        with anyio.CancelScope() as under_way:
            first.requests.add(under_way)
            at.servers.sweep()
            assert not under_way.cancel_called
            assert await at.servers.of(at.grant(), short) is not first
            at.now += RETIRED_SECONDS + 1
            at.servers.sweep()
            assert under_way.cancel_called


async def test_one_principal_has_few_servers(tmp_path: Path) -> None:
    presets = [(one,) for one in Preset] + [(Preset.SUPPORT, other) for other in Preset if other is not Preset.SUPPORT]
    assert len(presets) > MOST_OF_ONE
    async with office(tmp_path) as at:
        opened: list[OpenServer] = []
        for number, preset in enumerate(presets[:MOST_OF_ONE]):
            at.now = number
            opened.append(await at.servers.of(at.grant("anna", *preset), at.token))
        await at.servers.of(at.grant("anna", *presets[MOST_OF_ONE]), at.token)
        assert [server.closing.cancel_called for server in opened] == [True] + [False] * (MOST_OF_ONE - 1)
        with anyio.CancelScope() as under_way:
            for preset in presets[1 : MOST_OF_ONE + 1]:
                (await at.servers.of(at.grant("anna", *preset), at.token)).requests.add(under_way)
            with pytest.raises(Refused, match="all are in use"):
                await at.servers.of(at.grant(), at.token)
            assert await at.servers.of(at.grant("bo"), at.token)


async def test_where_many_are_open_the_longest_idle_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.team.servers.MOST_IN_ALL", 2)
    async with office(tmp_path) as at:
        anna = await at.servers.of(at.grant("anna"), at.token)
        at.now = 1
        bo = await at.servers.of(at.grant("bo"), at.token)
        cy = await at.servers.of(at.grant("cy"), at.token)
        assert (anna.closing.cancel_called, bo.closing.cancel_called) == (True, False)
        under_way = anyio.CancelScope()
        bo.requests.add(under_way)
        cy.requests.add(under_way)
        with pytest.raises(Refused, match="too many others"):
            await at.servers.of(at.grant("anna"), at.token)


async def test_a_server_that_fails_takes_nobody_with_it_and_tells_no_customer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends: list[Backend] = []

    def noted(settings: Settings, backend: Backend) -> PreoServer:
        backends.append(backend)
        return build_server(settings, backend)

    monkeypatch.setattr("preo_mcp.team.servers.build_server", noted)
    async with office(tmp_path) as at:
        anna = await at.servers.of(at.grant("anna"), at.token)
        bo = await at.servers.of(at.grant("bo"), at.token)
        failed = anyio.Event()

        async def fail() -> None:
            failed.set()
            await anyio.lowlevel.checkpoint()
            raise RuntimeError("kirsten@example.org")

        backends[0].in_background(fail)
        await failed.wait()
        with anyio.fail_after(10):
            while await at.servers.of(at.grant("anna"), at.token) is anna:
                await anyio.lowlevel.checkpoint()
        assert await at.servers.of(at.grant("bo"), at.token) is bo
        assert "the server of anna failed: RuntimeError" in caplog.text
        assert "kirsten" not in caplog.text


async def test_what_cannot_be_opened_is_tried_anew_and_stops_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder", encoding="utf-8")
    async with office(tmp_path) as at:
        with pytest.raises(ConfigurationError):
            await at.servers.of(at.grant(), at.token)
        (tmp_path / "state").unlink()
        assert await at.servers.of(at.grant(), at.token)


@asynccontextmanager
async def listening(team: Served, token: str) -> AsyncGenerator[httpx.Response]:
    """Open the stream of news of a new session."""
    session = (await team.asked(token)).headers[SESSION]
    headers = ACCEPT | {"Authorization": f"Bearer {token}", SESSION: session}
    async with httpx.AsyncClient(headers=headers, timeout=None) as http, http.stream("GET", team.url) as stream:
        assert stream.status_code == 200
        yield stream


async def ends(stream: httpx.Response) -> None:
    """Return when a stream ends, however it does."""
    with anyio.fail_after(15):
        try:
            async for _ in stream.aiter_raw():
                pass
        except httpx.RemoteProtocolError:
            return


async def test_a_stream_ends_when_its_token_is_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.team.servers.SWEEP_SECONDS", 0.05)
    async with a_team(tmp_path) as team:
        anna, bo = team.token("anna"), team.token("bo")
        async with listening(team, anna) as of_anna, listening(team, bo) as of_bo:
            team.tokens.revoke("anna")
            await ends(of_anna)
            assert not of_bo.is_closed
            assert (await team.asked(anna)).status_code == 401
            assert (await team.asked(bo)).status_code == 200


async def test_a_stream_ends_with_the_sign_in_that_it_came_with(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        about_to_end = provider.claims(team.url)["iat"] - 57  # clocks may differ by a minute
        async with listening(team, provider.token(team.url, exp=about_to_end)) as stream:
            await ends(stream)
