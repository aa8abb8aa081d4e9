"""The language on a page: right in all it says, short, and readable without the sandbox's libraries."""

import subprocess
import sys

import pytest

from preo_mcp.cel.condition import check_condition
from preo_mcp.cel.context import TYPES
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.reference_text import EXAMPLES, TRAPS, Example, Trap, reference_text
from tests.tokenizer import tokens

MOST_TOKENS = 2_500


def test_the_reference_names_everything_and_is_short() -> None:
    text = reference_text()
    for described in TYPES.values():
        assert all(f"{field.name} {field.shown_type}" in text for field in described.fields)
    assert all(f"`{one.syntax}`" in text for one in FUNCTIONS)
    assert len(EXAMPLES) == 15
    assert all(" ".join(one.expression.split()) in text for one in EXAMPLES)
    assert tokens(text) <= MOST_TOKENS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.request)
def test_examples_are_sound_without_an_edition(example: Example) -> None:
    assert check_condition(example.expression, has_edition=False) == ()


@pytest.mark.parametrize("trap", TRAPS, ids=lambda one: one.wrong)
def test_traps_are_what_they_are_said_to_be(trap: Trap) -> None:
    assert bool(check_condition(trap.wrong, has_edition=True)) is trap.refused
    assert check_condition(trap.right, has_edition=True) == ()


def test_reading_and_explaining_need_no_library_of_the_sandbox() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('cel_expr_python', 'google', 'google.protobuf')))\n"
        "from preo_mcp.cel.reference_text import reference_text; from preo_mcp.cel.clauses import explain\n"
        "from preo_mcp.cel.parser import parse; from preo_mcp.cel.context import KNOWN\n"
        "assert reference_text(); print(explain('true', parse('true'), KNOWN))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "everybody" in done.stdout
