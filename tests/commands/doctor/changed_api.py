"""An API that differs from what is assumed in twenty-three ways: its document, and a sandbox behind it.

The transport is written from what is changed, not from corrections: it knows nothing of what the doctor finds.
"""

import copy
import json
import re
from collections.abc import Callable
from typing import Any, Final, cast

import httpx

Doc = dict[str, Any]
Expected = set[tuple[str, str, str, str, str, str]]
"""Operation, part, kind, place, ours, theirs."""

SEGMENTS: Final = [
    ("GET /v1/segments", "results[].user_count"),
    ("POST /v1/segments", "user_count"),
    ("GET /v1/segments/{id}", "user_count"),
    ("PATCH /v1/segments/{id}", "user_count"),
    ("POST /v1/segments/{id}/recalculate", "user_count"),
    ("POST /v1/segments/{id}/reset", "user_count"),
]
CUSTOMERS: Final = [
    ("GET /v1/orders", "results[].customer.email"),
    ("GET /v1/orders/{id}", "customer.email"),
    ("GET /v1/orders/{id}", "purchases[].customer.email"),
    ("GET /v1/purchases/{id}", "customer.email"),
]
COLUMNS: Final = [
    ("GET /v1/data-imports/{id}/column-mappings", "results[].column_type"),
    ("PATCH /v1/data-imports/{id}/column-mappings/update", "results[].column_type"),
]
DELIVERY, REAL_DELIVERY = (
    "/v1/webhooks/{id}/deliveries/{delivery_id}",
    "/v1/webhook-endpoints/{webhook_id}/deliveries/{id}",
)

EXPECTED: Final[Expected] = {
    ("GET /v1/orders/{id}", "path", "moved", "", "/v1/orders/{id}", "/v2/orders/{order_id}/"),
    ("GET /v1/campaigns/{id}/stats", "path", "moved", "", "/v1/campaigns/{id}/stats", "/v1/campaigns/{id}/statistics"),
    (f"GET {DELIVERY}", "path", "moved", "", DELIVERY, REAL_DELIVERY),
    ("GET /v1/purchases/{id}", "path", "renamed", "id", "id", "purchase_id"),
    ("PATCH /v1/segments/{id}", "path", "method", "", "PATCH", "PUT"),
    ("GET /v1/orders", "query", "renamed", "customer_email", "customer_email", "email"),
    ("GET /v1/segments", "query", "renamed", "search", "search", "search_text"),
    ("GET /v1/files", "query", "missing", "tags", "string", ""),
    ("GET /v1/email-messages/template-variables", "query", "required", "locale", "", "string"),
    ("GET /v1/webhooks", "query", "new", "created_by", "", "string"),
    ("POST /v1/segments", "body", "renamed", "condition", "condition", "condition_expression"),
    *{
        (f"PATCH {path}", "body", "renamed", "mappings[].column_type", "column_type", "column_kind")
        for path in ["/v1/data-imports/{id}/column-mappings/update"]
    },
    ("POST /v1/consents", "body", "required", "legal_basis", "", "string"),
    ("POST /v1/webhooks", "body", "optional", "name", "required", "optional"),
    *{(key, "response", "renamed", place, "email", "mail") for key, place in CUSTOMERS},
    *{(key, "response", "renamed", place, "column_type", "column_kind") for key, place in COLUMNS},
    *{(key, "response", "renamed", place, "user_count", "users_count") for key, place in SEGMENTS},
    ("GET /v1/campaigns/{id}/stats", "response", "missing", "open_rate", "number", ""),
    ("GET /v1/auth/user-info", "response", "type", "id", "string", "integer"),
    ("GET /v1/orders", "query", "value renamed", "status", "cancelled", "canceled"),
    ("GET /v1/orders", "response", "value renamed", "results[].status", "cancelled", "canceled"),
    ("GET /v1/orders/{id}", "response", "value renamed", "status", "cancelled", "canceled"),
    ("GET /v1/campaigns", "query", "value missing", "channel", "sms", ""),
    ("GET /v1/campaigns", "query", "value new", "channel", "", "whatsapp"),
    ("DELETE /v1/consents/{id}", "operation", "missing", "", "DELETE /v1/consents/{id}", ""),
    ("GET /v1/venues", "operation", "new", "", "", "GET /v1/venues"),
}


