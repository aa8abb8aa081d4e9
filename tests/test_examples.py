"""The scripted stories in `examples/` run, and go as they say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def story(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_refund_story(capsys: pytest.CaptureFixture[str]) -> None:
    await story("refund_story").tell()
    told = capsys.readouterr().out
    calls = [line.removeprefix("→ ").partition("(")[0] for line in told.splitlines() if line.startswith("→ ")]
    assert [calls[0], calls[1], calls[-1]] == ["list_users", "list_orders", "create_refund"]
    assert told.count("The host asks a person:") == 2
    assert "Request a refund of " in told
    assert "Pay back " in told
    assert "status: processed" in told
    assert "| refunded | 810.0 | 0.0" in told
    last = " ".join(told.rpartition("→ create_refund")[2].replace("│", " ").split())
    assert "811.00 DKK is more than what is left: 810.00 DKK" in last
    assert "Give an amount up to 810.00 DKK." in last
