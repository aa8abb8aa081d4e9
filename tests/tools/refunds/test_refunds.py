"""Refunds through the door: what a person sees, what is refused before anybody is asked, what a decline leaves."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import anyio
import pytest

from preo_mcp.api.models.refunds import MOVING_STATUSES
from preo_mcp.replies.reply import BY_OTHERS
from preo_mcp.sandbox.refunds.gateway import SEED_KEY, decide
from preo_mcp.sandbox.store import Doc, spell_id
from tests.door import CANCEL, DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

PAIR = (
    "SELECT id FROM orders WHERE organization_id = 'org_nordlys' AND status = 'completed' AND type = 'online' "
    "AND id NOT IN (SELECT order_id FROM refunds) AND 2 = (SELECT count(*) FROM purchases AS p "
    "WHERE p.order_id = orders.id AND json_extract(p.doc, '$.fee') > 0 AND json_extract(p.doc, '$.deposit') = 0) "
    "AND 2 = (SELECT count(*) FROM purchases AS p WHERE p.order_id = orders.id) ORDER BY rowid LIMIT 1"
)


class Desk:
    """A host, a person who answers, and an order of two purchases of which nothing was refunded."""

    def __init__(self, door: Door, person: Person, order: Doc) -> None:
        self.door = door
        self.person = person
        self.order = order

    @property
    def first(self) -> Doc:
        return self.order["purchases"][0]

    async def request(self, **arguments: Any) -> Doc:
        given = {"purchase_id": self.first["id"], "reason": "customer_request"} | arguments
        return await self.door.done("create_purchase_refund", **given)

    async def ended(self, refund: Doc) -> Doc:
        with anyio.fail_after(10):
            while (found := await self.door.done("get_refund", refund_id=refund["id"]))["status"] in MOVING_STATUSES:
                await anyio.lowlevel.checkpoint()
        return found

    def refunds(self) -> list[tuple[str, str]]:
        return self.rows("SELECT id, status FROM refunds ORDER BY rowid")

    def rows(self, statement: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.door.folder / "preo.db")) as db, db:
            return db.execute(statement, values).fetchall()

    def fate(self, *, succeeds: bool) -> None:
        """Choose the seed so that the next refund's first attempt succeeds or fails."""
        [(number,)] = self.rows("SELECT value FROM counters WHERE kind = 'rfd'")
        coming = spell_id("rfd", number + 1)
        seed = next(str(seed) for seed in range(1000) if decide(str(seed), coming, 1).succeeded is succeeds)
        self.rows("UPDATE meta SET value = ? WHERE key = ?", seed, SEED_KEY)


@pytest.fixture
async def desk(door: Door, person: Person) -> Desk:
    return await opened_desk(door, person)


async def opened_desk(door: Door, person: Person) -> Desk:
    await door.done("get_user_info")
    with closing(sqlite3.connect(door.folder / "preo.db")) as db:
        [(order_id,)] = db.execute(PAIR).fetchall()
    return Desk(door, person, await door.done("get_order", order_id=order_id))


def facts(question: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in question.splitlines() if ": " in line)


def spelled(amount: float) -> str:
    return f"{amount:,.2f} DKK"


async def test_person_sees_what_the_api_will_do(desk: Desk) -> None:
    refund = await desk.request(comment="Cannot come.")
    shown = facts(desk.person.questions[0])
    whole = sum(desk.first[name] for name in ("price", "fee", "deposit"))
    name = desk.order["customer"].split(",")[0]
    headline = f"Request a refund of {spelled(desk.first['price'])} to “{name}”? It is paid once it is approved."
    assert desk.person.questions[0].startswith(f"{headline}\n")
    assert shown["Customer"] == f"“{desk.order['customer']}” ({desk.order['customer_id']})"
    assert desk.order["order_number"] in shown["Order"]
    assert desk.first["product"] in shown["Item"]
    assert shown["Amount to refund"] == spelled(desk.first["price"])
    assert shown["What for"] == "the item's price, without fee and deposit: the customer asked for it"
    assert (shown["Bought for"], shown["Refunded so far"]) == (spelled(whole), spelled(0))
    assert shown["Left"] == f"{spelled(whole)}, after this refund {spelled(desk.first['fee'])}"
    assert shown["Comment"] == "“Cannot come.”"
    assert (refund["status"], refund["amount"]) == ("requested", desk.first["price"])
    assert "approve_refund" in refund["next_step"]


