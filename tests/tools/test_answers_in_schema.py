"""Each answer is what its output schema says: no key beside it, and what is required always comes."""

from pathlib import Path
from typing import Any

import pytest

from tests.answer_schemas import TOOLS, faults, in_utc
from tests.door import Door, open_door
from tests.replies.privacy.test_every_reading_tool import calls

READING = [name for name in TOOLS if name.startswith(("get_", "list_", "preview_"))]


def test_the_validator_is_strict() -> None:
    ours: dict[str, Any] = {"returned": 0, "total": 0, "results": []}
    assert faults("list_editions", ours) == set()
    assert len(faults("list_editions", {**ours, "results": [{"id": "edt_1", "invented": 1}]})) == 1
    assert len(faults("list_editions", {**ours, "results": [{"full_name": "No id"}]})) == 1
    assert len(faults("list_editions", {"results": []})) == 1
    assert len(faults("list_editions", {**ours, "total": "1"})) == 1


async def found_in(door: Door, given: dict[str, list[dict[str, Any]]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, several in given.items():
        for arguments in several:
            result = await door.call(name, **arguments)
            if not result.is_error:
                found.setdefault(name, set()).update(faults(name, result.structured_content))
    return found


@pytest.mark.parametrize(
    "flags", [{}, {"privacy": "mask"}, {"reply_tokens": 500}], ids=["plain", "masked", "in the smallest budget"]
)
async def test_every_answer_of_the_sandbox_is_as_its_schema_says(tmp_path: Path, flags: dict[str, Any]) -> None:
    async with open_door(tmp_path / "plain", "auto") as door:
        given = await calls(door)
    without = [name for name in READING if not TOOLS[name].input_schema.get("required") and name not in given]
    async with open_door(tmp_path / "plain", "auto", **flags) as door:
        found = await found_in(door, {**given, **{name: [{}] for name in without}})
    assert set(READING) <= found.keys() or flags
    assert {fault for several in found.values() for fault in several} == set()


def test_times_of_an_edition_are_by_its_clocks() -> None:
    summer, winter = "2026-07-01T10:00:00Z", "2026-01-01T10:00:00Z"
    assert list(in_utc({"results": [{"edition_id": "edt_1", "created": summer}]})) == ["created"]
    london = {"edition": {"timezone": "Europe/London"}, "created": summer, "modified": winter}
    assert list(in_utc(london)) == ["created"]
    assert list(in_utc({"timezone": "Europe/Berlin", "created": "2026-07-01T12:00:00+02:00"})) == []
    assert list(in_utc({"email": "ane@example.com", "created": summer})) == []
