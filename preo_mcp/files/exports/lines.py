"""The rows of an order as decisions see them: classes, pieces, amounts, and what becomes of them."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from preo_mcp.files.exports.readings import Basis, Hit, Reading
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.states import Kind

KNOWN: Final = "known"
UNKNOWN: Final = "unknown"
SKIPPED: Final = "skipped"
FEE: Final = "fee"

PIECES: Final = "pieces"
ALL: Final = "all"
UNCLEAR: Final = "unclear"
ROW: Final = "row"
LOOSE: Final = "loose"
NOTHING: Final = "nothing"
DISCOUNT: Final = "discount"


class Goods(NamedTuple):
    """What is known of a row's product.

    Attributes:
        coded: Whether it has a code.
        named: Whether it has a name.
        product: `KNOWN`, `UNKNOWN` or `SKIPPED` in the edition, `FEE` for a fee or deposit that it does not have, empty
            where that is not asked.
        identity: What tells it from other products of the order; empty where a file has too many to tell.
    """

    coded: bool
    named: bool
    product: str
    identity: str


class Sig(NamedTuple):
    """The class of a row: all that decisions look at.

    Attributes:
        kind: What its state says.
        value: The state's word, empty for none.
        currency: ISO 4217.
        trouble: Why Preo cannot take the row, empty where it can.
        coded: Whether it has a product's code.
        refund: What of it was given back: `PIECES`, `ALL`, `UNCLEAR`; `ROW` for a row that gives back itself, `LOOSE`
            for one that names no sale; `DISCOUNT` for a row that makes others cheaper; `NOTHING` for a row without
            pieces; else empty.
        blank: Which amounts it lacks: `l` the listed price, `o` its own total.
        product: As in `Goods`.
        beside: Whether Preo can take the row, but not another one of its order.
    """

    kind: Kind
    value: str
    currency: str
    trouble: str
    coded: bool
    refund: str
    blank: str
    product: str
    beside: bool = False

    def is_priced(self, reading: Reading) -> bool:
        """Whether the row has the amount that a reading starts from."""
        if reading.basis is Basis.NONE:
            return False
        listed = reading.basis is Basis.LISTED or reading.terms == (Role.PRICE,)
        return ("l" if listed else "o") not in self.blank


@dataclass(slots=True)
class Line:
    """A row of a shape; amounts are minor units of its currency.

    Attributes:
        sig: Its class.
        identity: Its product's.
        ordered: Pieces, negative for a row that gives back.
        kept: Pieces that were not given back.
        amounts: What all of its pieces cost, under each reading.
        own_total: The row's own total, 0 where it has none.
        fee: The row's own fee.
        refund: What was given back of the row.
    """

    sig: Sig
    identity: str
    ordered: int
    kept: int
    amounts: list[int]
    own_total: int
    fee: int
    refund: int


class Share(NamedTuple):
    """What becomes of a line: pieces, their amount in minor units, and the rows that say so (pieces, price)."""

    pieces: int
    amount: int
    currency: str
    rows: tuple[tuple[int, str], ...]


NO_SHARE: Final = Share(0, 0, "", ())


class Key(NamedTuple):
    """What a shape follows from; empty parts stand for the usual: one person, no trouble, products among the cells."""

    picked: tuple[tuple[str, ...], ...]
    persons: tuple[int, ...]
    troubles: tuple[str, ...]
    goods: tuple[Goods, ...]
    back: int


@dataclass(slots=True)
class Shape:
    """What orders with the same few-valued cells have in common.

    Attributes:
        lines: One for each row.
        persons: For each person of the order, the classes of their rows.
        money: What stands once for the order, in minor units, by role.
        proves: Whether its total can prove how amounts are read.
        count: Orders that have it.
        shares: What becomes of its lines, once that is settled.
        hits: The readings that give its own total, once they were looked for.
        is_named: Whether enough orders like these are known by their number.
    """

    lines: list[Line]
    persons: tuple[frozenset[Sig], ...]
    money: dict[Role, int]
    proves: bool
    count: int = 0
    shares: tuple[Share, ...] | None = None
    hits: tuple[Hit, ...] | None = None
    is_named: bool = False
