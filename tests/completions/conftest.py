"""The same hosts as those of the tools."""

from tests.tools.conftest import door, era, open_server, person

__all__ = ["door", "era", "open_server", "person"]
