"""What is built: the wheel holds all of the package and answers alone; the bundle is valid for the official tool."""

import subprocess
import sys
import zipfile
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bundles.build import build_bundle, build_plugin, build_wheel
from bundles.generate import HERE, ROOT, WHEEL
from preo_mcp.calls.toolset import Toolset
from preo_mcp.server import CARD_TOOLS
from tests.approval.ways.npm_packages import WHY_NO_NPM, installed, skipped
from tests.test_serving import environment

NPM = Path(__file__).with_name("npm")
SECONDS = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    source = ROOT / "preo_mcp"
    kept = {path.relative_to(ROOT).as_posix() for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = archive.read(f"{WHEEL.removesuffix('-py3-none-any.whl')}.dist-info/METADATA").decode()
    assert inside == kept | {"preo_mcp/examples/shopify-orders.csv"}
    assert "<!-- mcp-name: " in metadata  # the registry looks for it in the description


def unpacked(wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into a folder; return that."""
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, timeout=SECONDS)
    return folder


async def test_the_wheel_answers_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    folder = unpacked(wheel, tmp_path / "installed")
    script = next((folder / "bin").glob("preo-mcp*"))
    variables = environment() | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    where = "import preo_mcp, sys; sys.exit(preo_mcp.__file__)"
    told = await anyio.run_process([sys.executable, "-c", where], check=False, cwd=tmp_path, env=variables)
    assert Path(told.stderr.decode().strip()).is_relative_to(folder)
    server = StdioServerParameters(command=sys.executable, args=[str(script), "--sandbox"], cwd=tmp_path, env=variables)
    async with Client(stdio_client(server)) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
    assert names == [tool.name for tool in (*Toolset().listed(), *CARD_TOOLS)]


@pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)
def test_the_official_tool_takes_the_manifest(wheel: Path, tmp_path: Path) -> None:
    told = mcpb("validate", str(HERE / "mcpb" / "manifest.json"))
    assert "Manifest schema validation passes" in told
    bundle = build_bundle(wheel, tmp_path)
    mcpb("unpack", str(bundle), str(tmp_path / "unpacked"))
    assert (tmp_path / "unpacked" / WHEEL).read_bytes() == wheel.read_bytes()
    assert "Manifest schema validation passes" in mcpb("validate", str(tmp_path / "unpacked" / "manifest.json"))


def mcpb(*arguments: str) -> str:
    command = [installed(NPM) / ".bin" / "mcpb", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)
    return done.stdout + done.stderr


def test_the_plugin_stands_beside_its_wheel(wheel: Path, tmp_path: Path) -> None:
    folder = build_plugin(wheel, tmp_path)
    assert (folder / "preo" / WHEEL).is_file()
    assert (folder / ".claude-plugin" / "marketplace.json").is_file()
    assert build_plugin(wheel, tmp_path) == folder  # again, over the earlier one
