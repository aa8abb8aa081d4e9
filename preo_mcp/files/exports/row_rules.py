"""Decisions about which rows come in, and as what: states, currencies, products, refunds, prices, people, numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from pathlib import PurePath

from preo_mcp.files.exports.account import Figures, Rules, account
from preo_mcp.files.exports.cells import country
from preo_mcp.files.exports.decisions import Decision, Option, Status
from preo_mcp.files.exports.known import SKIP, Probed
from preo_mcp.files.exports.lines import ALL, LOOSE, PIECES, ROW, UNCLEAR, UNKNOWN, Sig
from preo_mcp.files.exports.phones import region_of
from preo_mcp.files.exports.profile import Level
from preo_mcp.files.exports.readings import Basis, Reading
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.settling import Wishes, refuse_option
from preo_mcp.files.exports.states import Kind
from preo_mcp.files.exports.study import Study
from preo_mcp.files.spreadsheets.columns.headings import snake_case

_NAMED = 6
Chosen = MutableMapping[str, str]


def rest(study: Study, chosen: Mapping[str, str], test: Callable[[Sig], object]) -> Figures:
    """Return what of some classes the decisions before leave."""
    rules = Rules(chosen, study.edition.currency, study.readings, study.proof.place)
    fits = {sig for sig in study.cube.sums if not rules.left_out(sig) and test(sig)}
    out = Figures(orders=sum(count for classes, count in study.cube.orders.items() if classes & fits))
    for sig in fits:
        sums = study.cube.sums[sig]
        out.add(0, sums.ordered, sig.currency, sums.full[rules.paid])
    return out


def states(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Orders, payments and attendees that are not plainly sold."""
    some = {(sig.kind, sig.value) for sig in study.cube.sums if sig.kind in (Kind.GONE, Kind.OPEN, Kind.UNKNOWN)}
    counted = {value: rest(study, {}, lambda sig, one=(kind, value): sig[:2] == one) for kind, value in sorted(some)}
    counted = {value: figures for value, figures in counted.items() if figures}
    whole = rest(study, {}, lambda sig: sig[:2] in some)
    if not counted:
        return None
    values, kinds = list(counted), {kind for kind, value in some if value in counted}
    for value, said in wishes.cases("states").items():
        if value not in values:
            raise refuse_option("states", value, [f"states.{one}" for one in values])
        if said not in ("take", "leave_out"):
            raise refuse_option(f"states.{value}", said, ("take", "leave_out"))
        chosen[f"states.{value}"] = said
    options = [Option("leave_out", "leave them all out"), Option("take", "import them as if they were paid")]
    if len(kinds) > 1 and Kind.GONE in kinds:
        options.insert(1, Option("leave_out_gone", "leave out what was refunded or cancelled, import the others"))
    named = ", ".join(f"{value} {figures.orders}" for value, figures in counted.items())
    about = f"{whole.orders} of {study.cube.orders.total()} orders are not plainly sold ({whole}): {named}."
    best = "leave_out" if Kind.UNKNOWN not in kinds else "leave_out_gone" if len(options) > 2 else None
    decision = Decision("states", about, tuple(options), best).settled_by(wishes)
    every = set(values) <= set(wishes.cases("states"))
    return replace(decision, status=Status.SETTLED) if every else decision


