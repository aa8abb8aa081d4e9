"""Every stage has a way on that exists."""

import re

import pytest

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.data_imports import ALLOWED_STAGES, DataImport, Stage
from preo_mcp.api.operations import Operation
from preo_mcp.calls.toolset import Toolset
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, must_be_allowed

WORDS = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
ARGUMENTS = {"ignore_warnings"}


def test_every_stage_names_calls_that_exist() -> None:
    tools = {tool.name for tool in Toolset().listed()}
    assert set(NEXT_CALLS) == set(Stage)
    for text in NEXT_CALLS.values():
        named = set(WORDS.findall(text)) - ARGUMENTS
        assert named
        assert named <= tools


@pytest.mark.parametrize("operation", ALLOWED_STAGES, ids=lambda operation: operation.title)
@pytest.mark.parametrize("stage", Stage)
def test_a_wrong_stage_is_refused_with_the_stage_the_allowed_and_the_next_call(
    operation: Operation, stage: Stage
) -> None:
    data_import = DataImport(id="imp_1", stage=stage)
    if stage in ALLOWED_STAGES[operation]:
        must_be_allowed(operation, data_import)
        return
    with pytest.raises(ConflictError) as caught:
        must_be_allowed(operation, data_import)
    text = str(caught.value)
    assert f"in stage {stage}" in text
    assert all(allowed in text for allowed in ALLOWED_STAGES[operation])
    assert NEXT_CALLS[stage] in text
