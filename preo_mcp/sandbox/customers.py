"""Customers as rows: what they and their orders are found by, and how they stand inside other objects."""

from collections.abc import Iterable
from typing import Final

from preo_mcp.sandbox.store import Doc, Store, dump
from preo_mcp.text.folding import folded

CUSTOMER_FIELDS: Final = ("id", "email", "first_name", "last_name", "phone_number")
"""What other objects show of a customer (inferred)."""


def customer_columns(customer: Doc) -> dict[str, str | None]:
    """Return the columns that follow from a customer's document.

    `email` tells customers of an organization apart, `email_folded` is for searching.
    """
    return {
        "email": customer["email"].casefold(),
        "email_folded": folded(customer["email"]),
        "phone": customer["phone_number"],
        "name": folded(full_name(customer)),
        "created": customer["created"],
        "modified": customer["modified"],
    }


def order_columns(customer: Doc) -> dict[str, str]:
    """Return the columns by which a customer's orders are found; a trigger keeps them as the customer changes."""
    return {"customer_email": folded(customer["email"]), "customer_phone": customer["phone_number"] or ""}


def full_name(customer: Doc) -> str:
    """Return first and last name, as far as they are known."""
    return f"{customer['first_name'] or ''} {customer['last_name'] or ''}".strip()


def insert_customers(store: Store, customers: Iterable[Doc]) -> None:
    """Write new customers."""
    store.db.executemany(
        "INSERT INTO customers (id, organization_id, email, email_folded, phone, name, created, modified, doc) "
        "VALUES (:id, :organization_id, :email, :email_folded, :phone, :name, :created, :modified, :doc)",
        ({**customer, **customer_columns(customer), "doc": dump(customer)} for customer in customers),
    )


def save_customer(store: Store, customer: Doc) -> None:
    """Write a changed customer back; their orders are found by the new address and number from then on."""
    store.update("customers", customer["id"], customer, **customer_columns(customer))
