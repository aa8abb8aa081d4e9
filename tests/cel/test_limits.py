"""What a condition may cost: hostile ones are refused, or run out of steps, and never hold anything up."""

from datetime import UTC, datetime
from time import perf_counter, process_time

import pytest

from preo_mcp.cel.condition import check_condition, compile_condition
from preo_mcp.cel.limits import MAX_LENGTH, MAX_LOOPS, MAX_NESTING
from preo_mcp.cel.messages import message_class

TEN = "[1,2,3,4,5,6,7,8,9,10]"
LONGEST_SECONDS = 0.5
"""Far beyond what any of these takes, and far below what an exponential one would."""


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("true" + " " * MAX_LENGTH, "characters"),
        ("(" * (MAX_NESTING + 1) + "true" + ")" * (MAX_NESTING + 1), "brackets"),
        ("[" * 4000, "brackets"),
        ("user.orders.all(o, " * (MAX_LOOPS + 1) + "true" + ")" * (MAX_LOOPS + 1), "are nested"),
        ("1" + "+1" * 4000 + " == 1", "too deeply"),
        ("user" + ".x" * 4000, "too deeply"),
        ("true ? true : " * 700 + "true", "too deeply"),
    ],
)
def test_too_much_is_refused(condition: str, says: str) -> None:
    started = perf_counter()
    [mistake] = check_condition(condition, has_edition=False)
    assert perf_counter() - started < LONGEST_SECONDS
    assert says in mistake.message


@pytest.mark.parametrize("piece", ["= ", "3d ", "1,000,", "in ('a') ", "not a ", "usr.x(1) || ", "a = b and "])
def test_telling_of_many_mistakes_takes_no_long(piece: str) -> None:
    condition = piece * (MAX_LENGTH // len(piece))
    started = process_time()
    assert check_condition(condition, has_edition=False)
    assert process_time() - started < LONGEST_SECONDS


@pytest.mark.parametrize(
    "condition",
    [
        "(" * MAX_NESTING + "true" + ")" * MAX_NESTING,
        "user.orders.all(o, " * MAX_LOOPS + "true" + ")" * MAX_LOOPS,
        "true" + " && true" * 1200,
        "user.id == 'a'" + " || user.id == 'b'" * 500,
        "'((((((((((((((((((((((((((((((((((((((((' == user.id // ((((((((((((((((((((((((((((((((((((((((((",
        "user.id in [" + ", ".join(["'usr_0123456'"] * 600) + "]",
    ],
)
def test_up_to_the_limit_is_fine(condition: str) -> None:
    assert len(condition) <= MAX_LENGTH
    assert check_condition(condition, has_edition=False) == ()


def test_steps_through_lists_are_counted() -> None:
    user = message_class("User")(id="usr_1").SerializeToString()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    fifty, hundred = (f"[{','.join('1' * length)}]" for length in (50, 100))
    affordable = compile_condition(f"{hundred}.all(a, {fifty}.all(b, a == b))", now, None)
    assert affordable.holds(user) is True
    endless = compile_condition(f"{hundred}.all(a, {hundred}.all(b, {hundred}.all(c, a + b + c == 3)))", now, None)
    started = perf_counter()
    assert endless.holds(user) is None
    assert perf_counter() - started < LONGEST_SECONDS
    assert "budget" in str(endless.first_error)


def test_regular_expressions_take_linear_time() -> None:
    user = message_class("User")(id="usr_1").SerializeToString()
    text = "a" * 4000
    asked = compile_condition(f"'{text}!'.matches('(a+)+$')", datetime(2026, 1, 1, tzinfo=UTC), None)
    started = perf_counter()
    assert asked.holds(user) is False
    assert perf_counter() - started < LONGEST_SECONDS
