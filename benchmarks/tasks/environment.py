"""The generated server: an environment of its own, made when first needed, and a host before it."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from benchmarks.processes import TOKEN, sandbox
from benchmarks.table import NotMeasuredError
from benchmarks.tasks.task import Task

FASTMCP: Final = "fastmcp==4.2.3"
ENVIRONMENT: Final = Path(__file__).parents[2] / "build" / FASTMCP.replace("==", "-")
SERVER: Final = Path(__file__).with_name("generated_server.py")
DOCUMENT: Final = "/v1/openapi.json"


def prepared_python() -> Path:
    """Return the Python of the environment with fastmcp, which is made where it is not there yet.

    Raises:
        NotMeasuredError: it could not be made: no network, or no such version.
    """
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = ENVIRONMENT / "ready"
    if not ready.exists():
        sys.stderr.write(f"installing {FASTMCP} into {ENVIRONMENT} …\n")
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", FASTMCP], check=True)
        except subprocess.CalledProcessError as exc:
            raise NotMeasuredError(f"{FASTMCP} could not be installed into {ENVIRONMENT}") from exc
        ready.touch()
    return python


@asynccontextmanager
async def generated(task: Task, folder: Path) -> AsyncGenerator[Client]:  # noqa: ARG001 - one server for all tasks
    """Connect a host to the generated server, before a sandbox over loopback."""
    with ExitStack() as stack:
        running = stack.enter_context(sandbox(folder / "sandbox"))
        document = folder / "openapi.json"
        async with httpx.AsyncClient(base_url=running.url, trust_env=False) as http:
            document.write_text(json.dumps((await http.get(DOCUMENT)).raise_for_status().json()), encoding="utf-8")
        command = [str(SERVER), str(document), running.url]
        server = StdioServerParameters(command=str(prepared_python()), args=command, env={"PREO_TOKEN": TOKEN})
        async with Client(stdio_client(server)) as client:
            yield client
