"""A plan is used once."""

from preo_mcp.guardrails.plans import Plans


def test_a_plan_is_used_once_and_does_not_use_up_another() -> None:
    plans = Plans()
    assert [plans.claim("a"), plans.claim("a"), plans.claim("b"), plans.claim("a")] == [True, False, True, False]
    assert Plans().claim("a")
