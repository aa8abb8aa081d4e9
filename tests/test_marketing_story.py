"""The marketing story in `examples/` runs, and goes as it says; it ends with an error where it does not."""

from datetime import UTC, datetime

import pytest

from preo_mcp.sandbox.webhooks.signing import signature
from tests.test_examples import story

CALLS = [
    *("create_webhook", "validate_cel_expression", "create_segment", "recalculate_segment", "get_segment"),
    *("adopt_email_message", "preview_email", "create_campaign", "schedule_campaign", "get_campaign"),
    "get_campaign_stats",
]


async def test_marketing_story(capsys: pytest.CaptureFixture[str]) -> None:
    await story("marketing_story").tell()
    told = capsys.readouterr().out
    calls = [line.removeprefix("→ ").partition("(")[0] for line in told.splitlines() if line.startswith("→ ")]
    assert calls == CALLS
    assert told.count("The host asks a person:") == 2
    assert "Purchase has no field 'product' | product_id" in told
    counted = told.partition("Plain Python counts the same: ")[2].split()
    members, reached = int(counted[0]), int(counted[2])
    assert f"user_count: {members}" in told
    assert f"In the segment: {members}" in told
    assert f"Get the message: {reached}" in told
    assert f"total_recipients: {reached}" in told
    assert f"skipped: no_consent {members - reached}" in told
    assert 0 < reached < members
    assert "The receiver got CAMPAIGN_SENT and found its signature genuine." in told


BODY = b'{"type":"CAMPAIGN_SENT"}'
SECRET = "whsec_of-a-test"


@pytest.mark.parametrize(
    ("body", "secret", "stamp", "genuine"),
    [
        (BODY, SECRET, 1_800_000_000, True),
        (BODY + b" ", SECRET, 1_800_000_000, False),
        (BODY, "whsec_of-another", 1_800_000_000, False),
        (BODY, SECRET, 1_800_000_001, False),
    ],
)
def test_the_receiver_takes_no_other_signature(body: bytes, secret: str, stamp: int, genuine: bool) -> None:
    sent = signature([SECRET], datetime.fromtimestamp(1_800_000_000, UTC), BODY)
    receiver = story("marketing_story").Receiver(deliveries=[(body, sent.replace("t=1800000000", f"t={stamp}"))])
    if genuine:
        assert receiver.verified(secret) == {"type": "CAMPAIGN_SENT"}
    else:
        with pytest.raises(SystemExit):
            receiver.verified(secret)
