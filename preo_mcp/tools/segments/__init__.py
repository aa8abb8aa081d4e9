"""Segments: tools, conditions in CEL, what a person is shown before a change, the export."""
