"""The least that an MCP server in front of an API can be: the same request, the answer's JSON as text."""

import os

import httpx
from mcp.server import MCPServer

server = MCPServer("bare", log_level="WARNING")
client = httpx.AsyncClient(
    base_url=os.environ["PREO_BASE_URL"], headers={"Authorization": f"Bearer {os.environ['PREO_TOKEN']}"}
)


@server.tool(structured_output=False)
async def get_data_import(import_id: str) -> str:
    """Return one data import."""
    return (await client.get(f"/v1/data-imports/{import_id}")).text


@server.tool(structured_output=False)
async def list_data_imports(page: int, page_size: int) -> str:
    """Return data imports."""
    query = {"page": page, "page_size": page_size, "include_cancelled": "false"}
    return (await client.get("/v1/data-imports", params=query)).text


if __name__ == "__main__":
    server.run("stdio")
