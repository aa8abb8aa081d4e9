"""Decisions about which rows come in, and as what: states, currencies, products, refunds, prices, people, numbers."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePath

from preo_mcp.files.exports.account import NO_PIECES, WHOLE_ORDERS, Figures, account, counted
from preo_mcp.files.exports.amounts import looks_like_price
from preo_mcp.files.exports.cells import country, is_fee
from preo_mcp.files.exports.decisions import Decision, Ground, Option, Status
from preo_mcp.files.exports.known import SKIP, Probed
from preo_mcp.files.exports.lines import ALL, DISCOUNT, FEE, LOOSE, PIECES, ROW, UNCLEAR, UNKNOWN, Sig
from preo_mcp.files.exports.phones import is_checked, region_of
from preo_mcp.files.exports.profile import Level
from preo_mcp.files.exports.readings import Basis, Reading
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.settling import refuse_option
from preo_mcp.files.exports.states import Kind, is_known
from preo_mcp.files.exports.study import Study
from preo_mcp.files.spreadsheets.columns.headings import snake_case

_NAMED = 6


def rest(on: Ground, test: Callable[[Sig], object]) -> Figures:
    """Return what of some classes the decisions before leave."""
    cube, rules = on.study.cube, on.rules()
    fits = {sig for sig in cube.sums if not rules.left_out(sig) and test(sig)}
    out = Figures(orders=sum(count for classes, count in cube.orders.items() if classes & fits))
    for sig in fits:
        sums = cube.sums[sig]
        out.add(0, sums.ordered, sig.currency, sums.full[rules.paid])
    return out


def states(on: Ground) -> Decision | None:
    """Orders, payments and attendees that are not plainly sold."""
    some = {(sig.kind, sig.value) for sig in on.study.cube.sums if sig.kind in (Kind.GONE, Kind.OPEN, Kind.UNKNOWN)}
    by_value = {value: rest(on, lambda sig, one=(kind, value): sig[:2] == one) for kind, value in sorted(some)}
    by_value = {value: figures for value, figures in by_value.items() if figures}
    whole = rest(on, lambda sig: sig[:2] in some)
    if not by_value:
        return None
    values, kinds = list(by_value), {kind for kind, value in some if value in by_value}
    for value, said in on.wishes.cases("states").items():
        if value not in {one for _, one in some} and not is_known(value):
            raise refuse_option("states", value, values)
        if said not in ("take", "leave_out"):
            raise refuse_option(f"states.{value}", said, ("take", "leave_out"))
        if value in values:
            on.chosen[f"states.{value}"] = said
    options = [Option("leave_out", "leave them all out"), Option("take", "import them as if they were paid")]
    if len(kinds) > 1 and Kind.GONE in kinds:
        options.insert(1, Option("leave_out_gone", "leave out what was refunded or cancelled, import the others"))
    named = ", ".join(f"{value} {figures.orders}" for value, figures in by_value.items())
    about = f"{whole.orders} of {on.study.cube.orders.total()} orders are not plainly sold ({whole}): {named}."
    best = "leave_out" if Kind.UNKNOWN not in kinds else "leave_out_gone" if len(options) > 2 else None
    decision = Decision("states", about, tuple(options), best).settled_by(on.wishes)
    every = set(values) <= set(on.wishes.cases("states"))
    return replace(decision, status=Status.SETTLED) if every else decision


def currency(on: Ground) -> Decision | None:
    """Rows in another currency than the edition's."""
    home = on.study.edition.currency
    other = rest(on, lambda sig: sig.currency != home)
    if not other:
        other = _of_other_decimals(on)
        if not other:
            return None
    some = rest(on, lambda sig: sig.currency == home)
    about = f"{other} are not in the edition's {home}."
    options = (
        Option("leave_out", f"import only what is in {home}"),
        Option("take", f"import the numbers as if they were {home}"),
    )
    return Decision("currency", about, options, "leave_out" if some else None).settled_by(on.wishes)


def _of_other_decimals(on: Ground) -> Figures:
    """Amounts in currencies with other decimals, which stay out whatever is on.chosen."""
    rules = on.rules()
    out = Figures()
    for sig, sums in on.study.cube.sums.items():
        if rules.left_out(sig) == f"in {sig.currency}":
            out.add(sums.rows, sums.ordered, sig.currency, sums.full[rules.paid])
    return out


