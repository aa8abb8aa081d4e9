"""What of a remembered layout still holds for another file, and what is open again because it changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from preo_mcp.files.exports.cells import is_fee
from preo_mcp.files.exports.decisions import Decision
from preo_mcp.files.exports.known import SKIP, Edition
from preo_mcp.files.exports.remembering import (
    PRODUCT,
    PRODUCTS,
    READ_FIRST,
    STATES,
    Meant,
    Memory,
    asked_states,
    basis_of,
    columns_for,
)
from preo_mcp.files.exports.roles import MONEY, Role
from preo_mcp.files.exports.settling import root_of
from preo_mcp.files.exports.understanding import Settlement

NAMED: Final = 3
UNASKED: Final = frozenset({"prefix", *READ_FIRST})
"""Decisions that hold although nothing in this file asks for them."""

_RESTS_ON: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    dict.fromkeys(map(str, MONEY), ("price", "refunds", "discount_rows"))
    | {
        Role.STATE: (STATES,),
        Role.CURRENCY: ("currency",),
        Role.REFERENCE: ("refund_rows",),
        Role.RETURNED: ("refunds",),
        Role.NET_QUANTITY: ("refunds", "quantity"),
        Role.QUANTITY: ("quantity",),
        Role.ITEM: ("quantity",),
        Role.CODE: (PRODUCTS, PRODUCT, "code", "fee_rows"),
        Role.NAME: (PRODUCTS, PRODUCT, "code", "fee_rows"),
        Role.EMAIL: ("email", "people"),
        Role.GUEST_EMAIL: ("people",),
        Role.PHONE: ("phones",),
        Role.COUNTRY: ("phones",),
        Role.ORDER: ("order_numbers", "prefix"),
        PRODUCTS: ("layout",),
    }
)
"""The decisions that rest on a column, by what it is for."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What of a memory holds for a file: what it settles, by key, and what changed, by decision."""

    wishes: Mapping[str, str]
    changed: Mapping[str, str]


def recall(memory: Memory, settlement: Settlement, edition: Edition, *, is_same_edition: bool) -> Recalled:
    """Return what of a memory holds for a file that was read as it says (`Memory.read_first`).

    Args:
        memory: Of an earlier file of the layout.
        settlement: Of this one.
        edition: That this one goes into.
        is_same_edition: Whether the earlier one went there too.
    """
    changed = dict(_changed_columns(memory, settlement))
    decisions = {one.key: one for one in settlement.decisions}
    wishes = dict[str, str]()
    for key, said in memory.decisions.items():
        root = root_of(key)
        if root in changed or root == STATES:
            continue
        if (one := decisions.get(key)) is None:
            wishes |= {key: said} if root in UNASKED else {}
        elif how := _changed(one, said, memory, settlement):
            changed[key] = how
        else:
            wishes[key] = said
    if STATES not in changed:
        wishes |= _recalled_states(memory, settlement, changed)
    if PRODUCTS not in changed:
        wishes |= _recalled_products(memory, settlement, edition, changed, is_same_edition=is_same_edition)
    return Recalled(wishes, changed)


def _changed(decision: Decision, said: str, memory: Memory, settlement: Settlement) -> str:
    """Return how a decision is another one than it was, empty where it is the same."""
    new = sorted(set(basis_of(decision, settlement.study)) - set(memory.basis.get(decision.key, ())))
    if new:
        return _are_new(new)
    names = {option.name for option in decision.options}
    return "" if decision.argument is not None or said in names else f"{said} is no option now"


def _are_new(values: Sequence[str]) -> str:
    more = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
    return f"new: {', '.join(values[:NAMED])}{more}"


def _recalled_states(memory: Memory, settlement: Settlement, changed: dict[str, str]) -> Iterator[tuple[str, str]]:
    known = {value for value, _ in asked_states(settlement.study)}
    told = {key.partition(".")[2]: said for key, said in memory.decisions.items() if root_of(key) == STATES}
    if told and (new := sorted(known - told.keys())):
        changed[STATES] = _are_new(new)
    return ((f"{STATES}.{value}", told[value]) for value in sorted(known & told.keys()))


def _recalled_products(
    memory: Memory, settlement: Settlement, edition: Edition, changed: dict[str, str], *, is_same_edition: bool
) -> Iterator[tuple[str, str]]:
    by_text = {text.casefold(): one for one in memory.products for text in (one.name, one.code) if text}
    one = next((one for one in memory.products if not (one.code or one.name)), None)
    if one is not None and any(decision.key == PRODUCT for decision in settlement.decisions):
        if target := _target(one, edition, is_same_edition=is_same_edition):
            yield PRODUCT, target
        else:
            changed[PRODUCT] = f"the edition has no {one.id_name or one.id} now"
    missing = list[str]()
    for product in settlement.products:
        text = product.code or product.name
        known = by_text.get(text.casefold())
        if known is None or any(sign in text for sign in "*…"):
            missing += [text] if product.stands_for is None and not is_fee(product.name or text) else []
            continue
        target = _target(known, edition, is_same_edition=is_same_edition)
        is_exact = target is not None and target in (known.id, SKIP)
        if target is None:
            missing += [text] if product.stands_for is None else []
        elif target != product.stands_for and (is_exact or product.stands_for is None):
            yield f"{PRODUCTS}.{text}", target
    if missing and memory.products:
        changed[PRODUCTS] = _are_new(missing)


def _target(meant: Meant, edition: Edition, *, is_same_edition: bool) -> str | None:
    """Return the id of what a product stood for, in this edition: by its id, else by its code or name there."""
    if meant.id == SKIP or meant.id in edition.ids() or (is_same_edition and not edition.products):
        return meant.id or None
    targets = edition.targets()
    return next((targets[text] for text in map(str.casefold, (meant.id_code, meant.id_name)) if text in targets), None)


def _changed_columns(memory: Memory, settlement: Settlement) -> Iterator[tuple[str, str]]:
    """Yield the decisions that rest on columns which are new, gone, or for something else now."""
    now = columns_for(settlement)
    for heading in dict.fromkeys((*memory.columns, *now)):
        before, after = memory.columns.get(heading, ()), now.get(heading, ())
        for use in set(before) ^ set(after):
            how = "is new" if heading not in memory.columns else "is gone" if heading not in now else "changed"
            yield from ((key, f"the column {heading} {how}") for key in _RESTS_ON.get(use, ()))
