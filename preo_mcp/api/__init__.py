"""Preo's contract: its operations, its models, and everything that can go wrong. No HTTP and no MCP."""
