"""The language of conditions on a page, for a model or a person who writes one.

Made of the same tables that check conditions; needs neither the engine nor an account.
"""

from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.context import TYPES, VARIABLES, Field
from preo_mcp.cel.examples import EXAMPLES, TRAPS
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.limits import MAX_LENGTH, MAX_LOOPS, MAX_NESTING

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
