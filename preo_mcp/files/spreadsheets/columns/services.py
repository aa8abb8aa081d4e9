"""Which service wrote a file, and what its headings mean there, in tables of what each service is known to write."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.spreadsheets.columns.headings import heading_key, snake_case
from preo_mcp.files.spreadsheets.columns.meanings import Meaning

NAMES: Final = {
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
    "eventbrite": "Eventbrite",
    "billetto": "Billetto",
    "ticketmaster": "Ticketmaster",
    "pretix": "Pretix",
    "squarespace": "Squarespace",
    "stripe": "Stripe",
}

SIGNATURES: Final[tuple[tuple[str, str], ...]] = (
    ("squarespace", "orderid lineitemname lineitemquantity"),
    ("shopify", "name lineitemname lineitemquantity"),
    ("woocommerce", "ordernumber emailbilling"),
    ("woocommerce", "ordernumber firstnamebilling"),
    ("woocommerce", "ordernumber billingemail billingfirstname"),
    ("woocommerce", "orderid billingemail billingfirstname"),
    ("eventbrite", "ordernumber attendeenumber tickettype"),
    ("eventbrite", "ordernumber attendeestatus tickettype"),
    ("eventbrite", "ordernumber eventbritefees"),
    ("eventbrite", "orderid attendeestatus tickettype"),
    ("eventbrite", "orderid eventbritefees"),
    ("pretix", "eventslug ordercode"),
    ("pretix", "ordercode positionid"),
    ("ticketmaster", "acctid eventname numseats"),
    ("ticketmaster", "ordernum orderlineitem"),
    ("ticketmaster", "acctid pricecode"),
    ("billetto", "ordrenummer billettype stregkode"),
    ("billetto", "ordernummer biljettyp streckkod"),
    ("stripe", "id createdutc amount amountrefunded"),
    ("stripe", "id createddateutc amount amountrefunded"),
    ("stripe", "id createdutc amount customeremail"),
    ("stripe", "id createddateutc amount customeremail"),
)
"""Headings that together prove a service. Squarespace comes first: it writes Shopify's headings but `Order ID`."""
NAMED_IN_HEADINGS: Final = ("eventbrite", "billetto", "ticketmaster", "pretix")
"""Services that write their own name into headings, and that other services' exports do not name."""

_FORM_PREFIXES: Final = (
    ("Checkout Form:", ColumnType.ORDER_METADATA),
    ("Product Form:", ColumnType.PURCHASE_METADATA),
)
"""How Squarespace begins the headings of custom questions."""
STRIPE_METADATA: Final = " (metadata)"
_FORM_CONFIDENCE: Final = 0.6

_SKIP: Final = ColumnType.IGNORE
_ORDER: Final = ColumnType.ORDER_METADATA
_PURCHASE: Final = ColumnType.PURCHASE_METADATA
Row = tuple[str, ColumnType, float] | tuple[str, ColumnType, float, str]

