"""A question of each kind as it comes about: from calls through the door, with the facts that the sandbox tells."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from preo_mcp.api.operations import CREATE_CAMPAIGN, CREATE_EMAIL_MESSAGE, CREATE_PURCHASE_REFUND
from preo_mcp.approval import guard
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.facts import Facts, Stakes, Yes, what_to_type
from preo_mcp.approval.four_eyes import Asker
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.layout import sheet_of
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.wording import Amount, Count, Key, Mark, Personal, row, say
from preo_mcp.settings import Language, Settings
from tests import guarded_calls, guarded_refunds
from tests.approval.ways.open_plans import open_plan
from tests.door import EDITION, Door, open_door
from tests.past_the_guard import in_preo, rows

MAIL_SEGMENT, GUESTS = "seg_nordlys_return", "seg_nordlys_guests"
BLOCKS: Final[list[dict[str, str]]] = [
    {"type": "heading", "text": "Nordlys kommer til Aalborg"},
    {
        "type": "text",
        "text": "Hej {{ customer.first_name | default: 'gæst' }},\n\nTak for sidst! I næste uge åbner vi salget.",
    },
    {"type": "image", "url": "https://cdn.nordlys.example/scene.jpg", "alt": "Scenen ved fjorden"},
    {"type": "button", "text": "Køb billet", "url": "https://billet.nordlys.example/aalborg"},
    {"type": "divider"},
    {"type": "text", "text": "Vi ses på havnen. Mange hilsner fra holdet bag Nordlys."},
]
SMS: Final = (
    "Hej {{ customer.first_name | default: 'gæst' }}! Nordlys begynder på fredag kl. 12. Dørene åbner kl. 10, og "
    "bussen går fra banegården hver halve time. Vis billetten her: https://billet.nordlys.example/min\n"
    "Vi glæder os til at se dig!"
)
ORDERS: Final = """\
Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price
A-1,kirsten@example.org,Kirsten Holm,20 12 34 56,NF-PARK,Parkering,1,195.00
A-1,kirsten@example.org,Kirsten Holm,20 12 34 56,NF-POSTER,Plakat A2,2,80.00
A-2,jens@example.org,Jens Krogh,20123457,NF-DAY-REG,Endagsbillet - Voksen,3,795.00
A-3,ida@example.org,Ida Lund,+45 22 61 04 18,NF-DRINK,Drikkebillet,4,45.00
A-4,bo@example.org,Bo Friis,+45 22 61 04 19,NF-CAP,Kasket,1,120.00
A-4,bo@example.org,Bo Friis,+45 22 61 04 19,NF-CHILD,Børnebillet,2,305.00
"""

PURCHASES_OF_ONE_ORDER: Final = """
SELECT group_concat(p.id, ' ') FROM purchases AS p JOIN orders AS o ON o.id = p.order_id
WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' AND o.type = 'online'
AND json_extract(p.doc, '$.price') > 0 AND o.id NOT IN (SELECT order_id FROM refunds)
GROUP BY o.id HAVING count(*) = ? ORDER BY o.rowid LIMIT 1
"""

CAREFUL: Final = Settings.load({}, {"sandbox": True, "confirm_amount_over": "100", "confirm_recipients_over": 100})
"""Settings by which amounts and campaigns of the sandbox's size are typed."""

Calls = Callable[[Door], Awaitable[tuple[str, dict[str, Any]]]]


async def refund(door: Door) -> tuple[str, dict[str, Any]]:
    await door.backend.client()
    purchase_id, _ = rows(door.folder, guarded_refunds.UNTOUCHED_PURCHASE)[7]
    body = {"reason": "other", "scope": "purchase_custom", "amount": 129.5, "comment": "Kom for sent på grund af toget"}
    asked = await in_preo(door, CREATE_PURCHASE_REFUND, body, id=purchase_id)
    return "approve_refund", {"refund_id": asked["id"]}


async def several(door: Door) -> tuple[str, dict[str, Any]]:
    await door.backend.client()
    [(ids,)] = rows(door.folder, PURCHASES_OF_ONE_ORDER, 3)
    return "refund_purchases", {"purchase_ids": ids.split(), "reason": "customer_request", "pay": True}


async def _campaign(door: Door, **content: str) -> str:
    body = {"organization_id": guarded_calls.NORDLYS, "edition_id": EDITION, **content}
    return (await in_preo(door, CREATE_CAMPAIGN, body))["id"]


async def mail(door: Door) -> tuple[str, dict[str, Any]]:
    message = {
        "organization_id": guarded_calls.NORDLYS,
        "title": "Aalborg åbner",
        "type": "campaign",
        "subject": "Nordlys kommer til Aalborg, {{ customer.first_name | default: 'gæst' }}",
        "blocks": BLOCKS,
    }
    message_id = (await in_preo(door, CREATE_EMAIL_MESSAGE, message))["id"]
    content = {"name": "Salgsstart Aalborg", "segment_id": MAIL_SEGMENT, "channel": "email"}
    return "send_campaign", {"campaign_id": await _campaign(door, email_message_id=message_id, **content)}


