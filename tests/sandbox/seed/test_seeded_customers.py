"""The seed's customers: names, addresses, numbers."""

import json
from collections import Counter
from random import Random

import phonenumbers
import pytest

from preo_mcp.sandbox.customers import customer_columns
from preo_mcp.sandbox.seed.customers import BLOCKS, NAMES, draw_phone
from preo_mcp.sandbox.store import Doc, Store


@pytest.fixture
def customers(seeded: Store) -> list[Doc]:
    return [json.loads(doc) for (doc,) in seeded.db.execute("SELECT doc FROM customers")]


def test_addresses_are_unique_and_nobodys(customers: list[Doc]) -> None:
    emails = [customer["email"] for customer in customers]
    assert len(set(emails)) == len(emails)
    assert {email.partition("@")[2] for email in emails} == {"example.com", "example.org", "example.net"}
    assert all(email.isascii() for email in emails)


def test_numbers_are_valid_and_few_are_missing(customers: list[Doc]) -> None:
    numbers = [customer["phone_number"] for customer in customers if customer["phone_number"]]
    assert 0.02 < 1 - len(numbers) / len(customers) < 0.06
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number


@pytest.mark.parametrize("language", BLOCKS)
def test_every_block_gives_valid_numbers(language: str) -> None:
    source, taken = Random(1), set[str]()
    for _ in range(150):
        assert phonenumbers.is_valid_number(phonenumbers.parse(draw_phone(source, language, taken)))
    assert len(taken) == 150


def test_languages_in_proportion(customers: list[Doc]) -> None:
    danish = Counter(
        customer["organization_id"] for customer in customers if customer["phone_number"] and is_from(customer, "+45")
    )
    german = Counter(
        customer["organization_id"] for customer in customers if customer["phone_number"] and is_from(customer, "+49")
    )
    sizes = Counter(customer["organization_id"] for customer in customers)
    assert sizes == {"org_nordlys": 1_300, "org_elbklang": 700}
    assert danish["org_nordlys"] > 0.7 * sizes["org_nordlys"]
    assert german["org_elbklang"] > 0.7 * sizes["org_elbklang"]
    assert {customer["locale"] for customer in customers} == {"da", "en", "se", "nl", "pl"}


def is_from(customer: Doc, calling_code: str) -> bool:
    return customer["phone_number"].startswith(calling_code)


def test_search_columns_are_folded(seeded: Store) -> None:
    find = "SELECT email, email_folded, phone, name, searched FROM customers WHERE id = 'usr_juergen'"
    email, number, name = "juergen.gross@example.com", "+494066969123", "jurgen gross"
    assert seeded.db.execute(find).fetchall() == [(email, email, number, name, f"{name}\n{email}\n{number}")]
    for doc, *columns in seeded.db.execute("SELECT doc, email, phone, name, created, modified FROM customers"):
        customer = json.loads(doc)
        expected = customer_columns(customer)
        assert columns == [expected[column] for column in ("email", "phone", "name", "created", "modified")]


def test_orders_are_found_by_their_customer(seeded: Store) -> None:
    rows = seeded.db.execute(
        "SELECT customers.doc, orders.doc, customer_email, customer_phone, orders.searched "
        "FROM orders JOIN customers ON customers.id = customer_id"
    )
    for customer_doc, order_doc, email, number, searched in rows:
        customer, order = json.loads(customer_doc), json.loads(order_doc)
        assert (email, number) == (customer["email"], customer["phone_number"] or "")
        parts = (order["order_number"].lower(), order["id"], email, number, order["transaction_id"] or "")
        assert searched == "\n".join(parts)


def test_regular_customers_have_orders(seeded: Store) -> None:
    for key in ("usr_soeren", "usr_maja", "usr_juergen", "usr_bozena"):
        assert seeded.db.execute("SELECT count(*) FROM orders WHERE customer_id = ?", (key,)).fetchone() > (0,)


@pytest.mark.parametrize("language", NAMES)
def test_no_name_is_listed_twice(language: str) -> None:
    names = NAMES[language]
    assert len(set(names.first)) == len(names.first)
    assert len(set(names.last)) == len(names.last)
    assert language in BLOCKS
