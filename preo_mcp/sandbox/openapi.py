"""The sandbox's own OpenAPI document, made from the endpoints that are mounted."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse

from preo_mcp import __version__
from preo_mcp.operations import Method
from preo_mcp.sandbox.routing import Endpoint, Nothing

REFERENCE = "#/components/schemas/{model}"
REFUSALS = {
    "400": "The request is not valid, or not possible as things stand.",
    "401": "Without or with an unknown token.",
    "403": "The token's member lacks the role.",
    "404": "No such object for this member.",
}
BODY_REFUSALS = {"413": "The body is too large.", "415": "The body is not JSON."}


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
    models = [model for endpoint in endpoints for model in (endpoint.query, endpoint.body, endpoint.returns)]
    schemas, shared = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)], ref_template=REFERENCE
    )
    by_model = {cast("type[BaseModel]", model): schema for (model, _), schema in schemas.items()}
    components = shared.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = endpoint.operation
        paths.setdefault(operation.path, {})[operation.method.casefold()] = _operation(endpoint, by_model, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Preo API (sandbox)", "version": __version__},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint, schemas: dict[type[BaseModel], Any], components: dict[str, Any]) -> dict[str, Any]:
    operation = endpoint.operation
    refusals = REFUSALS if endpoint.body is Nothing else REFUSALS | BODY_REFUSALS
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", operation.title).casefold(),
        "summary": operation.title,
        "tags": [operation.group],
        "parameters": [*_path_parameters(operation.path), *_query_parameters(schemas[endpoint.query], components)],
        "responses": {
            str(endpoint.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": schemas[endpoint.returns]}},
            },
            **{status: _refusal(why) for status, why in refusals.items()},
        },
        "x-preo-grade": operation.grade,
    }
    if endpoint.body is not Nothing and operation.method is not Method.GET:
        content = {"application/json": {"schema": schemas[endpoint.body]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _refusal(why: str) -> dict[str, Any]:
    return {"description": why, "content": {"application/json": {"schema": {"type": "object"}}}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    required = resolved.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in resolved.get("properties", {}).items()
    ]
