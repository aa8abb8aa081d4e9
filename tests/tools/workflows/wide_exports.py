"""Exports as wide as shops write them, with invented orders in which most columns are filled."""

import csv
import io
from pathlib import Path
from typing import Final

SHOPIFY: Final = (
    (Path(__file__).parents[2] / "files" / "shopify-orders.csv").read_text(encoding="utf-8-sig").partition("\n")[0]
).split(",")
"""The 79 headings of Shopify's export of orders."""
_ADVANCED = """
Order Number|Order Status|Order Date|Customer Note|First Name (Billing)|Last Name (Billing)|Company (Billing)
Address 1&2 (Billing)|City (Billing)|State Code (Billing)|Postcode (Billing)|Country Code (Billing)|Email (Billing)
Phone (Billing)|First Name (Shipping)|Last Name (Shipping)|Address 1&2 (Shipping)|City (Shipping)
State Code (Shipping)|Postcode (Shipping)|Country Code (Shipping)|Item #|SKU|Item Name|Product Variation|Quantity
Quantity (- Refund)|Item Cost|Order Line (w/o tax)|Order Line Tax|Order Line Total|Order Line Total Refunded
Order Line Total (- Refund)|Image URL|Coupon Code|Discount Amount|Discount Amount Tax|Payment Method Title
Coupons Used|Cart Discount Amount|Order Subtotal Amount|Order Tax Amount|Order Shipping Amount|Order Refund Amount
Order Total Amount|Order Total Tax Amount|Total items|Total products
"""
_KEPT = """
_order_key _transaction_id _customer_ip_address _customer_user_agent _created_via _date_completed _date_paid
_cart_hash _order_stock_reduced _download_permissions_granted _recorded_sales _new_order_email_sent
_prices_include_tax _order_version _billing_cvr is_vat_exempt _stripe_intent_id _stripe_charge_captured
_stripe_fee _stripe_net _stripe_currency _wc_order_attribution_source_type _wc_order_attribution_referrer
_wc_order_attribution_utm_source _wc_order_attribution_utm_campaign _wc_order_attribution_session_entry
_wc_order_attribution_session_start_time _wc_order_attribution_session_pages
_wc_order_attribution_session_count _wc_order_attribution_user_agent _wc_order_attribution_device_type
"""
WOOCOMMERCE: Final[tuple[str, ...]] = (*_ADVANCED.strip().replace("\n", "|").split("|"), *_KEPT.split())
"""The 48 headings of Advanced Order Export for WooCommerce, and 31 keys of orders' data that shops add to them."""
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


def woocommerce_orders(count: int, *, states: tuple[str, ...] = ("Completed",)) -> str:
    """Return so many orders, every third with two rows, with all that a shop and its payment service keep."""
    out = io.StringIO(newline="")
    writer: csv.DictWriter[str] = csv.DictWriter(out, WOOCOMMERCE, restval="", lineterminator="\n")
    writer.writeheader()
    for number in range(1, count + 1):
        lines = [(*TICKETS[number % 2], number % 3 + 1)] + ([(*TICKETS[1], 1)] if not number % 3 else [])
        total = sum(price * pieces for *_, price, pieces in lines)
        order = _woocommerce_order(number, states[number % len(states)], total)
        order |= {"Total items": str(sum(line[3] for line in lines)), "Total products": str(len(lines))}
        writer.writerows(order | _woocommerce_line(place, *line) for place, line in enumerate(lines, start=1))
    return out.getvalue()


def _woocommerce_line(place: int, sku: str, product: str, price: int, pieces: int) -> dict[str, str]:
    amount = f"{price * pieces}.00"
    return {
        "Item #": str(place), "SKU": sku, "Item Name": product, "Product Variation": "", "Quantity": str(pieces),
        "Quantity (- Refund)": str(pieces), "Item Cost": f"{price}.00", "Order Line (w/o tax)": amount,
        "Order Line Tax": "0.00", "Order Line Total": amount, "Order Line Total Refunded": "0.00",
        "Order Line Total (- Refund)": amount, "Image URL": f"https://shop.example.org/uploads/{sku.lower()}.jpg",
    }  # fmt: skip


