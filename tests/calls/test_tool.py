"""What registration does for every tool, and that a crash gives nothing away."""

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import anyio
import httpx
import pytest
from mcp.types import CallToolResult
from pydantic import MISSING, BaseModel, Field

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.operations import GET_EDITION, GET_USER_INFO, SEND_CAMPAIGN, UPDATE_EDITION, Risk
from preo_mcp.approval.facts import Facts
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import REGISTERED, RegisteredTool, Workflow, tool
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Settings
from preo_mcp.tools.data_imports.stages import WORK_SECONDS
from tests.door import TOKEN, YES, Door, Era, Person, open_door, text_of

SECRET = "inger.jensen@example.dk"


class Answer(BaseModel):
    id: str
    stage: str = "uploaded"


async def look(
    preo: Preo, edition_id: Annotated[str, Field(description="Which.")], deep: bool | MISSING = MISSING
) -> Answer:
    """Look at it.

    In depth.
    """
    return Answer(id=edition_id)


def annotations(subject: Any) -> tuple[bool | None, ...]:
    hints = RegisteredTool(look, subject, None).listed().annotations
    assert hints is not None
    return hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint


def test_a_tool_is_listed_from_its_function_and_its_operation() -> None:
    listed = RegisteredTool(look, GET_EDITION, None).listed()
    assert (listed.name, listed.title) == ("look", GET_EDITION.title)
    assert listed.description == "Look at it.\n\nIn depth."
    assert listed.input_schema == {
        "properties": {"edition_id": {"description": "Which.", "type": "string"}, "deep": {"type": "boolean"}},
        "required": ["edition_id"],
        "type": "object",
    }
    assert set((listed.output_schema or {})["properties"]) == {"id", "stage", "notes"}


@pytest.mark.parametrize(
    ("subject", "hints"),
    [
        (GET_EDITION, (True, False, True, True)),
        (UPDATE_EDITION, (False, False, True, True)),
        (SEND_CAMPAIGN, (False, True, False, True)),
        (Workflow("Read", Risk.READ), (True, False, True, True)),
        (Workflow("Write", Risk.WRITE), (False, False, False, True)),
        (Workflow("Write again", Risk.WRITE, repeatable=True), (False, False, True, True)),
    ],
)
def test_annotations_follow_the_risk(subject: Any, hints: tuple[bool, ...]) -> None:
    assert annotations(subject) == hints


def test_a_risk_that_needs_a_yes_needs_facts() -> None:
    for risk in Risk:
        if risk.needs_yes:
            with pytest.raises(TypeError, match="needs a person's yes"):
                tool(Workflow("Anything", risk))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, RegisteredTool]:
    """The real registry for the time of a test."""
    assert Toolset().find("get_data_import")  # fills the registry
    monkeypatch.setattr("preo_mcp.calls.tool.REGISTERED", REGISTERED)
    for name in list(REGISTERED):
        monkeypatch.setitem(REGISTERED, name, REGISTERED[name])
    return REGISTERED


async def called(door: Door, tool: str = "get_data_import") -> CallToolResult:
    return await door.call(tool, import_id="imp_1")


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_crash_shows_neither_values_nor_a_traceback(
    tmp_path: Path,
    era: Era,
    registered: dict[str, RegisteredTool],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def crash(preo: Preo, import_id: str) -> Answer:
        customer = SECRET
        raise LookupError(f"no customer {customer} with {TOKEN}")

    registered["get_data_import"] = RegisteredTool(crash, GET_EDITION, None)
    with caplog.at_level(logging.DEBUG):
        async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
            result = await called(door)
    assert result.is_error
    assert text_of(result).startswith("crash crashed · ")
    assert "LookupError" in text_of(result)
    out, err = capfd.readouterr()
    everything = text_of(result) + caplog.text + out + err
    for hidden in (SECRET, TOKEN, "Traceback"):
        assert hidden not in everything
    assert "test_tool.py" in caplog.text


async def test_an_expected_failure_is_its_text(tmp_path: Path, registered: dict[str, RegisteredTool]) -> None:
    async def refuse(preo: Preo, import_id: str) -> Answer:
        raise ConflictError("what", "why", "next")

    registered["get_data_import"] = RegisteredTool(refuse, GET_EDITION, None)
    async with open_door(tmp_path, "legacy", api=lambda _: pytest.fail("not reached")) as door:
        assert text_of(await called(door)) == "what · why · next"


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_missing_facts_of_a_risky_operation_fail_closed(
    tmp_path: Path, era: Era, registered: dict[str, RegisteredTool]
) -> None:
    ran: list[str] = []

    async def send(preo: Preo, import_id: str) -> Answer:
        ran.append(import_id)
        return Answer(id=import_id)

    async def none(preo: Preo, import_id: str) -> Facts | None:
        return None

    def nobody_told(request: httpx.Request) -> httpx.Response:
        assert request.url.path == GET_USER_INFO.path, "nothing else is reached"
        return httpx.Response(404)

    registered["get_data_import"] = RegisteredTool(send, SEND_CAMPAIGN, none)
    async with open_door(tmp_path, era, Person(YES), api=nobody_told) as door:
        assert (await called(door)).is_error
        assert ran == []
        registered["get_data_import"] = RegisteredTool(send, UPDATE_EDITION, none)
        assert not (await called(door)).is_error
    assert ran == ["imp_1"]


def audited(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the audit of a door's server."""
    return [json.loads(line) for line in (folder / "state" / "audit.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("status", "outcome"), [(200, "done"), (400, "refused"), (500, "unknown")])
async def test_the_audit_tells_what_may_have_happened_from_what_did_not(
    tmp_path: Path, status: int, outcome: str
) -> None:
    def api(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"api_id": "fil_1", "caption": "News"})

    async with open_door(tmp_path, "legacy", api=api) as door:
        await door.call("update_file", file_id="fil_1", caption="News")
    [line] = audited(tmp_path)
    assert (line["outcome"], len(line["requests"])) == (outcome, 1)


async def test_a_write_that_was_given_up_on_its_way_is_unknown_to_the_audit(
    tmp_path: Path, registered: dict[str, RegisteredTool]
) -> None:
    giving_up = anyio.CancelScope()

    async def two_steps(preo: Preo, import_id: str) -> Answer:
        await preo.request(UPDATE_EDITION, Answer, id=import_id)
        giving_up.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    registered["get_data_import"] = RegisteredTool(two_steps, UPDATE_EDITION, None)
    async with open_door(tmp_path, "legacy", api=lambda _: httpx.Response(200, json={"id": "edt_1"})) as door:
        with giving_up:
            await called(door)
    assert [line["outcome"] for line in audited(tmp_path)] == ["unknown"]


async def test_where_it_cannot_be_told_whose_account_it_is_nothing_is_written(tmp_path: Path) -> None:
    async with open_door(tmp_path, "legacy", api=lambda _: pytest.fail("not reached")) as door:
        vars(door.backend.guardrails)["settings"] = Settings.load({"PREO_TOKEN_FILE": str(tmp_path / "gone")}, {})
        assert "token file cannot be read" in await door.refused("update_consent", consent_id="con_1", name="News")


def test_a_write_that_takes_its_time_is_not_taken_for_dead() -> None:
    start = Toolset().find("start_import")
    assert start is not None
    assert start.seconds == WORK_SECONDS
