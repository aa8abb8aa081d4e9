"""Six tasks of somebody who keeps editions, files and connections in order."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from benchmarks.tasks.task import AALBORG, AARHUS, Answer, Domain, End, Hand, Task, docs, edition_of, found
from preo_mcp.sandbox.seed.files import png

POSTER = "aalborg-plakat.png"
PICTURE = png(32, 64, 160)
ALT, CAPTION, TAG = "Nordlys over Limfjorden", "Plakaten til Aalborg", "plakat"
ODENSE, FIRST, LAST = "Odense", "2028-05-19T12:00:00", "2028-05-21T23:00:00"
ZONE = ZoneInfo("Europe/Copenhagen")
HOOK, URL = "Bogholderi", "https://bilag.nordlys.example/preo"
STUCK = "Store ordrer"
LARGE = 500_000
"""Øre from which on an order is large, as the stuck segment's condition has it."""


def moment(at: str) -> datetime:
    """Return a moment in the edition's time."""
    return datetime.fromisoformat(at).replace(tzinfo=ZONE)


async def next_edition(hand: Hand) -> Answer:
    """Copy the edition, then give the copy its dates."""
    edition = await edition_of(hand, AALBORG)
    copy = await hand.call("duplicate_edition", edition_id=edition["id"], name=ODENSE)
    await hand.call("update_edition", edition_id=copy["id"], start_date=FIRST, end_date=LAST)
    return {}


async def deliver_again(hand: Hand) -> Answer:
    """Retry each failed delivery, then look how they went."""
    hook = found((await hand.call("list_webhooks"))["results"], name=HOOK)["id"]
    failed = (await hand.call("list_webhook_deliveries", webhook_id=hook, status="failed"))["results"]
    for one in failed:
        await hand.call("retry_webhook_delivery", webhook_id=hook, delivery_id=one["id"])
    await hand.quiet()
    after = (await hand.call("list_webhook_deliveries", webhook_id=hook))["results"]
    retried = {one["id"] for one in failed}
    return {one["id"]: one["status"] for one in after if one["id"] in retried}


async def add_poster(hand: Hand) -> Answer:
    """Upload the picture, then write its texts."""
    edition = await edition_of(hand, AALBORG)
    organization = edition["organization_id"]
    file = await hand.call("upload_file", organization_id=organization, file_path=POSTER, tags=[TAG])
    key = next(file[name] for name in ("file_id", "api_id") if name in file)  # the latter when it was recorded
    await hand.call("update_file", file_id=key, image_alt_text=ALT, caption=CAPTION)
    return {}


async def set_receipt(hand: Hand) -> Answer:
    """Find what is missing, take the template over, make it the receipt, and check again."""
    edition = await edition_of(hand, AARHUS)
    await hand.call("run_edition_healthcheck", edition_id=edition["id"])
    receipts = await hand.call("list_email_messages", organization_id=edition["organization_id"], type="receipt")
    template = found(receipts["results"], scope="template")
    copy = await hand.call("adopt_email_message", email_message_id=template["id"], edition_id=edition["id"])
    await hand.call("update_edition", edition_id=edition["id"], transaction_receipt_email_id=copy["id"])
    checked = await hand.call("run_edition_healthcheck", edition_id=edition["id"])
    return {"receipt": found(checked["checks"], key="receipt_email")["severity"]}


async def move_webhook(hand: Hand) -> Answer:
    """Find the webhook and change where it goes and what it is told."""
    hook = found((await hand.call("list_webhooks"))["results"], name=HOOK)
    events = [*hook["events"], "ORDER_COMPLETED"]
    await hand.call("update_webhook", webhook_id=hook["id"], url=URL, events=events)
    return {}


async def count_stuck(hand: Hand) -> Answer:
    """Give the calculation up, begin anew, and look what it came to."""
    segment = (await hand.call("list_segments", search=STUCK))["results"][0]["id"]
    await hand.call("reset_segment", segment_id=segment)
    await hand.call("recalculate_segment", segment_id=segment)
    await hand.quiet()
    return {"members": (await hand.call("get_segment", segment_id=segment))["user_count"]}


def edition_is_planned(end: End) -> Iterator[str]:
    """Check that there is a draft of that name and those dates with the products, and that Aalborg is as it was."""
    new = end.new("editions")
    if [one["name"] for one in new] != [ODENSE] or end.changed("editions"):
        yield f"{[one['name'] for one in new]} are new, {[*end.changed('editions')]} changed"
    for one in new:
        dates = [one["start_date"], one["end_date"]]
        expected = [moment(at) for at in (FIRST, LAST)]
        if [at and datetime.fromisoformat(at) for at in dates] != expected:
            yield f"its dates are {dates}"
        if not one["is_draft"]:
            yield "it is on sale"
    former = [one for one in docs(end.before, "products").values() if one["edition_id"] == "edt_nordlys27"]
    if len(end.new("products")) != len(former):
        yield "its products are missing"


