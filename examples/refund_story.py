"""A support case from a phone number to a refund: run it with `python examples/refund_story.py`.

The official MCP client talks to the real server over stdio; the sandbox stands in for Preo. What is printed happened.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import stdio_client

from preo_mcp.commands.transcript import done, must, sandbox_server, say, say_yes, show_call, title

PHONE = "20 13 45"
ON_ITS_WAY = ("ready", "processing", "awaiting_gateway")

Content = dict[str, Any]


async def tell() -> None:
    """Go through the case from the customer to the refusal of a second refund."""
    title("“A customer says that he bought one ticket too many. His number has 20 13 45 in it.”")
    with tempfile.TemporaryDirectory(prefix="preo-story-") as folder:
        server = stdio_client(sandbox_server(Path(folder)))
        async with Client(server, elicitation_callback=say_yes) as client:
            await case(client)


async def case(client: Client) -> None:
    """Look for the customer, refund a ticket, and try to refund too much."""
    customer = (await done(client, "list_users", search=PHONE))["results"][0]
    order = await order_of_two(client, customer["id"])
    ticket, other = order["purchases"]
    await done(client, "get_purchase", purchase_id=ticket["id"])

    say("One of the two tickets is to go back in full. Before anything is requested, a person sees the facts:")
    asked_for = {"purchase_id": ticket["id"], "reason": "duplicate_purchase"}
    refund = await done(client, "create_purchase_refund", **asked_for)
    say("Nothing is paid yet. Approving it is a second step, and a second question:")
    await done(client, "approve_refund", refund_id=refund["id"])
    await paid(client, refund["id"])

    say("The order shows what went back and what is left:")
    after = await done(client, "get_order", order_id=order["id"])
    say("A refund of more than that is refused with the figure; nobody is asked:")
    too_much = {"transaction_id": order["transaction_id"], "reason": "compensation"}
    amount = after["refundable"] + 1
    refused = await show_call(client, "create_refund", **too_much, amount=amount)
    if not refused.is_error or after["refunded"] != refund["amount"] or other["status"] == "refunded":
        raise SystemExit("The story went otherwise than it should.")


async def order_of_two(client: Client, customer_id: str) -> Content:
    """Return the customer's order of two tickets of one kind."""
    found = await done(client, "list_orders", customer_id=customer_id)
    for row in found["results"]:
        order = await done(client, "get_order", order_id=row["id"])
        if is_pair(order["purchases"]):
            return order
    raise SystemExit("The customer has no order of two tickets.")


def is_pair(purchases: Sequence[Content]) -> bool:
    """Return whether an order is two of the same, of which nothing was refunded."""
    return len(purchases) == 2 and purchases[0]["product"] == purchases[1]["product"]


async def paid(client: Client, refund_id: str) -> None:
    """Wait until the refund is paid."""
    refund = await done(client, "get_refund", refund_id=refund_id)
    while refund["status"] in ON_ITS_WAY:
        await anyio.sleep(0.2)
        refund = await done(client, "get_refund", refund_id=refund_id)
    must(refund["status"] == "processed", f"the refund is {refund['status']}")


if __name__ == "__main__":
    anyio.run(tell)
