"""The server that fastmcp generates from an OpenAPI document, over stdio: `generated_server.py DOCUMENT URL`.

It runs with the Python of an environment of its own (`environment.py`), which has fastmcp and nothing of ours. Nothing
is set but what has to be: the document, where the API is, and the token, which the environment names.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

# By name: the environment in which this file is checked has neither, since fastmcp is not among our dependencies.
fastmcp: Any = import_module("fastmcp")
http: Any = import_module("httpx2")


def main() -> None:
    """Serve until the host leaves."""
    document, url = sys.argv[1:]
    client = http.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {os.environ['PREO_TOKEN']}"}, timeout=60, trust_env=False
    )
    spec = json.loads(Path(document).read_text(encoding="utf-8"))
    fastmcp.FastMCP.from_openapi(spec, client=client, name="Preo").run(show_banner=False)


if __name__ == "__main__":
    main()
