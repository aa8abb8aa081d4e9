"""Six tasks of somebody who writes to customers."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.tasks.task import AALBORG, AARHUS, Answer, Doc, Domain, End, Hand, Task, edition_of, found

NEWS = "con_nordlys_news"
SEGMENT = "Partout i Aarhus, endnu ikke Aalborg"
CAMPAIGN = "VIP til Aarhus-gæster"
SUBJECT = "Programmet er ude"
AUDIENCES = {"camped": "Camping", "partout": "Partoutbillet", "day": "Endagsbillet"}
ZONE = ZoneInfo("Europe/Copenhagen")


def not_yet_coming(product_id: str, edition_id: str) -> str:
    """Return the condition of those who have a product and no order of an edition."""
    return (
        f"user.purchases.exists(p, p.product_id == '{product_id}' && p.status == 'completed') "
        f"&& !user.orders.exists(o, o.edition_id == '{edition_id}')"
    )


def reachable(condition: str) -> str:
    """Return the condition of those of them who agreed to the newsletter and have a valid address."""
    agreed = "user.consents.exists(c, c.name == 'Nyhedsbrev' && c.granted)"
    return f"{condition} && user.has_valid_email && {agreed}"


def moment(day: str) -> datetime:
    """Return ten o'clock of a day, in the edition's time."""
    return datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=ZONE)


def in_a_month(_: sqlite3.Connection) -> dict[str, str]:
    """Return a day in four weeks."""
    return {"day": (datetime.now(UTC) + timedelta(days=28)).strftime("%Y-%m-%d")}


async def compare(hand: Hand) -> Answer:
    """Count each audience, and those of it who can be written to."""
    editions = (await hand.call("list_editions"))["results"]
    aarhus, aalborg = (found(editions, full_name=name)["id"] for name in (AARHUS, AALBORG))
    products = (await hand.call("get_cel_context", edition_id=aarhus))["products"]
    answer: Doc = {}
    for name, product in AUDIENCES.items():
        condition = not_yet_coming(found(products, name=product)["id"], aalborg)
        for key, expression in ((name, condition), (f"{name}_reachable", reachable(condition))):
            counted = await hand.call("validate_cel_expression", expression=expression, edition_id=aarhus, count=True)
            answer[key] = counted["matching"]
    return answer


async def make_segment(hand: Hand) -> Answer:
    """Make the segment of those who camped, and have it counted."""
    editions = (await hand.call("list_editions"))["results"]
    aarhus, aalborg = (found(editions, full_name=name) for name in (AARHUS, AALBORG))
    context = await hand.call("get_cel_context", edition_id=aarhus["id"])
    consent = next(line for line in context["consents"] if "Nyhedsbrev" in line).partition(":")[0]
    segment = await hand.call(
        "create_segment",
        organization_id=aalborg["organization_id"],
        name="Campere",
        condition=not_yet_coming(found(context["products"], name="Camping")["id"], aalborg["id"]),
        edition_id=aalborg["id"],
        consent_id=consent,
        communication_type="marketing",
        communication_channel="email",
    )
    await hand.call("recalculate_segment", segment_id=segment["id"])
    await hand.quiet()
    counted = await hand.call("get_segment", segment_id=segment["id"])
    return {"members": counted["user_count"], "reachable": counted["reachable_count"]}


async def check_campaign(hand: Hand) -> Answer:
    """Read the campaign, whom it goes to, and its message as somebody would get it."""
    campaign_id = (await hand.call("list_campaigns", search=CAMPAIGN))["results"][0]["id"]
    campaign = await hand.call("get_campaign", campaign_id=campaign_id)
    segment = await hand.call("get_segment", segment_id=campaign["segment_id"])
    preview = await hand.call("preview_email", email_message_id=campaign["email_message_id"])
    return {
        "members": segment["user_count"],
        "reachable": segment["reachable_count"],
        "undefined": preview["undefined_variables"],
        "link": link(preview["text"]),
    }


def link(text: str) -> str:
    """Return where the button of a message leads."""
    return next(line.partition(": ")[2] for line in text.splitlines() if line.startswith("Køb VIP"))


async def send(hand: Hand) -> Answer:
    """Have the segment counted anew, send, and look how it went."""
    campaign_id = (await hand.call("list_campaigns", search=CAMPAIGN))["results"][0]["id"]
    campaign = await hand.call("get_campaign", campaign_id=campaign_id)
    await hand.call("recalculate_segment", segment_id=campaign["segment_id"])
    await hand.quiet()
    await hand.call("get_segment", segment_id=campaign["segment_id"])
    await hand.call("send_campaign", campaign_id=campaign_id)
    await hand.quiet()
    ended = await hand.call("get_campaign", campaign_id=campaign_id)
    return {"status": ended["status"], "sent": ended["sent_count"]}


async def schedule(hand: Hand) -> Answer:
    """Copy the template to the edition, give it its subject, and schedule a campaign with it."""
    edition = await edition_of(hand, AALBORG)
    messages = await hand.call("list_email_messages", organization_id=edition["organization_id"], type="campaign")
    template = found(messages["results"], scope="template")
    message = await hand.call("adopt_email_message", email_message_id=template["id"], edition_id=edition["id"])
    await hand.call("update_email_message", email_message_id=message["id"], subject=SUBJECT)
    segments = await hand.call("list_segments", search=SEGMENT)
    campaign = await hand.call(
        "create_campaign",
        organization_id=edition["organization_id"],
        name=SUBJECT,
        segment_id=segments["results"][0]["id"],
        channel="email",
        email_message_id=message["id"],
    )
    at = f"{hand.given['day']}T10:00:00"
    scheduled = await hand.call("schedule_campaign", campaign_id=campaign["id"], scheduled_at=at)
    return {"status": scheduled["status"]}


async def results(hand: Hand) -> Answer:
    """Read what came of a campaign, and who was left out."""
    campaign_id = found((await hand.call("list_campaigns", search="Spring concerts"))["results"], status="sent")["id"]
    campaign = await hand.call("get_campaign", campaign_id=campaign_id)
    stats = await hand.call("get_campaign_stats", campaign_id=campaign_id)
    return {
        "sent": campaign["sent_count"],
        "opened": stats["opened"],
        "open_rate": stats["open_rate"],
        "no_consent": int(campaign["skipped"].partition("no_consent ")[2].split()[0].strip(",")),
    }


def audience(db: sqlite3.Connection, product_id: str) -> tuple[set[str], set[str]]:
    """Return who has a product of Aarhus and no order of Aalborg, and who of them can be written to, from the rows."""
    bought = db.execute("SELECT customer_id, doc FROM purchases WHERE product_id = ?", (product_id,)).fetchall()
    has = {customer_id for customer_id, doc in bought if json.loads(doc)["status"] == "completed"}
    coming = {key for (key,) in db.execute("SELECT customer_id FROM orders WHERE edition_id = 'edt_nordlys27'")}
    query = "SELECT customer_id FROM customer_consents WHERE consent_id = ? AND status = 'granted'"
    agreed = {key for (key,) in db.execute(query, (NEWS,))}
    return has - coming, (has - coming) & agreed


def compared(end: End) -> Iterator[str]:
    """Check the six counts."""
    for name, product in (("camped", "camping"), ("partout", "partout"), ("day", "day")):
        members, reached = audience(end.after, f"prd_n26_{product}")
        yield from end.told(**{name: len(members), f"{name}_reachable": len(reached)})


def segment_is_made(end: End) -> Iterator[str]:
    """Check that there is one new segment, counted, with those who camped, to be written to by consent."""
    members, reached = audience(end.after, "prd_n26_camping")
    new = end.new("segments")
    if [one["status"] for one in new] != ["completed"]:
        yield f"the new segments are {[one['status'] for one in new]}"
    for one in new:
        query = "SELECT customer_id FROM segment_users WHERE run = ?"
        if {key for (key,) in end.after.execute(query, (one["run"],))} != members:
            yield "others are in it"
        if (one["consent_id"], one["communication_channel"], one["edition_id"]) != (NEWS, "email", "edt_nordlys27"):
            yield "it is not for the newsletter by e-mail"
    yield from end.told(members=len(members), reachable=len(reached))


def campaign_is_checked(end: End) -> Iterator[str]:
    """Check what was told of the campaign, and that nothing of it changed."""
    members, reached = audience(end.after, "prd_n26_partout")
    if end.changed("campaigns") or end.changed("email_messages"):
        yield "it was changed"
    link = "https://tickets.example/nordlys-aalborg"
    yield from end.told(members=len(members), reachable=len(reached), undefined=[], link=link)


def campaign_is_sent(end: End) -> Iterator[str]:
    """Check that each who can be written to got one message, and nobody else."""
    _, reached = audience(end.after, "prd_n26_partout")
    rows = end.after.execute("SELECT customer_id, status FROM outbox WHERE campaign_id = 'cmp_nordlys_vip'").fetchall()
    if {customer_id for customer_id, _ in rows} != reached:
        yield f"{len(rows)} got it, not {len(reached)}"
    if [*end.changed("campaigns")] != ["cmp_nordlys_vip"]:
        yield "another campaign, or none, was sent"
    yield from end.told(status="sent", sent=sum(status == "sent" for _, status in rows))


def campaign_is_scheduled(end: End) -> Iterator[str]:
    """Check the new campaign: when, to whom, and a message of the edition with its subject."""
    new = end.new("campaigns")
    if len(new) != 1:
        yield f"{len(new)} campaigns are new"
        return
    [campaign] = new
    if campaign["status"] != "scheduled" or datetime.fromisoformat(campaign["scheduled_at"]) != moment(
        end.given["day"]
    ):
        yield f"it is {campaign['status']} for {campaign['scheduled_at']}"
    if campaign["segment_id"] != "seg_nordlys_return" or campaign["channel"] != "email":
        yield "it goes to others"
    message = end.now("email_messages")[campaign["email_message_id"]]
    template = end.now("email_messages")["eml_nordlys_news"]
    if (message["subject"], message["edition_id"]) != (SUBJECT, "edt_nordlys27"):
        yield "its message is not Aalborg's with the subject"
    if message["blocks"] != template["blocks"] or "eml_nordlys_news" in end.changed("email_messages"):
        yield "its text is not the template's"
    yield from end.told(status="scheduled")


def results_are_right(end: End) -> Iterator[str]:
    """Check what was told of the campaign that went out."""
    campaign = end.now("campaigns")["cmp_elbklang_spring"]
    [(delivered, opened)] = end.after.execute(
        "SELECT count(delivered), count(opened) FROM reactions WHERE campaign_id = 'cmp_elbklang_spring'"
    )
    yield from end.told(
        sent=campaign["sent_count"],
        opened=opened,
        open_rate=round(opened / delivered, 4),
        no_consent=campaign["skipped"]["no_consent"],
    )


TASKS = (
    Task(
        "audiences",
        Domain.MARKETING,
        "Who did not get a ticket for Aalborg yet? Of those who camped in Aarhus, those who had a Partout there, and "
        "those who had a day ticket there: how many is each, and how many of each may get our Nyhedsbrev by e-mail? I "
        "only want the numbers.",
        compare,
        compared,
    ),
    Task(
        "segment",
        Domain.MARKETING,
        "Make a segment “Campere” for Aalborg: everyone who camped in Aarhus and has no order for Aalborg yet, for "
        "marketing by e-mail with the consent Nyhedsbrev. How many are in it, how many can we reach?",
        make_segment,
        segment_is_made,
    ),
    Task(
        "check",
        Domain.MARKETING,
        f"Before “{CAMPAIGN}” goes out: how many people are in its audience, how many of them can get it, does the "
        "message render without undefined variables, and where does the button lead?",
        check_campaign,
        campaign_is_checked,
    ),
    Task(
        "send",
        Domain.MARKETING,
        f"Count the audience of “{CAMPAIGN}” anew, then send it. How many were sent?",
        send,
        campaign_is_sent,
    ),
    Task(
        "schedule",
        Domain.MARKETING,
        f"Take our newsletter template to Aalborg with the subject “{SUBJECT}”, and schedule it to the segment "
        f"“{SEGMENT}” on {{day}} at 10:00.",
        schedule,
        campaign_is_scheduled,
        given=in_a_month,
    ),
    Task(
        "results",
        Domain.MARKETING,
        "How did “Spring concerts” do: how many were sent, how many opened it, which share is that, and how many were "
        "left out because they had not agreed?",
        results,
        results_are_right,
    ),
)
