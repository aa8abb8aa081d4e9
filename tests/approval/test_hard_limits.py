"""What no yes can go beyond, and what is too large for a yes alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.api.operations import GET_SEGMENT
from preo_mcp.approval.facts import Facts, Stakes, must_be_within_limits, what_to_type
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.wording import say
from preo_mcp.audit.entry import AuditLine
from preo_mcp.settings import Settings
from tests.door import ERAS, YES, Door, Era, Person, client_of_door, open_door, text_of
from tests.guarded_calls import (
    SMALL_SEGMENT,
    Prepared,
    approve_refund,
    create_purchase_refund,
    reject_refund,
    schedule_campaign,
    send_campaign,
)
from tests.past_the_guard import in_preo

EACH = pytest.mark.parametrize("era", ERAS)
SANDBOX: dict[str, Any] = {"sandbox": True}
TOLD: dict[str, Any] = {"currency": "DKK", "name": "N27-1", "organization_id": "org_a", "edition_id": "edt_a"}


def refund(amount: str | None, currency: str | None = "DKK") -> Stakes:
    told: dict[str, Any] = TOLD | {"amount": None if amount is None else Decimal(amount), "currency": currency}
    return Stakes(money=True, **told)


def campaign(recipients: int | None) -> Stakes:
    told: dict[str, Any] = TOLD | {"name": "Julehilsen"}
    return Stakes(recipients=recipients, **told)


@pytest.mark.parametrize(
    ("stakes", "limits", "says"),
    [
        (refund("500"), {}, None),
        (refund(None), {}, None),
        (refund("500.00"), {"max_refund_amount": 500}, None),
        (
            refund("500.01"),
            {"max_refund_amount": 500},
            "the amount is 500.01 DKK, and PREO_MAX_REFUND_AMOUNT allows 500.00 DKK at most",
        ),
        (refund("0.01"), {"max_refund_amount": 0}, "PREO_MAX_REFUND_AMOUNT allows 0.00 DKK at most, even with a yes"),
        (refund(None), {"max_refund_amount": 500}, "the amount is unknown, and PREO_MAX_REFUND_AMOUNT"),
        (refund("1000"), {"max_refund_amount": "1000 DKK, 150 EUR"}, None),
        (
            refund("150.01", "EUR"),
            {"max_refund_amount": "1000 DKK, 150 EUR"},
            "the amount is 150.01 EUR, and PREO_MAX_REFUND_AMOUNT allows 150.00 EUR at most, even with a yes",
        ),
        (
            refund("1", "SEK"),
            {"max_refund_amount": "1000 DKK, 150 EUR"},
            "the amount is 1.00 SEK, and PREO_MAX_REFUND_AMOUNT allows 1000 DKK, 150 EUR at most",
        ),
        (refund("1", None), {"max_refund_amount": "1000 DKK"}, "1.00 of an unknown currency"),
        (refund("500", None), {"max_refund_amount": 500}, None),
        (refund("500.001"), {"max_refund_amount": 500}, "the amount is 500.001 DKK"),
        (refund("9999"), {"max_recipients": 1}, None),
        (campaign(100), {"max_recipients": 100, "max_refund_amount": 0}, None),
        (campaign(101), {"max_recipients": 100}, "it reaches 101 people, and PREO_MAX_RECIPIENTS allows 100"),
        (campaign(1), {"max_recipients": 0}, "PREO_MAX_RECIPIENTS"),
        (Stakes(), {"max_recipients": 0, "max_refund_amount": 0}, None),
    ],
)
def test_limits_hold(stakes: Stakes, limits: dict[str, Any], says: str | None) -> None:
    settings = Settings.model_validate(SANDBOX | limits)
    if says is None:
        must_be_within_limits("This step", stakes, settings)
        return
    with pytest.raises(PermissionDeniedError) as caught:
        must_be_within_limits("This step", stakes, settings)
    assert says in str(caught.value)
    assert str(caught.value).startswith("This step was not run · ")


@pytest.mark.parametrize(
    ("stakes", "expected"),
    [
        (refund("1000"), None),
        (refund("1000.00"), None),
        (refund("1000.01"), "1,000.01 DKK"),
        (refund("1234567.8"), "1,234,567.80 DKK"),
        (refund(None), "N27-1"),
        (campaign(1000), None),
        (campaign(1001), "Julehilsen"),
        (campaign(None), None),
        (Stakes(people=True, name="Julehilsen"), "Julehilsen"),
        (Stakes(is_unknown=True, name="August"), "August"),
        (Stakes(is_unknown=True, name="August", recipients=1), "August"),
        (Stakes(money=True), "unknown"),
        (Stakes(), None),
    ],
)
def test_what_is_typed_above_the_thresholds(stakes: Stakes, expected: str | None) -> None:
    found = what_to_type(Facts(say("Campaign"), (), stakes=stakes), Settings.model_validate(SANDBOX))
    assert (found and str(found[0])) == expected
    assert found is None or str(found[1]) == f"Type {expected} to confirm"


@pytest.mark.parametrize(
    ("stakes", "expected"),
    [
        (refund("100"), None),
        (refund("100.01"), "100.01 DKK"),
        (refund("15.01", "eur"), "15.01 eur"),
        (refund("0.01", "SEK"), "0.01 SEK"),
        (refund("0.01", None), "0.01"),
    ],
)
def test_each_currency_has_its_own_threshold_and_others_have_none(stakes: Stakes, expected: str | None) -> None:
    settings = Settings.model_validate(SANDBOX | {"confirm_amount_over": "100 DKK, 15 EUR"})
    found = what_to_type(Facts(say("Campaign"), (), stakes=stakes), settings)
    assert (found and str(found[0])) == expected


def test_a_threshold_of_nothing_has_everything_typed() -> None:
    always = Settings.model_validate(SANDBOX | {"confirm_amount_over": 0, "confirm_recipients_over": 0})
    for stakes, expected in ((refund("0.01"), "0.01 DKK"), (campaign(1), "Julehilsen"), (campaign(0), None)):
        found = what_to_type(Facts(say("Campaign"), (), stakes=stakes), always)
        assert (found and str(found[0])) == expected


def typed(text: str | None) -> ElicitResult:
    """Return a yes with a text; for None with none, as a host sends it that does not know the field."""
    return ElicitResult(action="accept", content={"approve": True, **({"x": 1} if text is None else {"typed": text})})


class Typist(Person):
    """Says yes, and types something beside it: the next text at each question, None for nothing."""

    def __init__(self, *texts: str | None) -> None:
        super().__init__(*map(typed, texts))
        self.fields: list[dict[str, Any]] = []

    async def ask(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.fields.append(params.requested_schema["properties"])
        return await super().ask(context, params)


@EACH
async def test_an_amount_is_typed_above_the_threshold(tmp_path: Path, era: Era) -> None:
    typist = Typist("20", "20,01", "1 DKK", "20.01 EUR", "dkk 20,01", None, "", "20.01 DKK")
    async with open_door(tmp_path, era, typist, confirm_amount_over=20) as door:
        equal, above, wrong = await _refund(door, 20), await _refund(door, 20.01), await _refund(door, 20.01)
        await door.done("create_purchase_refund", **equal.arguments)
        assert "typed" not in typist.fields[0]
        await door.done("create_purchase_refund", **above.arguments)
        assert typist.fields[1]["typed"]["title"] == "Type 20.01 DKK to confirm"
        assert len(typist.questions) == 2, "typed right at once"
        await door.done("create_purchase_refund", **wrong.arguments)
        assert [text.startswith("What you typed does not match.\n\n") for text in typist.questions] == [
            *(False, False),
            *(False, True, True),
        ]
        assert [one.effects() for one in (equal, above, wrong)] == [1, 1, 1]
        nothing = await _refund(door, 30)
        for _ in range(2):
            text = await door.refused("create_purchase_refund", **nothing.arguments)
            assert "what was typed did not match" in text
        assert nothing.effects() == 0


async def _refund(door: Door, amount: float) -> Prepared:
    prepared = await create_purchase_refund(door)
    return Prepared(prepared.arguments | {"amount": amount}, prepared.effects)


@EACH
async def test_a_campaigns_name_is_typed_above_the_threshold(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era) as door:
        prepared = await schedule_campaign(door)
        name = (await door.done("get_campaign", campaign_id=prepared.arguments["campaign_id"]))["name"]
    typist = Typist("Winter", f"  {name.upper()} ")
    async with open_door(tmp_path, era, typist, confirm_recipients_over=0) as door:
        typist._answers[1] = ElicitResult(action="accept", content={"approve": True, "typed": f"  {name.upper()} "})  # pyright: ignore[reportPrivateUsage] - the name is known only now
        await door.done("schedule_campaign", **prepared.arguments)
        assert (prepared.effects(), len(typist.questions)) == (1, 2)
        assert typist.fields[0]["typed"]["title"] == f"Type “{name}” to confirm"


async def test_a_refund_beyond_the_limit_is_not_even_asked_about(tmp_path: Path) -> None:
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, max_refund_amount=15) as door:
        within, beyond = await _refund(door, 15), await _refund(door, 15.01)
        await door.done("create_purchase_refund", **within.arguments)
        text = await door.refused("create_purchase_refund", **beyond.arguments)
        assert "the amount is 15.01 DKK, and PREO_MAX_REFUND_AMOUNT allows 15.00 DKK at most" in text
        whole = {**beyond.arguments, "reason": "customer_request", "scope": "transaction_full"}
        del whole["amount"]
        assert "PREO_MAX_REFUND_AMOUNT" in await door.refused("create_purchase_refund", **whole)
        assert (beyond.effects(), len(person.questions)) == (0, 1)
    async with open_door(tmp_path, "auto", person, max_refund_amount=14.99) as door:
        requested = await approve_refund(door)  # of 15.00
        assert "PREO_MAX_REFUND_AMOUNT" in await door.refused("approve_refund", **requested.arguments)
        assert (requested.effects(), len(person.questions)) == (0, 1)


async def test_a_campaign_beyond_the_limit_is_not_even_asked_about(tmp_path: Path) -> None:
    person = Person(YES)
    async with open_door(tmp_path, "auto", person) as door:
        await send_campaign(door)  # waits until the segment is counted
        people = (await in_preo(door, GET_SEGMENT, id=SMALL_SEGMENT))["user_count"]
    async with open_door(tmp_path, "auto", person, max_recipients=0) as door:
        for tool, prepare in (("send_campaign", send_campaign), ("schedule_campaign", schedule_campaign)):
            prepared = await prepare(door)
            assert "PREO_MAX_RECIPIENTS allows 0 at most" in await door.refused(tool, **prepared.arguments)
            assert prepared.effects() == 0
    async with open_door(tmp_path, "auto", person, max_recipients=people) as door:
        prepared = await send_campaign(door)
        assert person.questions == []
        await door.done("send_campaign", **prepared.arguments)
        assert prepared.effects() == 1


@asynccontextmanager
async def beside(door: Door, person: Person) -> AsyncGenerator[Door]:
    """Open a second server on the same sandbox and ledger, as another process has."""
    most = door.backend.settings.max_refunds_per_day
    async with open_door(door.folder, "auto", person, client=client_of_door(door), max_refunds_per_day=most) as other:
        yield other


async def test_no_more_refunds_a_day_even_two_at_once(tmp_path: Path) -> None:
    async with (
        open_door(tmp_path, "auto", Person(YES), max_refunds_per_day=2) as door,
        beside(door, Person(YES)) as other,
    ):
        refunds = [await create_purchase_refund(door) for _ in range(5)]
        await door.done("create_purchase_refund", **refunds[0].arguments)
        texts: list[str] = []

        async def call(one: Door, prepared: Prepared) -> None:
            texts.append(text_of(await one.call("create_purchase_refund", **prepared.arguments)))

        async with anyio.create_task_group() as tasks:
            for one, prepared in zip((door, other, door, other), refunds[1:], strict=True):
                tasks.start_soon(call, one, prepared)
        assert sum(prepared.effects() for prepared in refunds) <= 2
        refused = [text for text in texts if "PREO_MAX_REFUNDS_PER_DAY allows 2 refunds in 24 hours" in text]
        assert len(refused) >= 3
        for prepared in refunds[1:]:  # whoever stood in each other's way can be called again
            if not prepared.effects():
                await call(door, prepared)
        assert sum(prepared.effects() for prepared in refunds) == 2
        requested, rejected = await approve_refund(door), await reject_refund(door)
        assert "PREO_MAX_REFUNDS_PER_DAY" in await door.refused("approve_refund", **requested.arguments)
        assert requested.effects() == 0, "an approval pays, and counts like a request"
        await door.done("reject_refund", **rejected.arguments)


class OfOneUser:
    """An API whose tokens are all of one user, and that takes every refund."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.requests += 1
            return httpx.Response(201, json={"id": f"rfd_{self.requests}", "status": "requested"})
        if request.url.path.endswith("/refunds"):
            return httpx.Response(200, json={"count": 0, "results": []})
        purchase = {"id": "pur_1", "price": 100.0, "amount": 100.0, "refundable": 100.0, "currency": "DKK"}
        return httpx.Response(200, json=purchase if "purchases" in request.url.path else {"id": "usr_astrid"})


