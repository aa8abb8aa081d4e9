"""Six tasks of somebody who brings orders over from another shop."""

import base64
from collections.abc import Iterator

import httpx

from benchmarks.tasks.task import AALBORG, EXAMPLES, Answer, Check, Domain, End, Hand, Solution, Task, edition_of, found

EDITION = "edt_nordlys27"
SHOPIFY, TITO = "shopify-orders.csv", "tito-tickets.csv"
PRETIX, WOOCOMMERCE = "pretix-checkin.csv", "woocommerce-orders.csv"
TILL = "kassen.csv"
TILL_ROWS = """\
Bilag;Mail;Gæst;Telefon;Varenr;Vare;Stk;Beløb
K-301;karen.dam@example.com;Karen Dam;20 61 90 11;NF-DAY-REG;Endagsbillet - Voksen;2;795,00
K-301;karen.dam@example.com;Karen Dam;20 61 90 11;NF-POSTER;Plakat;1;80,00
K-302;ole.bak@example.com;Ole Bak;20 61 90 12;NF-PARK;Parkering;1;195,00
K-303;liv.toft@example.com;Liv Toft;20 61 90 13;NF-DRINK;Drikkebillet;10;45,00
"""


def importing(file: str, *settle: str) -> Solution:
    """Return how a file is brought over: prepared, settled in one go where something is open, started, waited for."""

    async def solve(hand: Hand) -> Answer:
        edition = await edition_of(hand, AALBORG)
        prepared = await hand.call("prepare_import", edition_id=edition["id"], file_path=file)
        if settle:
            prepared = await hand.call("prepare_import", source=prepared["source"], settle=list(settle))
        await hand.call("start_import", import_id=prepared["import_id"])
        ended = await hand.call("wait_for_import", import_id=prepared["import_id"])
        return {"stage": ended["stage"]}

    return solve


def written(orders: int, pieces: int, amount: float, *buyers: str) -> Check:
    """Return a check that one import completed, and of the orders that came in."""

    def check(end: End) -> Iterator[str]:
        imports = [*end.new("data_imports"), *end.changed("data_imports").values()]
        if [one["stage"] for one in imports] != ["completed"]:
            yield f"the imports are {[one['stage'] for one in imports]}"
        yield from end.told(stage="completed")
        yield from _orders(end, orders, pieces, amount, *buyers)

    return check


def _orders(end: End, orders: int, pieces: int, amount: float, *buyers: str) -> Iterator[str]:
    """Yield how the new orders, all of them Aalborg's, differ from what they have to come to; amounts in kroner."""
    new = end.new("orders")
    bought = end.new("purchases")
    figures = len(new), len(bought), sum(one["price"] for one in bought) / 100
    if figures != (orders, pieces, amount):
        yield f"{figures} came in, not {(orders, pieces, amount)}"
    if {one["edition_id"] for one in new} != {EDITION}:
        yield "they are not Aalborg's"
    customers = end.now("customers")
    came = {customers[one["customer_id"]]["email"] for one in new}
    if not came.issuperset(buyers):
        yield f"{set(buyers) - came} did not come in"


CASH = """\
Order,Email,Name,Phone,Product,Quantity,Price
KONTANT-1,karen.dahl@kontor.example.com,Karen Dahl,+45 20 61 90 11,Endagsbillet - Voksen,2,795.00
KONTANT-2,ole.bak@kontor.example.com,Ole Bak,,Parkering,1,195.00
"""
"""What was told of the two orders, as an assistant would write it down."""


async def by_hand(hand: Hand) -> Answer:
    """Write the orders down as a short file: no tool shows the variant that import_external_orders would need."""
    edition = await edition_of(hand, AALBORG)
    prepared = await hand.call("prepare_import", edition_id=edition["id"], text=CASH, file_name="cash.csv")
    await hand.call("start_import", import_id=prepared["import_id"])
    ended = await hand.call("wait_for_import", import_id=prepared["import_id"])
    return {"came_in": ended["import_result"]["orders_imported"]}


def came_in_by_hand(end: End) -> Iterator[str]:
    """Check the two orders that were paid at the office."""
    yield from _orders(end, 2, 3, 1785, "karen.dahl@kontor.example.com", "ole.bak@kontor.example.com")
    if "var_n27_day_regular" not in {one["variant_id"] for one in end.new("purchases")}:
        yield "the day tickets are not the adult ones"
    yield from end.told(came_in=2)


