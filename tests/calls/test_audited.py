"""What of a call is written down, however it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from preo_mcp.calls.preo import Preo
from tests.door import open_door


async def test_an_error_for_the_host_is_in_the_audit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise MCPError(-32603, "nothing for a model")

    monkeypatch.setattr(Preo, "request", broken)
    async with open_door(tmp_path, "legacy") as door:
        with pytest.raises(MCPError, match="nothing for a model"):
            await door.call("update_consent", consent_id="con_1", name="News")
    [line] = (tmp_path / "state" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    written = json.loads(line)
    assert (written["tool"], written["outcome"], written["error"]) == ("update_consent", "failed", "MCPError")
