"""Asking a person for a file that has no path here: on a card, on a page of this computer, or by `preo-mcp put`."""