def currency(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Rows in another currency than the edition's."""
    home = study.edition.currency
    other = rest(study, chosen, lambda sig: sig.currency != home)
    if not other:
        other = _of_other_decimals(study, chosen)
        if not other:
            return None
    some = rest(study, chosen, lambda sig: sig.currency == home)
    about = f"{other} are not in the edition's {home}."
    options = (
        Option("leave_out", f"import only what is in {home}"),
        Option("take", f"import the numbers as if they were {home}"),
    )
    return Decision("currency", about, options, "leave_out" if some else None).settled_by(wishes)


def _of_other_decimals(study: Study, chosen: Mapping[str, str]) -> Figures:
    """Amounts in currencies with other decimals, which stay out whatever is chosen."""
    rules = Rules(chosen, study.edition.currency, study.readings, study.proof.place)
    out = Figures()
    for sig, sums in study.cube.sums.items():
        if rules.left_out(sig) == f"in {sig.currency}":
            out.add(sums.rows, sums.ordered, sig.currency, sums.full[rules.paid])
    return out


def unusable(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Rows that Preo cannot take."""
    rules, lost = Rules(chosen, study.edition.currency, study.readings, study.proof.place), Counter[str]()
    for sig, sums in study.cube.sums.items():
        if (reason := rules.left_out(sig)) and reason in (sig.trouble, "no pieces"):
            lost[reason] += sums.rows
    if study.source.unreadable:
        lost["not a readable row"] = study.source.unreadable
    if not lost:
        return None
    named = ", ".join(f"{reason} {count}" for reason, count in lost.most_common())
    about = f"{lost.total()} rows cannot be imported: {named}."
    return Decision("unusable", about, (Option("leave_out", "they stay out"),), "leave_out").settled_by(
        wishes, certain=True
    )


def products(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Products that the edition does not have."""
    unknown = rest(study, chosen, lambda sig: sig.product == UNKNOWN)
    if not unknown:
        return None
    names = [code for code, name in study.products() if study.target(code, name) is None]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    about = f"{unknown} are of {len(names)} products that the edition does not know: {', '.join(names[:_NAMED])}{more}."
    options = (
        Option(SKIP, "leave out those that are not mapped"),
        Option("keep", "import them; they are mapped in Preo later"),
    )
    return Decision("products", about, options, None).settled_by(wishes)


def refund_rows(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Rows that give money back themselves."""
    rows, orders, sums = 0, Counter[str](), Figures()
    for sig, some in study.cube.sums.items():
        if sig.refund in (LOOSE, ROW) and not sig.trouble:
            rows += some.rows
            orders[sig.refund] += some.rows
            sums.add(0, some.ordered, sig.currency, some.full[study.proof.place])
    if not rows:
        return None
    back = study.given_back
    wanted = len(back.by_number) + back.by_buyer.total()
    met = len(set(back.met) & set(back.by_number)) + sum(n for key, n in back.met.items() if key not in back.by_number)
    about = f"{rows} rows give money back ({sums}); they are no sales."
    leave = Option("leave_out", "only leave these rows out; what they give back comes in as sold")
    if orders[LOOSE] == 0 or (back.by_number and not back.by_buyer and met == wanted):
        about += " Each names its sale, from which its pieces are taken."
        options = (Option("take_back", "take their pieces from the sales that they name"),)
        return Decision("refund_rows", about, options, "take_back").settled_by(wishes, certain=True)
    about += f" {met} of {orders[LOOSE]} that stand apart have a sale of the same number, or buyer and amount."
    options = (Option("match", "take back the sales that fit"), leave)
    sure = met == orders[LOOSE] and met > 0
    return Decision("refund_rows", about, options, "match" if sure else None).settled_by(wishes)


def code(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Products without a code."""
    missing = rest(study, chosen, lambda sig: not sig.coded)
    if not missing:
        return None
    if Role.CODE not in study.roles.at:
        options = (Option("name", "the product's name serves as its code"),)
        about = f"No column has product codes: {study.source.header[study.roles.at[Role.NAME]]} serves as the code."
        return Decision("code", about, options, "name").settled_by(wishes, certain=True)
    options = (
        Option("name", "take the code that the same name has elsewhere in the file, else the name"),
        Option("name_throughout", "take the name as the code on all rows"),
        Option("leave_out", "leave these rows out"),
    )
    return Decision("code", f"{missing} have no product code, but a name.", options, "name").settled_by(wishes)


def refunds(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Orders of which a part was given back."""
    named = {
        PIECES: "some pieces refunded",
        ALL: "whole rows refunded",
        UNCLEAR: "a refund that is no number of pieces",
    }
    trial = {**chosen, "refunds": "take"}
    some = {kind: rest(study, trial, lambda sig, kind=kind: sig.refund == kind) for kind in named}
    parts = [f"{figures.orders} orders with {named[kind]}" for kind, figures in some.items() if figures]
    if not parts:
        return None
    options = (
        Option("pieces", "leave out the refunded pieces; an unclear refund leaves its order whole"),
        Option("take", "import all pieces"),
        Option("leave_out", "leave these rows out"),
    )
    only_unclear = not some[PIECES] and not some[ALL]
    counted = bool({Role.NET_QUANTITY, Role.RETURNED} & set(study.roles.at)) and not some[UNCLEAR]
    by_rows = bool(study.given_back) or any(sig.refund == ROW for sig in study.cube.sums)
    by_amount = bool({Role.REFUND, Role.LINE_REFUND} & set(study.roles.at))
    about = f"{'; '.join(parts)}."
    sure = (counted or (by_rows and not by_amount)) and not some[UNCLEAR]
    return Decision("refunds", about, options, None if only_unclear else "pieces").settled_by(wishes, certain=sure)


def price(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Which amount of a row was paid."""
    proof, at, header = study.proof, study.roles.at, study.source.header
    reading = study.readings[proof.place]
    if reading.basis is Basis.NONE:
        about = "No column holds prices: Preo takes what its own products cost."
        return Decision("price", about, (Option("none", "without prices"),), "none").settled_by(wishes, certain=True)
    if Role.PRICE not in at:
        heading, open_level = header[at[reading.terms[0]]], Role.TOTAL in study.roles.undecided
        options = [Option("paid", f"{heading} is what a row cost")]
        if open_level and Reading(Basis.OWN, (Role.TOTAL,)) in study.readings:
            options.append(Option("once", f"{heading} is the whole order's, repeated on its rows"))
        about = f"No price per piece: {heading}, divided by the pieces."
        return Decision("price", about, tuple(options), None if open_level else "paid").settled_by(
            wishes, certain=not open_level
        )
    odd = proof.tested - proof.hits
    if not proof.tested or not (proof.place or odd or proof.fees):
        return None
    how = _in_words(study, reading)
    about = f"{proof.hits} of {proof.tested} orders have the file's own total with prices {how}"
    about += ", fees on top" if proof.fees else ""
    about += f" (not {', '.join(study.odd)})." if odd and study.odd else "."
    options = (Option("paid", f"what was paid: {how}"),) if proof.place else ()
    options += (Option("listed", "as listed"),)
    recommended = "paid" if proof.place else "listed"
    return Decision("price", about, options, recommended).settled_by(wishes, certain=not odd)


def _in_words(study: Study, reading: Reading) -> str:
    headings = [study.source.header[study.roles.at[term]] for term in reading.terms]
    if reading.basis is Basis.OWN:
        return f"from {headings[0]}"
    signs = ["less" if "discount" in term else "with" for term in reading.terms]
    return " and ".join(f"{sign} {heading}" for sign, heading in zip(signs, headings, strict=True)) or "as listed"


def people(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Orders whose tickets are for several addresses."""
    orders = {one: account(study, {**chosen, "people": one}).written.orders for one in ("buyer", "attendee")}
    if orders["buyer"] == orders["attendee"]:
        return None
    about = f"{orders['buyer']} orders have tickets for {orders['attendee']} addresses."
    buyers = Role.GUEST_EMAIL in study.roles.at
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
    return Decision("people", about, tuple(options), options[0].name).settled_by(wishes)


def phones(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Local phone numbers of other countries than the edition's."""
    home, abroad = region_of(study.edition.calling_code), Counter[str]()
    for cell, count in study.abroad.items():
        if (found := country(cell)) not in ("", home):
            abroad[found] += count
    if not abroad:
        return None
    heading = study.source.header[study.roles.at[Role.COUNTRY]]
    named = ", ".join(f"{code} {count}" for code, count in abroad.most_common(_NAMED))
    options = (
        Option("column", f"read with the country in {heading}"),
        Option("edition", f"read as {home or study.edition.calling_code}"),
    )
    about = f"{abroad.total()} phone numbers without a country code belong to other countries: {named}."
    return Decision("phones", about, options, "column").settled_by(wishes, certain=True)


def order_numbers(study: Study, chosen: Chosen, wishes: Wishes) -> Decision | None:
    """Orders without a number, which would double when the file is imported again."""
    if not study.unnumbered:
        return None
    options = (
        Option("made", "a number made of the row's content, so that importing it again changes nothing"),
        Option("none", "no number: importing the file again doubles these orders"),
    )
    about = f"{study.unnumbered} of {study.cube.orders.total()} orders have no number."
    return Decision("order_numbers", about, options, "made").settled_by(wishes, certain=True)


def prefix(study: Study, chosen: Chosen, wishes: Wishes, probed: Probed) -> Decision | None:
    """Order numbers that Preo knows from another shop."""
    said = wishes.get("prefix")
    if said is None and not probed.contradict:
        return None
    own = f"{snake_case(PurePath(study.source.table.path).stem) or 'shop'}-"
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
    return Decision("prefix", about, options, own, argument="what is put before the numbers").settled_by(wishes)


def metadata(study: Study, chosen: Chosen, wishes: Wishes) -> Iterable[Decision]:
    """Metadata that differs between the rows of an order."""
    known = [one.key for one in study.roles.metadata]
    for key in wishes.cases("metadata"):
        if key not in known:
            raise refuse_option("metadata", key, [f"metadata.{one}" for one in known])
    for one in study.roles.metadata:
        column = study.profile.columns[one.place]
        if study.profile.level(one.place) is not Level.ROW or one.said_of_ticket:
            continue
        about = f"{column.heading} differs {column.differs} times between the rows of an order ({column.shown()})."
        options = (
            Option("ticket", "kept with each ticket"),
            Option("order", "the first row's value, for the whole order"),
        )
        yield Decision(f"metadata.{one.key}", about, options, "ticket").settled_by(wishes, certain=True)


RULES = (states, currency, unusable, products, refund_rows, code, refunds, price, people, phones, order_numbers)
"""In the order in which they hold: each sees what those before it leave."""
NEUTRAL = {
    "states": "take",
    "currency": "take",
    "products": "keep",
    "code": "leave_out",
    "refunds": "take",
    "price": "listed",
    "people": "buyer",
}
"""What a file's rows come to as they stand, which changes are told against."""
