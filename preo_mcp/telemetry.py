"""Spans and metrics of OpenTelemetry: what Preo was asked, and how long calls took and how they ended.

Only the API is used, which `mcp` brings: nothing is measured or sent unless somebody runs the process with an SDK
(docs/operating.md). Names and attributes are those of the semantic conventions for MCP and HTTP.

Threat: customers' data in the hands of whoever collects the spans. So attributes are names of tools and operations that
there are, methods, statuses and kinds of errors; nothing that a host made up, and no text of an error.
"""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span

from preo_mcp.api.operations import Operation

SCOPE: Final = "preo_mcp"
ENDED: Final = "preo_mcp.ended"
"""How a call of a tool ended: a word of `approval.ended.Ended`."""

_tracer = trace.get_tracer(SCOPE)
_meter = metrics.get_meter(SCOPE)
_calls = _meter.create_histogram("mcp.server.operation.duration", "s", "How long calls of tools took.")
_requests = _meter.create_histogram("http.client.request.duration", "s", "How long Preo took to answer one request.")


def record_call(tool: str, ended: str, seconds: float) -> None:
    """Count a call of a tool, and how long it took."""
    _calls.record(seconds, {"mcp.method.name": "tools/call", "gen_ai.tool.name": tool, ENDED: ended})


class Try:
    """One try of one request, as it is told to OpenTelemetry."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.attributes: dict[str, str | int] = {}

    def answered(self, status: int) -> None:
        """Note the HTTP status of the answer."""
        self.attributes["http.response.status_code"] = status
        if status >= 400:
            self._failed(str(status))

    def failed(self, kind: str) -> None:
        """Note why no answer came, as a kind such as `not reached`."""
        self._failed(kind)

    def _failed(self, kind: str) -> None:
        self.attributes["error.type"] = kind
        _failed(self._span, kind)


@contextmanager
def asked(operation: Operation) -> Generator[Try]:
    """Measure one try of a request to Preo, under its path without ids."""
    attributes = {"http.request.method": operation.method.value, "url.template": operation.path}
    name = f"{operation.method.value} {operation.path}"
    began = time.perf_counter()
    with _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        one = Try(span)
        try:
            yield one
        finally:
            span.set_attributes(one.attributes)
            _requests.record(time.perf_counter() - began, {**attributes, **one.attributes})


class Traced:
    """The span of a message from a host: it stands in place of the `mcp` package's, which has all that a host sends.

    Args:
        is_known: Whether a tool or prompt of this name exists: other names are a host's invention.
    """

    def __init__(self, is_known: Callable[[str], bool]) -> None:
        self._is_known = is_known

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Handle the message within its span, which belongs to the trace that the host named, if any."""
        attributes = {"mcp.method.name": ctx.method, "mcp.protocol.version": ctx.protocol_version}
        named = ctx.params.get("name") if ctx.params else None
        target = named if isinstance(named, str) and self._is_known(named) else None
        if target is not None:
            attributes["gen_ai.tool.name" if ctx.method == "tools/call" else "gen_ai.prompt.name"] = target
        with _tracer.start_as_current_span(
            ctx.method if target is None else f"{ctx.method} {target}",
            kind=SpanKind.SERVER,
            attributes=attributes,
            context=_trace_of(ctx.meta),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                result = await call_next(ctx)
            except Exception as exc:
                _failed(span, str(exc.error.code) if isinstance(exc, MCPError) else type(exc).__qualname__)
                raise
            if isinstance(result, CallToolResult) and result.is_error:
                _failed(span, "tool_error")
            return result


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


def _trace_of(meta: Mapping[str, Any] | None) -> Context | None:
    """Return the trace that a message belongs to (W3C Trace Context in `_meta`); None where it names none."""
    try:
        context = extract(meta) if meta else None
    except (ValueError, TypeError):
        return None
    return context if context is not None and get_current_span(context).get_span_context().is_valid else None