def changed_document(document: Doc) -> Doc:
    """Return the sandbox's document with the differences."""
    changed = copy.deepcopy(document)
    paths, schemas = changed["paths"], changed["components"]["schemas"]
    paths["/v2/orders/{order_id}/"] = _with_parameters(paths.pop("/v1/orders/{id}"), id="order_id")
    paths["/v1/campaigns/{id}/statistics"] = paths.pop("/v1/campaigns/{id}/stats")
    paths[REAL_DELIVERY] = _with_parameters(paths.pop(DELIVERY), id="webhook_id", delivery_id="id")
    paths["/v1/purchases/{purchase_id}"] = _with_parameters(paths.pop("/v1/purchases/{id}"), id="purchase_id")
    paths["/v1/segments/{id}"]["put"] = paths["/v1/segments/{id}"].pop("patch")
    _with_parameters(paths["/v1/orders"], customer_email="email")
    _with_parameters(paths["/v1/segments"], search="search_text")
    files = paths["/v1/files"]["get"]
    files["parameters"] = [given for given in files["parameters"] if given["name"] != "tags"]
    text = {"in": "query", "schema": {"type": "string"}}
    paths["/v1/email-messages/template-variables"]["get"]["parameters"].append(
        {**text, "name": "locale", "required": True}
    )
    paths["/v1/webhooks"]["get"]["parameters"].append({**text, "name": "created_by"})
    _renamed(_body(paths["/v1/segments"]["post"]), condition="condition_expression")
    mappings = _body(paths["/v1/data-imports/{id}/column-mappings/update"]["patch"])["properties"]["mappings"]
    _renamed(mappings["items"], column_type="column_kind")
    consent = _body(paths["/v1/consents"]["post"])
    consent["properties"]["legal_basis"] = {"type": "string"}
    consent["required"].append("legal_basis")
    _body(paths["/v1/webhooks"]["post"])["required"].remove("name")
    _renamed(schemas["ListedUser"], email="mail")
    _renamed(schemas["ColumnMapping"], column_type="column_kind")
    _renamed(schemas["SegmentDetail"], user_count="users_count")
    del schemas["CampaignStats"]["properties"]["open_rate"]
    schemas["UserInfo"]["properties"]["id"] = {"type": "integer"}
    statuses = ["pending", "confirmed", "completed", "canceled"]
    _parameter(paths["/v1/orders"]["get"], "status")["schema"]["enum"] = statuses
    for order in ("Order", "OrderInList"):
        schemas[order]["properties"]["status"] = {"oneOf": [{"enum": statuses, "type": "string"}, {"enum": [None]}]}
    _parameter(paths["/v1/campaigns"]["get"], "channel")["schema"] = {"type": "string", "enum": ["email", "whatsapp"]}
    del paths["/v1/consents/{id}"]["delete"]
    paths["/v1/venues"] = {"get": {"summary": "List venues", "responses": {"200": {"description": ""}}}}
    return changed


def _with_parameters(item: Doc, **names: str) -> Doc:
    for operation in item.values():
        for given in operation["parameters"]:
            given["name"] = names.get(given["name"], given["name"])
    return item


def _parameter(operation: Doc, name: str) -> Doc:
    [found] = [given for given in operation["parameters"] if given["name"] == name]
    return found


def _body(operation: Doc) -> Doc:
    return operation["requestBody"]["content"]["application/json"]["schema"]


def _renamed(schema: Doc, **names: str) -> None:
    schema["properties"] = _called(schema["properties"], **names)
    schema["required"] = [names.get(name, name) for name in schema.get("required", [])]