def _woocommerce_order(number: int, state: str, total: int) -> dict[str, str]:
    name, city = PEOPLE[number % len(PEOPLE)], CITIES[number % len(CITIES)]
    first, last = name.split()
    day, at = f"2026-08-{number % 28 + 1:02}", f"1{number % 10}:{number % 60:02}:09"
    system = f"iPhone; CPU iPhone OS 1{number % 8}_2 like Mac OS X"
    agent = f"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{number % 5} Mobile/15E148"
    address = {
        "First Name": first, "Last Name": last, "Address 1&2": f"{STREETS[number % len(STREETS)]} {number % 90 + 1}",
        "City": city, "State Code": "", "Postcode": str(8000 + number % 900), "Country Code": "DK",
    }  # fmt: skip
    return {
        "Order Number": str(41000 + number), "Order Status": state, "Order Date": f"{day} {at[:5]}",
        "Customer Note": f"Ring på kl. {number % 12}, tak" if not number % 4 else "", "Coupons Used": "",
        **{f"{field} ({kind})": value for kind in ("Billing", "Shipping") for field, value in address.items()},
        "Company (Billing)": f"Firma {number % 9}", "Email (Billing)": f"{first.casefold()}.{number}@example.org",
        "Phone (Billing)": f"+4520{number:06}", "Coupon Code": ("spar10", "", "ven", "")[number % 4],
        "Discount Amount": "0.00", "Discount Amount Tax": "0.00", "Payment Method Title": "Kreditkort (Stripe)",
        "Cart Discount Amount": "0.00", "Order Subtotal Amount": f"{total}.00", "Order Tax Amount": "0.00",
        "Order Shipping Amount": "0.00", "Order Refund Amount": "0.00", "Order Total Amount": f"{total}.00",
        "Order Total Tax Amount": "0.00", "_order_key": f"wc_order_{number:08}xQ",
        "_transaction_id": f"ch_3P{number:08}",
        "_customer_ip_address": f"80.62.{number % 200}.{number % 250}", "_customer_user_agent": agent,
        "_created_via": "checkout", "_date_completed": str(1785600000 + number * 997),
        "_date_paid": str(1785600000 + number * 991), "_cart_hash": f"{number * 7919:032x}",
        "_order_stock_reduced": "yes", "_download_permissions_granted": "yes", "_recorded_sales": "yes",
        "_new_order_email_sent": "true", "_prices_include_tax": "yes", "_order_version": "9.8.1",
        "_billing_cvr": str(31000000 + number * 37), "is_vat_exempt": "no", "_stripe_intent_id": f"pi_3P{number:08}",
        "_stripe_charge_captured": "yes", "_stripe_fee": f"{total * 0.015 + 1.8:.2f}",
        "_stripe_net": f"{total * 0.985 - 1.8:.2f}", "_stripe_currency": "DKK",
        "_wc_order_attribution_source_type": ("organic", "utm", "typein")[number % 3],
        "_wc_order_attribution_referrer": "https://www.google.com/",
        "_wc_order_attribution_utm_source": ("google", "nyhedsbrev", "(direct)")[number % 3],
        "_wc_order_attribution_utm_campaign": f"sommer-{number % 5}",
        "_wc_order_attribution_session_entry": "https://shop.example.org/billetter/",
        "_wc_order_attribution_session_start_time": f"{day} {at}",
        "_wc_order_attribution_session_pages": str(number % 9 + 1),
        "_wc_order_attribution_session_count": str(number % 3 + 1), "_wc_order_attribution_user_agent": agent,
        "_wc_order_attribution_device_type": ("Mobile", "Desktop")[number % 2],
    }  # fmt: skip
