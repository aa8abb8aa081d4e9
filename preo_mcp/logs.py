"""What the process says of itself on standard error: as text, or as one JSON object a line for whoever collects logs.

Nothing of customers is in it, nor are tokens or arguments: our messages name tools, kinds of errors and places in the
code. Other libraries are kept quiet below warnings, because at their default level they write whole addresses.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry import trace

from preo_mcp.settings import LogFormat, LogLevel

OURS: Final = "preo_mcp"
CALLS: Final = "preo_mcp.calls"
"""Says of each call its tool, how it ended and how long it took, at level INFO."""
FIELDS: Final = "fields"
"""The attribute of a record with what is said beside its message, by name."""

_HTTP_LIBRARIES: Final = ("httpx", "httpcore", "httpx2", "httpcore2")
"""They write whole query strings, and with them customers' addresses, at their default level."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with the trace that it belongs to, if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of an exception its kind alone, because its text could be about a customer."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info is not None and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__qualname__
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            said["trace_id"], said["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
        return json.dumps(said, ensure_ascii=False)


class Lines(logging.Formatter):
    """A record as one line of text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of an exception its kind alone."""
        beside = "".join(f" {name}={value}" for name, value in getattr(record, FIELDS, {}).items())
        failed = record.exc_info[0] if record.exc_info is not None else None
        error = f" ({failed.__qualname__})" if failed is not None else ""
        return f"{record.levelname} {record.name}: {record.getMessage()}{beside}{error}"


def configure(level: LogLevel, form: LogFormat) -> None:
    """Set up what is written to standard error, for the whole process; before the MCP server sets up its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OURS).setLevel(level.upper())
    quiet_http_libraries()


def quiet_http_libraries() -> None:
    """Keep the HTTP libraries below warnings; one that is quieter already stays so."""
    for name in _HTTP_LIBRARIES:
        library = logging.getLogger(name)
        library.setLevel(max(library.level, logging.WARNING))