async def begin_till(api: httpx.AsyncClient) -> None:
    """Upload the till's file as a colleague did, who then left it."""
    content = base64.b64encode(TILL_ROWS.encode()).decode()
    body = {"edition_id": EDITION, "data_file_name": TILL, "data_file_base64": content, "name": "Kassen"}
    (await api.post("/v1/data-imports", json=body)).raise_for_status()


TILL_COLUMNS = {
    "Bilag": "order_id",
    "Mail": "customer_email",
    "Gæst": "customer_full_name",
    "Telefon": "customer_phone",
    "Varenr": "product_code",
    "Vare": "product_name",
    "Stk": "quantity",
    "Beløb": "unit_price",
}


def corrections(listed: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the columns of the till that are not yet what they have to be."""
    return [
        {"id": row["id"], "column_type": TILL_COLUMNS[row["column"]]}
        for row in listed
        if row.get("column_type") != TILL_COLUMNS[row["column"]]
    ]


async def finish_till(hand: Hand) -> Answer:
    """Set the columns, process them, and start without the product that is not mapped."""
    listed = await hand.call("list_data_imports")
    import_id = found(listed["results"], name="Kassen")["id"]
    columns = (await hand.call("list_column_mappings", import_id=import_id))["results"]
    await hand.call("update_column_mappings", import_id=import_id, mappings=corrections(columns))
    await hand.call("process_column_mappings", import_id=import_id)
    await hand.call("start_import", import_id=import_id, ignore_warnings=True)
    ended = await hand.call("wait_for_import", import_id=import_id)
    return {"stage": ended["stage"]}


def example(name: str) -> dict[str, bytes]:
    """Return one of the example files by its name."""
    return {name: (EXAMPLES / name).read_bytes()}


TASKS = (
    Task(
        "shopify",
        Domain.IMPORTS,
        "Here is the export of our Shopify shop, shopify-orders.csv. Please bring the orders into the Aalborg festival "
        "at what people really paid. We do not sell the poster there, so leave it out. Tell me when it is through.",
        importing(SHOPIFY, "products: skip"),
        written(24, 112, 73_095.5, "soeren.kjaergaard@example.com", "nynneravnsbaek@example.com"),
        example(SHOPIFY),
    ),
    Task(
        "tito",
        Domain.IMPORTS,
        "Our first tickets for Aalborg went through Tito: tito-tickets.csv. Adults get our adult day ticket, youth the "
        "young one. An order belongs to whoever bought it, and what was voided must not come in.",
        importing(
            TITO,
            "states: leave_out",
            "people: buyer",
            "products.Day Ticket Adult*: var_n27_day_regular",
            "products.Day Ticket Youth: var_n27_day_young",
        ),
        written(3, 5, 3575, "karen.skov@example.com", "otto.lyng@example.com", "vera.holst@example.com"),
        example(TITO),
    ),
    Task(
        "pretix",
        Domain.IMPORTS,
        "I have the check-in list of pretix, pretix-checkin.csv. They are all coming to Aalborg; please import them.",
        importing(PRETIX),
        written(3, 5, 2675, "sigrid.lave@example.com", "merete.kjaer@example.com", "klaus.fries@example.com"),
        example(PRETIX),
    ),
    Task(
        "woocommerce",
        Domain.IMPORTS,
        "Import woocommerce-orders.csv into Aalborg, please, but only what is paid and was not refunded.",
        importing(WOOCOMMERCE, "states: leave_out"),
        written(3, 7, 3215, "solveig.ager@example.com", "bjorn.ek@example.com", "anna.lind@example.com"),
        example(WOOCOMMERCE),
    ),
    Task(
        "cash",
        Domain.IMPORTS,
        "Two people paid cash at the office for Aalborg. Karen Dahl, karen.dahl@kontor.example.com, +45 20 61 90 11, "
        "took two adult day tickets at 795 kroner, receipt KONTANT-1. Ole Bak, ole.bak@kontor.example.com, took a "
        "parking place for 195, receipt KONTANT-2. Put them in and make sure that they are there.",
        by_hand,
        came_in_by_hand,
    ),
    Task(
        "begun",
        Domain.IMPORTS,
        "A colleague uploaded the till's file as “Kassen” and left it half done. Bilag is the order number, Mail the "
        "address, Gæst the name, Varenr our product code, Stk how many and Beløb the price of one. The poster is not "
        "ours to import, the rest is. Please finish it.",
        finish_till,
        written(3, 13, 2235, "karen.dam@example.com", "ole.bak@example.com", "liv.toft@example.com"),
        begin=begin_till,
    ),
)
