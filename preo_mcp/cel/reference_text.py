"""The language of conditions on a page, with worked examples, for a model or a person who writes one.

Made of the same tables that check conditions; needs neither the engine nor an account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from preo_mcp.cel.context import TYPES, VARIABLES, Field
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.limits import MAX_LENGTH, MAX_LOOPS, MAX_NESTING
from preo_mcp.cel.sums import SPENT, summed


@dataclass(frozen=True, slots=True)
class Example:
    """A request in words, and its condition."""

    request: str
    expression: str


EXAMPLES: Final = (
    Example("Danish phone number", "user.country == 'DK'"),
    Example("phone number from Sweden or Norway", "user.country in ['SE', 'NO']"),
    Example(
        "a partout ticket, whatever its exact name",
        "user.purchases.exists(p, p.product_name.contains('Partout') && p.status == 'completed')",
    ),
    Example(
        "at least two tickets",
        "user.purchases.filter(p, p.product_type == 'ticket' && p.status == 'completed').size() >= 2",
    ),
    Example(
        "one order above 2,000 kr",
        "user.orders.exists(o, o.status == 'completed' && o.currency == 'DKK' && o.total > 2000)",
    ),
    Example(
        "was in Aarhus, has nothing for Aalborg yet",
        "user.orders.exists(o, o.edition_id == 'edt_nordlys26' && o.status == 'completed')\n"
        "&& !user.orders.exists(o, o.edition_id == 'edt_nordlys27' && o.status == 'completed')",
    ),
    Example("ordered in the last 30 days", "user.orders.exists(o, o.created > now - duration('720h'))"),
    Example(
        "former customers: no order for half a year",
        "size(user.orders) > 0 && user.orders.all(o, o.created < now - duration('4380h'))",
    ),
    Example("wants the newsletter", "user.consents.exists(c, c.consent_id == 'con_nordlys_news' && c.granted)"),
    Example(
        "can be mailed and never answered about the newsletter",
        "user.has_valid_email && !user.consents.exists(c, c.consent_id == 'con_nordlys_news')",
    ),
    Example(
        "camping but no parking",
        "user.purchases.exists(p, 'cat_camping' in p.category_ids)\n"
        "&& !user.purchases.exists(p, 'cat_parking' in p.category_ids)",
    ),
    Example("something cancelled or refunded", "user.purchases.exists(p, p.status in ['cancelled', 'refunded'])"),
    Example("called Søren, in any spelling of case", "has(user.first_name) && user.first_name.matches('(?i)^søren$')"),
    Example(
        "ordered in a summer, Danish time",
        "user.orders.exists(o, o.created.getMonth('Europe/Copenhagen') in [5, 6, 7])",
    ),
    Example(
        "first order at the door, and no pass on the phone",
        "size(user.orders) > 0 && user.orders[0].type == 'in-person' && !user.has_active_pass",
    ),
)
"""Fifteen; each shows something of the language that the others do not."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What looks right and is not, why, and how it is written; `refused` where checking finds it."""

    wrong: str
    why: str
    right: str
    refused: bool


