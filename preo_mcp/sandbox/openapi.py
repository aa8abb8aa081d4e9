"""The sandbox's own OpenAPI document, made from the endpoints that are mounted.

It promises more than the models of the client demand: the sandbox answers with every field of a model, null where
there is nothing, so fields are required in an answer. What is sent stands inline, what is answered by reference,
because a model that is both has two schemas.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema
from starlette.requests import Request
from starlette.responses import JSONResponse

from preo_mcp import __version__
from preo_mcp.api.models.base import PageQuery
from preo_mcp.api.models.data_imports import FileFormat, Organization, Product
from preo_mcp.api.models.orders import Order, OrderInList
from preo_mcp.api.models.purchases import Purchase, PurchaseOrder
from preo_mcp.api.models.users import User
from preo_mcp.api.operations import Method
from preo_mcp.api.schema import inlined
from preo_mcp.sandbox.routing import Endpoint, Nothing

REFERENCE = "#/components/schemas/{model}"

JSON, FORM = "application/json", "multipart/form-data"

PROBLEM = "Problem"
INVALID = "InvalidFields"
PROBLEMS: dict[str, Any] = {
    PROBLEM: {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]},
    INVALID: {
        "type": "object",
        "description": "`detail` in one sentence, or reasons by field; fields of an object or list nest.",
        "minProperties": 1,
    },
}

IN_PART: dict[type[BaseModel], frozenset[str]] = {
    OrderInList: frozenset({"fees", "deposits", "refundable"}),
    User: frozenset({"consents"}),
    Purchase: frozenset({"amount", "order", "customer", "edition", "transaction_id"}),
}
"""Fields that an answer leaves out where the model stands in a list, or inside what those fields would name."""

TEXT: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
IMAGE: dict[str, Any] = {
    "type": "object",
    "properties": {size: {"type": "string"} for size in ("thumbnail", "optimized", "large", "original")},
}
BESIDES: dict[type[BaseModel], dict[str, Any]] = {
    Order: {"organization_id": TEXT},
    OrderInList: {"organization_id": TEXT},
    PurchaseOrder: {"type": TEXT},
    Product: {"type": TEXT, "images": {"type": "array", "items": IMAGE}},
    Organization: {"avatar": {"anyOf": [IMAGE, {"type": "null"}]}},
    FileFormat: {**dict.fromkeys(("quote", "escape", "newline"), TEXT), "sheets": {"type": "array"}},
}
"""What is answered too, and does not concern the client's models (images are documented, the rest is inferred)."""


class _Answers(GenerateJsonSchema):
    """Schemas of answers: a field is there even if null, unless it is one that the client does not show."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: ARG002, FBT001 - pydantic's signature
    ) -> bool:
        return not field.get("serialization_exclude", False)

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        described = super().model_schema(schema)
        left_out = IN_PART.get(schema["cls"], frozenset())
        described["properties"] |= BESIDES.get(schema["cls"], {})
        return {**described, "required": [name for name in described.get("required", []) if name not in left_out]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def openapi_document(endpoints: Sequence[Endpoint]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Return the handler that answers with the document; it is made when first asked for."""
    made: list[dict[str, Any]] = []

    async def handler(_: Request) -> JSONResponse:
        if not made:
            made.append(describe(endpoints))
        return JSONResponse(made[0])

    return handler


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `endpoints`."""
    returned = dict.fromkeys(endpoint.returns for endpoint in endpoints if endpoint.returns is not Nothing)
    schemas, shared = models_json_schema(
        [(model, "validation") for model in returned], ref_template=REFERENCE, schema_generator=_Answers
    )
    answers = {cast("type[BaseModel]", model): schema for (model, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = endpoint.operation
        paths.setdefault(operation.path, {})[operation.method.casefold()] = _operation(endpoint, answers)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Preo API (sandbox)", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {**shared.get("$defs", {}), **PROBLEMS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint, answers: dict[type[BaseModel], Any]) -> dict[str, Any]:
    operation = endpoint.operation
    done: dict[str, Any] = {"description": "Done."}
    if endpoint.returns is not Nothing:
        done["content"] = {JSON: {"schema": answers[endpoint.returns]}}
    elif endpoint.media_type is not None:
        done["content"] = {endpoint.media_type: {"schema": {"type": "string"}}}
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", operation.title).casefold(),
        "summary": operation.title,
        "tags": [operation.group],
        "parameters": [*_path_parameters(operation.path), *_query_parameters(endpoint.query)],
        "responses": {str(endpoint.status): done, **dict(_refusals(endpoint))},
        "x-preo-grade": operation.grade,
    }
    bodies = {JSON: endpoint.body} | ({FORM: endpoint.form} if endpoint.form else {})
    if endpoint.body is not Nothing:
        content = {kind: {"schema": _sent(model)} for kind, model in bodies.items()}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _refusals(endpoint: Endpoint) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the refusals that an operation has, by status."""
    path, reads = endpoint.operation.path, endpoint.operation.method is Method.GET
    takes_body, takes_query = endpoint.body is not Nothing, endpoint.query is not Nothing
    if takes_body or takes_query or not reads or endpoint.media_type is not None:
        yield "400", _refusal("The request is not valid, or not possible as things stand.", INVALID)
    yield "401", _refusal("Without or with an unknown token.")
    if not reads:
        yield "403", _refusal("The token's member lacks the role.")
    if "{" in path or takes_body or issubclass(endpoint.query, PageQuery) or takes_query:
        yield "404", _refusal("No such object for this member, or no such page.")
    if takes_body:
        yield "413", _refusal("The body is too large.")
        yield "415", _refusal("The body is of another content type.")


def _refusal(why: str, schema: str = PROBLEM) -> dict[str, Any]:
    return {"description": why, "content": {JSON: {"schema": {"$ref": REFERENCE.format(model=schema)}}}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = _sent(model)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _sent(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a query or body, in one piece; unknown fields are ignored, so they are not ruled out."""
    whole = model.model_json_schema()
    schema = inlined(whole, whole.pop("$defs", {}))
    schema.pop("additionalProperties", None)
    return schema
