"""List and get messages, and the variables that they can use."""

import json
from collections.abc import Sequence

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.email_messages import (
    EmailMessage,
    EmailMessageDetail,
    EmailOrdering,
    ListEmailMessagesQuery,
    TemplateVariables,
    TemplateVariablesQuery,
)
from preo_mcp.api.operations import GET_EMAIL_MESSAGE, GET_TEMPLATE_VARIABLES, LIST_EMAIL_MESSAGES
from preo_mcp.sandbox.email_messages.documents import listed, represent, visible_message
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.mail.values import Recipient, fill
from preo_mcp.sandbox.mail.variables import VARIABLES, Variable
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(LIST_EMAIL_MESSAGES, returns=Page[EmailMessage], query=ListEmailMessagesQuery)
async def list_email_messages(call: Call[ListEmailMessagesQuery, Nothing]) -> Doc:
    """List the platform's messages and those of the member's organizations, the newest first unless ordered otherwise.

    With `organization_id` or `edition_id` only theirs, without the platform's (inferred). Compared here rather than in
    SQL: an account has few messages.
    """
    query = call.query
    rows = call.store.db.execute(
        "SELECT doc FROM email_messages WHERE organization_id IS NULL "
        "OR organization_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(call.member.organizations),),
    )
    messages: list[Doc] = [json.loads(doc) for (doc,) in rows]
    found = [message for message in messages if _matches(message, query)]
    _sort(found, [EmailOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering)

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        return [listed(message) for message in found[offset : offset + limit]]

    return paged(call.url, query, len(found), fetch)


@ENDPOINTS.endpoint(GET_EMAIL_MESSAGE, returns=EmailMessageDetail)
async def get_email_message(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one message with its content."""
    return represent(call.store, visible_message(call))


@ENDPOINTS.endpoint(GET_TEMPLATE_VARIABLES, returns=TemplateVariables, query=TemplateVariablesQuery)
async def get_template_variables(call: Call[TemplateVariablesQuery, Nothing]) -> Doc:
    """Answer the variables of a type of messages, or of all; an example is how it comes out in a sample preview."""
    wanted = call.query.type
    return {
        "variables": [
            {
                "name": one.name,
                "description": one.description,
                "example": _example(call.store, one),
                "types": list(one.types),
            }
            for one in VARIABLES
            if wanted is MISSING or wanted in one.types
        ]
    }


def _example(store: Store, variable: Variable) -> str:
    from preo_mcp.sandbox.mail.liquid import Deadline, compiled

    values = fill(store, next(iter(variable.types)), Recipient()).values
    return compiled(variable.template).render(values, Deadline()).text


def _matches(message: Doc, query: ListEmailMessagesQuery) -> bool:
    wanted = {name: getattr(query, name) for name in ("edition_id", "organization_id", "scope", "type")}
    return all(value is MISSING or message[name] == value for name, value in wanted.items())


def _sort(messages: list[Doc], orderings: Sequence[EmailOrdering]) -> None:
    for ordering in reversed(orderings):
        name = ordering.lstrip("-")
        messages.sort(
            key=lambda message: folded(message[name]) if name == "title" else message[name],
            reverse=ordering.startswith("-"),
        )
