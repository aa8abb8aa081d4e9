"""The sandbox's own document, as it is served."""

import json
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.sandbox.app import ENDPOINTS
from preo_mcp.sandbox.openapi import describe
from preo_mcp.settings import Settings


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(describe(ENDPOINTS)))


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREO_{name.upper()}", raising=False)
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path / "state"))
    for name in ("HOME", "USERPROFILE"):  # whose hosts are none of a test's business
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
