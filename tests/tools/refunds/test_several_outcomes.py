"""Several refunds whatever becomes of each deed, in whatever order: at most once, and what is told is what is."""

import ast
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mcp.types import CallToolResult

from preo_mcp.text.amounts import AmountLimits
from tests.door import CANCEL, ERAS, YES, Door, Era, Person, open_door, text_of
from tests.past_the_guard import rows
from tests.tools.refunds.wires import Fate, Wire

OF_THREE = (
    "SELECT o.id FROM orders AS o JOIN purchases AS p ON p.order_id = o.id "
    "WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' AND o.type = 'online' "
    "AND json_extract(p.doc, '$.price') > 4000 AND o.id NOT IN (SELECT order_id FROM refunds) "
    "GROUP BY o.id HAVING count(*) > 2 ORDER BY o.rowid LIMIT 1"
)
AMOUNT = 7.5
TOLD = re.compile(r"(request|pay) (\w+): (done|may or may not have been done|not begun)")
REST = re.compile(r"(refund_purchases as before, but with purchase_ids|approve_refunds with refund_ids)=(\[[^]]*\])")
MOST_ROUNDS = 12

Deed = tuple[str, str]
"""`request` or `pay`, and the purchase."""


@dataclass(frozen=True)
class Made:
    """A call, and its deeds in their order."""

    tool: str
    arguments: dict[str, Any]
    deeds: list[Deed]


@dataclass
class Case:
    """A call, the wire on which it is made, and what its person says."""

    door: Door
    wire: Wire
    person: Person
    purchases: list[str]
    pay: bool

    @property
    def deeds(self) -> list[Deed]:
        return self.deeds_of(self.purchases)

    def deeds_of(self, purchases: list[str]) -> list[Deed]:
        kinds = ("request", "pay") if self.pay else ("request",)
        return [(kind, key) for kind in kinds for key in purchases]

    @property
    def arguments(self) -> dict[str, Any]:
        what = {"reason": "other", "scope": "purchase_custom", "amount": AMOUNT}
        return {"purchase_ids": self.purchases, **what, "pay": self.pay}

    def books(self) -> dict[str, list[tuple[str, int]]]:
        """Return by purchase its refunds and how often each was handed to the gateway."""
        query = (
            "SELECT r.id, json_extract(r.doc, '$.attempt') FROM refunds AS r JOIN refund_parts AS p "
            "ON p.refund_id = r.id WHERE p.purchase_id = ?"
        )
        return {key: rows(self.door.folder, query, key) for key in self.purchases}

    def done(self) -> set[Deed]:
        """Return what Preo did; each once at most."""
        books = self.books()
        assert all(len(made) <= 1 for made in books.values()), f"requested twice: {books}"
        assert all(attempts <= 1 for made in books.values() for _, attempts in made), f"paid twice: {books}"
        requested = {("request", key) for key, made in books.items() if made}
        return requested | {("pay", key) for key, made in books.items() for _, attempts in made if attempts}

    def begun(self) -> list[Deed]:
        """Return what writes were sent about, in their order."""
        return [self.deed("pay" if key.startswith("rfd_") else "request", key) for key in self.wire.began]

    def deed(self, kind: str, subject: str) -> Deed:
        """Return a deed as the call names it, which may be by its refund."""
        purchase_of = {refund: key for key, made in self.books().items() for refund, _ in made}
        return kind, purchase_of.get(subject, subject)

    async def call(self, made: Made) -> CallToolResult:
        return await self.door.call(made.tool, **made.arguments)


def tells_the_truth(case: Case, result: CallToolResult, before: set[Deed], deeds: Sequence[Deed]) -> bool:
    """Check what a result says of the deeds of its call; return whether one of them is unknown."""
    done, content, text = case.done(), result.structured_content, text_of(result)
    if content is not None:
        missing = [(kind, key) for kind, key in deeds if (kind, key) not in done]
        named = [
            case.deed(*one.split(":")[0].split()) for one in (*content.get("not_done", ()), *content.get("left", ()))
        ]
        assert sorted(named) == sorted(missing), "each deed that was not done is named, and no other"
        made = {refund: attempts for key in case.purchases for refund, attempts in case.books()[key]}
        assert {one["id"] for one in content["refunds"]} <= set(made)
        for one in content["refunds"]:
            assert (one["status"] == "requested") is (made[one["id"]] == 0), one
        assert content["amount"] == round(AMOUNT * len(content["refunds"]), 2)
        return False
    told = {case.deed(kind, key): said for kind, key, said in TOLD.findall(text)}
    if "may or may not have been done" not in text:
        assert done == before, f"it is said that nothing was done: {text}"
        return False
    assert set(told) == set(deeds)
    for deed, said in told.items():
        assert said != "done" or deed in done, deed
        assert said != "not begun" or deed not in done, deed
    assert list(told.values()).count("may or may not have been done") == 1
    return True


