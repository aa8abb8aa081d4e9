"""The table of promises in docs/safety.md: each has an attack, and tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_, _, TABLE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8").partition("## What attacks each promise")
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("|")][2:]


def test_there_are_promises() -> None:
    assert len(ROWS) >= 13


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:30])
def test_a_promise_has_an_attack_and_tests(row: list[str]) -> None:
    attack, tests = row[-2:]
    assert attack.strip()
    names = re.findall(r"`([^`]+)`", tests)
    assert names
    for name in names:
        assert (ROOT / name).is_file(), name
