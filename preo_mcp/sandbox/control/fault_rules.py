"""The rules by which requests fail on purpose: show, add, remove."""

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from preo_mcp.sandbox.bodies import DEFAULT_LIMIT, read_json
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.faults import MOST_RULES, FaultRule, Faults
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.validation import reasons

RULES = TypeAdapter(list[FaultRule])


async def _show(request: Request) -> JSONResponse:
    faults: Faults = request.app.state.faults
    return JSONResponse([armed.shown() for armed in faults.armed])


async def _add(request: Request) -> JSONResponse:
    """Add a list of rules behind those in force; one bad rule refuses them all.

    Raises:
        Problem: 400 with the reasons by the rule's place and field.
    """
    faults: Faults = request.app.state.faults
    rules = _rules(await read_json(request, DEFAULT_LIMIT))
    if len(faults.armed) + len(rules) > MOST_RULES:
        raise invalid(non_field_errors=f"There can be {MOST_RULES} rules at most; DELETE removes those in force.")
    faults.add(rules)
    return await _show(request)


def _rules(body: object) -> list[FaultRule]:
    if not isinstance(body, list):
        raise invalid(non_field_errors='Give a list of rules, such as [{"kind": "drop_after", "every": 3}].')
    try:
        return RULES.validate_python(body)
    except ValidationError as exc:
        raise Problem(400, reasons(exc)) from exc


async def _remove(request: Request) -> Response:
    faults: Faults = request.app.state.faults
    faults.clear()
    return Response(status_code=204)


ROUTES = (
    Route(f"{CONTROL_PREFIX}/faults", _show, methods=["GET"]),
    Route(f"{CONTROL_PREFIX}/faults", _add, methods=["POST"]),
    Route(f"{CONTROL_PREFIX}/faults", _remove, methods=["DELETE"]),
)
