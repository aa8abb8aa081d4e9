"""What an API leaves out is unknown: shown as that, typed, beyond every limit, and never another figure instead."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.server.mcpserver import Context

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.facts import Facts, must_be_within_limits, what_to_type
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Settings
from tests.door import YES, Person, open_door
from tests.unguarded import scripted

CUSTOMER = {"id": "usr_1", "email": "niamh@example.org", "first_name": "Niamh", "last_name": "Jackson"}
PURCHASE: dict[str, Any] = {
    "id": "pur_1",
    "status": "completed",
    "product": {"api_id": "prd_1", "name": "Ticket"},
    "price": 100.0,
    "fee": 5.0,
    "deposit": 10.0,
    "amount": 115.0,
    "currency": "DKK",
    "refunded": 0.0,
    "refund_pending": 0.0,
    "refundable": 115.0,
    "order": {"id": "ord_1", "order_number": "N27-1", "status": "completed"},
    "customer": CUSTOMER,
    "edition": {"id": "edt_1", "full_name": "Nordlys", "timezone": "Europe/Copenhagen"},
    "transaction_id": "trx_1",
}
ORDER: dict[str, Any] = {
    "id": "ord_1",
    "order_number": "N27-1",
    "status": "completed",
    "amount": 2300.0,
    "currency": "DKK",
    "refunded": 0.0,
    "refund_pending": 0.0,
    "refundable": 2300.0,
    "customer": CUSTOMER,
    "edition": PURCHASE["edition"],
    "transaction_id": "trx_1",
    "purchases": [{key: PURCHASE[key] for key in ("id", "price", "fee", "deposit", "status")}],
}
REFUND: dict[str, Any] = {
    "id": "rfd_1",
    "status": "requested",
    "amount": 2300.0,
    "currency": "DKK",
    "reason": "sold_out",
    "scope": "transaction_full",
    "order": {"id": "ord_1", "order_number": "N27-1"},
    "transaction_id": "trx_1",
    "purchases": [{"id": "pur_1", "amount": 115.0}],
    "customer": CUSTOMER,
    "created": "2026-08-01T10:00:00Z",
}
ANSWERS = {"purchases/pur_1": PURCHASE, "orders/ord_1": ORDER, "refunds/rfd_1": REFUND}


class Preo27:
    """An API that answers `ANSWERS`, less what is taken out of them, and pages its refunds by two."""

    def __init__(self, *earlier: dict[str, Any]) -> None:
        self.answers = deepcopy(ANSWERS)
        self.earlier = earlier
        self.organizations: list[dict[str, Any]] = [{"id": "org_1"}]
        self.requests: list[tuple[str, str]] = []

    def without(self, *fields: tuple[str, str]) -> "Preo27":
        for where, field in fields:
            del self.answers[where][field]
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1/")
        self.requests.append((request.method, path))
        if request.method == "POST":
            return httpx.Response(201, json=self.written(path))
        if path == "refunds":
            page = int(request.url.params["page"])
            rows = self.earlier[(page - 1) * 2 : page * 2]
            return httpx.Response(200, json={"count": len(self.earlier), "results": rows})
        if path == "orders":
            return httpx.Response(200, json={"count": 1, "results": [{"id": "ord_1"}]})
        answer = self.answers.get(path, {"id": "usr_a", "organizations": self.organizations})
        return httpx.Response(200, json=answer)

    def written(self, path: str) -> dict[str, Any]:
        return {"id": "rfd_2", "status": "requested"}


async def facts_of(backend: Backend, tool: str, **arguments: object) -> Facts:
    registered = Toolset().find(tool)
    assert registered is not None
    assert registered.facts is not None
    checked = registered.arguments.model_validate(arguments)
    values = {name: getattr(checked, name) for name in registered.arguments.model_fields}
    facts = await registered.facts(Preo(backend, Context()), **values)
    assert facts is not None
    return facts


CALLS: dict[str, tuple[str, dict[str, Any], Decimal]] = {
    "price": ("create_purchase_refund", {"purchase_id": "pur_1", "reason": "customer_request"}, Decimal(100)),
    "full": ("create_purchase_refund", {"purchase_id": "pur_1", "reason": "sold_out"}, Decimal(115)),
    "custom": ("create_purchase_refund", {"purchase_id": "pur_1", "reason": "other", "amount": 7}, Decimal(7)),
    "order of purchase": (
        "create_purchase_refund",
        {"purchase_id": "pur_1", "reason": "sold_out", "scope": "transaction_full"},
        Decimal(2300),
    ),
    "order": ("create_refund", {"transaction_id": "trx_1", "reason": "sold_out"}, Decimal(2300)),
    "approve": ("approve_refund", {"refund_id": "rfd_1"}, Decimal(2300)),
}
FIELDS = [(where, field) for where, answer in ANSWERS.items() for field in answer if field not in ("id", "status")]


def strippings() -> Iterator[tuple[tuple[str, str], ...]]:
    yield from ((one,) for one in FIELDS)
    yield (("purchases/pur_1", "order"), ("purchases/pur_1", "transaction_id"))
    yield tuple(one for one in FIELDS if one[1] != "organizations")


@pytest.mark.parametrize("call", CALLS)
async def test_without_any_field_the_amount_is_no_smaller_and_nothing_passes_a_limit(call: str) -> None:
    tool, arguments, amount = CALLS[call]
    limited = Settings.model_validate({"sandbox": True, "max_refund_amount": f"{amount - 1} DKK"})
    careful = Settings.model_validate({"sandbox": True, "confirm_amount_over": f"{amount - 1} DKK"})
    for taken in strippings():
        async with scripted(Preo27().without(*taken)) as backend:
            facts = await facts_of(backend, tool, **arguments)
        assert facts.stakes.money, taken
        assert facts.stakes.amount is None or facts.stakes.amount >= amount, taken
        with pytest.raises(PreoError, match="PREO_MAX_REFUND_AMOUNT"):
            must_be_within_limits("This step", facts.stakes, limited)
        to_type = what_to_type(facts, careful)
        assert to_type is not None, taken
        assert to_type[0], taken


async def test_an_order_that_is_not_told_has_no_purchases_price() -> None:
    fields = (("purchases/pur_1", "order"), ("purchases/pur_1", "transaction_id"))
    tool, arguments, _ = CALLS["order of purchase"]
    async with scripted(Preo27().without(*fields)) as backend:
        shown = (facts := await facts_of(backend, tool, **arguments)).shown()
    assert facts.asked().startswith("Request a refund of an unknown amount to “Niamh Jackson”?")
    assert "Amount to refund: unknown" in shown
    assert "Item: unknown" in shown
    assert "115.00" not in shown


async def test_with_every_inferred_field_left_out_a_refund_can_be_requested(tmp_path: Path) -> None:
    person, api = Person(YES), Preo27().without(*FIELDS)
    api.organizations = []
    async with open_door(tmp_path, "auto", person, api=api) as door:
        for tool, arguments, _ in CALLS.values():
            await door.done(tool, **arguments)
    assert len(person.questions) == len(CALLS)


def earlier(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"rfd_{number}", "status": "requested", "amount": 1.5, "currency": "DKK", **fields}


async def test_all_pages_of_earlier_refunds_are_looked_at_and_what_is_unclear_is_said() -> None:
    others = [earlier(number, order={"id": f"ord_{number}"}) for number in range(10, 17)]
    of_order = earlier(20, order={"id": "ord_1"}, scope="purchase_full", reason="overcharge", status="processed")
    of_purchase = earlier(21, purchases=[{"id": "pur_1"}])
    tool, arguments, _ = CALLS["custom"]
    async with scripted(Preo27(*others, of_order, of_purchase, earlier(22), earlier(23))) as backend:
        shown = dict((facts := await facts_of(backend, tool, **arguments)).told())
    text = facts.shown()
    assert "1.50 DKK, paid back; all that the item cost: too much was charged (rfd_20)" in text
    assert "(rfd_21)" in text
    assert "rfd_10" not in text
    assert shown["Refunds that may be of this order too"] == "2"
    async with scripted(Preo27(*(others * 4))) as backend:
        shown = dict((await facts_of(backend, tool, **arguments)).told())
    assert shown["Further refunds of this order"] == "unknown"


async def test_nothing_left_is_refused_though_the_amount_is_not_known(tmp_path: Path) -> None:
    api = Preo27().without(("purchases/pur_1", "price"))
    api.answers["purchases/pur_1"]["refundable"] = 0.0
    tool, arguments, _ = CALLS["price"]
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, api=api) as door:
        assert "more than what is left: 0.00 DKK" in await door.refused(tool, **arguments)
    assert not person.questions


@pytest.mark.parametrize(
    ("currency", "amount", "refused"), [("JPY", 1.5, True), ("KWD", 1.255, False), ("", 1.2555, True)]
)
async def test_amounts_have_the_decimals_of_their_currency(currency: str, amount: float, *, refused: bool) -> None:
    api = Preo27()
    api.answers["purchases/pur_1"]["currency"] = currency or None
    async with scripted(api) as backend:
        arguments = {"purchase_id": "pur_1", "reason": "other", "amount": amount}
        if refused:
            with pytest.raises(PreoError, match="has more decimals than"):
                await facts_of(backend, "create_purchase_refund", **arguments)
        else:
            assert "1.255 KWD" in (await facts_of(backend, "create_purchase_refund", **arguments)).asked()


class ChangedBeside(Preo27):
    """What a refund is of changes with the very write, as by somebody in Preo's own pages."""

    def written(self, path: str) -> dict[str, Any]:
        if path.endswith("reject"):
            return {"id": "rfd_2", "status": "rejected"}
        if path.endswith("approve"):
            self.answers["refunds/rfd_1"] |= {"amount": 4000.0}
            return self.answers["refunds/rfd_1"]
        self.answers["purchases/pur_1"] |= {"customer": {"id": "usr_2", "email": "other@example.org"}}
        self.answers["orders/ord_1"] |= {"amount": 9000.0}
        made = {"id": "rfd_2", "status": "requested", "order": {"id": "ord_1"}, "purchases": [{"id": "pur_1"}]}
        self.earlier = (made | {"transaction_id": "trx_1"},)
        return made


@pytest.mark.parametrize("call", CALLS)
async def test_what_was_not_approved_is_stopped_where_it_can_be(tmp_path: Path, call: str) -> None:
    tool, arguments, _ = CALLS[call]
    api = ChangedBeside()
    async with open_door(tmp_path, "auto", Person(YES), api=api) as door:
        notes = " ".join((await door.done(tool, **arguments))["notes"])
    assert "What was approved is not what was used" in notes
    rejected = ("POST", "refunds/rfd_2/reject") in api.requests
    if call == "approve":
        assert "None of it can be stopped." in notes
        assert not rejected
    else:
        assert "The request rfd_2 was rejected; nothing of it is paid." in notes
        assert rejected


async def test_what_is_used_as_approved_is_left_alone(tmp_path: Path) -> None:
    api = Preo27()
    async with open_door(tmp_path, "auto", Person(YES), api=api) as door:
        for tool, arguments, _ in CALLS.values():
            assert not any("not what was used" in note for note in (await door.done(tool, **arguments))["notes"])
    assert not [path for _, path in api.requests if path.endswith("reject")]