_SHOP: Final[tuple[Row, ...]] = (
    ("email", ColumnType.CUSTOMER_EMAIL, 0.99),
    ("lineitemquantity", ColumnType.QUANTITY, 0.99),
    ("lineitemname", ColumnType.PRODUCT_NAME, 0.99),
    ("lineitemprice", ColumnType.UNIT_PRICE, 0.99),
    ("lineitemsku", ColumnType.PRODUCT_CODE, 0.99),
    ("billingname", ColumnType.CUSTOMER_FULL_NAME, 0.97),
    ("shippingname", ColumnType.CUSTOMER_FULL_NAME, 0.8),
    ("billingphone", ColumnType.CUSTOMER_PHONE, 0.95),
    ("phone", ColumnType.CUSTOMER_PHONE, 0.93),
    ("shippingphone", ColumnType.CUSTOMER_PHONE, 0.85),
    ("discountcode", _ORDER, 0.8, "discount_code"),
)
TABLES: Final[dict[str, tuple[Row, ...]]] = {
    "shopify": (
        *_SHOP,
        ("name", ColumnType.ORDER_ID, 0.99),
        ("id", ColumnType.ORDER_ID, 0.5),
        ("notes", _ORDER, 0.7, "note"),
        ("noteattributes", _ORDER, 0.6, "note_attributes"),
        ("receiptnumber", _SKIP, 0.9),
    ),
    "squarespace": (
        *_SHOP,
        ("orderid", ColumnType.ORDER_ID, 0.99),
        ("lineitemvariant", _PURCHASE, 0.7, "variation"),
        ("privatenotes", _ORDER, 0.5, "private_notes"),
    ),
    "woocommerce": (
        ("ordernumber", ColumnType.ORDER_ID, 0.98),
        ("orderid", ColumnType.ORDER_ID, 0.9),
        ("emailbilling", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("billingemail", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("customeremail", ColumnType.CUSTOMER_EMAIL, 0.9),
        ("phonebilling", ColumnType.CUSTOMER_PHONE, 0.98),
        ("billingphone", ColumnType.CUSTOMER_PHONE, 0.98),
        ("phoneshipping", ColumnType.CUSTOMER_PHONE, 0.75),
        ("shippingphone", ColumnType.CUSTOMER_PHONE, 0.75),
        ("firstnamebilling", ColumnType.CUSTOMER_FIRST_NAME, 0.99),
        ("lastnamebilling", ColumnType.CUSTOMER_LAST_NAME, 0.99),
        ("billingfirstname", ColumnType.CUSTOMER_FIRST_NAME, 0.99),
        ("billinglastname", ColumnType.CUSTOMER_LAST_NAME, 0.99),
        ("firstnameshipping", ColumnType.CUSTOMER_FIRST_NAME, 0.7),
        ("lastnameshipping", ColumnType.CUSTOMER_LAST_NAME, 0.7),
        ("shippingfirstname", ColumnType.CUSTOMER_FIRST_NAME, 0.7),
        ("shippinglastname", ColumnType.CUSTOMER_LAST_NAME, 0.7),
        ("sku", ColumnType.PRODUCT_CODE, 0.99),
        ("itemsku", ColumnType.PRODUCT_CODE, 0.99),
        ("productid", ColumnType.PRODUCT_CODE, 0.6),
        ("itemproductid", ColumnType.PRODUCT_CODE, 0.6),
        ("itemname", ColumnType.PRODUCT_NAME, 0.98),
        ("productname", ColumnType.PRODUCT_NAME, 0.97),
        ("name", ColumnType.PRODUCT_NAME, 0.96),
        ("quantity", ColumnType.QUANTITY, 0.98),
        ("itemquantity", ColumnType.QUANTITY, 0.98),
        ("quantityrefund", ColumnType.QUANTITY, 0.7),
        ("itemcost", ColumnType.UNIT_PRICE, 0.95),
        ("itemprice", ColumnType.UNIT_PRICE, 0.95),
        ("itemid", ColumnType.ITEM_ID, 0.9),
        ("itemnumber", _SKIP, 0.8),  # counts the lines of an order from 1: no id
        ("productvariation", _PURCHASE, 0.7, "variation"),
        ("couponcode", _ORDER, 0.8, "discount_code"),
        ("couponsused", _ORDER, 0.7, "coupons_used"),
        ("customernote", _ORDER, 0.8, "note"),
        ("transactionid", _SKIP, 0.9),
    ),
    "eventbrite": (
        ("ordernumber", ColumnType.ORDER_ID, 0.99),
        ("orderid", ColumnType.ORDER_ID, 0.99),
        ("attendeenumber", ColumnType.ITEM_ID, 0.98),
        ("attendeeid", ColumnType.ITEM_ID, 0.98),
        ("barcodenumber", ColumnType.ITEM_ID, 0.9),
        ("buyeremail", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("email", ColumnType.CUSTOMER_EMAIL, 0.97),
        ("buyerfirstname", ColumnType.CUSTOMER_FIRST_NAME, 0.99),
        ("firstname", ColumnType.CUSTOMER_FIRST_NAME, 0.97),
        ("buyerlastname", ColumnType.CUSTOMER_LAST_NAME, 0.99),
        ("lastname", ColumnType.CUSTOMER_LAST_NAME, 0.97),
        ("surname", ColumnType.CUSTOMER_LAST_NAME, 0.96),
        ("cellphone", ColumnType.CUSTOMER_PHONE, 0.96),
        ("mobilephone", ColumnType.CUSTOMER_PHONE, 0.96),
        ("homephone", ColumnType.CUSTOMER_PHONE, 0.85),
        ("workphone", ColumnType.CUSTOMER_PHONE, 0.8),
        ("quantity", ColumnType.QUANTITY, 0.98),
        ("ticketquantity", ColumnType.QUANTITY, 0.98),
        ("tickettype", ColumnType.PRODUCT_NAME, 0.98),
        ("ticketprice", ColumnType.UNIT_PRICE, 0.95),
        ("promocode", _ORDER, 0.8, "discount_code"),
        ("discountcode", _ORDER, 0.8, "discount_code"),
    ),
    "pretix": (
        ("ordercode", ColumnType.ORDER_ID, 0.99),
        ("positionid", ColumnType.ITEM_ID, 0.6),
        ("email", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("attendeeemail", ColumnType.CUSTOMER_EMAIL, 0.6),
        ("attendeeemail", _PURCHASE, 0.6, "attendee_email"),
        ("phonenumber", ColumnType.CUSTOMER_PHONE, 0.99),
        ("name", ColumnType.CUSTOMER_FULL_NAME, 0.9),
        ("invoiceaddressname", ColumnType.CUSTOMER_FULL_NAME, 0.95),
        ("attendeename", ColumnType.CUSTOMER_FULL_NAME, 0.9),
        ("attendeename", _PURCHASE, 0.6, "attendee_name"),
        ("invoiceaddressnamegivenname", ColumnType.CUSTOMER_FIRST_NAME, 0.95),
        ("invoiceaddressnamefamilyname", ColumnType.CUSTOMER_LAST_NAME, 0.95),
        ("attendeenamegivenname", ColumnType.CUSTOMER_FIRST_NAME, 0.9),
        ("attendeenamefamilyname", ColumnType.CUSTOMER_LAST_NAME, 0.9),
        ("product", ColumnType.PRODUCT_NAME, 0.98),
        ("variation", _PURCHASE, 0.7, "variation"),
        ("price", ColumnType.UNIT_PRICE, 0.98),
        ("voucher", _PURCHASE, 0.7, "discount_code"),
        ("seatname", _PURCHASE, 0.7, "seat"),
        ("seatzone", _PURCHASE, 0.6, "section"),
        ("seatrow", _PURCHASE, 0.6, "row"),
        ("seatnumber", _PURCHASE, 0.6, "seat_number"),
        ("ordercomment", _ORDER, 0.7, "note"),
        ("comment", _ORDER, 0.7, "note"),
    ),
    "ticketmaster": (
        ("ordernum", ColumnType.ORDER_ID, 0.99),
        ("ordernumber", ColumnType.ORDER_ID, 0.98),
        ("orderid", ColumnType.ORDER_ID, 0.97),
        ("ticketseqid", ColumnType.ITEM_ID, 0.9),
        ("orderlineitem", ColumnType.ITEM_ID, 0.6),
        ("emailaddr", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("email", ColumnType.CUSTOMER_EMAIL, 0.98),
        ("phonecell", ColumnType.CUSTOMER_PHONE, 0.96),
        ("phoneday", ColumnType.CUSTOMER_PHONE, 0.9),
        ("phone", ColumnType.CUSTOMER_PHONE, 0.95),
        ("namefirst", ColumnType.CUSTOMER_FIRST_NAME, 0.98),
        ("namelast", ColumnType.CUSTOMER_LAST_NAME, 0.98),
        ("fullname", ColumnType.CUSTOMER_FULL_NAME, 0.95),
        ("ownername", ColumnType.CUSTOMER_FULL_NAME, 0.9),
        ("numseats", ColumnType.QUANTITY, 0.98),
        ("pricecode", ColumnType.PRODUCT_CODE, 0.95),
        ("pricecodedesc", ColumnType.PRODUCT_NAME, 0.95),
        ("pcticket", ColumnType.UNIT_PRICE, 0.95),
        ("purchaseprice", ColumnType.UNIT_PRICE, 0.85),
        ("tickettype", ColumnType.PRODUCT_NAME, 0.7),
        ("sectionname", _PURCHASE, 0.7, "section"),
        ("rowname", _PURCHASE, 0.7, "row"),
        ("seatnum", _PURCHASE, 0.7, "seat"),
    ),
    "billetto": (),
    "stripe": (
        ("id", ColumnType.ORDER_ID, 0.9),
        ("paymentintentid", ColumnType.ORDER_ID, 0.6),
        ("customeremail", ColumnType.CUSTOMER_EMAIL, 0.99),
        ("customerphone", ColumnType.CUSTOMER_PHONE, 0.95),
        ("customername", ColumnType.CUSTOMER_FULL_NAME, 0.95),
        ("cardname", ColumnType.CUSTOMER_FULL_NAME, 0.85),
        ("shippingname", ColumnType.CUSTOMER_FULL_NAME, 0.7),
        ("checkoutlineitemsummary", ColumnType.PRODUCT_NAME, 0.8),
        ("description", ColumnType.PRODUCT_NAME, 0.6),
    ),
}


def recognised_service(header: Sequence[str]) -> str | None:
    """Which service wrote a file, told by its header alone.

    Args:
        header: The headings in order.

    Returns:
        A key of `NAMES`, None when no service's headings are complete enough.
    """
    keys = {heading_key(heading) for heading in header}
    for service, signature in SIGNATURES:
        if keys.issuperset(signature.split()):
            return service
    return next((service for service in NAMED_IN_HEADINGS if any(service in key for key in keys)), None)


def meanings_in(service: str, heading: str) -> list[Meaning]:
    """What a heading means in the export of one service; none when that service says nothing special about it."""
    if (found := _by_heading()[service].get(heading_key(heading))) is not None:
        return found
    answer = _answer(service, heading)
    return [answer] if answer is not None else []


@cache
def _by_heading() -> dict[str, dict[str, list[Meaning]]]:
    tables: dict[str, dict[str, list[Meaning]]] = {service: {} for service in NAMES}
    for service, rows in TABLES.items():
        reason = f"heading of {NAMES[service]}'s export"
        for heading, column_type, confidence, *key in rows:
            meaning = Meaning(column_type, confidence, reason, key[0] if key else None)
            tables[service].setdefault(heading, []).append(meaning)
    return tables


def _answer(service: str, heading: str) -> Meaning | None:
    """A question that the shop itself asked, which these services mark in the heading."""
    reason = f"a custom field of {NAMES[service]}"
    if service == "squarespace":
        for prefix, column_type in _FORM_PREFIXES:
            if heading.strip().startswith(prefix) and (key := snake_case(heading.strip().removeprefix(prefix))):
                return Meaning(column_type, _FORM_CONFIDENCE, reason, key)
    if service == "stripe" and heading.endswith(STRIPE_METADATA):
        key = snake_case(heading.removesuffix(STRIPE_METADATA))
        return Meaning(ColumnType.ORDER_METADATA, _FORM_CONFIDENCE, reason, key) if key else None
    return None
