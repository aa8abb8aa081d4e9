"""What is remembered of a file settles the same file as it was settled, and no customer is in it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preo_mcp.files.exports import SKIP, Edition, Product, Settlement, Status, Understanding, Variant, understand
from preo_mcp.files.exports.leaving_people_out import without_people
from preo_mcp.files.exports.recalling import recall
from preo_mcp.files.exports.remembering import Memory, headings_of, memory_of
from tests.files.exports.made_exports import Export, exports
from tests.files.exports.plain_reading import CASES, EUROS
from tests.files.exports.test_announced_is_written import wishes

some = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pairs(settled: Mapping[str, str]) -> list[str]:
    return [f"{key}: {said}" for key, said in settled.items()]


def remembered(found: Understanding, settled: Mapping[str, str], edition: Edition = EUROS) -> Memory:
    headings = headings_of(found.settle().study.source)
    return memory_of(found.settle(pairs(settled)), settled, headings, edition)


def as_remembered(memory: Memory, found: Understanding, edition: Edition = EUROS) -> Settlement:
    """Settle a file by a memory alone, in the two steps in which that is done."""
    first = memory.read_first()
    recalled = recall(memory, found.settle(pairs(first)), edition, is_same_edition=True)
    return found.settle(pairs({**first, **recalled.wishes}))


def split(told: list[str]) -> dict[str, str]:
    return {one.partition(": ")[0]: one.partition(": ")[2] for one in told}


def in_full(settlement: Settlement) -> object:
    decisions = [(one.key, one.chosen) for one in settlement.decisions if one.key != "states"]
    return decisions, settlement.announced, settlement.products, settlement.reconciliation


@pytest.mark.parametrize("path", [*sorted(CASES.glob("*.csv")), *CASES.glob("*.xlsx")], ids=lambda path: path.name)
def test_the_same_file_is_settled_the_same_again(tmp_path: Path, path: Path) -> None:
    found = understand(path, EUROS, workdir=tmp_path)
    told = split([f"{one.key}: {one.recommended or one.options[0].name}" for one in found.settle().open])
    settled = found.settle(pairs(told))
    again = as_remembered(remembered(found, told), found)
    assert in_full(again) == in_full(settled)
    assert [one.key for one in again.open] == [one.key for one in settled.open]


@some
@given(export=exports(), data=st.data())
def test_whatever_was_settled_is_settled_again(tmp_path: Path, export: Export, data: st.DataObject) -> None:
    found = understand(export.write(tmp_path / "export.csv"), EUROS, workdir=tmp_path)
    told = split(wishes(found.settle(), data))
    settled = found.settle(pairs(told))
    if settled.open:
        return
    again = as_remembered(remembered(found, told), found)
    assert not again.open
    assert in_full(again) == in_full(settled)


PEOPLE = ("Ann Archer", "Ben O'Brien", "Cleo Young")
ADDRESSES = ("ann@example.org", "ben.o.brien@example.com", "cleo+1@example.net")
PHONES = ("+44 7700 900101", "20 12 34 56", "(030) 555-0142")
HEADER = "Order ID,Email,First name,Last name,Phone,SKU,Product,Quantity,Price,Status"

texts = st.one_of(
    st.sampled_from(("Adult", "Camping", "VIP")),
    st.sampled_from((*PEOPLE, *ADDRESSES, *PHONES)),
    st.builds("{} for {}".format, st.sampled_from(("Gift", "Seat")), st.sampled_from((*PEOPLE, *ADDRESSES, *PHONES))),
    st.builds("{} ({})".format, st.sampled_from(PEOPLE), st.sampled_from(("1", "friend"))),
)


@some
@given(products=st.lists(texts, min_size=3, max_size=3), states=st.lists(texts, min_size=3, max_size=3))
def test_no_customer_of_the_file_is_remembered(tmp_path: Path, products: list[str], states: list[str]) -> None:
    rows = [
        f'{at},{ADDRESSES[at]},{PEOPLE[at].split()[0]},{PEOPLE[at].split()[1]},{PHONES[at]},S{at},"{products[at]}",1,9.00,"{states[at]}"'
        for at in range(3)
    ]
    path = tmp_path / "export.csv"
    path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    edition = Edition("EUR", "+44", (Product("prd_1", "Adult", "A"),))
    found = understand(path, edition, workdir=tmp_path)
    told = {"states": "take", "products": "skip"}
    settlement = found.settle(pairs(told))
    memory = without_people(memory_of(settlement, told, headings_of(settlement.study.source), edition), settlement)
    assert memory is not None
    kept = json.dumps(asdict(memory), ensure_ascii=False, default=dict).casefold()
    digits = re.sub(r"[^0-9\"]", "", kept)
    for name, address, phone in zip(PEOPLE, ADDRESSES, PHONES, strict=True):
        assert name.casefold() not in kept
        assert address not in kept
        assert re.sub(r"\D", "", phone) not in digits
    for at in range(3):
        plain = products[at] in ("Adult", "Camping", "VIP")
        assert (f"s{at}" in {one.code.casefold() for one in memory.products}) == plain, "and nothing else is left out"


def test_headings_that_are_a_customers_are_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("9,ann@example.org,Adult,1\n10,ben@example.com,Adult,2\n", encoding="utf-8")
    found = understand(path, EUROS, workdir=tmp_path).settle()
    row = ("9", "ann@example.org", "adult", "1")
    mistaken = memory_of(found, {}, row, EUROS)
    [own] = {one for one in mistaken.headings if one != row}
    kept = without_people(mistaken, found)
    assert kept is not None
    assert kept.headings == (own,), "what was taken for headings at first is left out"
    assert without_people(replace(mistaken, headings=(row,)), found) is None


@pytest.mark.parametrize(
    ("stood_for", "edition", "target"),
    [
        ("var_1", ("prd_1", "Day", "DAY", "var_1", "Adult", "D-A"), "var_1"),
        ("var_1", ("prd_9", "Day", "DAY", "var_9", "Adult", "D-A"), "var_9"),
        ("var_1", ("prd_9", "Day", "", "var_9", "Adult", ""), "var_9"),
        ("var_1", ("prd_9", "Night", "", "var_9", "Adult", ""), None),
        (SKIP, ("prd_9", "Night", "", "var_9", "Adult", ""), SKIP),
    ],
)
def test_a_product_is_found_by_id_then_code_then_name(
    tmp_path: Path, stood_for: str, edition: tuple[str, str, str, str, str, str], target: str | None
) -> None:
    def selling(one: tuple[str, str, str, str, str, str]) -> Edition:
        return Edition("EUR", "+49", (Product(*one[:3], variants=(Variant(*one[3:]),)),))

    before, now = selling(("prd_1", "Day", "DAY", "var_1", "Adult", "D-A")), selling(edition)
    path = tmp_path / "export.csv"
    path.write_text("Order ID,Email,SKU,Quantity,Price\n1,ann@example.org,OTHER,1,9.00\n", encoding="utf-8")
    told = {"products.OTHER": stood_for}
    memory = remembered(understand(path, before, workdir=tmp_path), told, before)
    found = understand(path, now, workdir=tmp_path)
    recalled = recall(memory, found.settle(), now, is_same_edition=False)
    assert recalled.wishes.get("products.OTHER") == target
    assert ("products" in recalled.changed) == (target is None)


def test_of_the_headings_of_two_files_most_are_the_same() -> None:
    memory = Memory("shopify", (("a", "b", "c", "d"),), {}, {}, {}, ())
    assert memory.likeness("shopify", ("d", "c", "b", "a")) == 1
    assert memory.likeness(None, ("a", "b", "c", "d")) == 1
    assert memory.likeness("shopify", ("a", "b", "c", "d", "e")) == 0.8
    assert memory.likeness("etsy", ("a", "b", "c", "d", "e")) == 0
    assert memory.likeness("shopify", ("a", "b")) == 0
    assert memory.likeness("shopify", ()) == 0


def test_what_the_file_decides_otherwise_by_itself_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Email,SKU,Quantity,Price\nann@example.org,A,1,9.00\nben@example.com,A,1,9.00\n", encoding="utf-8")
    found = understand(path, EUROS, workdir=tmp_path)
    assert next(one for one in found.settle().decisions if one.key == "order_numbers").status is Status.TOLD
    again = as_remembered(remembered(found, {"order_numbers": "none"}), found)
    assert {one.key: one.chosen for one in again.decisions}["order_numbers"] == "none"
