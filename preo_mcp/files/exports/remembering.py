"""What of a settled export can be remembered for the next file of its layout, and what of that still holds there.

Nothing of a customer is remembered: headings, options, states, and what products stand for. What was decided is kept
with what it was decided on (its *basis*): where that has changed, the decision is open again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from preo_mcp.files.exports.cells import country, is_fee
from preo_mcp.files.exports.decisions import Decision, Status
from preo_mcp.files.exports.known import SKIP, Edition
from preo_mcp.files.exports.settling import root_of
from preo_mcp.files.exports.source import Source
from preo_mcp.files.exports.states import Kind
from preo_mcp.files.exports.study import Study
from preo_mcp.files.exports.understanding import Settlement

ALIKE: Final = 0.7
"""The share of headings that two files of one layout have in common at least."""
MOST_PRODUCTS: Final = 300
MOST_DECISIONS: Final = 100
LONGEST: Final = 120
"""Characters of a heading, an option or a product; what is longer is not remembered."""
LEAVE_OUT: Final = "leave_out"
TAKE: Final = "take"
STATES: Final = "states"
PRODUCT: Final = "product"
PRODUCTS: Final = "products"
READ_FIRST: Final = ("encoding", "delimiter", "header_line", "sheet", "layout", "decimals", "email", "columns")
"""Keys that have to hold before the columns of two files can be compared."""

_ASKED_KINDS: Final = (Kind.GONE, Kind.OPEN, Kind.UNKNOWN)
_CHANGES: Final = frozenset({STATES, PRODUCTS, PRODUCT, "difference", "remembered"})
"""Decisions that are remembered in another way than by their option, or not at all."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a product of the file stands for: an id of one edition with its code and name there, or `SKIP`.

    The one product of a file that names none has neither code nor name; an `id` that is empty is not known yet.
    """

    code: str
    name: str
    id: str
    id_code: str = ""
    id_name: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a layout.

    Attributes:
        service: That wrote the file, None where it was not recognised.
        headings: As the file has them, and, where it was first read otherwise, as they were taken then.
        columns: What each column is for, by heading.
        decisions: Options by key; states each by itself (`states.refunded`).
        basis: What a decision was made on, by key.
        products: What the file's products stand for.
    """

    service: str | None
    headings: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    decisions: Mapping[str, str]
    basis: Mapping[str, tuple[str, ...]]
    products: tuple[Meant, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the layout from others: service and headings."""
        return (self.service or "", *sorted(set(self.headings[-1])))

    def likeness(self, service: str | None, headings: tuple[str, ...]) -> float:
        """Return how far a file has this layout, from 0 to 1; 0 where it is another one."""
        alike = max(_alike(set(own), set(headings)) for own in self.headings)
        return alike if alike == 1 or (alike >= ALIKE and service == self.service) else 0

    def read_first(self) -> dict[str, str]:
        """Return what is settled before columns can be compared."""
        return {key: said for key, said in self.decisions.items() if root_of(key) in READ_FIRST}

    def standing_for(self, meant: Mapping[str, tuple[str, str, str] | None]) -> "Memory":
        """Return it with what its products stand for in the end.

        Args:
            meant: Id, code and name of what each product of the import stands for, by casefolded code or name; None
                where that is nothing, which is not remembered.
        """
        out = list[Meant]()
        for one in self.products:
            text = next((text for text in map(str.casefold, (one.code, one.name)) if text in meant), None)
            if text is None and one.id:
                out.append(one)  # of an earlier file, or left out of this one
            elif text is not None and (found := meant[text]) is not None:
                out.append(Meant(one.code, one.name, *found))
        return replace(self, products=tuple(out))

    def updated_by(self, newer: "Memory", *, without: Iterable[str]) -> "Memory":
        """Return a newer memory of the layout with what of this one the newer file had no need of.

        Args:
            newer: Of the file that this one was taken for.
            without: Decisions that were made anew.
        """
        anew = frozenset(without)
        decisions = {key: said for key, said in self.decisions.items() if root_of(key) not in anew}
        decisions |= dict(newer.decisions)
        basis = {
            key: tuple(dict.fromkeys((*self.basis.get(key, ()), *newer.basis.get(key, ()))))
            for key in decisions
            if key in self.basis or key in newer.basis
        }
        known = {(one.code.casefold(), one.name.casefold()) for one in newer.products}
        older = (one for one in self.products if (one.code.casefold(), one.name.casefold()) not in known)
        products = (*newer.products, *(() if PRODUCTS in anew else older))[:MOST_PRODUCTS]
        return replace(newer, decisions=decisions, basis=basis, products=products)


def headings_of(source: Source) -> tuple[str, ...]:
    """Return a file's headings as they are compared."""
    return tuple(map(_folded, source.header[: source.of_order or None]))


def memory_of(settlement: Settlement, wishes: Mapping[str, str], first: tuple[str, ...], edition: Edition) -> Memory:
    """Return what of a settled file can be remembered, whoever is in it; `without_people` has to follow.

    Args:
        settlement: Nothing of it is open.
        wishes: All that was settled, by key.
        first: The headings as the file was read before anything was settled.
        edition: That it goes into.
    """
    study = settlement.study
    decisions = {key: said for key, said in wishes.items() if root_of(key) in READ_FIRST}
    basis = dict[str, tuple[str, ...]]()
    for one in settlement.decisions:
        if one.status is Status.SETTLED and one.key not in _CHANGES:
            decisions[one.key] = one.chosen
        if one.key in decisions:
            basis[one.key] = basis_of(one, study)
    decisions |= {f"{STATES}.{value}": said for value, said in _states(settlement)}
    return Memory(
        service=settlement.understanding.service,
        headings=tuple(dict.fromkeys((first, headings_of(study.source)))),
        columns=columns_for(settlement),
        decisions=dict(list(decisions.items())[:MOST_DECISIONS]),
        basis=basis,
        products=tuple(_products(settlement, edition)),
    )


def columns_for(settlement: Settlement) -> dict[str, tuple[str, ...]]:
    """Return what each column is for, by heading as it is compared."""
    out = dict[str, tuple[str, ...]]()
    for one in settlement.columns:
        heading = _folded(one.heading)
        out[heading] = tuple(dict.fromkeys((*out.get(heading, ()), *one.used_for)))
    return out


def _states(settlement: Settlement) -> Iterator[tuple[str, str]]:
    """Yield what became of each state that was asked about."""
    decision = next((one for one in settlement.decisions if one.key == STATES), None)
    if decision is None or decision.status is not Status.SETTLED:
        return
    chosen = settlement.chosen
    for value, kind in asked_states(settlement.study):
        each = (
            TAKE if decision.chosen == TAKE or (decision.chosen != LEAVE_OUT and kind is not Kind.GONE) else LEAVE_OUT
        )
        yield value, chosen.get(f"{STATES}.{value}", each)


def asked_states(study: Study) -> list[tuple[str, Kind]]:
    """Return the states of a file that are not plainly sold, with what they say."""
    return sorted({(sig.value, sig.kind) for sig in study.cube.sums if sig.kind in _ASKED_KINDS and sig.value})


def basis_of(decision: Decision, study: Study) -> tuple[str, ...]:
    """Return what a decision is made on: the file's values where it names them, else the ways that there are."""
    home = study.edition.currency
    match root_of(decision.key):
        case "currency":
            found = {f"{sig.currency} in {home}" for sig in study.cube.sums if sig.currency != home}
        case "fee_rows":
            found = {(name or code).casefold() for code, name in study.products() if is_fee(name or code)}
        case "phones":
            found = {country(cell) for cell in study.abroad} - {""}
        case "decimals":
            found = {"," if "," in cell else "." for cell in study.unclear}
        case "unusable":
            found = {sig.trouble for sig in study.cube.sums} - {""}
        case "prefix":
            found = set[str]()
        case _:
            found = {option.name for option in decision.options}
    return tuple(sorted(found))


def _products(settlement: Settlement, edition: Edition) -> Iterator[Meant]:
    study, known = settlement.study, _by_id(edition)
    decided = {one.key: one for one in settlement.decisions}
    if (only := decided.get(PRODUCT)) is not None:
        said = only.chosen
        target = said if said in known else edition.targets().get(said.casefold(), said)
        yield Meant("", "", target, *known.get(target, ("", "")))
    products = sorted(settlement.products, key=lambda one: -one.pieces)
    skips = PRODUCTS in decided and decided[PRODUCTS].chosen == SKIP
    fees = {(code, name) for code, name in study.products() if is_fee(name or code)}
    for one in products[:MOST_PRODUCTS]:
        if one.stands_for is not None:
            yield Meant(one.code, one.name, one.stands_for, *known.get(one.stands_for, ("", "")))
        elif (one.code, one.name) not in fees:
            yield Meant(one.code, one.name, SKIP if skips else "")


def _by_id(edition: Edition) -> dict[str, tuple[str, str]]:
    """Return code and name of each product and variant, by id."""
    found = {one.id: (one.code, one.name) for one in edition.products}
    for product in edition.products:
        found |= {one.id: (one.code, f"{product.name} {one.name}") for one in product.variants}
    return found


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0


def _folded(heading: str) -> str:
    return " ".join(heading.casefold().split())
