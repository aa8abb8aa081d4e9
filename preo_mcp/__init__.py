"""preo-mcp: run a Preo account from an AI assistant over the Model Context Protocol."""

__version__ = "0.1.0"
