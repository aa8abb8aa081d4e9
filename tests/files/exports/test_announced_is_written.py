"""What is announced is what is written, read back by other code; counts are made from the sales themselves."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preo_mcp.files.exports import Edition, Figures, Settlement, Status, understand
from tests.files.exports.made_exports import HEADINGS, NOT_SOLD, Export, Sale, Ticket, exports, pieces
from tests.files.exports.plain_reading import EUROS, as_recommended, written

some = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wishes(settlement: Settlement, data: st.DataObject) -> list[str]:
    """Any option of each decision."""
    out = list[str]()
    for one in settlement.decisions:
        names = [option.name for option in one.options]
        if names and (one.status is Status.OPEN or data.draw(st.booleans())):
            out.append(f"{one.key}: {data.draw(st.sampled_from(names))}")
    return out


@some
@given(export=exports(), data=st.data())
def test_whatever_is_settled_announced_is_written(tmp_path: Path, export: Export, data: st.DataObject) -> None:
    found = understand(export.write(tmp_path / "export.csv"), EUROS, workdir=tmp_path)
    settlement = found.settle()
    for _ in range(3):
        told = wishes(settlement, data)
        settled = found.settle(told)
        more = [f"{one.key}: {one.options[0].name}" for one in settled.open if one.options]  # what an option brings up
        settled = found.settle([*told, *more])
        if settled.open:
            continue
        currencies = set(settled.announced.sums) | {"EUR"}
        if len(currencies) == 1:
            written(settled)


def is_sold(sale: Sale) -> bool:
    return sale.state not in NOT_SOLD


def is_usable(ticket: Ticket) -> bool:
    return pieces(ticket) > 0 and (ticket.coded or ticket.named)


PLAINLY = ("states: leave_out", "currency: leave_out", "code: name", "refunds: take", "price: listed", "people: buyer")


@some
@given(export=exports(trouble=True))
def test_counts_from_the_sales(tmp_path: Path, export: Export) -> None:
    export.columns = frozenset(HEADINGS)
    export.sales[0].tickets[0].quantity = export.sales[0].tickets[0].quantity or "1"  # all empty: one piece a row
    for ticket in (ticket for sale in export.sales for ticket in sale.tickets):
        ticket.quantity = ticket.quantity.replace("-1", "0")  # what a row gives back has tests of its own
    found = understand(export.write(tmp_path / "export.csv"), EUROS, workdir=tmp_path)
    known = {one.key for one in found.settle().decisions}
    settled = found.settle([one for one in PLAINLY if one.partition(":")[0] in known])
    if settled.open or not any("@" in sale.email for sale in export.sales):
        return  # all in other currencies, say; or the guests' addresses are all there are
    back = written(settled)
    expected = [
        [ticket for ticket in sale.tickets if is_usable(ticket) and ("@" in sale.email or ticket.guest)]
        for sale in export.sales
        if is_sold(sale) and sale.currency == "EUR"
    ]
    # a row whose own guest has an address comes in even where the buyer has none
    assert back.pieces == sum(pieces(ticket) for tickets in expected for ticket in tickets)
    assert back.orders == sum(bool(tickets) for tickets in expected)
    assert sum(back.sums.values()) == sum(pieces(one) * one.price for tickets in expected for one in tickets)


@some
@given(export=exports(trouble=False), seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(tmp_path: Path, export: Export, seed: int) -> None:
    export.columns = frozenset(HEADINGS)
    first = understand(export.write(tmp_path / "export.csv"), EUROS, workdir=tmp_path)
    other = understand(export.write(tmp_path / "shuffled.csv", export.shuffled(seed)), EUROS, workdir=tmp_path)
    one, two = as_recommended_or_first(first), as_recommended_or_first(other)
    if one is None or two is None:
        assert one is two
        return
    assert [(step.what, step.figures) for step in one.reconciliation] == [
        (step.what, step.figures) for step in two.reconciliation
    ]
    assert sorted(written(one).tickets()) == sorted(written(two).tickets())


def as_recommended_or_first(found: object) -> Settlement | None:
    from preo_mcp.files.exports import Understanding

    assert isinstance(found, Understanding)
    opened = found.settle().open
    told = [f"{one.key}: {one.recommended or one.options[0].name}" for one in opened if one.options]
    settled = found.settle(told)
    return None if settled.open or set(settled.announced.sums) - {"EUR"} else settled


@some
@given(export=exports(trouble=False), data=st.data())
def test_a_file_in_two_parts_comes_to_the_same(tmp_path: Path, export: Export, data: st.DataObject) -> None:
    export.columns = frozenset(HEADINGS)
    whole = understand(export.write(tmp_path / "export.csv"), EUROS, workdir=tmp_path)
    known = {one.key for one in whole.settle().decisions}
    cut = data.draw(st.integers(0, len(export.sales)))
    both = list[Figures]()
    for sales in (export.sales[:cut], export.sales[cut:]):
        if sales:
            part = Export(sales, export.blank, export.columns, export.comma)
            found = understand(part.write(tmp_path / "part.csv"), EUROS, workdir=tmp_path)
            keys = {one.key for one in found.settle().decisions}
            both.append(found.settle([one for one in PLAINLY if one.partition(":")[0] in keys]).announced)
    told = whole.settle([one for one in PLAINLY if one.partition(":")[0] in known]).announced
    assert sum(one.orders for one in both) == told.orders
    assert sum(one.pieces for one in both) == told.pieces
    for code in told.sums:
        assert sum(one.sums.get(code, 0) for one in both) == told.sums[code]


@some
@given(export=exports(trouble=False))
def test_other_headings_of_the_same_meaning(tmp_path: Path, export: Export) -> None:
    export.columns = frozenset(HEADINGS)
    text = export.text()
    renamed = {"Email": "E-Mail", "SKU": "Artikelnummer", "Quantity": "Menge", "Unit price": "Einzelpreis"}
    head, _, rest = text.partition("\r\n")
    mark = ";" if export.comma else ","
    other = mark.join(renamed.get(heading, heading) for heading in head.split(mark)) + "\r\n" + rest
    for name, content in (("one.csv", text), ("other.csv", other)):
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    one, two = (understand(tmp_path / name, EUROS, workdir=tmp_path).settle() for name in ("one.csv", "other.csv"))
    assert one.announced == two.announced
    assert [(d.key, d.status) for d in one.decisions] == [(d.key, d.status) for d in two.decisions]


def test_amounts_in_a_currency_with_three_decimals(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Order ID,Email,SKU,Quantity,Unit price\n1,a@example.org,A,3,1.250\n2,b@example.org,A,1,0.005\n")
    settlement = as_recommended(understand(path, Edition("KWD", "+965"), workdir=tmp_path))
    assert written(settlement, "KWD").sums == {"KWD": 3755}
