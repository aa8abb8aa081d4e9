"""From a sentence to a campaign that went out once: run it with `python examples/marketing_story.py`.

The official MCP client talks to the real server over stdio; the sandbox stands in for Preo, and a receiver on this
machine for whoever listens to its webhooks. What is printed happened. Who has to get the message is counted a second
time in plain Python, from the sandbox's rows before anything was done.
"""

import hashlib
import hmac
import json
import sqlite3
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from mcp import Client
from mcp.client.stdio import stdio_client

from preo_mcp.commands.transcript import content_of, done, must, sandbox_server, say, say_yes, title
from preo_mcp.sandbox.seed import seeded_store

ORGANIZATION, EDITION, CONSENT = "org_nordlys", "edt_nordlys27", "con_nordlys_news"
CAMPING = "prd_n26_camping"
MISTAKEN = f"user.purchases.exists(p, p.product == '{CAMPING}' && p.status == 'completed')"
CORRECTED = (
    f"user.purchases.exists(p, p.product_id == '{CAMPING}' && p.status == 'completed') "
    "&& !user.orders.exists(o, o.edition_id == edition.id)"
)
HEAD_START = timedelta(seconds=2)
"""How far ahead the campaign is scheduled."""
PATIENCE = 60
"""Seconds to wait for anything."""

Content = dict[str, Any]


