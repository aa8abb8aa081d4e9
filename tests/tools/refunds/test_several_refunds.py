"""Several refunds with one question: what is shown, what is done, what is told where it stops."""

import json
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.text.amounts import AmountLimits
from tests.door import CANCEL, ERAS, YES, Door, Era, Person, open_door
from tests.tools.conftest import OpenServer
from tests.tools.refunds.test_refunds import Desk, facts, opened_desk, spelled


def purchase_ids(desk: Desk) -> list[str]:
    return [one["id"] for one in desk.order["purchases"]]


def prices(desk: Desk) -> float:
    return sum(one["price"] for one in desk.order["purchases"])


async def refunded(desk: Desk, **arguments: Any) -> dict[str, Any]:
    given = {"purchase_ids": purchase_ids(desk), "reason": "customer_request"} | arguments
    return await desk.door.done("refund_purchases", **given)


@pytest.fixture
async def desk(door: Door, person: Person) -> Desk:
    return await opened_desk(door, person)


async def test_one_question_names_each_and_the_sum(desk: Desk) -> None:
    result = await refunded(desk, comment="Fell ill.")
    [question] = desk.person.questions
    name = desk.order["customer"].split(",")[0]
    total = spelled(prices(desk))
    assert question.startswith(
        f"Request refunds of 2 pieces, {total} in all, to “{name}”? They are paid once approved.\n"
    )
    assert question.count("\nItem: ") == 3
    assert f"\nItem: {total}: 2 pieces\n" in question
    shown = facts(question)
    assert (shown["Amount to refund"], shown["Payment"]) == (total, "once it is approved")
    assert shown["Comment"] == "“Fell ill.”"
    assert [one["status"] for one in result["refunds"]] == ["requested", "requested"]
    assert (result["amount"], result["currency"]) == (prices(desk), "DKK")
    assert result["next_step"].startswith("Nothing is paid yet")


@pytest.mark.parametrize("era", ERAS)
async def test_one_yes_requests_and_pays(tmp_path: Path, era: Era) -> None:
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        desk = await opened_desk(door, person)
        desk.fate(succeeds=True)
        result = await refunded(desk, pay=True)
        [question] = person.questions
        assert question.startswith("Request and pay back 2 pieces, ")
        assert facts(question)["Payment"] == "at once: this is a yes to both"
        states = [one["status"] for one in result["refunds"]]
        assert len(states) == 2
        assert states[0] == "processed"
        assert set(states) <= {"processed", "failed"}
        lines = [line for line in map(json.loads, audit_of(door)) if line["outcome"] != "waiting"]
    deeds = [(line["tool"], line["outcome"]) for line in lines]
    assert deeds == [
        *[("create_purchase_refund", "done")] * 2,
        *[("approve_refund", "done")] * 2,
        ("refund_purchases", "done"),
    ]
    assert len({line["plan"] for line in lines}) == 5
    assert {line["approval"] for line in lines} == {"host dialog"}
    assert lines[-1]["requests"] == [one for line in lines[:-1] for one in line["requests"]]


def audit_of(door: Door) -> list[str]:
    return (door.folder / "state" / "audit.jsonl").read_text().splitlines()


async def test_several_waiting_ones_are_approved_at_once(desk: Desk) -> None:
    requested = await refunded(desk)
    keys = [one["id"] for one in requested["refunds"]]
    result = await desk.door.done("approve_refunds", refund_ids=keys)
    question = desk.person.questions[-1]
    assert question.startswith(f"Pay back {spelled(prices(desk))} in 2 refunds?\n")
    assert all(key in question for key in keys)
    assert f"\nRefund: {spelled(prices(desk))}: 2 refunds\n" in question
    assert {one["status"] for one in result["refunds"]} <= {"processed", "failed"}
    assert [one["id"] for one in result["refunds"]] == keys


async def test_a_no_does_nothing(open_server: OpenServer) -> None:
    async with open_server(Person(CANCEL)) as door:
        desk = await opened_desk(door, Person(CANCEL))
        before = desk.refunds()
        await door.refused("refund_purchases", purchase_ids=purchase_ids(desk), reason="customer_request", pay=True)
        assert desk.refunds() == before


async def test_what_the_api_would_refuse_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    one, other = purchase_ids(desk)
    [(elsewhere,)] = desk.rows("SELECT id FROM purchases WHERE order_id <> ? ORDER BY rowid LIMIT 1", desk.order["id"])
    for arguments, word in (
        ({"purchase_ids": [one, one]}, "is named twice"),
        ({"purchase_ids": [one, elsewhere]}, "of several orders"),
        ({"scope": "transaction_full"}, "a whole order's scope"),
        ({"reason": "other"}, "needs an amount"),
        ({"reason": "other", "amount": 100_000}, "more than what is left"),
    ):
        given = {"purchase_ids": [one, other], "reason": "customer_request"} | arguments
        assert word in await desk.door.refused("refund_purchases", **given)
    await desk.request()
    refund = await desk.request(purchase_id=other)
    text = await desk.door.refused("refund_purchases", purchase_ids=[one, other], reason="customer_request")
    assert text.startswith(f"Refund purchases was not done · {one}: ")
    assert "is for the same scope purchase_price" in text
    text = await desk.door.refused("refund_purchases", purchase_ids=[one, "pur_unknown"], reason="other", amount=1)
    assert "pur_unknown: No Purchase matches" in text
    await desk.door.done("reject_refund", refund_id=refund["id"])
    [waiting] = [key for key, status in desk.refunds() if status == "requested" and key != refund["id"]][-1:]
    text = await desk.door.refused("approve_refunds", refund_ids=[waiting, refund["id"]])
    assert text.startswith(f"Approve refund requests was not done · {refund['id']}: the refund is rejected")
    assert len(desk.person.questions) == 3


