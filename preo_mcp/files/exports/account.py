"""What comes in and what stays out under a settlement, and how that follows from the file's own totals.

All of it is integers: pieces, orders, minor units. Each row has one owner, the first reason that keeps it out, so that
reasons add up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from preo_mcp.files.exports.amounts import decimals, spelled
from preo_mcp.files.exports.lines import ALL, DISCOUNT, FEE, LOOSE, NOTHING, ROW, SKIPPED, UNKNOWN, Sig
from preo_mcp.files.exports.readings import Basis, Reading
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.states import Kind
from preo_mcp.files.exports.study import NAMED_OF_CLASS, Cube, Study

NO_PIECES: Final = "no pieces"
BESIDE: Final = "another row of the order cannot be imported"
WHOLE_ORDERS: Final = "leave_out_orders"
"""The option by which an order of which a row cannot be taken stays out as a whole."""

Chosen = Mapping[str, str]
"""The option of each decision that holds, by key; overrides have keys such as `states.pending`."""


@dataclass(slots=True)
class Figures:
    """Orders, pieces, minor units by currency, and how many of the pieces have no price of their own."""

    orders: int = 0
    pieces: int = 0
    sums: dict[str, int] = field(default_factory=dict[str, int])
    unpriced: int = 0

    def add(self, orders: int, pieces: int, currency: str, amount: int, unpriced: int = 0) -> None:
        """Add to each."""
        self.orders += orders
        self.pieces += pieces
        self.unpriced += unpriced
        if amount or currency in self.sums:
            self.sums[currency] = self.sums.get(currency, 0) + amount
            if not self.sums[currency]:
                del self.sums[currency]

    def less(self, other: "Figures") -> "Figures":
        """Return the difference."""
        out = Figures(self.orders - other.orders, self.pieces - other.pieces, dict(self.sums))
        out.unpriced = self.unpriced - other.unpriced
        for currency, amount in other.sums.items():
            out.add(0, 0, currency, -amount)
        return out

    def __str__(self) -> str:
        sums = " + ".join(spelled(amount, code) for code, amount in sorted(self.sums.items()))
        return f"{counted(self.orders, 'order')}, {counted(self.pieces, 'piece')}" + (f", {sums}" if sums else "")

    def __bool__(self) -> bool:
        return bool(self.orders or self.pieces or self.sums)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 order`, `3 orders`, `-1 orders`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@dataclass
class Account:
    """Where the file's sum goes: all rows as paid = left out + refunded + difference of the price + written."""

    file: Figures = field(default_factory=Figures)
    left: dict[str, Figures] = field(default_factory=lambda: defaultdict[str, Figures](Figures))
    refunded: Figures = field(default_factory=Figures)
    price: Figures = field(default_factory=Figures)
    renamed: Figures = field(default_factory=Figures)
    written: Figures = field(default_factory=Figures)


class Rules:
    """What a settlement does with each class of rows.

    Args:
        chosen: The options that hold.
        home: The edition's currency.
        readings: The ways in which amounts can be read.
        paid: The place of the one that was paid.
    """

    def __init__(self, chosen: Chosen, home: str, readings: list[Reading], paid: int) -> None:
        self.chosen, self.home, self.paid = chosen, home, paid
        self.by_pieces = chosen.get("refunds", "pieces") == "pieces"
        price = chosen.get("price")
        own = Reading(Basis.OWN, (Role.TOTAL,))
        self.used = readings.index(own) if price == "once" and own in readings else 0 if price == "listed" else paid
        self.reading = Reading(Basis.NONE) if price == "none" else readings[self.used]

    def left_out(self, sig: Sig) -> str:
        """Return why a row stays out, empty where it comes in."""
        return self._not_sold(sig) or self._not_usable(sig) or self._not_wanted(sig)

    def _not_sold(self, sig: Sig) -> str:
        if sig.kind in (Kind.GONE, Kind.OPEN, Kind.UNKNOWN):
            said = self.chosen.get(f"states.{sig.value}", self.chosen.get("states", "take"))
            if said == "leave_out" or (said == "leave_out_gone" and sig.kind is Kind.GONE):
                return sig.value
        if sig.currency != self.home and (
            self.chosen.get("currency") == "leave_out" or decimals(sig.currency) != decimals(self.home)
        ):
            return f"in {sig.currency}"
        return ""

    def _not_usable(self, sig: Sig) -> str:
        if sig.trouble or sig.refund == NOTHING:
            return sig.trouble or NO_PIECES
        return BESIDE if sig.beside and self.chosen.get("unusable") == WHOLE_ORDERS else ""

    def is_problem(self, sig: Sig) -> bool:
        """Whether a row that stays out does so because Preo cannot take it, not because somebody settled it."""
        return not self._not_sold(sig) and bool(self._not_usable(sig))

    def _not_wanted(self, sig: Sig) -> str:
        if sig.product == FEE and self.chosen.get("fee_rows") == "leave_out":
            return "fees and deposits"
        if sig.product == SKIPPED or (sig.product == UNKNOWN and self.chosen.get("products") == "skip"):
            return "only unmapped products"
        if sig.refund in (ROW, LOOSE, DISCOUNT):
            return "rows that give money back"
        if not sig.coded and self.chosen.get("code") == "leave_out":
            return "no code"
        refunds = self.chosen.get("refunds")
        if sig.refund == ALL and refunds == "pieces":
            return "refunded"
        return "refunded in part" if sig.refund and refunds == "leave_out" else ""

    def currency_of(self, sig: Sig) -> str:
        """Return the currency that a row is written in."""
        return self.home if self.chosen.get("currency") == "take" else sig.currency