def unusable(on: Ground) -> Decision | None:
    """Rows that Preo cannot take."""
    rules, lost = on.rules(), Counter[str]()
    for sig, sums in on.study.cube.sums.items():
        if (reason := rules.left_out(sig)) and reason in (sig.trouble, NO_PIECES):
            lost[reason] += sums.rows
    if on.study.source.unreadable:
        lost["not a readable row"] = on.study.source.unreadable
    if not lost:
        return None
    named = ", ".join(f"{reason} {count}" for reason, count in lost.most_common())
    about = f"{counted(lost.total(), 'row')} cannot be imported: {named}."
    only = Option("leave_out", "they stay out")
    others = rest(on, lambda sig: sig.beside)
    if not others:
        if on.wishes.get("unusable") == WHOLE_ORDERS:  # as it was for a file of which this is what stayed out
            only = replace(only, name=WHOLE_ORDERS)
        return Decision("unusable", about, (only,), only.name).settled_by(on.wishes, certain=True)
    about += f" {counted(others.orders, 'order')} with such a row have good ones too ({others})."
    options = (
        Option(WHOLE_ORDERS, "those orders stay out as a whole, to be put right and imported complete"),
        replace(only, meaning="only these rows; the rest of their orders comes in, and Preo adds nothing to it later"),
    )
    return Decision("unusable", about, options, WHOLE_ORDERS).settled_by(on.wishes)


def products(on: Ground) -> Decision | None:
    """Products that the edition does not have."""
    unknown = rest(on, lambda sig: sig.product == UNKNOWN)
    if not unknown:
        return None
    unmapped = [(code, name) for code, name in on.study.products() if on.study.target(code, name) is None]
    names = list(dict.fromkeys(code or name for code, name in unmapped if not is_fee(name or code)))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    about = f"{unknown} are of {len(names)} products that the edition does not know: {', '.join(names[:_NAMED])}{more}."
    options = (
        Option(SKIP, "leave out those that are not mapped"),
        Option("keep", "import them; they are mapped in Preo later"),
    )
    return Decision("products", about, options, None).settled_by(on.wishes)


def fee_rows(on: Ground) -> Decision | None:
    """Fees and deposits that stand in rows of their own, as if they were products."""
    some = rest(on, lambda sig: sig.product == FEE)
    if not some:
        return None
    names = [name or code for code, name in on.study.products() if is_fee(name or code)]
    about = f"{some} are fees or deposits in rows of their own: {', '.join(names[:_NAMED])}."
    options = (
        Option("leave_out", "they are no tickets: leave these rows out"),
        Option("take", "import them as products"),
    )
    return Decision("fee_rows", about, options, "leave_out").settled_by(on.wishes)


def refund_rows(on: Ground) -> Decision | None:
    """Rows that give money back themselves."""
    rows, orders, sums = 0, Counter[str](), Figures()
    for sig, some in on.study.cube.sums.items():
        if sig.refund in (LOOSE, ROW) and not sig.trouble:
            rows += some.rows
            orders[sig.refund] += some.rows
            sums.add(0, some.ordered, sig.currency, some.full[on.study.proof.place])
    if not rows:
        return None
    back = on.study.given_back
    wanted = len(back.by_number) + back.by_buyer.total()
    met = len(set(back.met) & set(back.by_number)) + sum(n for key, n in back.met.items() if key not in back.by_number)
    about = f"{rows} rows give money back ({sums}); they are no sales."
    leave = Option("leave_out", "only leave these rows out; what they give back comes in as sold")
    if orders[LOOSE] == 0 or (back.by_number and not back.by_buyer and met == wanted):
        about += " Each names its sale, from which its pieces are taken."
        options = (Option("take_back", "take their pieces from the sales that they name"),)
        return Decision("refund_rows", about, options, "take_back").settled_by(on.wishes, certain=True)
    about += f" {met} of {orders[LOOSE]} that stand apart have a sale of the same number, or buyer and amount."
    options = (Option("match", "take back the sales that fit"), leave)
    sure = met == orders[LOOSE] and met > 0
    return Decision("refund_rows", about, options, "match" if sure else None).settled_by(on.wishes)


def discount_rows(on: Ground) -> Decision | None:
    """Rows that make the others of their order cheaper."""
    rows = sum(sums.rows for sig, sums in on.study.cube.sums.items() if sig.refund == DISCOUNT)
    if not rows:
        return None
    about = f"{rows} rows are discounts of their orders: what they take off is spread over the other rows."
    proven = on.study.proof.is_whole
    about += " The orders' own totals say so." if proven else ""
    options = (Option("spread", "the other rows become cheaper"),)
    return Decision("discount_rows", about, options, "spread").settled_by(on.wishes, certain=proven)


