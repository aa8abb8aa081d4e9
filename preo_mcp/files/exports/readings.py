"""Which amount of a row is what was paid: every way to read it, and the one that gives the file's own totals.

A service's rules are not trusted for that, because what public sources say of them contradicts itself. For orders that
were sold, quantity × price with and without discounts and taxes is compared with the total of the file; the simplest
reading that explains most orders holds. A reading that merely repeats the total proves nothing.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final, NamedTuple

from preo_mcp.files.exports.roles import Role

TERMS: Final = (Role.LINE_DISCOUNT, Role.DISCOUNT, Role.LINE_TAX, Role.TAX)
OF_ORDER: Final = frozenset({Role.DISCOUNT, Role.TAX, Role.TOTAL})
"""Terms that stand once for the whole order and are spread over its rows."""


class Basis(StrEnum):
    """What a reading starts from."""

    LISTED = "listed"
    """Quantity × price."""
    OWN = "own"
    """An amount that is the row's or the order's already."""
    NONE = "none"
    """The file has no amounts."""


class Reading(NamedTuple):
    """A way to read what a row cost."""

    basis: Basis
    terms: tuple[Role, ...] = ()


def readings_of(roles: Collection[Role]) -> list[Reading]:
    """Return the ways in which a file with these roles can be read, as listed first."""
    out = list[Reading]()
    if Role.PRICE in roles:
        terms = [term for term in TERMS if term in roles]
        some = [chosen for size in range(len(terms) + 1) for chosen in combinations(terms, size)]
        out += [Reading(Basis.LISTED, chosen) for chosen in some]
        if Role.TOTAL in roles or Role.LINE_TOTAL in roles:
            out.append(Reading(Basis.OWN, (Role.PRICE,)))
    if Role.LINE_TOTAL in roles:
        out.append(Reading(Basis.OWN, (Role.LINE_TOTAL,)))
    if Role.TOTAL in roles and Role.PRICE not in roles:
        out.append(Reading(Basis.OWN, (Role.TOTAL,)))
    return out or [Reading(Basis.NONE)]


class Hit(NamedTuple):
    """A reading that gives an order's own total.

    `each` tells whether the total stands on each row; `fees` what comes on top: 0 none, 1 the order's, 2 each row's.
    """

    place: int
    each: bool
    fees: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The reading that holds, how many orders it explains, and how many were tested."""

    place: int = 0
    each: bool = False
    fees: int = 0
    hits: int = 0
    tested: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every tested order has its own total with this reading."""
        return 0 < self.tested == self.hits


def prove(readings: list[Reading], matches: Counter[Hit], tested: int, *, each: bool) -> Proof:
    """Choose among the readings that explain most orders the simplest.

    Args:
        readings: All of the file.
        matches: How many orders each explains.
        tested: Orders that were compared.
        each: Whether the file has totals of rows only.
    """

    def rank(hit: Hit) -> tuple[int, ...]:
        basis, terms = readings[hit.place]
        repeats = basis is Basis.OWN and terms[0] is (Role.LINE_TOTAL if hit.each else Role.TOTAL)
        return repeats, -matches[hit], basis is Basis.OWN, len(terms), hit.fees, hit.each, hit.place

    ranked = sorted(matches, key=rank)
    best = next(iter(ranked), None)
    if best is None:
        return Proof(0, each, tested=tested)
    if readings[best.place].basis is Basis.LISTED and 2 * matches[best] < tested:
        best = next((hit for hit in ranked if readings[hit.place].terms[:1] == (Role.LINE_TOTAL,)), best)
    return Proof(best.place, best.each, best.fees, matches[best], tested)
