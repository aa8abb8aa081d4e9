"""Several refunds whose answers are lost or refused in the middle: each at most once, and what is told is what is."""

from pathlib import Path
from typing import Any

import pytest

from tests.door import ERAS, YES, Door, Era, Person, open_door, text_of
from tests.past_the_guard import control_of
from tests.tools.refunds.test_refunds import Desk, opened_desk

REQUEST, APPROVE = "Create refund request for purchase", "Approve refund request"


async def fault(door: Door, kind: str, operation: str, every: int) -> None:
    """Let one request of an operation, the `every`-th from now on, go wrong."""
    control = await control_of(door.backend)
    rule = {"kind": kind, "operation": operation, "every": every, "times": 1}
    answer = await control.post("/__sandbox/faults", json=[rule])
    assert answer.is_success, answer.text


def refunds_of(desk: Desk) -> list[str]:
    found = desk.rows("SELECT status FROM refunds WHERE order_id = ?", desk.order["id"])
    return [status for (status,) in found]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_before", "error_after"])
@pytest.mark.parametrize(("operation", "every"), [(REQUEST, 1), (REQUEST, 2), (APPROVE, 1), (APPROVE, 2)])
async def test_no_refund_is_made_twice_and_a_second_call_says_what_is(
    tmp_path: Path, era: Era, kind: str, operation: str, every: int
) -> None:
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        desk = await opened_desk(door, person)
        desk.fate(succeeds=True)
        given: dict[str, Any] = {
            "purchase_ids": [one["id"] for one in desk.order["purchases"]],
            "reason": "customer_request",
            "pay": True,
        }
        await fault(door, kind, operation, every)
        first = await door.call("refund_purchases", **given)
        made, asked = refunds_of(desk), len(person.questions)
        assert asked == 1
        await door.call("refund_purchases", **given)
        after = refunds_of(desk)
    wanted = len(given["purchase_ids"])
    assert len(made) <= wanted
    assert len(after) <= wanted, "one for each purchase at most, whatever was lost"
    if len(after) > len(made) or after.count("requested") < made.count("requested"):
        assert len(person.questions) == asked + 1, "nothing goes on by itself"
    if len(made) < wanted or "requested" in made:
        assert first.is_error or {"not_done", "left"} & (first.structured_content or {}).keys(), text_of(first)