def stopped_at_the_first(begun: Sequence[Deed], deeds: Sequence[Deed], done: set[Deed]) -> None:
    """Check that deeds were begun in their order, and none after one that was not done."""
    order = list(dict.fromkeys(begun))
    assert order == [*deeds[: len(order)]]
    assert all(deed in done for deed in order[:-1]), "nothing was begun after what failed or is unknown"
    assert len(begun) == len(order), "no write was sent twice"


@dataclass(frozen=True)
class Drawn:
    """What is drawn: how many purchases, whether they are paid, what becomes of the writes, and the limits."""

    count: int
    pay: bool
    fates: tuple[Fate, ...]
    era: Era = "auto"
    is_late_before: bool = True
    most_refunds: int | None = None
    most_amount: int | None = None

    @property
    def flags(self) -> dict[str, Any]:
        most = None if self.most_amount is None else AmountLimits.of_any(self.most_amount)
        return {"max_refunds_per_day": self.most_refunds, "max_refund_amount": most}


DRAWN = st.builds(
    Drawn,
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.sampled_from([Fate.DONE, *Fate]), max_size=8).map(tuple),
    st.sampled_from(ERAS),
    st.booleans(),
    st.none() | st.integers(1, 8),
    st.sampled_from([None, None, 8, 16, 30]),
)


@settings(max_examples=25, deadline=None)
@example(Drawn(3, pay=True, fates=(Fate.DONE, Fate.LATE)))
@example(Drawn(2, pay=True, fates=(Fate.DONE, Fate.DONE, Fate.TIMEOUT_AFTER, Fate.REFUSED)))
@example(Drawn(2, pay=True, fates=(Fate.BROKEN_AFTER, Fate.ERROR_AFTER, Fate.THROTTLED, Fate.BROKEN_BEFORE)))
@given(DRAWN)
def test_at_most_once_and_told_as_it_is(drawn: Drawn) -> None:
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(_hold, drawn, Path(folder))


async def _hold(drawn: Drawn, folder: Path) -> None:
    wire, is_over = Wire(*drawn.fates), False

    def answer(_: str) -> Any:
        return CANCEL if is_over else YES

    person = Person(answer)
    async with open_door(folder, drawn.era, person, client=wire.opened, **drawn.flags) as door:
        await door.done("get_user_info")
        [(order,)] = rows(folder, OF_THREE)
        found = rows(folder, "SELECT id FROM purchases WHERE order_id = ? ORDER BY rowid", order)
        case = Case(door, wire, person, [key for (key,) in found][: drawn.count], drawn.pay)
        unknown = await _go_on_to_the_end(case)
        done = case.done()
        if drawn.most_refunds is not None:
            assert len(done) <= drawn.most_refunds
        if drawn.most_amount is not None:
            assert AMOUNT * drawn.count <= drawn.most_amount or not done, "the limit holds for the sum"
        is_over = True
        if unknown is not None:
            await _looked_at_again(case, unknown, is_late_before=drawn.is_late_before)


async def _go_on_to_the_end(case: Case) -> Made | None:
    """Make the call, and do what its result says, again and again; return the call whose outcome is unknown."""
    made = Made("refund_purchases", case.arguments, case.deeds)
    for _ in range(MOST_ROUNDS):
        before, sent, asked = case.done(), len(case.wire.began), len(case.person.questions)
        result = await case.call(made)
        assert len(case.person.questions) - asked <= 1
        is_unknown = tells_the_truth(case, result, before, made.deeds)
        stopped_at_the_first(case.begun()[sent:], made.deeds, case.done())
        if is_unknown:
            return made
        if "PREO_MAX" in text_of(result):
            return None
        if (content := result.structured_content) is None:
            continue
        rest = REST.search(content["next_step"])
        if rest is None:
            assert case.done() >= {*made.deeds}
            return None
        made = _next(case, *rest.groups())
    raise AssertionError("it does not end")


def _next(case: Case, how: str, keys: str) -> Made:
    """Return the call that a result says is next."""
    tool, *_, argument = how.split()
    named: list[str] = ast.literal_eval(keys)
    if tool == "refund_purchases":
        return Made(tool, {**case.arguments, argument: named}, case.deeds_of(named))
    return Made(tool, {argument: named}, [case.deed("pay", key) for key in named])


async def _looked_at_again(case: Case, made: Made, *, is_late_before: bool) -> None:
    """Make the identical call of one whose outcome is unknown: it looks, says what it finds, and sends nothing."""
    sent = len(case.wire.began)
    if is_late_before:
        await case.wire.deliver_late()
    done = case.done()
    result = await case.call(made)
    if result.structured_content is not None:
        assert not tells_the_truth(case, result, done, made.deeds)
    await case.wire.deliver_late()
    await case.call(made)
    assert case.done() >= done
    assert len(case.wire.began) == sent, "nothing goes on by itself"