async def test_request_approval_payment(desk: Desk) -> None:
    desk.fate(succeeds=True)
    refund = await desk.request(reason="sold_out")
    approved = await desk.door.done("approve_refund", refund_id=refund["id"])
    assert approved["status"] == "processed", "the payment gateway answers while the call waits"
    assert sum(note.endswith(BY_OTHERS) for note in approved["notes"]) == 1
    assert approved["next_step"].startswith("It is paid")
    shown = facts(desk.person.questions[-1])
    name = desk.order["customer"].split(",")[0]
    assert desk.person.questions[-1].startswith(f"Pay back {spelled(refund['amount'])} to “{name}”?\n")
    assert shown["Amount to refund"] == spelled(refund["amount"])
    assert shown["Requested"].endswith("Europe/Copenhagen, by “Astrid Holm”")
    assert shown["Requested and not paid yet"] == spelled(refund["amount"])
    done = await desk.ended(refund)
    assert done["status"] == "processed"
    assert done["refund_date"]
    order = await desk.door.done("get_order", order_id=desk.order["id"])
    assert order["refunded"] == refund["amount"]
    assert order["refundable"] == pytest.approx(order["amount"] - refund["amount"], abs=1e-9)
    assert [one["status"] for one in order["purchases"]] == ["refunded", "completed"]
    assert "is processed" in await desk.door.refused("approve_refund", refund_id=refund["id"])


async def test_too_much_is_refused_with_the_figure_before_anybody_is_asked(desk: Desk) -> None:
    await desk.request(reason="sold_out")
    asked, before = len(desk.person.questions), desk.refunds()
    again = await desk.door.refused("create_purchase_refund", purchase_id=desk.first["id"], reason="sold_out")
    assert "more than what is left: 0.00 DKK" in again
    more = desk.order["purchases"][1]
    text = await desk.door.refused(
        "create_purchase_refund", purchase_id=more["id"], reason="other", amount=more["refundable"] + 0.01
    )
    assert f"more than what is left: {spelled(more['refundable'])}" in text
    whole = await desk.door.refused("create_refund", transaction_id=desk.order["transaction_id"], reason="sold_out")
    assert f"more than what is left: {spelled(more['refundable'])}" in whole
    assert len(desk.person.questions) == asked
    assert desk.refunds() == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"reason": "other"}, "needs an amount"),
        ({"reason": "sold_out", "amount": 5}, "sets the amount itself"),
        ({"reason": "deposit_reclaim"}, "nothing to refund"),
        ({"reason": "whim"}, "Input should be".lower()),
        ({"reason": "other", "amount": 0}, "greater than 0"),
        ({"reason": "other", "amount": 0.001}, "0.001 has more decimals than DKK has (2)"),
        ({"reason": "other", "amount": 12.345}, "12.345 has more decimals than DKK has (2)"),
        ({"reason": "other", "amount": -5}, "greater than 0"),
        ({"reason": "other", "amount": 1e12}, "more than what is left"),
        ({"reason": "other", "amount": True}, "valid number"),
        ({"reason": "other", "amount": 1, "amonut": 2}, "did you mean amount?"),
    ],
)
async def test_wrong_requests_ask_nobody(desk: Desk, arguments: dict[str, Any], word: str) -> None:
    text = await desk.door.refused("create_purchase_refund", purchase_id=desk.first["id"], **arguments)
    assert word in text
    assert not desk.person.questions


async def test_deposit_goes_back_once(desk: Desk) -> None:
    [(locker,)] = desk.rows(
        "SELECT p.id FROM purchases AS p JOIN orders AS o ON o.id = p.order_id WHERE p.product_id = 'prd_n26_locker' "
        "AND o.status = 'completed' AND o.transaction_id IS NOT NULL AND o.id NOT IN (SELECT order_id FROM refunds) "
        "LIMIT 1"
    )
    refund = await desk.request(purchase_id=locker, reason="rental_return")
    again = await desk.door.refused("create_purchase_refund", purchase_id=locker, reason="deposit_reclaim")
    assert f"{refund['id']} (requested) is for the same scope purchase_deposit" in again
    assert len(desk.person.questions) == 1


async def test_whole_transaction(desk: Desk) -> None:
    await desk.request(scope="purchase_custom", amount=1.5)
    refund = await desk.door.done(
        "create_refund",
        transaction_id=desk.order["transaction_id"],
        reason="compensation",
        amount=desk.order["amount"] - 1.5,
    )
    question = desk.person.questions[-1]
    assert question.count("\nItem: ") == 2
    assert "Earlier refund" in question
    assert f"after this refund {spelled(0)}" in question
    assert (refund["scope"], len(refund["purchases"])) == ("transaction_custom", 2)


@pytest.mark.parametrize(
    ("ids", "word"),
    [
        ((), "exactly one"),
        (("purchase_id", "transaction_id"), "exactly one"),
    ],
)
async def test_exactly_one_id(desk: Desk, ids: tuple[str, ...], word: str) -> None:
    known = {"purchase_id": desk.first["id"], "transaction_id": desk.order["transaction_id"]}
    given = {name: known[name] for name in ids}
    assert word in await desk.door.refused("create_refund", reason="sold_out", **given)
    assert "purchase's scope" in await desk.door.refused(
        "create_refund", reason="sold_out", transaction_id=known["transaction_id"], scope="purchase_full"
    )
    assert "accessible" in await desk.door.refused("create_refund", reason="sold_out", transaction_id="trx_none")
    assert not desk.person.questions


async def test_create_refund_of_a_purchase(desk: Desk) -> None:
    refund = await desk.door.done("create_refund", purchase_id=desk.first["id"], reason="duplicate_purchase")
    assert refund["scope"] == "purchase_full"


