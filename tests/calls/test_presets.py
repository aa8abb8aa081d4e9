"""Presets: short, made of tools that exist, and only ever taking away."""

import json

import pytest

from preo_mcp.calls.presets import TOOLS
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Preset, Settings
from tests.tokenizer import tokens

MOST_TOKENS = 3_500
"""Of a preset's definitions."""
LISTED = {tool.name: tool for tool in Toolset().listed()}


def offered(**settings: object) -> list[str]:
    toolset = Toolset.of(Settings.load({}, {"sandbox": True, **settings}))
    return [tool.name for tool in toolset.listed()]


def cost(name: str) -> int:
    tool = LISTED[name].model_dump(mode="json", by_alias=True, exclude_none=True)
    definition = {part: tool[part] for part in ("name", "description", "inputSchema")}
    return tokens(json.dumps(definition, ensure_ascii=False, separators=(",", ":")))


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_is_short_and_has_only_tools_that_exist(preset: Preset) -> None:
    assert TOOLS[preset] <= LISTED.keys()
    assert set(offered(preset=(preset,))) == TOOLS[preset]
    assert sum(map(cost, TOOLS[preset])) <= MOST_TOKENS


def test_no_tool_is_without_a_preset() -> None:
    assert frozenset[str]().union(*TOOLS.values()) == LISTED.keys()


def test_the_preset_for_reading_changes_nothing() -> None:
    assert set(offered(preset=(Preset.READ_ONLY,), read_only=True)) == TOOLS[Preset.READ_ONLY]


WITH_ORDERS = {"list_orders", "customer_history"}
"""What is not offered where listing orders is denied."""


def test_presets_add_up_and_other_settings_take_away_from_them() -> None:
    both = offered(preset=(Preset.SUPPORT, Preset.IMPORTS))
    assert set(both) == TOOLS[Preset.SUPPORT] | TOOLS[Preset.IMPORTS]
    assert set(offered(preset=(Preset.SUPPORT, Preset.IMPORTS), deny=("list_orders",))) == {*both} - WITH_ORDERS
    reading = offered(preset=(Preset.MARKETING,), read_only=True)
    assert set(reading) == TOOLS[Preset.MARKETING] & set(offered(read_only=True))


def test_the_variable_takes_several_and_refuses_others() -> None:
    settings = Settings.load({"PREO_SANDBOX": "1", "PREO_PRESET": "support, marketing"}, {})
    assert settings.preset == (Preset.SUPPORT, Preset.MARKETING)
    with pytest.raises(Exception, match="PREO_PRESET: Input should be 'support'"):
        Settings.load({"PREO_SANDBOX": "1", "PREO_PRESET": "suport"}, {})
