"""The official conformance suites, in both versions and for both revisions of the protocol, against the real server."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.approval.ways.npm_packages import skipped
from tests.conformance.suites import SUITES, run, why_not
from tests.test_serving import environment

pytestmark = pytest.mark.skipif(skipped(why_not()), reason=why_not())

PASSED = {"0.1.16": 42, "0.2.0, 2025-11-25": 82, "0.2.0, 2026-07-28": 162}
"""How many checks pass at least."""
PATIENCE = 20


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A server with the suites' fixtures."""
    command = [sys.executable, "-m", "tests.conformance.fixture_server", str(tmp_path_factory.mktemp("sandbox"))]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, env=environment(), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()
        server.wait(PATIENCE)


@pytest.mark.parametrize("name", SUITES)
def test_every_scenario_that_applies_passes(url: str, name: str, tmp_path: Path) -> None:
    suite = SUITES[name]
    found = run(suite, url, tmp_path)
    assert found.failing == suite.expected, found.said
    assert found.exit_code == 0, found.said
    assert found.passed >= PASSED[name], found.said
