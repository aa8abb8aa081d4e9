"""What one who is signed in may do: by their sign-in, their entry and their client's headers, each of which narrows."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.calls.toolset import Toolset, only_reading
from preo_mcp.settings import Preset, Settings, Way
from preo_mcp.team.members import Member
from preo_mcp.team.principals import ALL, Principal, Refused, Right
from preo_mcp.team.rights import Rights, Wish, rights_of, settings_of
from tests.door import ERAS, YES, Era, Person, text_of
from tests.team.provider import provided
from tests.team.signed_in import a_team
from tests.team.test_apart import called, refund, refunded

EACH = pytest.mark.parametrize("era", ERAS)
SANDBOX = Settings.load({}, {"sandbox": True})
READS = {tool.name for tool in Toolset().listed() if only_reading(tool)}
CHANGE = {"name": "X", "kind": "campaign"}


async def names(client: Any) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


@EACH
async def test_without_the_right_to_write_nothing_that_writes_is_offered_or_run(tmp_path: Path, era: Era) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        reading = provider.token(team.url, scope="preo.read")
        static = team.tokens.add("bo", frozenset({Right.READ})).token
        for token in (reading, static):
            async with team.client(token, era) as client:
                assert await names(client) - {"approval", "upload"} <= READS
                await client.call_tool("list_editions", {})
                arguments = refund(team)
                refused = await client.call_tool("create_purchase_refund", arguments)
                assert refused.is_error
                assert "PREO_READ_ONLY" in text_of(refused)
                assert refunded(team, arguments) == 0
        async with team.client(provider.token(team.url), era) as client:
            assert "create_purchase_refund" in await names(client)


@EACH
async def test_headers_of_a_client_narrow_and_never_widen(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path) as team:
        token = team.tokens.add("anna", ALL, (Preset.SUPPORT, Preset.MARKETING)).token
        async with team.client(token, era) as client:
            whole = await names(client)
        async with team.client(token, era, headers={"X-Preo-Preset": "support"}) as client:
            support = await names(client)
        async with team.client(token, era, headers={"X-Preo-Read-Only": "1"}) as client:
            reading = await names(client)
        assert support < whole
        assert reading < whole
        assert "create_purchase_refund" in support - reading
        assert (await team.asked(token, **{"X-Preo-Preset": "imports"})).status_code == 403
        assert (await team.asked(token, **{"X-Preo-Preset": "everything"})).status_code == 400
        assert (await team.asked(token, **{"X-Preo-Read-Only": "maybe"})).status_code == 400
        async with team.client(team.tokens.add("bo", frozenset({Right.READ})).token, era) as client:
            own = await names(client)
        async with team.client(
            team.tokens.add("cy", frozenset({Right.READ})).token, era, headers={"X-Preo-Read-Only": "false"}
        ) as client:
            assert await names(client) == own, "a client cannot take back what its sign-in lacks"


@EACH
async def test_who_may_not_approve_is_not_asked_and_answers_nothing(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path) as team:
        token = team.tokens.add("script", frozenset({Right.READ, Right.WRITE})).token
        says = Person(YES)
        async with team.client(token, era, elicitation_callback=says.ask) as client:
            await client.call_tool("list_editions", {})
            arguments = refund(team)
            waiting = await client.call_tool("create_purchase_refund", arguments)
            assert waiting.is_error
            assert "has to approve" in text_of(waiting)
            assert not says.questions, "a program that holds the token could say yes"
            assert refunded(team, arguments) == 0
            answered = await client.call_tool("approval", {"plan_id": text_of(waiting).split("Plan ")[1][:28]})
            assert "may not approve" in text_of(answered)


async def test_an_answer_that_was_not_asked_for_approves_nothing(tmp_path: Path) -> None:
    """2026-07-28: a host may bring answers with any call."""
    async with a_team(tmp_path) as team:
        may = team.token("anna")
        may_not = team.tokens.add("script", frozenset({Right.READ, Right.WRITE})).token
        async with team.client(may) as client:
            await client.call_tool("list_editions", {})
        arguments = refund(team)
        asked = (await called(team, may, arguments))["result"]
        yes = {key: {"action": "accept", "content": {"approve": True}} for key in asked["inputRequests"]}
        await called(team, may_not, arguments, requestState=asked["requestState"], inputResponses=yes)
        assert refunded(team, arguments) == 0


async def test_lists_are_private(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        about = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
        about_client: dict[str, Any] = {
            **about,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": about_client}}
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
        answer = await team.asked(team.token("anna"), body, **headers)
        assert json.loads(answer.text)["result"]["cacheScope"] == "private"


async def test_an_entry_narrows_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    from tests.team.signed_in import members_file

    async with provided() as provider, a_team(tmp_path, provider) as team:
        token = provider.token(team.url)
        async with team.client(token) as client:
            assert "create_purchase_refund" in await names(client)
        members_file(tmp_path, {"members": {"anna": {"subject": "subject-of-anna", "rights": ["preo.read"]}}})
        async with team.client(token) as client:
            assert "create_purchase_refund" not in await names(client)
        members_file(tmp_path, {"members": {}})
        assert (await team.asked(token)).status_code == 403
        (tmp_path / "members.json").write_text("{", encoding="utf-8")
        assert (await team.asked(token)).status_code == 503, "what cannot be read lets nobody in"
        (tmp_path / "members.json").chmod(0o644)
        assert (await team.asked(token)).status_code == 503


PRESETS = st.frozensets(st.sampled_from([*Preset]), max_size=3).map(lambda chosen: tuple(sorted(chosen)))
RIGHTS = st.frozensets(st.sampled_from([*Right]))


@given(settings=PRESETS, member=PRESETS, own=PRESETS, wish=PRESETS, rights=RIGHTS, at_most=RIGHTS, only=st.booleans())
def test_nobody_gets_more_than_any_of_those_who_have_a_say_allows(
    settings: tuple[Preset, ...],
    member: tuple[Preset, ...],
    own: tuple[Preset, ...],
    wish: tuple[Preset, ...],
    rights: frozenset[Right],
    at_most: frozenset[Right],
    only: bool,
) -> None:
    base = SANDBOX.model_copy(update={"preset": settings})
    entry = Member(preset=member, rights=at_most)
    principal = Principal("anna", rights, own)
    try:
        found = rights_of(base, principal, entry, Wish(wish, only))
    except Refused:
        return
    offered = {tool.name for tool in Toolset.of(settings_for(found, base)).listed()}
    for one in (settings, member, own, wish):
        alone = SANDBOX.model_copy(update={"preset": one})
        assert offered <= {tool.name for tool in Toolset.of(alone).listed()}
    if only or Right.WRITE not in rights & at_most:
        assert offered <= READS
    assert found.may_approve == (Right.APPROVE in rights & at_most)
    assert Right.READ in rights & at_most


def settings_for(rights: Rights, base: Settings = SANDBOX) -> Settings:
    from pydantic import SecretStr

    return settings_of(base, rights, SecretStr("token-of-anna"))


def test_a_choice_that_becomes_empty_is_no_choice_of_all() -> None:
    base = SANDBOX.model_copy(update={"allowed_editions": ("edt_a",)})
    for entry in (Member(allowed_editions=("edt_b",)),):
        with pytest.raises(Refused, match="none of the editions"):
            rights_of(base, Principal("anna", ALL), entry, Wish())
    found = rights_of(base, Principal("anna", ALL), Member(allowed_editions=("edt_a", "edt_b")), Wish())
    assert found.editions == ("edt_a",)


def test_the_token_of_a_principal_takes_the_place_of_the_process_own(tmp_path: Path) -> None:
    (tmp_path / "token").touch(0o600)
    base = Settings.load({}, {"token_file": tmp_path / "token"})
    found = settings_for(rights_of(base, Principal("anna", frozenset({Right.READ})), None, Wish()), base)
    assert found.account_token() == "token-of-anna"
    assert found.read_only
    assert found.approve_via is Way.PAGE
    with pytest.raises(ConfigurationError):
        base.account_token()
