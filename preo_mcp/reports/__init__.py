"""Reports: cards (MCP Apps) that show a person what a tool that reads has found; its text says the same."""
