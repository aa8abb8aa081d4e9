"""Ratios of preo-mcp against the least that could do the same, each with its baseline measured in the same run."""