async def test_a_new_token_of_the_same_user_starts_no_new_day(tmp_path: Path) -> None:
    api = OfOneUser()
    for token, amount in (("first", 1), ("first", 2), ("second", 3), ("third", 4)):
        flags: dict[str, Any] = {"token": token, "max_refunds_per_day": 2}
        async with open_door(tmp_path, "auto", Person(YES), api=api, **flags) as door:
            result = await door.call("create_purchase_refund", purchase_id="pur_1", reason="other", amount=amount)
            assert result.is_error == (token != "first"), text_of(result)
            assert not result.is_error or "PREO_MAX_REFUNDS_PER_DAY allows 2" in text_of(result)
    assert api.requests == 2


@EACH
async def test_the_sandbox_without_questions_says_so_and_keeps_to_the_rest(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, yes=True, max_refund_amount=15) as door:
        assert "Nobody is asked before anything runs (--yes)" in (door.client.instructions or "")
        within, beyond = await _refund(door, 15), await _refund(door, 16)
        result = await door.done("create_purchase_refund", **within.arguments)
        assert "Nobody was asked: the sandbox runs with --yes." in result["notes"]
        assert "PREO_MAX_REFUND_AMOUNT" in await door.refused("create_purchase_refund", **beyond.arguments)
        assert (within.effects(), beyond.effects()) == (1, 0)
        trail = (door.backend.settings.state_folder / "audit.jsonl").read_text(encoding="utf-8")
        done, refused = (AuditLine.model_validate_json(line) for line in trail.splitlines())
        assert (done.outcome, done.approval, refused.outcome) == ("done", "sandbox --yes", "refused")
        plan = await door.backend.guardrails.ledger.get(done.plan or "")
        assert plan is not None
        assert (plan.state, plan.approved_via, plan.tool) == (PlanState.DONE, None, "create_purchase_refund")
        rails = door.backend.guardrails
        assert await rails.ledger.refunds_since(rails.accounts, rails.timing.now() - timedelta(days=1)) == 1
    async with open_door(tmp_path, era) as door:
        assert "--yes" not in (door.client.instructions or "")
