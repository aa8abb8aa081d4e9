"""The figures of a campaign, as far as they have come by the store's clock."""

from preo_mcp.models.campaigns import Channel
from preo_mcp.sandbox.store import Doc, Store

COUNTED = ("delivered", "bounced", "opened", "clicked", "unsubscribed")
NOT_OF_SMS = ("opened", "clicked", "unsubscribed", "open_rate", "click_rate", "unsubscribe_rate")
"""What a text message does not tell: null (inferred)."""

RATE_DIGITS = 4


def stats_of(store: Store, campaign: Doc) -> Doc:
    """Return the answer of Get campaign stats."""
    columns = ", ".join(f"count(*) FILTER (WHERE {name} <= :now)" for name in COUNTED)
    [row] = store.db.execute(
        f"SELECT {columns} FROM reactions WHERE campaign_id = :id",  # noqa: S608 - our own names
        {"now": int(store.clock().timestamp()), "id": campaign["id"]},
    ).fetchall()
    counts: dict[str, int] = dict(zip(COUNTED, row, strict=True))
    sent, delivered = campaign["sent_count"], counts["delivered"]
    figures: Doc = {
        "total_recipients": campaign["total_recipients"],
        "sent": sent,
        "failed": campaign["failed_count"],
        **counts,
        "delivery_rate": _rate(delivered, sent),
        "open_rate": _rate(counts["opened"], delivered),
        "click_rate": _rate(counts["clicked"], delivered),
        "unsubscribe_rate": _rate(counts["unsubscribed"], delivered),
    }
    return figures | (dict.fromkeys(NOT_OF_SMS) if campaign["channel"] == Channel.SMS else {})


def _rate(part: int, whole: int) -> float:
    return round(part / whole, RATE_DIGITS) if whole else 0.0