def failed_were_retried(end: End) -> Iterator[str]:
    """Check that each failed delivery of the webhook was tried once more, none besides, and what was told."""
    query = "SELECT id, status FROM webhook_deliveries WHERE webhook_id = 'whk_nordlysbooks'"
    failed = {key for key, status in end.before.execute(query) if status == "failed"}
    former = docs(end.before, "webhook_deliveries")
    tried = {key for key, one in end.now("webhook_deliveries").items() if one["attempts"] != former[key]["attempts"]}
    if tried != failed:
        yield f"{tried} were tried, not {failed}"
    yield from end.told(**{key: status for key, status in end.after.execute(query) if key in failed})


def poster_is_there(end: End) -> Iterator[str]:
    """Check the new file: its content, texts and tag."""
    new = end.new("files")
    shown = [(one["file_name"], one["size"], one["image_alt_text"], one["caption"], one["tags"]) for one in new]
    if shown != [(POSTER, len(PICTURE), ALT, CAPTION, [TAG])]:
        yield f"the new files are {shown}"


def receipt_is_set(end: End) -> Iterator[str]:
    """Check that Aarhus sends a copy of the organizer's receipt, and nothing else of any edition changed."""
    changed = end.changed("editions")
    if [*changed] != ["edt_nordlys26"]:
        yield f"{[*changed]} changed"
        return
    message = end.now("email_messages").get(changed["edt_nordlys26"]["transaction_receipt_email_id"])
    template = end.now("email_messages")["eml_nordlys_receipt"]
    if message is None or message["edition_id"] != "edt_nordlys26" or message["blocks"] != template["blocks"]:
        yield "its receipt is not a copy of the template"
    yield from end.told(receipt="ok")


def webhook_is_moved(end: End) -> Iterator[str]:
    """Check that the webhook goes to its new address with its former events and the new one."""
    changed = end.changed("webhooks")
    events = {*docs(end.before, "webhooks")["whk_nordlysbooks"]["events"], "ORDER_COMPLETED"}
    if [(key, one["url"], {*one["events"]}) for key, one in changed.items()] != [("whk_nordlysbooks", URL, events)]:
        yield f"{[*changed]} changed, or not as told"


def stuck_is_counted(end: End) -> Iterator[str]:
    """Check that the segment is calculated, with the customers who have a large order."""
    large = end.after.execute(
        "SELECT count(DISTINCT customer_id) FROM orders WHERE organization_id = 'org_nordlys' AND amount >= ?", (LARGE,)
    )
    segment = end.now("segments")["seg_nordlys_stuck"]
    if segment["status"] != "completed":
        yield f"it is {segment['status']}"
    yield from end.told(members=large.fetchone()[0])


TASKS = (
    Task(
        "next-edition",
        Domain.OPERATIONS,
        f"After Aalborg we go to {ODENSE}. Set it up like Aalborg, from {FIRST} to {LAST}, but do not put it on sale.",
        next_edition,
        edition_is_planned,
    ),
    Task(
        "deliveries",
        Domain.OPERATIONS,
        f"The receiver of our webhook “{HOOK}” was down. Send again what failed, and tell me what got through.",
        deliver_again,
        failed_were_retried,
    ),
    Task(
        "poster",
        Domain.OPERATIONS,
        f"Put {POSTER} into our festival's files (we run Aalborg), tagged “{TAG}”, with the alt text “{ALT}” and the "
        f"caption “{CAPTION}”.",
        add_poster,
        poster_is_there,
        {POSTER: PICTURE},
    ),
    Task(
        "receipt",
        Domain.OPERATIONS,
        "Is anything wrong with Aarhus? If it has no receipt mail, use our receipt template there, and check again.",
        set_receipt,
        receipt_is_set,
    ),
    Task(
        "webhook",
        Domain.OPERATIONS,
        f"Our webhook “{HOOK}” has moved to {URL}, and should be told of completed orders too.",
        move_webhook,
        webhook_is_moved,
    ),
    Task(
        "stuck",
        Domain.OPERATIONS,
        f"The segment “{STUCK}” has been calculating for days. Get it counted: how many are in it?",
        count_stuck,
        stuck_is_counted,
    ),
)
