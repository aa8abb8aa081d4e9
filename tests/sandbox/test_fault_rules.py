"""Rules of faults: which requests they are about, how often they strike, which there cannot be."""

import pytest
from pydantic import ValidationError

from preo_mcp.api.operations import CREATE_CAMPAIGN, LIST_CAMPAIGNS, OPERATIONS, PREVIEW_EMAIL, SEND_CAMPAIGN, Operation
from preo_mcp.sandbox.faults import Armed, FaultRule, Faults
from preo_mcp.sandbox.request_log import KEPT, RequestLog, operation_of


def armed(**rule: object) -> Armed:
    return Armed(FaultRule.model_validate({"kind": "drop_after", **rule}))


def strikes(rule: Armed, requests: int, operation: Operation = SEND_CAMPAIGN) -> list[int]:
    return [number for number in range(1, requests + 1) if rule.strikes(operation)]


def test_how_often() -> None:
    assert strikes(armed(), 3) == [1, 2, 3]
    assert strikes(armed(times=2), 9) == [1, 2]
    assert strikes(armed(every=3), 10) == [3, 6, 9]
    assert strikes(armed(every=3, times=2), 10) == [3, 6]
    assert strikes(armed(probability=1), 3) == [1, 2, 3]


def test_a_seed_decides_the_draws() -> None:
    drawn = strikes(armed(probability=0.3, seed=7), 1000)
    assert drawn == strikes(armed(probability=0.3, seed=7), 1000)
    assert drawn != strikes(armed(probability=0.3, seed=8), 1000)
    assert 250 < len(drawn) < 350


def test_other_requests_do_not_count() -> None:
    rule = armed(every=2, operation="Send campaign now")
    assert not any(rule.strikes(row) for row in OPERATIONS * 3 if row is not SEND_CAMPAIGN)
    assert [rule.strikes(row) for row in (SEND_CAMPAIGN, LIST_CAMPAIGNS, SEND_CAMPAIGN)] == [False, False, True]
    assert (rule.matched, rule.struck) == (2, 1)


def test_which_requests() -> None:
    about = {name: armed(**rule).operations for name, rule in SELECTIONS.items()}
    assert about["all"] == set(OPERATIONS)
    assert about["path"] == {LIST_CAMPAIGNS, CREATE_CAMPAIGN}
    assert about["both"] == {CREATE_CAMPAIGN}
    assert about["writes"] | about["reads"] == set(OPERATIONS)
    assert not about["writes"] & about["reads"]
    assert CREATE_CAMPAIGN in about["writes"]
    assert PREVIEW_EMAIL in about["reads"]  # by what it does, not by its method


SELECTIONS: dict[str, dict[str, object]] = {
    "all": {},
    "path": {"path": "/v1/campaigns"},
    "both": {"path": "/v1/campaigns", "method": "POST"},
    "writes": {"writes": True},
    "reads": {"writes": False},
}


def test_the_first_rule_that_strikes_has_the_request() -> None:
    faults = Faults()
    faults.add([FaultRule.model_validate(rule) for rule in ({"kind": "slow", "every": 2}, {"kind": "throttle"})])
    found = [faults.strike(SEND_CAMPAIGN) for _ in range(4)]
    assert [rule and rule.kind for rule in found] == ["throttle", "slow", "throttle", "slow"]
    assert [rule.matched for rule in faults.armed] == [4, 2]
    assert faults.strike(None) is None
    faults.clear()
    assert faults.strike(SEND_CAMPAIGN) is None


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"kind": "explode"}, "Input should be 'drop_before'"),
        ({"operation": "Send campain now"}, "nearest is 'Send campaign now'"),
        ({"path": "/v1/campaigns/cmp_1"}, "nearest is '/v1/campaigns'"),
        ({"operation": "Send campaign now", "method": "GET"}, "No operation meets"),
        ({"every": 2, "probability": 0.5}, "not both"),
        ({"every": 0}, "greater than or equal to 1"),
        ({"probability": 1.5}, "less than or equal to 1"),
        ({"times": 0}, "greater than or equal to 1"),
        ({"seed": 3}, "probability only"),
        ({"seconds": 3}, "takes no seconds; slow, slow_before, throttle do"),
        ({"kind": "slow", "seconds": 301}, "less than or equal to 300"),
        ({"kind": "slow", "status": 503}, "takes no status; error_after, error_before do"),
        ({"kind": "error_after", "status": 404}, "greater than or equal to 500"),
        ({"often": 2}, "Extra inputs"),
    ],
)
def test_rules_that_there_cannot_be(rule: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        armed(**rule)
    assert why in raised.value.errors()[0]["msg"]


def test_every_operation_is_found_by_a_request() -> None:
    for row in OPERATIONS:
        path = row.path.replace("{id}", "x_1").replace("{delivery_id}", "y-2")
        assert operation_of(row.method, path) is row
    assert operation_of("HEAD", "/v1/campaigns") is LIST_CAMPAIGNS
    for method, path in (
        ("GET", "/v1/campaigns/"),
        ("PUT", "/v1/campaigns"),
        ("GET", "/v1/campaigns/a/b"),
        ("GET", ""),
    ):
        assert operation_of(method, path) is None


def test_the_log_forgets_the_oldest() -> None:
    log = RequestLog()
    for _ in range(KEPT + 5):
        log.begin("now", "x" * 1000, None, "k" * 1000)
    kept = list(log.shown(0))
    assert (kept[0]["sequence"], len(kept)) == (6, KEPT)
    assert (len(kept[0]["method"]), len(kept[0]["idempotency_key"])) == (20, 200)
    assert [seen["sequence"] for seen in log.shown(KEPT + 3)] == [KEPT + 4, KEPT + 5]
