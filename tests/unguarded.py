"""A guarded tool without its guard: what it does, its answers lost on purpose, and its read-back."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp.server.mcpserver import Context
from pydantic import BaseModel

from preo_mcp.api.errors import AmbiguousOutcomeError
from preo_mcp.api.operations import Operation
from preo_mcp.approval.ended import DidNotHappen, ReadBack, Unknown
from preo_mcp.backend import Backend, Factories
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Settings
from tests.door import API, TOKEN, answered_by
from tests.past_the_guard import control_of


class UnguardedCall:
    """A guarded tool's call without its guard, and its read-back."""

    def __init__(self, backend: Backend, name: str, arguments: dict[str, Any]) -> None:
        tool = Toolset().find(name)
        assert tool is not None
        self.tool = tool
        checked = self.tool.arguments.model_validate(arguments)
        self.values = {field: getattr(checked, field) for field in self.tool.arguments.model_fields}
        self.preo = Preo(backend, Context())

    @property
    def read_back(self) -> ReadBack:
        assert self.tool.read_back is not None
        return self.tool.read_back

    async def remember(self) -> dict[str, Any]:
        """Return what is remembered before the write, as it comes out of a ledger."""
        return json.loads(json.dumps(await self.read_back.before(self.preo, **self.values)))

    async def look_back(self, remembered: dict[str, Any]) -> BaseModel | DidNotHappen | Unknown:
        return await self.read_back.after(self.preo, remembered, **self.values)

    async def perform(self) -> BaseModel:
        return await self.tool.function(self.preo, **self.values)

    async def lose(self, kind: str) -> None:
        """Perform it with its answer lost."""
        assert isinstance(self.tool.subject, Operation)
        control = await control_of(self.preo.backend)
        rule = {"kind": kind, "operation": self.tool.subject.title, "times": 1}
        (await control.post("/__sandbox/faults", json=[rule])).raise_for_status()
        with pytest.raises(AmbiguousOutcomeError) as lost:
            await self.perform()
        assert not lost.value.may_still_happen
        (await control.delete("/__sandbox/faults")).raise_for_status()


@asynccontextmanager
async def scripted(api: Callable[[httpx.Request], httpx.Response]) -> AsyncGenerator[Backend]:
    """Open the way to a scripted API, without a host before it."""
    settings = Settings.load({"PREO_TOKEN": TOKEN, "PREO_BASE_URL": API}, {})
    async with Backend.opened(settings, Factories(answered_by(api, time_budget=1))) as backend:
        yield backend