def account(study: Study, chosen: Chosen) -> Account:
    """Sum up a file under a settlement."""
    rules = Rules(chosen, study.edition.currency, study.readings, study.proof.place)
    out, cube = Account(), study.cube
    for sig, sums in cube.sums.items():
        code, full, left = sig.currency, sums.full[rules.paid], sums.left[rules.paid]
        blank = not sig.is_priced(rules.reading)
        out.file.add(0, sums.ordered, code, full)
        if reason := rules.left_out(sig):
            out.left[reason].add(0, sums.ordered, code, full)
            continue
        pieces, value = (sums.kept, left) if rules.by_pieces else (sums.ordered, full)
        amount = 0 if blank else (sums.left if rules.by_pieces else sums.full)[rules.used]
        out.refunded.add(0, sums.ordered - pieces, code, full - value)
        out.price.add(0, 0, code, value - amount)
        written_in = rules.currency_of(sig)
        if written_in != code:
            out.renamed.add(0, 0, code, amount)
            out.renamed.add(0, 0, written_in, -amount)
        out.written.add(0, pieces, written_in, amount, pieces if blank else 0)
    _count_orders(cube, rules, out, by_person=chosen.get("people") == "attendee")
    return out


def _count_orders(cube: Cube, rules: Rules, out: Account, *, by_person: bool) -> None:
    out.file.orders = cube.orders.total()
    for classes, count in (cube.persons if by_person else cube.orders).items():
        reason = _reason(rules, classes)
        owner = out.left[reason] if reason else out.written
        owner.orders += count


def _reason(rules: Rules, classes: frozenset[Sig]) -> str:
    """Why an order with rows of these classes stays out, empty where something of it comes in."""
    return min(rules.left_out(sig) for sig in classes)


def _named(study: Study, chosen: Chosen) -> dict[str, tuple[str, ...]]:
    """Return the numbers of the first orders that stay out, by reason."""
    rules, cube = Rules(chosen, study.edition.currency, study.readings, study.proof.place), study.cube
    by_person = chosen.get("people") == "attendee"
    found = defaultdict[str, set[tuple[int, str]]](set)
    for classes in cube.persons if by_person else cube.orders:
        if reason := _reason(rules, classes):
            found[reason].update(cube.named.get(classes, ()))
            found[reason].update(cube.named_persons.get(classes, ()) if by_person else ())
    return {
        reason: tuple(dict.fromkeys(number for _, number in sorted(some)))[:NAMED_OF_CLASS]
        for reason, some in found.items()
    }


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a reconciliation.

    Attributes:
        what: What it counts.
        figures: Those of what stays out are negative.
        is_sum: Whether it is what all lines before it come to, not one more difference.
        orders: The numbers of the first orders that stay out, as they stand in the file; none where it has none.
    """

    what: str
    figures: Figures
    is_sum: bool = False
    orders: tuple[str, ...] = ()


def reconciled(study: Study, chosen: Chosen) -> tuple[Step, ...]:
    """Return the way from the file's own totals to what is written; each step is added to those before it."""
    told = account(study, chosen)
    steps = [*_own_totals(study, told), Step("rows of the file as paid", told.file, is_sum=True)]
    nothing = Figures()
    named = _named(study, chosen)
    steps += [
        Step(f"left out: {reason}", nothing.less(some), orders=named.get(reason, ()) if some.orders else ())
        for reason, some in sorted(told.left.items())
        if some
    ]
    more = told.written.orders + sum(some.orders for some in told.left.values()) - told.file.orders
    for what, some in (
        ("refunded pieces", told.refunded),
        ("other prices than what was paid", told.price),
        ("another currency taken as the edition's", told.renamed),
    ):
        if some:
            steps.append(Step(what, nothing.less(some)))
    if more:
        steps.append(Step("an order for each attendee", Figures(orders=more)))
    return (*steps, Step("written", told.written, is_sum=True))


def _own_totals(study: Study, told: Account) -> Iterable[Step]:
    """The file's own totals, and what of them is no price of a row."""
    proof, own = study.proof, study.cube.own
    total = Role.LINE_TOTAL if proof.each else Role.TOTAL
    fee = (None, Role.FEE, Role.LINE_FEE)[proof.fees]
    sums = Counter[str]({code: amount for (role, code), amount in own.items() if role is total})
    if not any(sums.values()):
        return
    yield Step("the file's own totals", _figures(sums), is_sum=True)
    beside = [("shipping", None if proof.each else Role.SHIPPING), ("fees", fee)]
    rest = Counter[str](sums)
    for what, role in beside:
        some = Counter[str]({code: amount for (one, code), amount in own.items() if one is role})
        rest.subtract(some)
        if any(some.values()):
            yield Step(what, Figures().less(_figures(some)))
    rest.subtract(told.file.sums)
    if any(rest.values()):
        yield Step("not explained by rows", Figures().less(_figures(rest)))


def _figures(sums: Mapping[str, int]) -> Figures:
    return Figures(sums={code: amount for code, amount in sums.items() if amount})
