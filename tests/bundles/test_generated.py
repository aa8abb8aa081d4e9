"""What catalogues and hosts are given: as generated, valid, and not run from an index where the name is not ours."""

import base64
import json
import re
import struct
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jsonschema
import pytest

from bundles.generate import BEGIN, END, HERE, README, REGISTRY_NAME, ROOT, STORIES, WHEEL, files, with_links
from preo_mcp import __version__
from preo_mcp.resources.prompts import PROMPTS
from preo_mcp.settings import declared

REGISTRY = {  # what schema 2025-12-11 of the registry asks of an entry like ours
    "type": "object",
    "required": ["$schema", "name", "description", "version"],
    "properties": {
        "name": {"pattern": "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "minLength": 3, "maxLength": 200},
        "title": {"minLength": 1, "maxLength": 100},
        "description": {"type": "string", "minLength": 1, "maxLength": 100},
        "version": {"type": "string", "maxLength": 255, "pattern": r"^\d+\.\d+\.\d+"},
        "packages": {
            "minItems": 1,
            "items": {
                "required": ["registryType", "identifier", "transport"],
                "properties": {
                    "version": {"type": "string", "not": {"const": "latest"}, "pattern": r"^\d+\.\d+\.\d+"},
                    "transport": {"properties": {"type": {"enum": ["stdio"]}}, "required": ["type"]},
                    "runtimeArguments": {"items": {"required": ["type", "name"]}},
                    "environmentVariables": {
                        "items": {
                            "required": ["name"],
                            "properties": {
                                "format": {"enum": ["string", "number", "boolean", "filepath"]},
                                "default": {"type": "string"},
                                "isSecret": {"type": "boolean"},
                            },
                        }
                    },
                },
                "dependentRequired": {"runtimeArguments": ["runtimeHint"]},
            },
        },
    },
}


@pytest.mark.parametrize("name", files())
def test_each_file_is_as_generated(name: str) -> None:
    assert (HERE / name).read_text(encoding="utf-8") == files()[name], "run make reference"


def test_the_readme_has_the_links_as_generated_and_the_line_of_the_registry() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_links(readme) == readme, "run make reference"
    assert f"<!-- mcp-name: {REGISTRY_NAME} -->" in readme
    with pytest.raises(ValueError, match="end of links"):
        with_links(readme.replace(END, ""))


def test_nothing_is_left_that_is_not_generated() -> None:
    kept = {"__init__.py", "generate.py", "build.py", "README.md", "mcpb/icon.png", "mcpb/server/main.py"}
    found = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert found == kept | set(files())


def test_the_entry_for_the_registry_is_one() -> None:
    entry = read("server.json")
    jsonschema.validate(entry, REGISTRY)
    [package] = entry["packages"]
    assert entry["name"] == REGISTRY_NAME
    assert (entry["version"], package["version"]) == (__version__, __version__)
    assert {one["name"]: one.get("isSecret", False) for one in package["environmentVariables"]}["PREO_TOKEN"]


def test_variables_are_settings() -> None:
    known = {setting.variable for setting in declared()}
    named = {name for text in files().values() for name in re.findall(r"\bPREO_\w+", text)}
    assert named
    assert named <= known


def test_the_token_is_hidden_and_the_sandbox_comes_first() -> None:
    options = read("mcpb/manifest.json")["user_config"]
    assert options["token"]["sensitive"]
    assert not options["token"]["required"]
    assert options["sandbox"]["default"] is True
    assert read("claude/preo/.mcp.json")["mcpServers"]["preo"]["env"]["PREO_SANDBOX"] == "${PREO_SANDBOX:-true}"


def test_the_icon_is_as_large_as_it_says() -> None:
    header = (HERE / "mcpb" / "icon.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (512, 512)


def test_links_add_the_command_that_a_checkout_installed() -> None:
    added = {"command": "preo-mcp", "args": ["--sandbox"]}
    assert json.loads(base64.b64decode(config("https://cursor.com/en/install-mcp"))) == added
    assert json.loads(config("https://vscode.dev/redirect/mcp/install")) == {"type": "stdio", **added}


def config(address: str) -> str:
    """Return what a link of the README hands on."""
    links = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    query = links.partition(f"]({address}?")[2].partition(")")[0]
    return parse_qs(query)["config"][0]


def test_skills_are_the_prompts_with_every_argument_explained() -> None:
    for words in (words for words in PROMPTS if words.name in STORIES):
        text = (HERE / f"claude/preo/skills/{words.name.replace('_', '-')}/SKILL.md").read_text(encoding="utf-8")
        assert text.startswith(f"---\nname: {words.name.replace('_', '-')}\ndescription: ")
        assert "{" not in text
        assert text.rstrip().endswith(words.text.rpartition("\n")[2].rstrip())
        assert all(f"- *{one.name}*: " in text for one in words.arguments)


TEXTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "bundles").rglob("*.md"),
    *(ROOT / "bundles").rglob("*.json"),
]


BEFORE_IT_IS_OURS = ROOT / "bundles" / "server.json"
"""Is published only once the name is ours."""


def taken_from_the_index(path: Path) -> list[str]:
    """Return where a text has the package run or installed by its name."""
    text = path.read_text(encoding="utf-8")
    direct = re.findall(r"(?:uvx|pipx run|uv tool run) +(?!--|\S*[./])\S*preo-mcp", text)
    installed = re.findall(r"(?:pip|pipx|uv pip|uv tool) install [^\n`|]*?(?<![\w./-])[\"']?preo-mcp\b", text)
    return direct + installed + ([] if path == BEFORE_IT_IS_OURS else re.findall(r"preo-mcp\[.*", text))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_runs_the_name_from_the_index(path: Path) -> None:
    assert not taken_from_the_index(path)


def test_no_command_and_no_error_advises_the_name_from_the_index() -> None:
    sources = [path for room in ("preo_mcp", "examples", "docs") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 100
    assert {path: found for path in sources if (found := taken_from_the_index(path))} == {}


def test_what_bundles_run_is_the_wheel_beside_them() -> None:
    [_, source, command] = read("claude/preo/.mcp.json")["mcpServers"]["preo"]["args"]
    assert (source, command) == (f"${{CLAUDE_PLUGIN_ROOT}}/{WHEEL}[sandbox]", "preo-mcp")
    assert f'preo-mcp = {{ path = "{WHEEL}" }}' in files()["mcpb/pyproject.toml"]


def read(name: str) -> dict[str, Any]:
    return json.loads((HERE / name).read_text(encoding="utf-8"))
