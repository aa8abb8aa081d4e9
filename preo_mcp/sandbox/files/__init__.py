"""Files: list, upload, look, delete, change, and serving their content."""

from preo_mcp.sandbox.files import lists, upload
from preo_mcp.sandbox.files.lists import DOWNLOADS
from preo_mcp.sandbox.routing import Endpoints

__all__ = ["DOWNLOADS", "ENDPOINTS"]

ENDPOINTS = Endpoints([*lists.ENDPOINTS, *upload.ENDPOINTS])