def code(on: Ground) -> Decision | None:
    """Products without a code."""
    missing = rest(on, lambda sig: not sig.coded)
    if not missing:
        return None
    if Role.CODE not in on.study.roles.at:
        options = (Option("name", "the product's name serves as its code"),)
        about = (
            f"No column has product codes: {on.study.source.header[on.study.roles.at[Role.NAME]]} serves as the code."
        )
        return Decision("code", about, options, "name").settled_by(on.wishes, certain=True)
    options = (
        Option("name", "take the code that the same name has elsewhere in the file, else the name"),
        Option("name_throughout", "take the name as the code on all rows"),
        Option("leave_out", "leave these rows out"),
    )
    return Decision("code", f"{missing} have no product code, but a name.", options, "name").settled_by(on.wishes)


def refunds(on: Ground) -> Decision | None:
    """Orders of which a part was given back."""
    named = {
        PIECES: "some pieces refunded",
        ALL: "whole rows refunded",
        UNCLEAR: "a refund that is no number of pieces",
    }
    some = {kind: rest(on, lambda sig, kind=kind: sig.refund == kind) for kind in named}
    parts = [f"{counted(figures.orders, 'order')} with {named[kind]}" for kind, figures in some.items() if figures]
    if not parts:
        return None
    options = (
        Option("pieces", "leave out the refunded pieces; an unclear refund leaves its order whole"),
        Option("take", "import all pieces"),
        Option("leave_out", "leave these rows out"),
    )
    only_unclear = not some[PIECES] and not some[ALL]
    by_count = bool({Role.NET_QUANTITY, Role.RETURNED} & set(on.study.roles.at)) and not some[UNCLEAR]
    by_rows = bool(on.study.given_back) or any(sig.refund == ROW for sig in on.study.cube.sums)
    by_amount = bool({Role.REFUND, Role.LINE_REFUND} & set(on.study.roles.at))
    about = f"{'; '.join(parts)}."
    sure = (by_count or (by_rows and not by_amount)) and not some[UNCLEAR]
    return Decision("refunds", about, options, None if only_unclear else "pieces").settled_by(on.wishes, certain=sure)


def price(on: Ground) -> Decision | None:
    """Which amount of a row was paid."""
    proof, at, header = on.study.proof, on.study.roles.at, on.study.source.header
    reading = on.study.readings[proof.place]
    if reading.basis is Basis.NONE:
        about, like = "No column holds prices: Preo takes what its own products cost", _like_prices(on.study)
        about += f". {like[0]} looks like one: settle columns.{like[0]}: unit_price for it." if like else "."
        none = (Option("none", "without prices"),)
        return Decision("price", about, none, None if like else "none").settled_by(on.wishes, certain=not like)
    if Role.PRICE not in at:
        heading, open_level = header[at[reading.terms[0]]], Role.TOTAL in on.study.roles.undecided
        shared = reading.terms == (Role.TOTAL,) and on.study.mixed > 0
        options = [Option("paid", f"{heading} is what a row cost")]
        if shared:
            options = [Option("paid", f"{heading}, the same for each piece"), Option("none", "without prices")]
        if open_level and Reading(Basis.OWN, (Role.TOTAL,)) in on.study.readings:
            options.append(Option("once", f"{heading} is the whole order's, repeated on its rows"))
        about = f"No price per piece: {heading}, divided by the pieces"
        about += f"; {on.study.mixed} orders have several products, which it does not tell apart." if shared else "."
        unsure = open_level or shared
        return Decision("price", about, tuple(options), None if unsure else "paid").settled_by(
            on.wishes, certain=not unsure
        )
    odd = proof.tested - proof.hits
    if not proof.tested or not (proof.place or odd or proof.fees):
        return None
    how = _in_words(on.study, reading)
    about = f"{proof.hits} of {proof.tested} orders have the file's own total with prices {how}"
    about += ", fees on top" if proof.fees else ""
    about += f" (not {', '.join(on.study.odd)})." if odd and on.study.odd else "."
    options = (Option("paid", f"what was paid: {how}"),) if proof.place else ()
    options += (Option("listed", "as listed"),)
    recommended = "paid" if proof.place else "listed"
    return Decision("price", about, options, recommended).settled_by(on.wishes, certain=not odd)


def _like_prices(study: Study) -> list[str]:
    """Headings of columns that nothing is made of and that look like prices."""
    used = study.roles.used()
    left = [column for place, column in enumerate(study.profile.columns) if place not in used and column.values]
    return [one.heading for one in left if 2 * sum(map(looks_like_price, one.values)) > len(one.values)]


def _in_words(study: Study, reading: Reading) -> str:
    headings = [study.source.header[study.roles.at[term]] for term in reading.terms]
    if reading.basis is Basis.OWN:
        return f"from {headings[0]}"
    signs = ["less" if "discount" in term else "with" for term in reading.terms]
    return " and ".join(f"{sign} {heading}" for sign, heading in zip(signs, headings, strict=True)) or "as listed"


