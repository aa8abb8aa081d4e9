"""The table of promises names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "safety.md"
FILE = re.compile(r"`((?:tests|benchmarks)/[\w/.-]+)`")


def test_each_promise_names_what_attacks_it_and_a_test_that_is_there() -> None:
    _, table = PAGE.read_text(encoding="utf-8").split("## What attacks each promise")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 20
    for row in rows:
        assert row[-2].strip("| "), f"nothing attacks {row[0]}"
        tests = FILE.findall(row[-1])
        assert tests, row
        for name in tests:
            assert (ROOT / name).is_file(), name
