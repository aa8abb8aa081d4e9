"""E-mail messages: list, look, create, change, delete, adopt, duplicate, preview, template variables."""

from preo_mcp.sandbox.email_messages.changes import ENDPOINTS as CHANGES
from preo_mcp.sandbox.email_messages.copies import ENDPOINTS as COPIES
from preo_mcp.sandbox.email_messages.lists import ENDPOINTS as LISTS
from preo_mcp.sandbox.email_messages.preview import ENDPOINTS as PREVIEWS

ENDPOINTS = (*LISTS, *CHANGES, *COPIES, *PREVIEWS)
