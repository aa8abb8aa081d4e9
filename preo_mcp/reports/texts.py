"""What the reports say, in the person's language; what a tool says in words of its own stays English."""

from typing import Final

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.phrases import UNKNOWN
from preo_mcp.approval.wording import Figure, Message, say
from preo_mcp.replies.privacy.floor import FEWEST
from preo_mcp.settings import Language

_NUMBER: Final = Figure("{number}")
_TOTAL: Final = Figure("{total}")
_TIME: Final = Figure("{time}")
_WHOLE: Final = Figure("{whole}")
"""Places that the scripts fill."""
_OPENED: Final = say("Opened")
_CLICKED: Final = say("Clicked")
_FAILED: Final = say("Failed")

_ALL: Final[dict[str, Message]] = {
    "again": say("Look again"),
    "as_of": say("As of {time}", time=_TIME),
    "as_table": say("As a table"),
    "left_out": say("left out: {count}", count=_NUMBER),
    "masked": say(
        "personal data is masked, and fewer than {number} people are shown as {number}", number=Figure(str(FEWEST))
    ),
    "no": say("no"),
    "not_loaded": say("The report could not be loaded. The assistant has all of it as text."),
    "loading": say("Loading the report…"),
    "of": say("of: {whole}", whole=_WHOLE),
    "people": say("People"),
    "reason": say("Reason"),
    "report": say("Report"),
    "sandbox": say("sandbox: invented data, no real account"),
    "some_of": say("{number} of {total}", number=_NUMBER, total=_TOTAL),
    "step": say("Step"),
    "unknown": UNKNOWN,
    "when": say("When"),
    "yes": say("yes"),
}

_CAMPAIGNS: Final[dict[str, Message]] = {
    "audience": say("Who would get it"),
    "bounced": say("Bounced"),
    "calculated": say("Calculated {time}", time=_TIME),
    "campaign": say("Campaign"),
    "clicked": _CLICKED,
    "compare": say("Compare with another campaign"),
    "compare_with": say("Compare with"),
    "delivered": say("Delivered"),
    "duplicate_address": say("Address of somebody who got it"),
    "failed_to_send": say("Failed when sent"),
    "findings": say("What the check found"),
    "funnel": say("From the segment to the clicks"),
    "gravity_error": say("Has to be put right"),
    "gravity_unknown": say("Cannot be told"),
    "gravity_warning": say("Worth a look"),
    "grows": say("still going out: the figures grow"),
    "invalid_address": say("Address that cannot be reached"),
    "left_out_why": say("Who did not get it, and why"),
    "links": say("Links lead to"),
    "no_address": say("No address for the channel"),
    "no_campaign": say("no campaign"),
    "no_consent": say("No consent"),
    "no_earlier": say("No other campaign has figures to show over time."),
    "no_figures": say("Preo has no figures of it yet."),
    "no_usable_address": say("No usable address"),
    "not_begun": say("not gone out yet"),
    "nothing_found": say("The check found nothing."),
    "opened": _OPENED,
    "reached": say("Get the message"),
    "reached_at_most": say("Get the message, at the most"),
    "sent": say("Sent"),
    "show_earlier": say("Opens and clicks over time"),
    "size": say("Size"),
    "status_calculating": say("being calculated"),
    "status_cancelled": say("cancelled"),
    "status_draft": say("draft"),
    "status_failed": say("failed"),
    "status_scheduled": say("scheduled"),
    "status_sending": say("being sent"),
    "status_sent": say("sent"),
    "subject": say("Subject"),
    "text": say("Text"),
    "total_recipients": say("Recipients"),
    "trend": say("Opened and clicked, campaign by campaign"),
    "unsubscribed": say("Unsubscribed"),
    "user_count": say("In the segment"),
}

_IMPORTS: Final[dict[str, Message]] = {
    "announced": say("Announced"),
    "as_announced": say("As announced"),
    "customers": say("Customers"),
    "customers_created": say("New customers"),
    "how_many": say("Number"),
    "in_all": say("In all"),
    "in_file": say("In the file"),
    "items_skipped": say("Items skipped"),
    "line": say("Line"),
    "order_numbers": say("Order numbers"),
    "orders": say("Orders"),
    "orders_imported": say("Orders imported"),
    "orders_skipped_existing": say("Orders that were there before"),
    "orders_skipped_unmapped": say("Orders of unmapped products only"),
    "products": say("Products"),
    "purchases_imported": say("Pieces imported"),
    "result": say("What was imported"),
    "rows_left_out": say("Rows left out"),
    "stage_cancelled": say("cancelled"),
    "stage_completed": say("completed"),
    "stage_failed": say("failed"),
    "stage_importing": say("being imported"),
    "stage_needs_column_mapping": say("columns to be settled"),
    "stage_needs_product_mapping": say("products to be settled"),
    "stage_uploaded": say("uploaded"),
    "stayed_out": say("Orders that stayed out"),
    "there_before": say("There before"),
    "what": say("What"),
    "written": say("Written"),
}

_WEBHOOKS: Final[dict[str, Message]] = {
    "active": say("Active"),
    "deliveries": say("Deliveries"),
    "delivery_failed": _FAILED,
    "delivery_pending": say("Waiting for the next try"),
    "delivery_succeeded": say("Arrived"),
    "delivery_unknown": UNKNOWN,
    "error_connection": say("Not reachable"),
    "error_endpoint_inactive": say("The webhook was paused"),
    "error_host_not_allowed": say("Host not allowed"),
    "error_http_status": say("Refused by the receiver:"),
    "error_protocol": say("No answer that can be read"),
    "error_redirect": say("Led elsewhere:"),
    "error_timeout": say("No answer in time"),
    "events": say("Events"),
    "failures": say("What failed last"),
    "how_ended": say("How they ended"),
    "latest": say("The latest deliveries, {number} of {total}", number=_NUMBER, total=_TOTAL),
    "next_try": say("Next try"),
    "no_deliveries": say("Nothing was sent to it yet."),
    "over_time": say("Deliveries over time"),
    "paused": say("Paused"),
    "tries": say("Tries"),
    "url": say("URL"),
}

WORDS: Final[dict[str, Message]] = {**_ALL, **_CAMPAIGNS, **_IMPORTS, **_WEBHOOKS}
"""What the scripts say, by key; a value of Preo's, such as a reason or a status, is the key of its words."""


def words(language: Language) -> dict[str, str]:
    """Return what the scripts of the reports say, by key."""
    return {key: in_language(message, language) for key, message in WORDS.items()}