def people(on: Ground) -> Decision | None:
    """Orders whose tickets are for several addresses."""
    orders = {one: account(on.study, {**on.chosen, "people": one}).written.orders for one in ("buyer", "attendee")}
    if orders["buyer"] == orders["attendee"]:
        return None
    about = f"{orders['buyer']} orders have tickets for {orders['attendee']} addresses."
    buyers = Role.GUEST_EMAIL in on.study.roles.at
    first = "the buyer's" if buyers else "the first address of its rows"
    options = [
        Option(
            "buyer",
            f"an order is {first}; the others are kept as data of their tickets" if buyers else f"an order is {first}",
        ),
        Option("attendee", "an order for each address"),
    ]
    if not buyers:
        options.reverse()
    return Decision("people", about, tuple(options), options[0].name).settled_by(on.wishes)


def phones(on: Ground) -> Decision | None:
    """Local phone numbers of other countries than the edition's."""
    home, abroad = region_of(on.study.edition.calling_code), Counter[str]()
    for cell, count in on.study.abroad.items():
        if (found := country(cell)) not in ("", home):
            abroad[found] += count
    used = home or on.study.edition.calling_code or "no country"
    if on.study.local and not is_checked():
        about = "Phone numbers are written as they stand: they were not checked, because phonenumbers is not installed."
        return Decision("phones", about, (Option("as_they_are", "not checked"),), "as_they_are").settled_by(
            on.wishes, certain=True
        )
    if not abroad:
        if not on.study.local:
            return None
        about = f"{counted(on.study.local, 'phone number')} without a country code, read as {used}."
        options = (Option("edition", f"read as {used}"),)
        return Decision("phones", about, options, "edition").settled_by(on.wishes, certain=True)
    heading = on.study.source.header[on.study.roles.at[Role.COUNTRY]]
    named = ", ".join(f"{code} {count}" for code, count in abroad.most_common(_NAMED))
    options = (
        Option("column", f"read with the country in {heading}"),
        Option("edition", f"read as {used}"),
    )
    about = f"{counted(abroad.total(), 'phone number')} without a country code, of other countries: {named}."
    return Decision("phones", about, options, "column").settled_by(on.wishes, certain=True)


def order_numbers(on: Ground) -> Decision | None:
    """Orders without a number, which would double when the file is imported again."""
    if not on.study.unnumbered:
        return None
    options = (
        Option("made", "a number made of the row's content, so that importing it again changes nothing"),
        Option("none", "no number: importing the file again doubles these orders"),
    )
    about = f"{on.study.unnumbered} of {on.study.cube.orders.total()} orders have no number."
    return Decision("order_numbers", about, options, "made").settled_by(on.wishes, certain=True)


def prefix(on: Ground, probed: Probed) -> Decision | None:
    """Order numbers that Preo knows from another shop."""
    said = on.wishes.get("prefix")
    if said is None and not probed.contradict:
        return None
    own = f"{snake_case(PurePath(on.study.source.name).stem) or 'shop'}-"
    about = (
        f"{probed.orders_known} of {probed.orders_tried} order numbers exist in Preo, "
        f"{probed.customers_known} of {probed.customers_tried} of their customers do: numbers of another shop?"
        if probed.contradict
        else "A prefix is put before the order numbers."
    )
    options = (
        Option(own, "put this before the numbers"),
        Option("none", "leave them: Preo skips orders that exist"),
    )
    return Decision("prefix", about, options, own, argument="what is put before the numbers").settled_by(on.wishes)


def metadata(on: Ground) -> Iterable[Decision]:
    """Metadata that differs between the rows of an order."""
    for one in on.study.roles.metadata:
        column = on.study.profile.columns[one.place]
        if on.study.profile.level(one.place) is not Level.ROW or one.said_of_ticket:
            continue
        about = f"{column.heading} differs between the rows of an order ({column.shown()})."
        options = (
            Option("ticket", "kept with each ticket"),
            Option("order", "the first row's value, for the whole order"),
        )
        yield Decision(f"metadata.{one.key}", about, options, "ticket").settled_by(on.wishes, certain=True)


RULES = (
    states,
    currency,
    unusable,
    fee_rows,
    products,
    refund_rows,
    discount_rows,
    code,
    refunds,
    price,
    people,
    phones,
    order_numbers,
)
"""In the order in which they hold: each sees what those before it leave."""
NEUTRAL = {
    "states": "take",
    "currency": "take",
    "unusable": "leave_out",
    "products": "keep",
    "fee_rows": "take",
    "code": "leave_out",
    "refunds": "take",
    "price": "listed",
    "people": "buyer",
}
"""What a file's rows come to as they stand, which changes are told against."""