async def test_reject(desk: Desk) -> None:
    refund = await desk.request()
    rejected = await desk.door.done("reject_refund", refund_id=refund["id"])
    assert rejected["status"] == "rejected"
    assert desk.person.questions[-1].startswith(f"Reject the refund of {spelled(refund['amount'])} to “")
    assert "rejected" in await desk.door.refused("approve_refund", refund_id=refund["id"])
    assert "rejected" in await desk.door.refused("reject_refund", refund_id=refund["id"])


async def test_failed_refund_is_tried_again_unless_too_little_is_left(desk: Desk) -> None:
    desk.fate(succeeds=False)
    refund = await desk.request(reason="sold_out")
    await desk.door.done("approve_refund", refund_id=refund["id"])
    failed = await desk.ended(refund)
    assert failed["status"] == "failed"
    assert "approve_refund tries again" in failed["next_step"]
    await desk.request(scope="purchase_custom", amount=1)
    text = await desk.door.refused("approve_refund", refund_id=refund["id"])
    assert "more than what is left by now" in text
    assert "reject_refund" in text


async def test_list(desk: Desk) -> None:
    refund = await desk.request()
    found = await desk.door.done("list_refunds", search=desk.order["order_number"].lower(), status="requested")
    [row] = found["results"]
    assert (row["id"], row["amount"], row["currency"]) == (refund["id"], refund["amount"], "DKK")
    assert desk.order["customer"].startswith(row["customer"])
    assert desk.order["id"] in row["order"]
    newest = await desk.door.done("list_refunds", page_size=1)
    assert (newest["results"][0]["id"], newest["total"]) == (refund["id"], len(desk.refunds()))
    cheap = await desk.door.done("list_refunds", ordering=["amount"], reason="other", scope="purchase_custom")
    amounts = [one["amount"] for one in cheap["results"]]
    assert amounts == sorted(amounts)
    assert "should be" in await desk.door.refused("list_refunds", reason="whim")


@pytest.mark.parametrize("answer", [DECLINE, CANCEL], ids=["decline", "cancel"])
async def test_a_decline_changes_nothing(open_server: OpenServer, answer: Any) -> None:
    person = Person(answer)
    async with open_server(person) as door:
        desk = await opened_desk(door, person)
        [(requested,)] = desk.rows("SELECT id FROM refunds WHERE status = 'requested' LIMIT 1")
        before = desk.refunds()
        calls: list[tuple[str, dict[str, Any]]] = [
            ("create_purchase_refund", {"purchase_id": desk.first["id"], "reason": "sold_out"}),
            ("create_refund", {"purchase_id": desk.first["id"], "reason": "sold_out"}),
            ("create_refund", {"transaction_id": desk.order["transaction_id"], "reason": "sold_out"}),
            ("approve_refund", {"refund_id": requested}),
            ("reject_refund", {"refund_id": requested}),
        ]
        for number, (tool, arguments) in enumerate(calls, 1):
            assert "If the user said no, stop" in await door.refused(tool, **arguments)
            assert len(person.questions) == number
        assert desk.refunds() == before


async def test_staff_may_request_and_is_told_who_decides(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        desk = await opened_desk(door, person)
        refund = await desk.request()
        assert refund["can_approve"] is False
        text = await door.refused("approve_refund", refund_id=refund["id"])
        assert "manager or admin" in text
        assert len(person.questions) == 1


async def test_cancelled_and_unpaid_orders_are_refused_early(desk: Desk) -> None:
    for status in ("cancelled", "pending"):
        [(purchase_id,)] = desk.rows(
            "SELECT p.id FROM purchases AS p JOIN orders AS o ON o.id = p.order_id WHERE o.status = ? "
            "AND json_extract(p.doc, '$.price') > 0 LIMIT 1",
            status,
        )
        text = await desk.door.refused("create_purchase_refund", purchase_id=purchase_id, reason="sold_out")
        assert "0.00" in text
        assert status in text
    [(refund_id, order_id)] = desk.rows("SELECT id, order_id FROM refunds WHERE status = 'requested' LIMIT 1")
    [(doc,)] = desk.rows("SELECT doc FROM orders WHERE id = ?", order_id)
    cancelled = json.dumps(json.loads(doc) | {"status": "cancelled"})
    desk.rows("UPDATE orders SET status = 'cancelled', doc = ? WHERE id = ?", cancelled, order_id)
    assert "its order is cancelled" in await desk.door.refused("approve_refund", refund_id=refund_id)
    assert not desk.person.questions


@pytest.mark.parametrize("tool", ["get_refund", "approve_refund", "reject_refund"])
async def test_unknown_refunds(desk: Desk, tool: str) -> None:
    assert "No Refund matches" in await desk.door.refused(tool, refund_id="rfd_none")
    assert "No Purchase matches" in await desk.door.refused(
        "create_purchase_refund", purchase_id="pur_none", reason="sold_out"
    )
    assert not desk.person.questions
