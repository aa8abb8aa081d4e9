"""Which tools there are: listed from a generated file, so that start-up inspects nothing; imported at the first call.

`tools.json` is written by `preo-mcp tools --write` and held to the code by a test; it is also the schema snapshot.
"""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp.types import Tool

if TYPE_CHECKING:
    from preo_mcp.tool import RegisteredTool

MODULES = (
    "auth",
    "orders",
    "users",
    "refunds",
    "editions",
    "files",
    "data_imports",
    "import_mappings",
    "import_preview",
    "import_external",
    "import_files",
    "import_products",
    "import_waiting",
    "consents",
    "email_messages",
    "email_preview",
    "segments",
    "segment_export",
    "segment_conditions",
    "campaigns",
    "webhooks",
    "webhook_deliveries",
)
"""The modules of `preo_mcp.tools`, in the order in which their tools are listed."""

SNAPSHOT = "tools.json"


class Toolset:
    """The tools of this server."""

    @cached_property
    def _snapshot(self) -> dict[str, list[dict[str, Any]]]:
        return json.loads((files("preo_mcp") / SNAPSHOT).read_text(encoding="utf-8"))

    @cached_property
    def _modules(self) -> dict[str, str]:
        return {entry["name"]: module for module, tools in self._snapshot.items() for entry in tools}

    def listed(self) -> list[Tool]:
        """Return all tools as `tools/list` shows them, always in the same order."""
        return [Tool.model_validate(entry) for tools in self._snapshot.values() for entry in tools]

    def find(self, name: str) -> "RegisteredTool | None":
        """Return a tool ready to run, or None where there is none of that name."""
        if name not in self._modules:
            return None
        import_module(f"preo_mcp.tools.{self._modules[name]}")
        from preo_mcp.tool import REGISTERED

        return REGISTERED[name]

    def nearest(self, name: str) -> str | None:
        """Return the existing name most like `name`."""
        return next(iter(get_close_matches(name, self._modules, n=1)), None)


def write_snapshot() -> None:
    """Write the snapshot anew from the code, a tool per line so that a change reads well."""
    blocks: list[str] = []
    for module, tools in inspected().items():
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in tools)
        blocks.append(f'"{module}": [\n{lines}\n]')
    Path(__file__).with_name(SNAPSHOT).write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


def inspected() -> dict[str, list[dict[str, Any]]]:
    """Return what the snapshot has to be: every tool as its code says, by module."""
    return {module: list(_inspect(module)) for module in MODULES}


def _inspect(module: str) -> Iterator[dict[str, Any]]:
    name = import_module(f"preo_mcp.tools.{module}").__name__
    from preo_mcp.tool import REGISTERED

    for registered in REGISTERED.values():
        if registered.function.__module__ == name:
            yield registered.listed().model_dump(mode="json", by_alias=True, exclude_none=True)
