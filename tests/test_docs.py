"""The documents: every link leads somewhere, references are as the code is, every supported system has its workflow."""

import re
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
import yaml

from docs.generate import RESOURCES, ROOT, resource_reference
from preo_mcp.commands.hosts.known import HOSTS, Host
from preo_mcp.settings import Way

PAGES = [page for folder in (ROOT, ROOT / "docs", ROOT / "bundles") for page in sorted(folder.glob("*.md"))]
LINK = re.compile(r"""(?:\]\(|src=")(?!https?:|mailto:)([^)"#\s]*)(?:#([^)"\s]*))?[)"]""")


def anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page have, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / unquote(path) if path else page
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            assert unquote(anchor) in anchors(target), f"{path}#{anchor}"


def test_resources_and_prompts_are_those_of_the_code() -> None:
    assert RESOURCES.read_text(encoding="utf-8") == resource_reference(), "run: make reference"


SYSTEMS = ["ubuntu-latest", "macos-latest", "windows-latest"]


def jobs(workflow: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text)["jobs"])


def commands(job: dict[str, Any]) -> list[str]:
    """Return the lines that a job runs."""
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_every_system_and_python_has_its_workflow() -> None:
    matrix = jobs("ci.yml")["test"]["strategy"]["matrix"]
    assert matrix["os"] == SYSTEMS
    pythons = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert matrix["python"] == pythons == ["3.11", "3.12", "3.13", "3.14"]


def test_packages_and_the_site_are_built_by_workflows() -> None:
    packages = jobs("ci.yml")["packages"]
    assert packages["strategy"]["matrix"]["os"] == SYSTEMS
    assert "make packages" in commands(packages)
    assert "make docs" in commands(jobs("docs.yml")["build"])


def test_a_pip_that_is_told_of_groups_knows_them() -> None:
    """The one that comes with Python 3.11 does not."""
    for job in jobs("ci.yml").values():
        told = commands(job)
        grouped = [at for at, line in enumerate(told) if "--group" in line]
        assert all('--upgrade "pip>=25.1"' in told[at - 1] for at in grouped)


SHOWN_AS = {Way.ELICITATION: "dialog", Way.CARD: "a card", Way.PAGE: "the page", None: "the page"}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.id)
def test_how_each_host_asks_stands_in_the_table_of_hosts(host: Host) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (ROOT / "docs" / "approvals.md").read_text(encoding="utf-8"), re.M)
    [where] = [asked for hosts, asked in rows if host.name in hosts.split(", ")]
    assert SHOWN_AS[host.way] in where
