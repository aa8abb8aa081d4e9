"""The least that an MCP server in front of an API can be: the same request, the answer's JSON as text.

It checks no argument beyond its type, decodes nothing, and shows what Preo sent as it came: neither less of it, nor a
table, nor a structured result, nor anything masked. Given a port, it serves streamable HTTP there, and stdio otherwise.
"""

import os
import sys

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


@server.tool(structured_output=False)
async def get_order(order_id: str) -> str:
    """Return one order."""
    return (await client.get(f"/v1/orders/{order_id}")).text


@server.tool(structured_output=False)
async def list_orders(edition_id: str, page: int, page_size: int) -> str:
    """Return the orders of an edition."""
    query = {"edition_id": edition_id, "page": page, "page_size": page_size}
    return (await client.get("/v1/orders", params=query)).text


if __name__ == "__main__":
    if sys.argv[1:]:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
