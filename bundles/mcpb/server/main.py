"""Where a host of MCPB bundles starts the server."""

from preo_mcp.cli import main

main()