GONE: Final = (
    r"GET /v1/orders/[^/]+",
    r"GET /v1/campaigns/[^/]+/stats",
    r"GET /v1/webhooks/[^/]+/deliveries/[^/]+",
    r"PATCH /v1/segments/[^/]+",
    r"DELETE /v1/consents/[^/]+",
)
MOVED: Final = (
    (r"GET /v2/orders/([^/]+)/", r"GET /v1/orders/\1"),
    (r"GET /v1/campaigns/([^/]+)/statistics", r"GET /v1/campaigns/\1/stats"),
    (r"GET /v1/webhook-endpoints/([^/]+)/deliveries/([^/]+)", r"GET /v1/webhooks/\1/deliveries/\2"),
    (r"PUT /v1/segments/([^/]+)", r"PATCH /v1/segments/\1"),
)
QUERIES: Final = {"GET /v1/orders": {"email": "customer_email"}, "GET /v1/segments": {"search_text": "search"}}


class ChangedApi(httpx.AsyncBaseTransport):
    """The sandbox behind the changed interface; what was so before is refused, as strictly as an API can."""

    def __init__(self, sandbox: httpx.AsyncBaseTransport) -> None:
        self._sandbox = sandbox

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url.path}"
        if any(re.fullmatch(gone, asked) for gone in GONE):
            return httpx.Response(404, json={"detail": "Not found."})
        for theirs, ours in MOVED:
            asked = re.sub(f"^{theirs}$", ours, asked)
        try:
            query = _asked_query(asked, request.url.params.multi_items())
            body = _asked_body(asked, await request.aread())
        except KeyError as exc:
            return httpx.Response(400, json={exc.args[0]: ["Unknown."]})
        method, _, path = asked.partition(" ")
        url = request.url.copy_with(path=path, params=query)
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        inner = httpx.Request(method, url, headers=headers, content=body, extensions=request.extensions)
        response = await self._sandbox.handle_async_request(inner)
        content = await response.aread()
        if response.headers.get("content-type") == "application/json" and response.is_success:
            content = json.dumps(_answered(asked, json.loads(content))).encode()
        kept = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx.Response(response.status_code, headers=kept, content=content)


def _asked_query(asked: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
    renamed = QUERIES.get(asked, {})
    for name, value in query:
        if name in renamed.values() or (asked == "GET /v1/orders" and value == "cancelled"):
            raise KeyError(name)
    statuses = {"canceled": "cancelled"} if asked == "GET /v1/orders" else {}
    return [(renamed.get(name, name), statuses.get(value, value)) for name, value in query]


def _asked_body(asked: str, content: bytes) -> bytes:
    if asked == "POST /v1/segments":
        body = json.loads(content)
        body["condition"] = body.pop("condition_expression")
        return json.dumps(body).encode()
    if asked.endswith("/column-mappings/update"):
        body = json.loads(content)
        for mapping in body["mappings"]:
            if "column_type" in mapping:
                raise KeyError("column_type")
            if "column_kind" in mapping:
                mapping["column_type"] = mapping.pop("column_kind")
        return json.dumps(body).encode()
    return content


def _answered(asked: str, answer: Any) -> Any:
    if re.match(r"GET /v1/(orders|purchases)", asked):
        answer = _each(answer, _changed_customer)
    if asked.startswith("GET /v1/orders"):
        for order in answer.get("results", [answer]):
            order["status"] = {"cancelled": "canceled"}.get(order["status"], order["status"])
    if "/v1/segments" in asked:
        answer = _each(answer, lambda found: _called(found, user_count="users_count"))
    if "/column-mappings" in asked:
        answer = _each(answer, lambda found: _called(found, column_type="column_kind"))
    if asked.endswith("/stats"):
        del answer["open_rate"]
    return answer


def _changed_customer(found: Doc) -> Doc:
    customer: Doc | None = found.get("customer")
    return found if customer is None else {**found, "customer": _called(customer, email="mail")}


def _called(found: Doc, **names: str) -> Doc:
    return {names.get(name, name): item for name, item in found.items()}


def _each(value: Any, change: Callable[[Doc], Doc]) -> Any:
    """Return a JSON value with every object in it changed, the inner ones first."""
    if isinstance(value, dict):
        fields = cast("Doc", value)
        return change({name: _each(item, change) for name, item in fields.items()})
    if isinstance(value, list):
        return [_each(item, change) for item in cast("list[Any]", value)]
    return value
