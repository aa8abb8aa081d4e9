"""What a whole file holds, in one pass: its columns, and every row in a small cube of classes.

Each row belongs to one class, which has all that decisions look at. The cube has the rows, pieces and amounts of each
class under each reading of the price, so that whatever is settled is a sum over classes and needs no further pass.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Final, cast

from preo_mcp.files.exports.amounts import Mark, share, unit_of
from preo_mcp.files.exports.cells import is_fee, unescaped
from preo_mcp.files.exports.finding_roles import find_roles
from preo_mcp.files.exports.known import SKIP, Edition, Samples
from preo_mcp.files.exports.layouts import made_number
from preo_mcp.files.exports.lines import FEE, KNOWN, LOOSE, SKIPPED, UNKNOWN, Goods, Shape, Sig
from preo_mcp.files.exports.marks import decimal_marks
from preo_mcp.files.exports.order_reader import MOST_SHAPES, GivenBack, Order, OrderReader
from preo_mcp.files.exports.phones import is_local
from preo_mcp.files.exports.profile import KEPT_VALUES, Cells, Profile
from preo_mcp.files.exports.readings import Hit, Proof, prove, readings_of
from preo_mcp.files.exports.roles import MONEY, Role
from preo_mcp.files.exports.settling import Wishes, matches, refuse_option, told_columns
from preo_mcp.files.exports.shapes import Shapes
from preo_mcp.files.exports.source import Source

ONE_PRODUCT: Final = Goods(coded=True, named=True, product="", identity="")
"""What is known of the product of a file that names none: that is a decision."""
PASSES: Final = 6
"""Nearly always one will do: what the first rows show holds for the whole file."""
PROBED: Final = 40
BUCKETS: Final = 64
MOST_LOOSE: Final = 50_000
"""Refunds in rows of their own that are looked for among the sales."""
_NAMED: Final = 5
NAMED_OF_CLASS: Final = 10
"""Orders that are kept by number, for all with rows of the same classes."""
_MOST_NAMED_CLASSES: Final = 500
_LONGEST_NAMED: Final = 40

Names = dict[frozenset[Sig], list[tuple[int, str]]]
"""Place in the file and number of the first orders, by the classes of their rows."""


@dataclass(slots=True)
class Sums:
    """What one class of rows comes to; amounts under each reading, in minor units, of all pieces and of those kept."""

    rows: int
    ordered: int
    kept: int
    full: list[int]
    left: list[int]


@dataclass
class Cube:
    """The rows of a file by class.

    Attributes:
        sums: What each class comes to.
        orders: How many orders have rows of which classes.
        persons: The same for the rows of each person of an order.
        own: The file's own amounts, by role and currency; `LINE_TOTAL` and `LINE_FEE` summed over rows.
        matches: How many orders each reading explains.
        tested: Orders whose total was compared with their rows.
        named: The first orders by their classes; `named_persons` those with rows for several people by each person's.
    """

    sums: dict[Sig, Sums] = field(default_factory=dict[Sig, Sums])
    orders: Counter[frozenset[Sig]] = field(default_factory=Counter[frozenset[Sig]])
    persons: Counter[frozenset[Sig]] = field(default_factory=Counter[frozenset[Sig]])
    own: Counter[tuple[Role, str]] = field(default_factory=Counter[tuple[Role, str]])
    matches: Counter[Hit] = field(default_factory=Counter[Hit])
    tested: int = 0
    named: Names = field(default_factory=dict[frozenset[Sig], list[tuple[int, str]]])
    named_persons: Names = field(default_factory=dict[frozenset[Sig], list[tuple[int, str]]])


class Study:
    """A file understood.

    Raises:
        ValidationError: What was settled names a column or a meaning that does not exist.
    """

    def __init__(self, source: Source, edition: Edition, wishes: Wishes) -> None:
        self.source, self.edition, self.wishes = source, edition, wishes
        self.told = told_columns(source.header, wishes)
        self.scattered, self.assumed = False, cast("int | None", None)
        self.given_back = GivenBack.nothing()
        self._targets, self._ids = edition.targets(), edition.ids()
        self.marks: dict[int, Mark | None] = {}
        self.unclear: list[str] = []
        first = next((rows for rows in source.rows() if rows), list[Cells]())
        self.profile = self._new_profile()
        self.profile.take(first, None)
        self.roles = find_roles(self.profile, first, self.told)
        self.profile = self._new_profile()
        self.profile.take(first, self.roles.at.get(Role.ORDER))
        self.roles = find_roles(self.profile, first, self.told)
        for left in reversed(range(PASSES)):
            self._begin()
            scattered = self._pass()
            if not left or not self._needs_another(first, scattered=scattered):
                break

    def _new_profile(self) -> Profile:
        return Profile(self.source.header, self.source.of_order)

    def _needs_another(self, first: list[Cells], *, scattered: bool) -> bool:
        """Whether the whole file says something else than what it was read with; it is read with that then."""
        roles = find_roles(self.profile, first, self.told)
        marks, _ = decimal_marks(self.profile, roles, self.edition.currency, self.wishes)
        back, known = self._refunds_elsewhere(), self.given_back
        refunds = {Role.REFUND, Role.LINE_REFUND} & set(roles.at) or back
        another = (
            (roles, marks) != (self.roles, self.marks)
            or scattered
            or (back.by_number, back.by_buyer) != (known.by_number, known.by_buyer)
            or (bool(refunds) and self.assumed != self.proof.place)
        )
        if another:
            self.roles, self.scattered, self.assumed = roles, self.scattered or scattered, self.proof.place
            self.given_back = back
        return another

    def _begin(self) -> None:
        at = self.roles.at
        self.marks, self.unclear = decimal_marks(self.profile, self.roles, self.edition.currency, self.wishes)
        self.readings = readings_of(at)
        self.cube, self.codes, self.abroad = Cube(), dict[str, str](), Counter[str]()
        self.samples, self.unnumbered, self.repeated = list[tuple[str, str]](), 0, frozenset[int]()
        self.pieces, self.mixed, self.local = Counter[str](), 0, 0
        self._loose, self.odd = list[tuple[str, str, int]](), list[str]()
        self.__dict__.pop("proof", None)
        code, name = at.get(Role.CODE), at.get(Role.NAME)
        self._products_at, self.without_products = (code, name), code is None and name is None
        self.tells_products = all(self.profile.columns[p].is_whole for p in (code, name) if p is not None)
        watched = {place for place, _ in self.roles.states} | {one.place for one in self.roles.metadata}
        self._watched = watched | {place for role, place in at.items() if role in MONEY}
        self._known_goods = dict[tuple[str, str], Goods]()

    def reader(self) -> OrderReader:
        """Return what reads the orders of one pass."""
        told = self._goods if self.tells_products else None
        shapes = Shapes(self.roles, self.readings, self.marks, self.edition.currency, self.assumed, told)
        place = self.assumed or 0
        return OrderReader(self.roles, shapes, None if told else self._goods, self.given_back, place)

    def orders(self, profile: Profile | None = None, *, traced: bool = False) -> Iterator[list[Cells]]:
        """Yield the rows of each order, as in every pass; what they show goes into `profile`.

        Where they are `traced`, each has the line of the file that it came from as one more cell.
        """
        order = self.roles.at.get(Role.ORDER)

        def look(rows: list[Cells]) -> None:
            if profile is not None:
                profile.take(rows, order, self._watched)
                self._learn_codes(rows)

        at = self.roles.at
        goods = tuple(place for role in (Role.CODE, Role.NAME) if (place := at.get(role)) is not None)
        buyer = at.get(Role.EMAIL)
        return self.source.orders(order, look, gathered=self.scattered, buyer=buyer, goods=goods, traced=traced)

    @cached_property
    def proof(self) -> Proof:
        """The reading of the price that the file's own totals prove."""
        each = Role.TOTAL not in self.roles.at
        return prove(self.readings, self.cube.matches, self.cube.tested, each=each)

    def _pass(self) -> bool:
        """Count every order; return whether the rows of one stand apart from each other."""
        at, reader = self.roles.at, self.reader()
        profile = self._new_profile()
        numbers, made = _Seen(), _Seen()
        order, phone, country = (at.get(role) for role in (Role.ORDER, Role.PHONE, Role.COUNTRY))
        tested = bool({Role.TOTAL, Role.LINE_TOTAL} & set(at))
        for rows in self.orders(profile):
            found = reader.read(rows)
            found.shape.count += 1
            number = "" if order is None else rows[0][order].strip()
            if number:
                numbers.add(number)
                if not found.shape.is_named:
                    self._name(found.shape, numbers.count, number)
            else:
                made.add(self.made_number(rows[0]))
            if len(self.samples) < PROBED:
                self.samples.append((number, found.people[0]))
            if phone is not None and is_local(rows[0][phone]):
                self._count_local("" if country is None else rows[0][country])
            if tested or found.shape.lines[0].sig.refund == LOOSE:
                self._look_closer(found, rows, number)
            if len(reader.shapes) > MOST_SHAPES:
                self._sum_up(reader)
        self._sum_up(reader)
        self.profile, self.unnumbered = profile, made.count
        self.repeated = frozenset(made.twice())
        return not self.scattered and bool(numbers.twice())

    def _count_local(self, country: str) -> None:
        self.local += 1
        self.abroad[country] += 1

    def _name(self, shape: Shape, place: int, number: str) -> None:
        """Remember an order's number, unless enough orders of its classes are known."""
        several = shape.persons if len(shape.persons) > 1 else ()
        order = frozenset(line.sig for line in shape.lines)
        shape.is_named = True
        for known, classes in ((self.cube.named, order), *((self.cube.named_persons, one) for one in set(several))):
            if classes not in known and len(known) >= _MOST_NAMED_CLASSES:
                continue
            first = known.setdefault(classes, [])
            if len(first) < NAMED_OF_CLASS:
                first.append((place, number[:_LONGEST_NAMED]))
                shape.is_named = False

    def _look_closer(self, found: Order, rows: list[Cells], number: str) -> None:
        shape, reference = found.shape, self.roles.at.get(Role.REFERENCE)
        if len(self.odd) < _NAMED and number and shape.proves and not self._hits(shape):
            self.odd.append(number)
        if shape.lines[0].sig.refund != LOOSE or len(self._loose) > MOST_LOOSE:
            return
        for row, line, person in zip(rows, shape.lines, found.people, strict=True):
            if line.sig.refund == LOOSE:
                amount = -min(line.amounts) * unit_of(line.sig.currency)
                self._loose.append(("" if reference is None else row[reference].strip(), person.lower(), amount))

    def _refunds_elsewhere(self) -> GivenBack:
        back = GivenBack.nothing()
        for reference, person, amount in self._loose:
            if reference:
                back.by_number[reference] += amount
            elif person and amount and self.wishes.get("refund_rows") != "leave_out":
                back.by_buyer[person, amount] += 1
        return back

    def made_number(self, row: Cells) -> str:
        """Return the number that a row without one is given: of its content without what changes later."""
        later = {place for place, _ in self.roles.states}
        later |= {
            self.roles.at[role] for role in (Role.NET_QUANTITY, Role.REFUND, Role.LINE_REFUND) if role in self.roles.at
        }
        own = row[: len(self.source.header)]  # a traced one is longer
        return made_number([cell for place, cell in enumerate(own) if place not in later])

    def _learn_codes(self, rows: list[Cells]) -> None:
        """Which code a name has where it has one; a name with several codes has none for sure."""
        code, name = self._products_at
        if code is None or name is None or len(self.codes) > KEPT_VALUES:
            return
        for called, coded in set(map(itemgetter(name, code), rows)):
            if coded.strip() and called.strip():
                key = unescaped(called.strip())
                self.codes[key] = coded.strip() if self.codes.get(key, coded.strip()) == coded.strip() else ""

    def _goods(self, code: str, name: str) -> Goods:
        if self.without_products:
            return ONE_PRODUCT
        name = unescaped(name)
        known = self._known_goods.get((code, name))
        if known is None:
            known = Goods(bool(code), bool(name), self._product(code or name, name), (code or name).casefold())
            if len(self._known_goods) < MOST_SHAPES:
                self._known_goods[code, name] = known
        return known

    def _product(self, code: str, name: str) -> str:
        target = self.target(code, name)
        if target is None:
            return FEE if is_fee(name or code) else UNKNOWN if self._targets else ""
        return SKIPPED if target == SKIP else KNOWN

    def target(self, code: str, name: str) -> str | None:
        """Return the id of what a product of the file stands for, `SKIP`, or None where that is open."""
        for pattern, said in self.wishes.cases("products").items():
            if matches(pattern, code) or (name and matches(pattern, name)):
                return SKIP if said == SKIP else self._id_of(said)
        if code in self.edition.mappings:
            return self.edition.mappings[code]
        return self._targets.get(code.casefold()) or self._targets.get(name.casefold())

    def _id_of(self, said: str) -> str:
        if said in self._ids:
            return said
        if found := self._targets.get(said.casefold()):
            return found
        if not self._targets:
            return said
        raise refuse_option("products", said, [SKIP, *self._targets])

    def _sum_up(self, reader: OrderReader) -> None:
        """Take the counted shapes into the cube and forget them."""
        for shape in reader.shapes.values():
            if shape.count:
                self._add_lines(shape)
                self._add_own(shape)
                self.mixed += shape.count * (len({line.identity for line in shape.lines}) > 1)
                self.cube.orders[frozenset(line.sig for line in shape.lines)] += shape.count
                for classes in shape.persons:
                    self.cube.persons[classes] += shape.count
        reader.shapes.clear()

    def _add_lines(self, shape: Shape) -> None:
        count = shape.count
        for line in shape.lines:
            if line.ordered > 0 and self.tells_products:
                self.pieces[line.identity] += count * line.ordered
            sums = self.cube.sums.get(line.sig)
            if sums is None:
                zeros = [0] * len(self.readings)
                sums = self.cube.sums[line.sig] = Sums(0, 0, 0, zeros, list(zeros))
            sums.rows += count
            sums.ordered += count * line.ordered
            sums.kept += count * line.kept
            whole = line.kept == line.ordered
            for at, amount in enumerate(line.amounts):
                sums.full[at] += count * amount
                sums.left[at] += count * (amount if whole else share(amount, line.ordered, line.kept))

    def _add_own(self, shape: Shape) -> None:
        count, currency, own = shape.count, shape.lines[0].sig.currency, self.cube.own
        for role, amount in shape.money.items():
            own[role, currency] += count * amount
        for line in shape.lines:
            own[Role.LINE_TOTAL, line.sig.currency] += count * line.own_total
            own[Role.LINE_FEE, line.sig.currency] += count * line.fee
        if shape.proves and (Role.TOTAL in shape.money or Role.LINE_TOTAL in self.roles.at):
            self.cube.tested += count
            for hit in self._hits(shape):
                self.cube.matches[hit] += count

    def _hits(self, shape: Shape) -> tuple[Hit, ...]:
        if shape.hits is None:
            shape.hits = tuple(self._find_hits(shape))
        return shape.hits

    def _find_hits(self, shape: Shape) -> list[Hit]:
        """The readings that give an order's own total; it and its fees may stand once or on each row."""
        money, lines = shape.money, shape.lines
        fees = (0, money.get(Role.FEE, 0), sum(line.fee for line in lines))
        totals = [(False, money[Role.TOTAL])] if Role.TOTAL in money else []
        if Role.LINE_TOTAL in self.roles.at:
            totals.append((True, sum(line.own_total for line in lines)))
        beside, out = money.get(Role.SHIPPING, 0), list[Hit]()
        for place, reading in enumerate(self.readings):
            worth = sum(line.amounts[place] for line in lines)
            slack = len(lines) if reading.terms else 0
            for each, total in totals:
                out += [
                    Hit(place, each, top)
                    for top, fee in enumerate(fees)
                    if (fee or not top) and abs(total - (0 if each else beside) - fee - worth) <= slack
                ]
        return out

    def products(self) -> list[tuple[str, str]]:
        """Return code and name of the different products of the file, each once, as far as they were kept."""
        found = dict[str, tuple[str, str]]()
        for (code, name), goods in self._known_goods.items():
            if code or name:
                found.setdefault(goods.identity or (code or name).casefold(), (code, unescaped(name)))
        return list(found.values())

    def probes(self) -> Samples:
        """Return order numbers and addresses that are worth asking Preo about."""
        return Samples(
            tuple(dict.fromkeys(number for number, _ in self.samples if number)),
            tuple(dict.fromkeys(person for _, person in self.samples if person)),
        )


class _Seen:
    """Texts that were met, 8 bytes each."""

    def __init__(self) -> None:
        self.count = 0
        self._buckets = [array("q") for _ in range(BUCKETS)]

    def add(self, text: str) -> None:
        self.count += 1
        number = hash(text)
        self._buckets[number % BUCKETS].append(number)

    def twice(self) -> set[int]:
        """The hashes of texts that were met more than once."""
        out = set[int]()
        for bucket in self._buckets:
            if len(set(bucket)) < len(bucket):
                out.update(number for number, count in Counter(bucket).items() if count > 1)
        return out