async def test_limits_hold_for_the_sum(open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        desk = await opened_desk(door, Person(YES))
    single, total = desk.first["price"], prices(desk)
    given = {"purchase_ids": purchase_ids(desk), "reason": "customer_request"}
    person = Person(YES)
    async with open_server(person, max_refund_amount=AmountLimits.of_any(int(single) + 1)) as door:
        assert "PREO_MAX_REFUND_AMOUNT" in await door.refused("refund_purchases", **given)
        assert person.questions == []
    async with open_server(person, max_refunds_per_day=3) as door:
        assert "PREO_MAX_REFUNDS_PER_DAY" in await door.refused("refund_purchases", **given, pay=True)
        assert (
            len(Desk(door, person, desk.order).rows("SELECT id FROM refunds WHERE order_id = ?", desk.order["id"])) == 0
        )
    typed = Person(YES)
    async with open_server(typed, confirm_amount_over=AmountLimits.of_any(int(single) + 1)) as door:
        result = await door.done("refund_purchases", **given)
        assert result["amount"] == total, "the sum was typed"


async def test_each_counts_as_one_of_the_day(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, max_refunds_per_day=4) as door:
        desk = await opened_desk(door, person)
        result = await refunded(desk, pay=True)
        assert len(result["refunds"]) == 2
        fifth = {"purchase_id": desk.first["id"], "reason": "other", "amount": 0.5}
        assert "PREO_MAX_REFUNDS_PER_DAY" in await door.refused("create_purchase_refund", **fifth)


@pytest.mark.parametrize(
    "settings",
    [{key: (name,)} for key in ("deny", "ask_about") for name in ("approve_refund", "approve_refunds")],
    ids=str,
)
async def test_where_approving_is_apart_it_is_only_requested(open_server: OpenServer, settings: dict[str, Any]) -> None:
    person = Person(YES)
    async with open_server(person, **settings) as door:
        desk = await opened_desk(door, person)
        result = await refunded(desk, pay=True)
        [question] = person.questions
        assert question.startswith("Request refunds of 2 pieces")
        assert facts(question)["Payment"] == "not with this yes: it has to be approved by itself"
        assert [one["status"] for one in result["refunds"]] == ["requested", "requested"]
        [(key, [name])] = settings.items()
        assert f" {name} " in result["not_paid"]
        assert f"(PREO_{key.upper()})" in result["not_paid"]
        assert result["next_step"].startswith("Nothing is paid yet")
        keys = [one["id"] for one in result["refunds"]]
        if key == "deny":
            assert "somebody who may can approve them in Preo" in result["not_paid"]
            assert "do not offer it" in await door.refused("approve_refunds", refund_ids=keys)
        else:
            paid = await door.done("approve_refunds", refund_ids=keys)
            assert {one["status"] for one in paid["refunds"]} <= {"processed", "failed"}
            assert "not_paid" not in paid
            assert len(person.questions) == 2


async def test_who_may_only_request_requests_and_is_told_so(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        desk = await opened_desk(door, person)
        result = await refunded(desk, pay=True)
        [question] = person.questions
        assert question.startswith("Request refunds of 2 pieces")
        assert facts(question)["Payment"] == "not with this yes: it has to be approved by itself"
        assert [one["status"] for one in result["refunds"]] == ["requested", "requested"]
        assert result["not_paid"].startswith("the token's user is staff in org_nordlys; somebody who may")
        keys = [one["id"] for one in result["refunds"]]
        assert "may not decide on this refund" in await door.refused("approve_refunds", refund_ids=keys)
        assert len(person.questions) == 1, "nobody is asked for what will be refused"
        again = await door.done("refund_purchases", purchase_ids=purchase_ids(desk), reason="other", amount=1, pay=True)
        assert again["not_paid"] == result["not_paid"]


async def test_what_is_not_asked_for_is_not_told_as_missing(desk: Desk) -> None:
    assert "not_paid" not in await refunded(desk)


async def test_deny_of_the_single_holds_for_the_compound(open_server: OpenServer) -> None:
    async with open_server(Person(YES), deny=("create_purchase_refund",)) as door:
        assert "do not offer it" in await door.refused("refund_purchases", purchase_ids=["pur_1"], reason="other")