TRAPS: Final = (
    Trap(
        "user.orders.exists(o, o.total * 2 > 3000)",
        "numbers compare whatever their kind (`o.total == 500`, `size(user.orders) == 2.0`), "
        "but + - * / % take one kind",
        "user.orders.exists(o, o.total * 2.0 > 3000)",
        refused=True,
    ),
    Trap(
        "sum(user.orders.map(o, o.total)) > 5000",
        "there are no sums: add item by item, as far as you want to look",
        f"{summed(*SPENT, 3)} > 5000",
        refused=True,
    ),
    Trap(
        "size(user.purchases) / size(user.orders) > 1.5",
        "whole numbers divide to whole numbers, and division by zero fails",
        "size(user.orders) > 0 && double(size(user.purchases)) / double(size(user.orders)) > 1.5",
        refused=False,
    ),
    Trap(
        "user.country != 'DK'",
        "true of null as well: it takes in customers whose country is unknown",
        "has(user.country) && user.country != 'DK'",
        refused=False,
    ),
    Trap(
        "user.phone_number != ''",
        "true of everybody: what is missing is null, not ''",
        "has(user.phone_number)",
        refused=False,
    ),
    Trap(
        "!user.email.endsWith('.dk')",
        "functions of text fail on null; whoever a condition fails on is left out (`error_count`), even after `!`",
        "!has(user.email) || !user.email.endsWith('.dk')",
        refused=False,
    ),
    Trap(
        "edition.start_date < now",
        "a timestamp without value is 1970, not null",
        "has(edition.start_date) && edition.start_date < now",
        refused=False,
    ),
    Trap(
        "user.created > '2026-01-31'",
        "a moment is not text, and needs day, time and zone",
        "user.created > timestamp('2026-01-31T00:00:00Z')",
        refused=True,
    ),
    Trap("user.created > now - duration('30d')", "spans know h, m, s", "user.created > now - duration('720h')", True),  # noqa: FBT003
    Trap(
        "user.created.getMonth() == 12",
        "months count from 0, getDayOfWeek from 0 = Sunday; both are UTC's without a zone",
        "user.created.getMonth('Europe/Copenhagen') == 11",
        refused=False,
    ),
    Trap(
        "user.orders.all(o, o.total > 500)",
        "true of customers without any order",
        "size(user.orders) > 0 && user.orders.all(o, o.total > 500)",
        refused=False,
    ),
    Trap(
        "user.orders[0].type == 'online'",
        "fails on customers without orders",
        "size(user.orders) > 0 && user.orders[0].type == 'online'",
        refused=False,
    ),
    Trap(
        "user.purchases.exists(p, 'vip' in p.product_name)",
        "`in` is for lists, text has contains; case counts except with (?i)",
        "user.purchases.exists(p, p.product_name.matches('(?i)vip'))",
        refused=True,
    ),
    Trap(
        "user.purchases.product_id == 'prd_n27_vip'",
        "a list has no fields; look into its objects",
        "user.purchases.exists(p, p.product_id == 'prd_n27_vip')",
        refused=True,
    ),
)


_HEAD: Final = """\
# Conditions of segments (CEL)

A condition is one CEL expression (Common Expression Language) that is true or false of a customer. It is asked of \
every customer of the organization. Where it fails or comes to null, the customer is left out and counted in the \
segment's `error_count`.

No statements, no assignments, no sums over lists, no dates of birth. Text stands in single or double quotes, `\\n` \
and the like work, r'...' takes backslashes as they are; // begins a comment. `&&` and `||` decide by one side where \
the other fails."""

_FOOT: Final = f"""\
Limits: {MAX_LENGTH:,} characters, {MAX_NESTING} nested brackets and {MAX_LOOPS} nested loops, chains of 32 \
operators (`&&` and `||` chain freely).

Check with validate_cel_expression; explain_cel_expression says in words what a condition asks. Which fields and \
functions Preo offers is partly inferred: where get_cel_context says otherwise, it is right."""


def reference_text() -> str:
    """Return the reference as Markdown: variables, types, functions, fifteen examples, where types bite."""
    return "\n\n".join(
        [
            _HEAD,
            _section("Variables", (f"`{one.name}` {one.type}: {one.description}" for one in VARIABLES)),
            _section("Types", _types()),
            "`?` after a type: can be null. Lists hold all statuses, so ask for `status == 'completed'` where it "
            "matters. product_types, purchase_statuses, consents and ids of products and categories are an edition's: "
            "get_cel_context lists them.",
            _section("Functions and operators", (f"`{one.syntax}` {one.description}" for one in FUNCTIONS)),
            "Also: + - * / % on numbers, + joins text and lists, moments and spans add and subtract.",
            _section("Examples", (f"{one.request}: `{' '.join(one.expression.split())}`" for one in EXAMPLES)),
            "Ids in the examples are the sandbox's.",
            _section("Where types bite", (f"`{one.wrong}` – {one.why}: `{one.right}`" for one in TRAPS)),
            _FOOT,
        ]
    )


def _section(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"## {title}", "", *(f"- {line}" for line in lines)])


def _types() -> Iterator[str]:
    for described in reversed(tuple(TYPES.values())):
        yield f"`{described.name}`: {', '.join(map(_field, described.fields))}"


def _field(field: Field) -> str:
    note = f" ({field.description})" if field.description else ""
    return f"{field.name} {field.shown_type}{note}"
