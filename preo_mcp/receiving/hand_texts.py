"""What the upload card and page say of an import that a person settles by hand; what tools say stays English."""

from typing import Final

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.wording import Figure, Message, say
from preo_mcp.settings import Language

_AMOUNT: Final = Figure("{amount}")
_FIGURES: Final = Figure("{figures}")
_NAME: Final = Figure("{name}")
_NUMBER: Final = Figure("{number}")
_ORDERS: Final = Figure("{orders}")
_PIECES: Final = Figure("{pieces}")
"""Places that the scripts fill."""

_ROLES: Final[dict[str, Message]] = {
    "role_attendee_email": say("E-mail of the guest"),
    "role_attendee_first_name": say("First name of the guest"),
    "role_attendee_full_name": say("Whole name of the guest"),
    "role_attendee_last_name": say("Last name of the guest"),
    "role_country": say("Country"),
    "role_currency": say("Currency"),
    "role_customer_email": say("E-mail of the buyer"),
    "role_customer_first_name": say("First name of the buyer"),
    "role_customer_full_name": say("Whole name of the buyer"),
    "role_customer_last_name": say("Last name of the buyer"),
    "role_customer_phone": say("Phone of the buyer"),
    "role_discount": say("Discount of the order"),
    "role_fee": say("Fee of the order"),
    "role_ignore": say("Not used"),
    "role_item_id": say("Number of the ticket or row"),
    "role_line_discount": say("Discount of the row"),
    "role_line_fee": say("Fee of the row"),
    "role_line_refunded": say("Refunded of the row"),
    "role_line_tax": say("Tax of the row"),
    "role_line_total": say("Total of the row"),
    "role_net_quantity": say("Pieces without those returned"),
    "role_order_id": say("Order number"),
    "role_order_metadata": say("Kept with the order"),
    "role_product_code": say("Product code"),
    "role_product_name": say("Product name"),
    "role_products": say("Several products in one"),
    "role_purchase_metadata": say("Kept with the ticket"),
    "role_quantity": say("Number of pieces"),
    "role_refers_to": say("Number of the order it refers to"),
    "role_refunded": say("Refunded of the order"),
    "role_returned_quantity": say("Pieces returned"),
    "role_shipping": say("Shipping"),
    "role_state": say("State: sold, open or cancelled"),
    "role_tax": say("Tax of the order"),
    "role_total": say("Total of the order"),
    "role_unit_price": say("Price of one piece"),
}
"""What a column can be for, by the name that it is settled with."""

_WORDS: Final[dict[str, Message]] = {
    "announced": say("Announced"),
    "customers_created": say("New customers"),
    "edition_find": say("Find an edition"),
    "edition_none": say("No edition was found."),
    "edition_which": say("Which edition do the orders go into?"),
    "figures": say("{orders} orders, {pieces} pieces, {amount}", orders=_ORDERS, pieces=_PIECES, amount=_AMOUNT),
    "find": say("Find"),
    "hand": say("Settle the import here"),
    "hand_amount": say("Amount"),
    "hand_asks": say("You are asked for your yes on a page of its own."),
    "hand_back": say("Back to the choices"),
    "hand_card_note": say("Ready. The assistant starts it, and then you are asked for your yes."),
    "hand_choose": say("Type to find"),
    "hand_column": say("Column"),
    "hand_decided": say("Decided, or certain from the file"),
    "hand_declined": say("It was not started, and nothing was written."),
    "hand_difference": say("Difference"),
    "hand_edition": say("Choose another edition"),
    "hand_empty": say("As it is decided now, nothing would be written."),
    "hand_find_product": say("Find a product of the file"),
    "hand_holds": say("What it holds"),
    "hand_leave_out": say("Leave out the products that stand for none: {number}", number=_NUMBER),
    "hand_meaning": say("Meaning"),
    "hand_more": say("Show more (left: {number})", number=_NUMBER),
    "hand_more_products": say("Further products that are not shown: {number}", number=_NUMBER),
    "hand_no_product": say("The edition has no product {name}.", name=_NAME),
    "hand_not_ready": say("It can be started once everything is decided."),
    "hand_note": say(
        "See what the file holds and decide yourself what becomes of it. Nothing is imported before you say yes to it."
    ),
    "hand_open": say("To be decided: {number}", number=_NUMBER),
    "hand_order": say("Order"),
    "hand_other": say("Something else"),
    "hand_over": say("Hand over to the assistant"),
    "hand_probably": say("Perhaps {name}", name=_NAME),
    "hand_problems": say("Rows that cannot be imported"),
    "hand_product": say("Product of the file"),
    "hand_question": say("Open the question"),
    "hand_reads": say("Reading the whole file…"),
    "hand_reckoning": say("From the file to what is written"),
    "hand_reckons": say("Reckoning anew…"),
    "hand_recommended": say("recommended"),
    "hand_rows": say("Download the rows that stay out"),
    "hand_skip": say("(leave out)"),
    "hand_stands": say("Stands for"),
    "hand_start": say("Start the import…"),
    "hand_start_note": say("A page opens that asks for your yes."),
    "hand_take_all": say("Take what is recommended"),
    "hand_tell": say("Tell the assistant this, unless it goes on by itself:"),
    "hand_title": say("The import, by hand"),
    "hand_unmatched": say("not matched: {number}", number=_NUMBER),
    "hand_use": say("Use"),
    "hand_waits": say("This page goes on once you have answered."),
    "hand_will": say("Will be written"),
    "hand_written": say("Will be written: {figures}", figures=_FIGURES),
    "in_file": say("In the file"),
    "line": say("Line"),
    "order_numbers": say("Order numbers"),
    "orders": say("Orders"),
    "orders_imported": say("Orders imported"),
    "orders_skipped_existing": say("Orders that were there before"),
    "orders_skipped_unmapped": say("Orders of unmapped products only"),
    "pieces": say("Pieces"),
    "products": say("Products"),
    "reason": say("Reason"),
    "stage_cancelled": say("cancelled"),
    "stage_completed": say("The import is complete."),
    "stage_failed": say("The import failed."),
    "stage_importing": say("being imported"),
    "stayed_out": say("Orders that stayed out"),
    "what": say("What"),
    "written": say("Written"),
}


def hand_words(language: Language) -> dict[str, str]:
    """Return what the scripts say, by key."""
    return {key: in_language(message, language) for key, message in {**_WORDS, **_ROLES}.items()}
