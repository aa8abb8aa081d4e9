"""When a figure meets its target."""

import pytest

from benchmarks.table import Row


@pytest.mark.parametrize(
    ("row", "is_met", "target"),
    [
        (Row("slow", "ms", 15, 10, most_times=1.5), True, "≤ 1.50 ×"),
        (Row("slow", "ms", 16, 10, most_times=1.5), False, "≤ 1.50 ×"),
        (Row("many", "/s", 60, 100, least_times=0.6), True, "≥ 0.60 ×"),
        (Row("many", "/s", 59, 100, least_times=0.6), False, "≥ 0.60 ×"),
        (Row("long", "ms", 51, 10, most=50), False, "≤ 50.0 ms"),
        (Row("told", "ms", 51, 10), None, ""),
        (Row("none", "ms", None, None, most=50), None, "≤ 50.0 ms"),
    ],
)
def test_a_target_is_met_at_its_border_and_not_beyond(row: Row, is_met: bool | None, target: str) -> None:
    assert row.is_met is is_met
    assert target in row.cells()
    assert {None: "", True: "met", False: "MISSED"}[is_met] in row.cells()
