"""`python -m tests.observed FOLDER`: a few calls in a process that is watched through OpenTelemetry's SDK, and its log.

A process of its own, because providers are set once in each.
"""

import json
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, cast

import anyio
from mcp import MCPError
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from preo_mcp.logs import configure
from preo_mcp.settings import LogFormat, LogLevel
from tests.door import YES, Door, Person, open_door

EMAIL = "kirsten.holm@example.org"


@dataclass
class Observed:
    """What was written down of the calls."""

    spans: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    points: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Of each metric its name, and the attributes and count of each of its points."""
    log: list[str] = field(default_factory=list[str])


async def _calls(folder: Path) -> None:
    async with open_door(folder, "auto", Person(YES)) as door:
        users = await door.done("list_users", organization_id="org_nordlys", search="example")
        someone = users["results"][0]
        await door.done("get_user", user_id=someone["id"])
        await door.done("list_orders", search=someone["email"])
        await door.refused("get_order", order_id="ord_nobody")
        await door.done("update_user", user_id=someone["id"], first_name="Kirsten", last_name="Holm")
        await _slips(door)


async def _slips(door: Door) -> None:
    """Pass what no tool or address takes, with a customer's address in it."""
    await door.call("get_order", order_id={"email": EMAIL})
    for slip in (
        door.client.call_tool(f"find {EMAIL}", {}),
        door.client.read_resource(f"preo://customers/{EMAIL}"),
        door.client.get_prompt(f"write to {EMAIL}"),
    ):
        with suppress(MCPError):
            await slip


def observed(folder: Path) -> Observed:
    """Return what was written down."""
    exporter, reader, written = InMemorySpanExporter(), InMemoryMetricReader(), StringIO()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
    configure(LogLevel.DEBUG, LogFormat.JSON)
    [handler] = logging.getLogger().handlers
    cast("logging.StreamHandler[StringIO]", handler).setStream(written)
    anyio.run(_calls, folder)
    seen = Observed(log=written.getvalue().splitlines())
    seen.spans = [json.loads(span.to_json()) for span in exporter.get_finished_spans()]
    data = reader.get_metrics_data()
    assert data is not None
    for metric in (metric for of in data.resource_metrics for scope in of.scope_metrics for metric in scope.metrics):
        points = json.loads(metric.to_json())["data"]["data_points"]
        seen.points += [
            {"name": metric.name, "count": point["count"], "attributes": point["attributes"]} for point in points
        ]
    return seen


if __name__ == "__main__":
    print(json.dumps(vars(observed(Path(sys.argv[1])))))
