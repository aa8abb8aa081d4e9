"""One import through the sandbox's HTTP API, from create to processed."""

import base64
import json
from pathlib import Path
from typing import Any

from benchmarks.processes import Sandbox
from benchmarks.table import NotMeasuredError

EDITION = "edt_nordlys27"
IMPORTS = "/v1/data-imports"
JSON = {"Content-Type": "application/json"}


def create_body(path: Path) -> bytes:
    """Return the body that creates an import of a file: the client's work, which is not measured."""
    content = base64.b64encode(path.read_bytes()).decode()
    return json.dumps({"edition_id": EDITION, "data_file_name": path.name, "data_file_base64": content}).encode()


def create(running: Sandbox, body: bytes) -> str:
    """Create an import and return its id."""
    return str(running.http.post(IMPORTS, content=body, headers=JSON).raise_for_status().json()["id"])


def process(running: Sandbox, import_id: str) -> dict[str, Any]:
    """Parse an import's file and return the import.

    Raises:
        NotMeasuredError: it did not reach the stage after it.
    """
    done = running.http.post(f"{IMPORTS}/{import_id}/process-mappings").raise_for_status().json()
    if done["stage"] != "needs_product_mapping":
        raise NotMeasuredError(f"{import_id} is in stage {done['stage']}: {done['error_message']}")
    return done


def import_file(running: Sandbox, body: bytes, orders: int) -> None:
    """Take a file from create to processed.

    Raises:
        NotMeasuredError: it was not read in full.
    """
    found = process(running, create(running, body))["parsed_data"]["orders_total"]
    if found != orders:
        raise NotMeasuredError(f"{found} orders were found, {orders} are in the file")
