"""Decisions about what a row is: the sheet, the layout, decimals, the column of addresses, pieces and the product."""

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.decisions import Decision, Ground, Option
from preo_mcp.files.exports.known import Edition
from preo_mcp.files.exports.readings import Basis
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.settling import refuse_option
from preo_mcp.files.spreadsheets.columns.headings import meanings_of
from preo_mcp.files.spreadsheets.columns.services import is_list_of_guests

_NAMED = 8


def sheet(on: Ground) -> Decision | None:
    """Which sheet of a workbook is read."""
    sheets = on.study.source.sheets
    if not sheets:
        return None
    best, second = sheets[0], sheets[1]
    options = tuple(Option(one.name, f"{one.columns} columns, {one.understood} of them understood") for one in sheets)
    about = f"The workbook has {len(sheets)} sheets with rows; {best.name} looks most like orders."
    sure = best.understood > 2 * second.understood
    recommended = best.name if best.understood > second.understood else None
    return Decision("sheet", about, options, recommended).settled_by(on.wishes, certain=sure)


def layout(on: Ground) -> Decision | None:
    """Several products in a cell, which is certain; products as columns, which is asked."""
    found = on.study.source.layout
    if found is None:
        return None
    header = on.study.source.columns
    names = ", ".join(header[place] for place in (found.packed or found.wide)[:_NAMED])
    if found.packed:
        about = f"A cell of {names} holds all products of an order."
    else:
        priced = "" if len(found.prices) == len(found.wide) else "; what a product costs there, the file does not say"
        about = f"{len(found.wide)} columns count a product each: {names}{priced}."
    options = (
        Option("split", "a row for each product"),
        Option("as_it_is", "leave the rows as they are"),
    )
    return Decision("layout", about, options, "split").settled_by(on.wishes, certain=bool(found.packed))


def decimals(on: Ground) -> Decision | None:
    """Amounts such as `8,265`, which may be eight or eight thousand."""
    if not on.study.unclear:
        return None
    cell = on.study.unclear[0].strip()
    sign = "," if "," in cell else "."
    options = (
        Option("decimals", f"{cell} is {cell.replace(sign, '.')}"),
        Option("thousands", f"{cell} is {cell.replace(sign, '')}"),
    )
    about = f"{len(on.study.unclear)} amounts such as {cell} leave open whether the mark divides decimals or thousands."
    likely = sign == "," and on.study.source.table.format.delimiter == ";"
    return Decision("decimals", about, options, "decimals" if likely else None).settled_by(on.wishes)


def email(on: Ground) -> Decision | None:
    """A file without any e-mail address, which Preo requires."""
    if Role.EMAIL in on.study.roles.at and on.wishes.get("email") is None:
        return None
    some = [one.heading for one in on.study.profile.columns if any("@" in value for value in one.values)]
    headings = tuple(Option(heading, "this column") for heading in some)
    about = "No column holds e-mail addresses, which Preo requires for every order."
    if headings:
        return Decision("email", about, headings, None, argument="the heading of a column").settled_by(on.wishes)
    empty = [one.heading for one in on.study.profile.columns if not one.filled and _is_of_addresses(one.heading)]
    about += f" {empty[0]} is empty in every row." if empty else ""
    about += " Nothing of this file can be imported: the shop has to export its customers' addresses too."
    return Decision("email", about, (), None, argument="another file").settled_by(on.wishes)


def product(on: Ground) -> Decision | None:
    """A file that names no product at all."""
    if not on.study.without_products:
        return None
    edition, said = on.study.edition, on.wishes.get("product")
    targets = edition.targets()
    if said and targets and said not in edition.ids() and said.casefold() not in targets:
        raise refuse_option("product", said, list(targets))
    only = only_product(edition)
    options = (Option(only, "the edition's only product"),) if only else ()
    rows = sum(sums.rows for sums in on.study.cube.sums.values())
    about = f"The file names no product: one product for all of its {rows} rows."
    decision = Decision("product", about, options, only or None, argument="the code, name or id of a product")
    return decision.settled_by(on.wishes)


def only_product(edition: Edition) -> str:
    """Return the code or name of an edition's only product, empty where it has none or several."""
    if len(edition.products) != 1 or edition.products[0].variants:
        return ""
    return edition.products[0].code or edition.products[0].name


def quantity(on: Ground) -> Decision | None:
    """A file without a quantity: one row is one piece."""
    at = on.study.roles.at
    if {Role.QUANTITY, Role.NET_QUANTITY} & set(at):
        return None
    rows = sum(sums.rows for sums in on.study.cube.sums.values())
    empty = [column.heading for column in on.study.profile.columns if not column.filled and _counts(column.heading)]
    about = f"{empty[0]} is empty" if empty else "No column counts pieces"
    about += f": each of the {rows} rows is one piece."
    tickets = {Role.ITEM, Role.GUEST_EMAIL, Role.GUEST_FIRST_NAME, Role.GUEST_LAST_NAME, Role.GUEST_FULL_NAME}
    service = on.study.roles.service
    proof = on.study.proof
    counted = proof.is_whole and on.study.readings[proof.place].basis is Basis.LISTED  # one price is what a row costs
    sure = bool(tickets & set(at)) or (Role.PRICE in at and counted)
    sure = sure or (service is not None and is_list_of_guests(service))
    options = (Option("one_per_row", "one row is one piece"),)
    return Decision("quantity", about, options, "one_per_row").settled_by(on.wishes, certain=sure and not empty)


def _is_of_addresses(heading: str) -> bool:
    return any(one.column_type is ColumnType.CUSTOMER_EMAIL for one in meanings_of(heading))


def _counts(heading: str) -> bool:
    return any(one.column_type is ColumnType.QUANTITY for one in meanings_of(heading))


RULES = (sheet, layout, decimals, email, product, quantity)
"""In the order in which they hold."""
