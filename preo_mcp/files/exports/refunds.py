"""What was given back of an order, told as pieces: by counts, by amounts, and by rows of their own."""

from collections.abc import Sequence

from preo_mcp.files.exports.amounts import spread
from preo_mcp.files.exports.lines import ALL, DISCOUNT, LOOSE, PIECES, ROW, UNCLEAR, Line
from preo_mcp.files.exports.states import Kind


def settle_refunds(lines: Sequence[Line], back: int, assumed: int | None) -> None:
    """Tell for each line of an order which of its pieces are kept, and mark its class.

    An order whose state says that it is gone belongs to that decision and to no other.

    Args:
        lines: All of the order, with amounts.
        back: What was given back of the whole order, in minor units.
        assumed: The reading by which amounts are told as pieces; None: the largest.
    """
    for line in lines:
        if line.refund and _is_open(line) and not _give_back(line, line.refund, assumed):
            _mark(line, UNCLEAR)
    for line in lines:
        if line.sig.refund == LOOSE:
            _take_row(line, lines, assumed)
    spread_discounts(lines)
    some = [line for line in lines if line.sig.kind is not Kind.GONE and not line.sig.trouble and line.ordered > 0]
    for line in some:
        if line.kept != line.ordered:
            _mark(line, PIECES if line.kept else ALL)
    if some and not any(line.sig.refund for line in some):
        _settle_order(some, abs(back), assumed)


def spread_discounts(lines: Sequence[Line]) -> None:
    """Rows with negative amounts that name no product of their order make its other rows cheaper."""
    loose = [line for line in lines if line.sig.refund == LOOSE]
    sold = [line for line in lines if line.ordered > 0 and not line.sig.trouble]
    if not loose or not sold:
        return
    for place in range(len(sold[0].amounts)):
        off = -sum(line.amounts[place] for line in loose)
        weights = [line.amounts[place] for line in sold]
        for line, part in zip(sold, spread(min(off, sum(weights)), weights), strict=True):
            line.amounts[place] -= part
    for line in loose:
        line.sig = line.sig._replace(refund=DISCOUNT)
        line.ordered, line.kept, line.amounts = 0, 0, [0] * len(line.amounts)


def _settle_order(lines: Sequence[Line], back: int, assumed: int | None) -> None:
    """What was given back of an order whose rows say nothing of it."""
    if back:
        _give_back_of_order(lines, back, assumed)
        return
    for line in lines:
        if line.sig.kind is Kind.PART:
            _mark(line, UNCLEAR)


def _is_open(line: Line) -> bool:
    return line.kept == line.ordered > 0


def _worth(line: Line, assumed: int | None) -> int:
    return max(line.amounts) if assumed is None else line.amounts[assumed]


def _pieces_for(line: Line, amount: int, assumed: int | None) -> int:
    """How many pieces of a line an amount is; 0 where it is no number of them."""
    worth = _worth(line, assumed)
    if worth <= 0 or line.ordered <= 0:
        return 0
    pieces = (amount * line.ordered + worth // 2) // worth
    fits = 1 <= pieces <= line.kept and abs(worth * pieces - amount * line.ordered) <= line.ordered
    return pieces if fits else 0


def _give_back(line: Line, amount: int, assumed: int | None) -> bool:
    pieces = _pieces_for(line, amount, assumed)
    line.kept -= pieces
    return pieces > 0


def _give_back_of_order(lines: Sequence[Line], back: int, assumed: int | None) -> None:
    """An amount given back of an order: all of it, pieces of the one line that fits, or unclear."""
    if back >= sum(_worth(line, assumed) for line in lines):
        for line in lines:
            line.kept = 0
            _mark(line, ALL)
        return
    fitting = [line for line in lines if _pieces_for(line, back, assumed)]
    if len(fitting) == 1:
        _give_back(fitting[0], back, assumed)
        _mark(fitting[0], PIECES if fitting[0].kept else ALL)
        return
    for line in lines:
        _mark(line, UNCLEAR)


def _take_row(row: Line, lines: Sequence[Line], assumed: int | None) -> None:
    """A row that gives pieces back: they go from the rows of the same product in its order."""
    same = [
        line for line in lines if line.identity == row.identity and _is_open(line) and line.sig.kind is not Kind.GONE
    ]
    left, amount = -row.ordered, -_worth_of_row(row, assumed)
    for line in same:
        pieces = min(left, line.kept) if left else _pieces_for(line, amount, assumed)
        line.kept -= pieces
        left -= pieces
        row.sig = row.sig._replace(refund=ROW)
        if left <= 0:
            return


def _worth_of_row(row: Line, assumed: int | None) -> int:
    return min(row.amounts) if assumed is None else row.amounts[assumed]


def _mark(line: Line, refund: str) -> None:
    if not line.sig.trouble:
        line.sig = line.sig._replace(refund=refund)