@dataclass(slots=True)
class Receiver:
    """Whoever listens to webhooks: keeps each delivery, body and signature as they arrived."""

    url: str = ""
    deliveries: list[tuple[bytes, str]] = field(default_factory=list[tuple[bytes, str]])
    arrived: threading.Event = field(default_factory=threading.Event)

    def verified(self, secret: str) -> Content:
        """Return the one event that arrived, whose signature has to be that of its body, its time and the secret."""
        must(len(self.deliveries) == 1, f"{len(self.deliveries)} webhooks arrived")
        [(body, signature)] = self.deliveries
        stamp, *given = signature.split(",")
        signed = stamp.removeprefix("t=").encode() + b"." + body
        expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        must(any(hmac.compare_digest(expected, one) for one in given), "the signature is not of this body")
        return json.loads(body)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is in the segment and who of them gets the message, by plain Python."""

    members: frozenset[str]
    reached: frozenset[str]


async def tell() -> None:
    """Go through the case from the sentence to the verified webhook."""
    title("“Write to everyone who camped in Aarhus and has no ticket for Aalborg yet.”")
    with tempfile.TemporaryDirectory(prefix="preo-story-") as name, receiver() as listening:
        folder = Path(name)
        expected = count_in_python(folder)
        receiver_host = listening.url.split("/")[2]
        flags = "--data", str(folder), "--allow-folder", str(folder), "--allow-webhook-host", receiver_host
        server = stdio_client(sandbox_server(folder, *flags))
        async with Client(server, elicitation_callback=say_yes) as client:
            secret_file = await listen(client, listening.url, folder)
            segment = await calculated(client, expected)
            message = await previewed(client, min(expected.reached))
            campaign = await sent(client, segment["id"], message["id"])
            await to_thread.run_sync(listening.arrived.wait, PATIENCE)
        look_at_the_end(folder, campaign, expected)
        event = listening.verified(secret_file.read_text(encoding="utf-8").strip())
        must(event["data"]["campaign_id"] == campaign["id"], "the webhook is about another campaign")
        say(f"The receiver got {event['type']} and found its signature genuine.")


async def listen(client: Client, url: str, folder: Path) -> Path:
    """Have the end of campaigns announced; the secret goes into a file, not through the conversation."""
    say("A program on this machine wants to hear when a campaign is through:")
    file = folder / "webhook-secret.txt"
    events = ["CAMPAIGN_SENT", "CAMPAIGN_FAILED"]
    wanted: Content = {"organization_id": ORGANIZATION, "name": "Story", "url": url, "events": events}
    await done(client, "create_webhook", **wanted, secret_file=str(file))
    return file


async def calculated(client: Client, expected: Audience) -> Content:
    """Return the segment, whose size has to be what plain Python counted."""
    say("The first try at a condition has a mistake, which is found before anything is made of it:")
    checked = await done(client, "validate_cel_expression", expression=MISTAKEN, edition_id=EDITION)
    must(not checked["valid"], "the mistake was not found")
    say("Corrected, it becomes a segment of people who agreed to hear news by e-mail:")
    wanted: Content = {"organization_id": ORGANIZATION, "name": "Campere fra Aarhus", "condition": CORRECTED}
    reach: Content = {"communication_type": "marketing", "communication_channel": "email", "consent_id": CONSENT}
    segment = await done(client, "create_segment", **wanted, **reach, edition_id=EDITION)
    await done(client, "recalculate_segment", segment_id=segment["id"])
    segment = await ended(client, "get_segment", ("pending", "processing"), segment_id=segment["id"])
    counted = (segment["user_count"], segment["reachable_count"])
    must(counted == (len(expected.members), len(expected.reached)), f"Preo counts {counted}")
    say(f"Plain Python counts the same: {len(expected.members)} people, {len(expected.reached)} of them reachable.")
    return segment


async def previewed(client: Client, customer_id: str) -> Content:
    """Return the message, after a look at how one of them gets it."""
    say("The organizer's newsletter becomes a message of the edition, and is looked at as one of them gets it:")
    template = "eml_nordlys_news"
    message = await done(client, "adopt_email_message", email_message_id=template, edition_id=EDITION)
    preview = await done(client, "preview_email", email_message_id=message["id"], customer_id=customer_id)
    must("Aalborg" in preview["text"] and not preview["undefined_variables"], "the preview is not whole")
    return message


async def sent(client: Client, segment_id: str, message_id: str) -> Content:
    """Return the campaign after it went out at its time."""
    what: Content = {"segment_id": segment_id, "email_message_id": message_id, "channel": "email"}
    named = {"organization_id": ORGANIZATION, "name": "Kom igen i Aalborg"}
    campaign = await done(client, "create_campaign", **named, **what)
    say("Before it is scheduled a person sees what goes to whom and when:")
    at = (datetime.now(UTC) + HEAD_START).isoformat(timespec="milliseconds")
    await done(client, "schedule_campaign", campaign_id=campaign["id"], scheduled_at=at)
    under_way = ("scheduled", "calculating", "sending")
    campaign = await ended(client, "get_campaign", under_way, campaign_id=campaign["id"])
    must(campaign["status"] == "sent", f"it is {campaign['status']}")
    await done(client, "get_campaign_stats", campaign_id=campaign["id"])
    return campaign


def count_in_python(folder: Path) -> Audience:
    """Return who has to be in the segment, by loops over a freshly seeded sandbox."""
    with seeded_store(folder) as store:
        bought = store.db.execute("SELECT customer_id, product_id, doc FROM purchases").fetchall()
        ordered = store.db.execute("SELECT customer_id, edition_id FROM orders").fetchall()
        answers = store.db.execute("SELECT customer_id, consent_id, status FROM customer_consents").fetchall()
    camped = {who for who, product, doc in bought if product == CAMPING and json.loads(doc)["status"] == "completed"}
    coming = {who for who, edition in ordered if edition == EDITION}
    agreed = {who for who, consent, status in answers if consent == CONSENT and status == "granted"}
    members = frozenset(camped - coming)
    return Audience(members, members & agreed)


def look_at_the_end(folder: Path, campaign: Content, expected: Audience) -> None:
    """Hold the outbox to what plain Python counted: one message each, nothing to anybody without consent."""
    with closing(sqlite3.connect(folder / "preo.db")) as db:
        rows = db.execute("SELECT customer_id, status FROM outbox WHERE campaign_id = ?", (campaign["id"],)).fetchall()
    people: list[str] = [who for who, _ in rows]
    must(len(people) == len(set(people)), "somebody got it twice")
    must(frozenset(people) == expected.reached, "others got it than should")
    delivered = sum(status == "sent" for _, status in rows)
    must(delivered == campaign["sent_count"], "the count is not that of the messages")
    without = len(expected.members - expected.reached)
    say(f"In the outbox: one message for each of {len(people)} people, none for the {without} without consent.")


@contextmanager
def receiver() -> Generator[Receiver]:
    """Run a receiver of webhooks on a free port of this machine."""
    listening = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listening.deliveries.append((body, self.headers["Preo-Signature"]))
            self.send_response(204)
            self.end_headers()
            listening.arrived.set()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            pass  # the story tells what arrived

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listening.url = f"http://127.0.0.1:{server.server_port}/preo"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield listening
        finally:
            server.shutdown()
            thread.join()


async def ended(client: Client, tool: str, under_way: tuple[str, ...], **arguments: str) -> Content:
    """Look until the status is none of `under_way`, then show it."""
    with anyio.fail_after(PATIENCE):
        status = under_way[0]
        while status in under_way:
            await anyio.sleep(0.1)
            status = content_of(await client.call_tool(tool, arguments)).get("status")
    return await done(client, tool, **arguments)


if __name__ == "__main__":
    anyio.run(tell)
