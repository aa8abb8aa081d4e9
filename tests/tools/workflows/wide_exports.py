"""Exports as wide as shops write them, with invented orders in which most columns are filled."""

import csv
import io
from pathlib import Path
from typing import Final

SHOPIFY: Final = (
    (Path(__file__).parents[2] / "files" / "shopify-orders.csv").read_text(encoding="utf-8-sig").partition("\n")[0]
).split(",")
"""The 79 headings of Shopify's export of orders."""
PEOPLE: Final = ("Signe Dal", "Jörg Weiß", "Ida Lund", "Ane Krogh", "Bo Friis", "Karla Munk", "Per Storm", "Liv Ager")
CITIES: Final = ("Aarhus C", "København S", "Odense", "Aalborg", "Vejle", "Ribe", "Esbjerg")
STREETS: Final = ("Åboulevarden", "Nørregade", "Store Kongensgade", "Ved Stranden", "Gammel Kongevej", "Torvet")
TICKETS: Final = (("NF-PARK", "Parkering", 195), ("NF-DRINK", "Drikkebillet", 45), ("EB-PART", "Early Bird", 595))


def shopify_orders(count: int, *, states: tuple[str, ...] = ("paid",)) -> str:
    """Return so many orders, every third with two rows, in all columns that a shop with shipping and taxes fills."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, SHOPIFY, restval="", lineterminator="\n")
    writer.writeheader()
    for number in range(1, count + 1):
        writer.writerows(_rows(number, states[number % len(states)]))
    return out.getvalue()


def _rows(number: int, state: str) -> list[dict[str, str]]:
    name, city = PEOPLE[number % len(PEOPLE)], CITIES[number % len(CITIES)]
    street = f"{STREETS[number % len(STREETS)]} {number % 90 + 1}"
    sku, product, price = TICKETS[number % 2]
    pieces = number % 3 + 1
    at = f"2026-08-{number % 28 + 1:02} 1{number % 10}:{number % 60:02}:09 +0200"
    both = {
        "Name": f"#{7000 + number}",
        "Email": f"{name.split()[0].casefold()}.{number}@example.org",
        "Created at": at,
    }
    extra = 45 if not number % 3 else 0
    total = pieces * price + extra
    address = {
        "Name": name, "Street": street, "Address1": street, "Address2": f"{number % 4}. tv", "City": city,
        "Zip": f"'{8000 + number % 900}", "Country": "DK", "Phone": f"+4520{number:06}",
        "Company": f"Firma {number % 9}",
        "Province": f"DK-{80 + number % 5}", "Province Name": ("Midtjylland", "Fyn", "Sjælland")[number % 3],
    }  # fmt: skip
    first = both | {
        "Financial Status": state, "Paid at": at, "Fulfillment Status": "fulfilled", "Fulfilled at": at,
        "Accepts Marketing": ("yes", "no")[number % 2], "Currency": "DKK", "Subtotal": f"{total}.00",
        "Shipping": "0.00", "Taxes": f"{total / 5:.2f}", "Total": f"{total}.00", "Discount Amount": "0.00",
        "Discount Code": ("SPAR10", "", "VEN", "")[number % 4], "Shipping Method": "Print selv",
        "Lineitem quantity": str(pieces), "Lineitem name": product, "Lineitem price": f"{price}.00",
        "Lineitem sku": sku, "Lineitem compare at price": f"{price + 50}.00", "Lineitem requires shipping": "false",
        "Lineitem taxable": "true", "Lineitem fulfillment status": "fulfilled",
        "Notes": f"Ring på kl. {number % 12}, tak",
        "Note Attributes": f"utm_source: nyhedsbrev\ncampaign: {number % 5}", "Payment Method": "Shopify Payments",
        "Payment Reference": f"c9{number:08}.1", "Refunded Amount": "0.00", "Vendor": "Festival",
        "Outstanding Balance": "0.00", "Employee": f"Medarbejder {number % 3}", "Location": city,
        "Device ID": f"{number}", "Id": f"56012345{number:05}",
        "Tags": ("tidlig", "gruppe, tidlig", "")[number % 3], "Risk Level": "Low",
        "Source": ("web", "pos")[number % 2], "Lineitem discount": "0.00", "Tax 1 Name": "DK Moms 25%",
        "Tax 1 Value": f"{total / 5:.2f}", "Phone": f"+4520{number:06}", "Receipt Number": f"1-{number}",
        "Duties": "0.00", "Payment ID": f"rp9{number:08}.1", "Payment Terms Name": "Straks",
        "Next Payment Due At": at, "Payment References": f"c9{number:08}.1",
        **{f"{kind} {field}": value for kind in ("Billing", "Shipping") for field, value in address.items()},
    }  # fmt: skip
    if not extra:
        return [first]
    second = both | {
        "Lineitem quantity": "1", "Lineitem name": "Drikkebillet", "Lineitem price": "45.00",
        "Lineitem sku": "NF-DRINK", "Lineitem requires shipping": "false", "Lineitem taxable": "true",
        "Lineitem discount": "0.00", "Lineitem fulfillment status": "fulfilled", "Vendor": "Festival",
    }  # fmt: skip
    return [first, second]