async def sms(door: Door) -> tuple[str, dict[str, Any]]:
    content = {"name": "Praktisk før Aalborg", "segment_id": GUESTS, "channel": "sms", "sms_body": SMS}
    arguments = {"campaign_id": await _campaign(door, **content), "scheduled_at": guarded_calls.next_month()}
    return "schedule_campaign", arguments


async def importing(door: Door) -> tuple[str, dict[str, Any]]:
    prepared = await door.prepared(ORDERS)
    return "start_import", {"import_id": prepared["import_id"], "ignore_warnings": True}


def _as_prepared(tool: str) -> Calls:
    async def call(door: Door) -> tuple[str, dict[str, Any]]:
        return tool, (await guarded_calls.GUARDED_CALLS[tool](door)).arguments

    return call


async def changing(door: Door) -> tuple[str, dict[str, Any]]:
    await door.backend.client()
    [(user_id,)] = rows(door.folder, "SELECT id FROM customers WHERE organization_id = ? LIMIT 1", "org_nordlys")
    change = {"first_name": "Anne-Kathrine", "last_name": "Mygind Østergaard", "phone_number": "+45 20 30 40 50"}
    return "update_user", {"user_id": user_id, **change}


CALLS: Final[dict[str, Calls]] = {
    "refund": refund,
    "refunds": several,
    "mail": mail,
    "sms": sms,
    "import": importing,
    "delete": _as_prepared("delete_segment"),
    "change": changing,
    "webhook": _as_prepared("update_webhook"),
}
"""By kind of question a call that leads to it."""


def refunds(number: int) -> Facts:
    """Return one question about more deeds than any tool asks about at once, to several people, with one sum."""
    people = ("Ida Lund", "Søren Kjærgaard", "Marie-Louise von Brockdorff-Ahlefeldt", "محمد علي")
    columns = (("customer", say("Customer")), ("order", say("Order")), ("amount", say("Amount to refund")))

    def one(place: int) -> Any:
        values = {"customer": Personal(people[place % len(people)]), "order": Key(f"N27-{10_001 + place}")}
        amount = Amount(Decimal(place + 1) * Decimal("423.75"), "DKK")
        return row(say("{amount}: {customer} ({order})", amount=amount, **values), *columns)

    total = Amount(sum((Decimal(place + 1) * Decimal("423.75") for place in range(number)), Decimal()), "DKK")
    summed = row(
        say("{amount}: {customer}", amount=total, customer=say("{count} people", count=Count(number))),
        *columns,
        mark=Mark.SUM,
    )
    return Facts(
        say("Pay back {amount} to {customer}?", amount=total, customer=say("{count} people", count=Count(number))),
        ((say("Undo"), say("not possible: Preo has no operation that takes written orders back")),),
        stakes=Stakes(money=True, amount=total.value, currency="DKK"),
        deciding=(
            (say("Amount to refund"), total),
            *((say("Refund"), one(place)) for place in range(number)),
            (say("Refund"), summed),
        ),
        account=say("live: {name}", name="Nordlys Festival"),
        yes=Yes(say("Pay back {amount}", amount=total)),
    )


def plan_for(
    facts: Facts, language: Language = Language.ENGLISH, *, is_live: bool = True, tool: str = "create_purchase_refund"
) -> Plan:
    """Return a plan that asks about facts."""
    to_type = what_to_type(facts, CAREFUL)
    expected = to_type[0] if to_type else None
    amount = expected if isinstance(expected, Amount) else None
    return open_plan().model_copy(
        update={
            "tool": tool,
            "question": facts.asked(language),
            "lines": tuple(facts.told(language)),
            "deciding": facts.decisive,
            "sheet": sheet_of(facts, language, is_live=is_live),
            "typed": None if expected is None else str(expected),
            "amount": amount and amount.value,
            "currency": amount and amount.currency,
            "typing": in_language(to_type[1], language) if to_type else "",
        }
    )


async def real_facts(folder: Path, calls: Mapping[str, Calls] = CALLS) -> dict[str, tuple[str, Facts]]:
    """Return for each kind of question the tool that asks it, and its facts."""
    seen: list[Facts] = []
    made = guard.plan_of

    def noted(call: GuardedCall, facts: Facts, settings: Settings, now: datetime, asker: Asker) -> Plan:
        seen.append(facts)
        return made(call, facts, settings, now, asker)

    found: dict[str, tuple[str, Facts]] = {}
    async with open_door(folder, "legacy") as door:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(guard, "plan_of", noted)
            for kind, prepare in calls.items():
                tool, arguments = await prepare(door)
                await door.waiting(tool, **arguments)
                found[kind] = tool, seen[-1]
    return found


def plans_for(facts: dict[str, tuple[str, Facts]], language: Language = Language.ENGLISH) -> dict[str, Plan]:
    """Return a plan of each kind of question."""
    return {kind: plan_for(one, language, is_live=False, tool=tool) for kind, (tool, one) in facts.items()}
