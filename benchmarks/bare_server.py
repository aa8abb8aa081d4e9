"""The least that an MCP server can be: one tool, no settings. The floor under start-up."""

from mcp.server import MCPServer

server = MCPServer("bare", log_level="WARNING")


@server.tool()
async def greet(name: str) -> str:
    """Say hello to somebody."""
    return f"Hello, {name}"


if __name__ == "__main__":
    server.run("stdio")
