"""`python -m preo_mcp` is `preo-mcp`."""

from preo_mcp.cli import main

if __name__ == "__main__":
    main()
