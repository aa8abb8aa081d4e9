"""Results that no sandbox has: many campaigns, an import that is over, a webhook in trouble, names that mean harm."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.reports.report_host import Results

LONG: Final = "Marie-Louise-Charlotte-Amalie von Brockdorff-Ahlefeldt-Laurvig-Bille " * 2
RIGHT_TO_LEFT: Final = "מבצע קיץ לחברי המועדון 2026"
HOSTILE: Final = "</script><img src=x onerror=\"document.title='hacked'\"><b>bold</b>{{7*7}} ${1}"
START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)


def figures(number: int = 0, **other: Any) -> dict[str, Any]:
    """What came of a campaign, as get_campaign_stats tells it."""
    delivered = 9_800 - 40 * number
    opened, clicked = round(delivered * (0.41 + 0.03 * (number % 4))), round(delivered * (0.06 + 0.01 * (number % 3)))
    return {
        "id": f"cmp_{number}",
        "name": f"Newsletter {number + 1}",
        "status": "sent",
        "started_at": (START + timedelta(days=24 * number)).isoformat(),
        "user_count": 12_400,
        "skipped": "no_consent 2300, no_address 60, shared_inbox 40",
        "total_recipients": 10_000,
        "sent": 9_980,
        "failed": 20,
        "delivered": delivered,
        "opened": opened,
        "clicked": clicked,
        "bounced": 9_980 - delivered,
        "unsubscribed": 31,
        "delivery_rate": round(delivered / 9_980, 4),
        "open_rate": round(opened / delivered, 4),
        "click_rate": round(clicked / delivered, 4),
        "unsubscribe_rate": round(31 / delivered, 4),
        "as_of": "2026-12-01T03:00:00Z",
        "rates_of": "delivery_rate: sent, open_rate: delivered, click_rate: delivered, unsubscribe_rate: delivered",
        **other,
    }


def campaigns(count: int = 9, **other: Any) -> Results:
    """So many campaigns, of which the first is looked at."""
    every = [figures(number) for number in range(count)]
    every[0] |= other
    listed = [{name: one[name] for name in ("id", "name", "status")} for one in reversed(every)]
    by_id = {one["id"]: one for one in every}

    def of(given: dict[str, Any]) -> dict[str, Any] | str:
        return by_id.get(given["campaign_id"], "Get campaign stats was not done · No Campaign matches · Look again.")

    return {
        "list_campaigns": {"returned": count, "total": count, "results": listed},
        "get_campaign_stats": of,
    }


COUNTS: Final = (
    *("user_count", "total_recipients", "sent", "failed", "delivered", "opened", "clicked", "bounced", "unsubscribed"),
    *("delivery_rate", "open_rate", "click_rate", "unsubscribe_rate"),
)
NOBODY: Final[dict[str, Any]] = dict.fromkeys(COUNTS, 0)

CHECKED: Final[dict[str, Any]] = {
    "id": "cmp_0",
    "name": "Summer sale",
    "status": "scheduled",
    "findings": [
        "error: customer.name is undefined and comes out empty",
        "warning: only 40 of 10000 in its segment would get it",
        "unknown: the local time: it names no edition with a time zone",
    ],
    "audience": {
        "communication_type": "marketing",
        "user_count": 10_000,
        "reachable_count": 40,
        "left_out": "no_consent 9900, no_usable_address 60",
        "segment_status": "completed",
        "last_calculated": "2026-12-01T02:00:00Z",
    },
    "when": "2026-12-24 18:00 CET, 23 days from now, 131 days before the edition begins",
    "size": "104 kB of HTML, without images",
    "subject": "Hi , the sale begins",
    "text": "Hi ,\n\nthe sale begins.\n",
    "leads_to": ["To the shop: https://shop.example/sale"],
}

IMPORTED: Final[dict[str, Any]] = {
    "id": "imp_1",
    "name": "WooCommerce, November",
    "stage": "completed",
    "service": "woocommerce",
    "edition": {"id": "edt_1", "full_name": "Nordlys Festival – Aalborg"},
    "parsed_data": {
        "customers_total": 812,
        "customers_existing": 300,
        "products_total": 14,
        "products_existing": 12,
        "orders_total": 1_040,
        "orders_existing": 25,
    },
    "row_problems": {
        "count": 10_000,
        "listed": [{"line": line, "reason": "the e-mail address is not one"} for line in range(2, 1_002)],
    },
    "import_result": {
        "orders_imported": 1_000,
        "orders_skipped_existing": 25,
        "orders_skipped_unmapped": 15,
        "purchases_imported": 2_310,
        "items_skipped": 18,
        "customers_created": 512,
    },
    "reached": True,
    "outcome": {
        "announced": "1015 orders, 2328 pieces, 1,204,500.00 DKK",
        "written": "1000 orders, 2310 pieces, 1,190,000.00 DKK",
        "as_announced": False,
        "stayed_out": [
            {"orders": 25, "skipped_order_ids": "1001, 1002 and 23 more", "why": "the edition had them before"},
            {"orders": 15, "why": "only unmapped products"},
        ],
    },
    "next_step": "It is finished.",
}
RUNNING: Final[dict[str, Any]] = {
    "id": "imp_2",
    "name": "Ticket list",
    "stage": "importing",
    "reached": False,
    "next_step": "It is running.",
    "progress": {"done": 320, "total": 1_000},
}

ENDPOINT: Final[dict[str, Any]] = {
    "id": "whk_1",
    "name": "Bookkeeping",
    "url": "https://books.example/preo",
    "is_active": True,
    "events": ["ORDER_COMPLETED", "REFUND_PROCESSED"],
}
ERRORS: Final = ("http_status", "timeout", "connection", "host_not_allowed")


def deliveries(count: int, hours: float = 1.5) -> dict[str, Any]:
    """The latest of 10,000 deliveries, so many hours apart; every fifth failed and every ninth waits."""
    rows: list[dict[str, Any]] = []
    for number in range(count):
        at = datetime(2026, 11, 30, 12, tzinfo=UTC) - timedelta(hours=hours * number)
        row: dict[str, Any] = {"id": f"dlv_{number}", "event_type": "ORDER_COMPLETED", "created": at.isoformat()}
        row |= {"status": "succeeded", "attempts": 1, "response_status": 200}
        if number % 9 == 1:
            row |= {"status": "pending", "attempts": 2, "error_kind": "timeout", "next_attempt_at": at.isoformat()}
        if number % 5 == 2:
            row |= {"status": "failed", "attempts": 6, "error_kind": ERRORS[number % 4], "response_status": 503}
        rows.append(row)
    return {"returned": count, "total": 10_000 if count else 0, "results": rows}


def webhook(count: int = 100, hours: float = 1.5, **other: Any) -> Results:
    """A webhook with its latest deliveries."""
    return {"get_webhook": {**ENDPOINT, **other}, "list_webhook_deliveries": deliveries(count, hours)}
